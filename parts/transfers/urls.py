"""Routes of transfers."""

from django.urls import path

from parts.transfers.views import PickListView, TransferViewSet

urlpatterns = [
    path("transfers", TransferViewSet.as_view({"get": "list", "post": "create"}), name="transfers"),
    path(
        "transfers/<uuid:pk>",
        TransferViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="transfer",
    ),
    path("transfers/<uuid:pk>/dispatch", TransferViewSet.as_view({"post": "send"}), name="transfer-dispatch"),
    path("transfers/<uuid:pk>/receive", TransferViewSet.as_view({"post": "receive"}), name="transfer-receive"),
    path("transfers/<uuid:pk>/pick-list", PickListView.as_view(), name="transfer-pick-list"),
    path("transfers/<uuid:pk>/cancel", TransferViewSet.as_view({"post": "cancel"}), name="transfer-cancel"),
]
