"""How much of what lies somewhere is promised, and to whom. The ledger asks before anything is taken."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, Expression, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from parts.allocations.models import Allocation

Promises = Mapping[tuple[UUID, UUID], Mapping[UUID, Decimal]]
"""By place and part, how much each visit may take."""

OPEN = Allocation.objects.filter(ended_at=None).order_by()
REMAINING = F("quantity") - F("used")


def promises(places: Collection[UUID], parts: Collection[UUID]) -> Promises:
    """Of these parts at these places. One statement; whoever has locked their balances can rely on it."""
    found: dict[tuple[UUID, UUID], dict[UUID, Decimal]] = defaultdict(dict)
    held = OPEN.filter(location__in=places, part__in=parts).annotate(left=REMAINING)
    for place, part, visit, left in held.values_list("location", "part", "visit_id", "left"):
        found[place, part][visit] = left
    return found


def promised_to_others(place: UUID, visit_id: UUID | None) -> Mapping[UUID, Decimal]:
    """By part, how much at this place is for other visits than this one; for any, if there is none."""
    here = OPEN.filter(location=place)
    others = (here.exclude(visit_id=visit_id) if visit_id else here).values("part").annotate(left=Sum(REMAINING))
    return dict(others.values_list("part", "left"))


def kept_for(visit_id: UUID, place: UUID) -> Mapping[UUID, Decimal]:
    """By part, how much at this place is for this visit."""
    own = OPEN.filter(visit_id=visit_id, location=place).annotate(left=REMAINING)
    return dict(own.values_list("part", "left"))


def allocated() -> Expression:
    """Of a balance in good condition, how much of its part is promised at its place, whatever the batch."""
    here = OPEN.filter(location=OuterRef("location"), part=OuterRef("part")).values("location")
    field = DecimalField(max_digits=12, decimal_places=3)
    return Coalesce(Subquery(here.annotate(left=Sum(REMAINING)).values("left"), output_field=field), Decimal(0))
