"""Reads of the ledger."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Greatest

from accounts.people.models import User
from parts.allocations.promises import allocated
from parts.locations.models import Location
from parts.stock import access
from parts.stock.models import Condition, StockBalance, StockMovement

NOTHING = Value(Decimal(0), DecimalField(max_digits=12, decimal_places=3))


def balances_for_lists(user: User) -> QuerySet[StockBalance]:
    """What this person sees, with all that its output shows."""
    return with_available(access.visible_balances(user).select_related("location", "part"))


def with_available(balances: QuerySet[StockBalance]) -> QuerySet[StockBalance]:
    """With `allocated`, what is kept for visits, and `available`, what anybody may take."""
    fit = Q(condition=Condition.GOOD, location__kind__in=Location.GIVING)
    of_it = balances.annotate(allocated=Case(When(fit, then=allocated()), default=NOTHING))
    free = Greatest(F("quantity") - F("allocated"), NOTHING)
    return of_it.annotate(available=Case(When(fit, then=free), default=NOTHING))


def movements_for_lists(user: User) -> QuerySet[StockMovement]:
    """What this person sees, with all that its output shows."""
    return access.visible_movements(user).select_related("part", "from_location", "to_location", "reversal")


def on_hand(location_id: UUID, part_id: UUID, condition: str = Condition.GOOD) -> Decimal:
    """How much of a part is at a place, in the part's unit."""
    balance = StockBalance.objects.filter(location=location_id, part=part_id, condition=condition).first()
    return balance.quantity if balance else Decimal(0)


def held_at(location_id: UUID, part_ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """How much of these parts is at a place in good condition."""
    here = StockBalance.objects.filter(location=location_id, part__in=part_ids, condition=Condition.GOOD).order_by()
    return dict(here.values("part").annotate(held=Sum("quantity")).values_list("part", "held"))
