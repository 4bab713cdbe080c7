"""Routes of locations."""

from django.urls import path

from parts.locations.views import LocationViewSet

urlpatterns = [
    path("locations", LocationViewSet.as_view({"get": "list", "post": "create"}), name="locations"),
    path(
        "locations/<uuid:pk>",
        LocationViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="location",
    ),
]
