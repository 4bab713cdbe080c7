"""Routes of the catalogue."""

from django.urls import path

from parts.catalogue.views import PartViewSet

urlpatterns = [
    path("parts", PartViewSet.as_view({"get": "list", "post": "create"}), name="parts"),
    path("parts/provisional", PartViewSet.as_view({"post": "propose"}), name="parts-provisional"),
    path("parts/<uuid:pk>", PartViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="part"),
    path("parts/<uuid:pk>/merge", PartViewSet.as_view({"post": "merge"}), name="part-merge"),
]
