"""Routes of stock."""

from django.urls import path

from parts.stock.views import BalanceViewSet, MovementViewSet, StockCommandViewSet

urlpatterns = [
    path("stock", BalanceViewSet.as_view({"get": "list"}), name="stock"),
    path("stock/<uuid:pk>", BalanceViewSet.as_view({"get": "retrieve"}), name="stock-balance"),
    path("stock/receive", StockCommandViewSet.as_view({"post": "receive"}), name="stock-receive"),
    path("stock/move", StockCommandViewSet.as_view({"post": "move"}), name="stock-move"),
    path("stock/movements", MovementViewSet.as_view({"get": "list"}), name="stock-movements"),
    path("stock/movements/<uuid:pk>", MovementViewSet.as_view({"get": "retrieve"}), name="stock-movement"),
    path("stock/movements/<uuid:pk>/reverse", MovementViewSet.as_view({"post": "reverse"}), name="stock-reverse"),
]
