"""Routes of stock levels."""

from django.urls import path

from parts.levels.views import StockLevelCommandViewSet, StockLevelViewSet

urlpatterns = [
    path("stock/levels", StockLevelViewSet.as_view({"get": "list"}), name="stock-levels"),
    path("stock/levels/set", StockLevelCommandViewSet.as_view({"post": "change"}), name="stock-levels-set"),
    path("stock/levels/<uuid:pk>", StockLevelViewSet.as_view({"get": "retrieve"}), name="stock-level"),
]
