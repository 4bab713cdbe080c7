"""Where technicians fetch parts that nobody has in the van: which depots hand them out, and what lies there."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from accounts.models import Territory
from parts.models import Location, Requisition, RequisitionLine, Transfer, TransferLine
from parts.requisitions.progress import with_sent
from parts.stock.models import Condition
from tickets.routes.models import DepotCounter
from tickets.service_types.selectors import LikelyParts, likely_parts_in_vans
from tickets.travel.places import Place, great_circle_m

Needs = Mapping[UUID, Decimal]
"""How much of which parts."""
ON_THE_SHELF = (Requisition.Status.SUBMITTED, Requisition.Status.APPROVED, Requisition.Status.PARTLY_APPROVED)
"""What was asked for by these may still lie there."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A depot that hands parts out, and what of each is left for this plan."""

    depot: Location
    place: Place
    minutes: int
    left: dict[UUID, Decimal]


class Counters:
    """Those of a territory. What a visit claims is not there for the next one."""

    def __init__(self, counters: Iterable[Counter]) -> None:
        self._counters = list(counters)

    def claim(self, needs: Needs, *, near: Place) -> Counter | None:
        """The nearest that has all of it; None where there is none."""
        able = [
            counter
            for counter in self._counters
            if all(counter.left.get(part, Decimal()) >= quantity for part, quantity in needs.items())
        ]
        nearest = min(able, key=lambda counter: _metres(counter.place, near), default=None)
        if nearest is not None:
            for part, quantity in needs.items():
                nearest.left[part] -= quantity
        return nearest


def read_counters(territory: Territory, service_type_ids: Collection[UUID]) -> Counters:
    """With what lies there of the likely parts of these kinds of service, less what others have asked for. Four
    statements.
    """
    found = DepotCounter.objects.filter(
        Q(depot__territory=territory) | Q(depot__territory=None), depot__is_active=True
    ).select_related("depot")
    counters = {counter.depot_id: counter for counter in found.order_by("depot__code")}
    if not counters:
        return Counters([])
    there = likely_parts_in_vans(service_type_ids, counters)
    asked = _asked_for(counters)
    return Counters(
        Counter(
            depot=counter.depot,
            place=Place(counter.latitude, counter.longitude),
            minutes=counter.minutes,
            left={part: lies - asked.get((depot, part), Decimal()) for part, lies in _lying(there[depot]).items()},
        )
        for depot, counter in counters.items()
    )


def _metres(here: Place, there: Place) -> float:
    return great_circle_m(here.latitude, here.longitude, there.latitude, there.longitude)


def _lying(kinds: LikelyParts) -> Mapping[UUID, Decimal]:
    return {part.part_id: part.in_van or Decimal() for parts in kinds.values() for part in parts}


def _asked_for(depots: Collection[UUID]) -> Mapping[tuple[UUID, UUID], Decimal]:
    """By depot and part, what requisitions and drafts of transfers are going to take from there."""
    asked: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    wanted = RequisitionLine.objects.filter(
        requisition__status__in=ON_THE_SHELF, requisition__depot__in=depots, requisition__drop_reason=""
    ).select_related("requisition")
    for line in with_sent(wanted):
        assert line.requisition.depot_id
        asked[line.requisition.depot_id, line.substitute_id or line.part_id] += max(Decimal(), line.counts - line.sent)
    drafted = TransferLine.objects.filter(
        transfer__status=Transfer.Status.DRAFT, transfer__from_location__in=depots, condition=Condition.GOOD
    )
    for depot, part, quantity in drafted.values_list("transfer__from_location", "part", "quantity"):
        asked[depot, part] += quantity
    return asked
