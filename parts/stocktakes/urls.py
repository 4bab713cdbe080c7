"""Routes of stocktakes."""

from django.urls import path

from parts.stocktakes.views import StocktakeViewSet

urlpatterns = [
    path("stocktakes", StocktakeViewSet.as_view({"get": "list", "post": "create"}), name="stocktakes"),
    path("stocktakes/count", StocktakeViewSet.as_view({"post": "count"}), name="stocktakes-count"),
    path("stocktakes/<uuid:pk>", StocktakeViewSet.as_view({"get": "retrieve"}), name="stocktake"),
    path("stocktakes/<uuid:pk>/sheets", StocktakeViewSet.as_view({"post": "hand_in"}), name="stocktake-sheets"),
    path("stocktakes/<uuid:pk>/finish", StocktakeViewSet.as_view({"post": "finish"}), name="stocktake-finish"),
    path("stocktakes/<uuid:pk>/recount", StocktakeViewSet.as_view({"post": "recount"}), name="stocktake-recount"),
    path("stocktakes/<uuid:pk>/post", StocktakeViewSet.as_view({"post": "enter"}), name="stocktake-post"),
    path("stocktakes/<uuid:pk>/cancel", StocktakeViewSet.as_view({"post": "cancel"}), name="stocktake-cancel"),
]
