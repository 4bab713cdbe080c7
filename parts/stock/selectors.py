"""Reads of the ledger."""

from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.people.models import User
from parts.stock import access
from parts.stock.models import Condition, StockBalance, StockMovement


def balances_for_lists(user: User) -> QuerySet[StockBalance]:
    """What this person sees, with all that its output shows."""
    return access.visible_balances(user).select_related("location", "part")


def movements_for_lists(user: User) -> QuerySet[StockMovement]:
    """What this person sees, with all that its output shows."""
    return access.visible_movements(user).select_related("part", "from_location", "to_location", "reversal")


def on_hand(location_id: UUID, part_id: UUID, condition: str = Condition.GOOD) -> Decimal:
    """How much of a part is at a place, in the part's unit."""
    balance = StockBalance.objects.filter(location=location_id, part=part_id, condition=condition).first()
    return balance.quantity if balance else Decimal(0)
