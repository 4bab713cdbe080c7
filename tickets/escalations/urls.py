from django.urls import path

from tickets.escalations.views import EscalationViewSet

urlpatterns = [
    path("escalations", EscalationViewSet.as_view({"get": "list"})),
    path("escalations/<uuid:pk>", EscalationViewSet.as_view({"get": "retrieve"})),
    path("escalations/<uuid:pk>/take-up", EscalationViewSet.as_view({"post": "take_up"})),
    path("escalations/<uuid:pk>/give-back", EscalationViewSet.as_view({"post": "give_back"})),
]
