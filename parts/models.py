"""All models of the app, gathered for Django. Each concept defines its own."""

from parts.allocations.models import Allocation
from parts.catalogue.models import Part
from parts.discrepancies.models import Discrepancy
from parts.levels.models import StockLevel
from parts.locations.models import Location, VanKeeper
from parts.requisitions.models import Requisition, RequisitionLine
from parts.stock.models import SerialPosition, StockBalance, StockMovement
from parts.stocktakes.models import CountSheet, CountSheetLine, Stocktake, StocktakeLine
from parts.transfers.models import Transfer, TransferLine, TransferReceipt, TransferReceiptLine

__all__ = [
    "Allocation",
    "CountSheet",
    "CountSheetLine",
    "Discrepancy",
    "Location",
    "Part",
    "Requisition",
    "RequisitionLine",
    "SerialPosition",
    "StockBalance",
    "StockLevel",
    "StockMovement",
    "Stocktake",
    "StocktakeLine",
    "Transfer",
    "TransferLine",
    "TransferReceipt",
    "TransferReceiptLine",
    "VanKeeper",
]
