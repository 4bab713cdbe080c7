"""Routes of allocations."""

from django.urls import path

from parts.allocations.views import AllocationViewSet

urlpatterns = [
    path("stock/allocations", AllocationViewSet.as_view({"get": "list"}), name="stock-allocations"),
    path("stock/allocations/<uuid:pk>", AllocationViewSet.as_view({"get": "retrieve"}), name="stock-allocation"),
    path(
        "stock/allocations/<uuid:pk>/release",
        AllocationViewSet.as_view({"post": "release"}),
        name="stock-allocation-release",
    ),
]
