from django.urls import path

from tickets.prices.views import PriceItemViewSet, PriceViewSet

urlpatterns = [
    path("price-items", PriceItemViewSet.as_view({"get": "list", "post": "create"})),
    path("price-items/<uuid:pk>", PriceItemViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("prices", PriceViewSet.as_view({"get": "list", "post": "create"})),
    path("prices/import", PriceViewSet.as_view({"post": "import_prices"})),
    path(
        "prices/<uuid:pk>",
        PriceViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
]
