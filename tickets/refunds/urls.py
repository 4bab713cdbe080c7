from django.urls import path

from tickets.refunds.views import RefundViewSet, RepaymentViewSet, RepaymentWebhookView

urlpatterns = [
    path("tickets/<uuid:ticket_id>/refunds", RefundViewSet.as_view({"post": "create"})),
    path("bills/<uuid:bill_id>/compensate", RefundViewSet.as_view({"post": "compensate"})),
    path("refunds", RefundViewSet.as_view({"get": "list"})),
    path("refunds/<uuid:pk>", RefundViewSet.as_view({"get": "retrieve"})),
    path("refunds/<uuid:pk>/approve", RefundViewSet.as_view({"post": "approve"})),
    path("refunds/<uuid:pk>/reject", RefundViewSet.as_view({"post": "reject"})),
    path("refunds/<uuid:pk>/pay", RefundViewSet.as_view({"post": "pay"})),
    path("repayments", RepaymentViewSet.as_view({"get": "list"})),
    path("repayments/webhook", RepaymentWebhookView.as_view()),
    path("repayments/<uuid:pk>", RepaymentViewSet.as_view({"get": "retrieve"})),
    path("repayments/<uuid:pk>/settle", RepaymentViewSet.as_view({"post": "settle"})),
]
