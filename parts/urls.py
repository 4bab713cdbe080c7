"""The app's routes, under `/api/v1/`."""

from parts.allocations.urls import urlpatterns as allocations
from parts.catalogue.urls import urlpatterns as catalogue
from parts.discrepancies.urls import urlpatterns as discrepancies
from parts.levels.urls import urlpatterns as levels
from parts.locations.urls import urlpatterns as locations
from parts.requisitions.urls import urlpatterns as requisitions
from parts.stock.urls import urlpatterns as stock
from parts.stocktakes.urls import urlpatterns as stocktakes
from parts.transfers.urls import urlpatterns as transfers

urlpatterns = [
    *catalogue,
    *locations,
    *stock,
    *levels,
    *allocations,
    *discrepancies,
    *requisitions,
    *stocktakes,
    *transfers,
]
