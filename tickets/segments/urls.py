from django.urls import path

from tickets.segments.views import NetworkConnectionViewSet, NetworkSegmentViewSet

urlpatterns = [
    path("network-segments", NetworkSegmentViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "network-segments/<uuid:segment_id>",
        NetworkSegmentViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
    ),
    path("network-segments/<uuid:segment_id>/connect", NetworkSegmentViewSet.as_view({"post": "connect"})),
    path("network-segments/<uuid:segment_id>/disconnect", NetworkSegmentViewSet.as_view({"post": "disconnect"})),
    path("network-connections", NetworkConnectionViewSet.as_view({"get": "list"})),
]
