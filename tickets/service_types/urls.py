from django.urls import path

from tickets.service_types.views import ServiceTypeViewSet

urlpatterns = [
    path("service-types", ServiceTypeViewSet.as_view({"get": "list", "post": "create"}), name="service-types"),
    path(
        "service-types/<uuid:pk>",
        ServiceTypeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="service-type",
    ),
]
