"""What phones may send and what they receive, gathered for the wiring."""

from parts.allocations import offline as allocations
from parts.catalogue import offline as catalogue
from parts.discrepancies import offline as discrepancies
from parts.locations import offline as locations
from parts.requisitions import offline as requisitions
from parts.stock import offline as stock
from parts.stocktakes import offline as stocktakes
from parts.transfers import offline as transfers

OPERATIONS = {**catalogue.OPERATIONS, **requisitions.OPERATIONS, **stocktakes.OPERATIONS, **transfers.OPERATIONS}
DOCUMENTS = {
    **catalogue.DOCUMENTS,
    **locations.DOCUMENTS,
    **stock.DOCUMENTS,
    **allocations.DOCUMENTS,
    **discrepancies.DOCUMENTS,
    **requisitions.DOCUMENTS,
    **stocktakes.DOCUMENTS,
    **transfers.DOCUMENTS,
}
SCHEMAS = {**catalogue.SCHEMAS}
