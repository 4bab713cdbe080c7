from django.urls import path

from tickets.recoveries.views import RecoveryViewSet

urlpatterns = [
    path("recoveries", RecoveryViewSet.as_view({"get": "list", "post": "create"})),
    path("recoveries/<uuid:recovery_id>", RecoveryViewSet.as_view({"get": "retrieve"})),
    path("recoveries/<uuid:recovery_id>/approve", RecoveryViewSet.as_view({"post": "approve"})),
    path("recoveries/<uuid:recovery_id>/stop", RecoveryViewSet.as_view({"post": "stop"})),
]
