"""Routes of deliveries."""

from django.urls import path

from notifications.deliveries.views import DeliveryViewSet

urlpatterns = [
    path("deliveries", DeliveryViewSet.as_view({"get": "list"})),
    path("deliveries/<uuid:pk>", DeliveryViewSet.as_view({"get": "retrieve"})),
]
