from django.urls import path

from tickets.payments.views import CashHandInViewSet, PaymentLinkViewSet, PaymentViewSet, PaymentWebhookView

urlpatterns = [
    path("tickets/<uuid:ticket_id>/payments", PaymentViewSet.as_view({"post": "create"})),
    path("tickets/<uuid:ticket_id>/payment-links", PaymentLinkViewSet.as_view({"post": "create"})),
    path("payments", PaymentViewSet.as_view({"get": "list"})),
    path("payments/webhook", PaymentWebhookView.as_view()),
    path("payments/<uuid:pk>", PaymentViewSet.as_view({"get": "retrieve"})),
    path("payments/<uuid:pk>/reverse", PaymentViewSet.as_view({"post": "reverse"})),
    path("payment-links", PaymentLinkViewSet.as_view({"get": "list"})),
    path("payment-links/<uuid:pk>", PaymentLinkViewSet.as_view({"get": "retrieve"})),
    path("cash-hand-ins", CashHandInViewSet.as_view({"get": "list", "post": "create"})),
    path("cash-hand-ins/<uuid:pk>", CashHandInViewSet.as_view({"get": "retrieve"})),
]
