"""Routes of discrepancies."""

from django.urls import path

from parts.discrepancies.views import DiscrepancyViewSet

urlpatterns = [
    path("discrepancies", DiscrepancyViewSet.as_view({"get": "list"}), name="discrepancies"),
    path("discrepancies/<uuid:pk>", DiscrepancyViewSet.as_view({"get": "retrieve"}), name="discrepancy"),
    path("discrepancies/<uuid:pk>/settle", DiscrepancyViewSet.as_view({"post": "settle"}), name="discrepancy-settle"),
]
