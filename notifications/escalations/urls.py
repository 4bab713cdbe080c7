"""Routes of plans of escalation."""

from django.urls import path

from notifications.escalations.views import EscalationPlanViewSet

urlpatterns = [
    path("escalation-plans", EscalationPlanViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "escalation-plans/<uuid:plan_id>",
        EscalationPlanViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
]
