"""Proposals: what has fallen below its minimum is to be filled up, as soon as a storekeeper says so.

A proposal is a requisition that nobody has made. There is one for a place at a time; it follows the stock until
somebody decides: they approve all of it, or less, or something instead, or reject it with a reason.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db.models import Q, Sum

from accounts.people.models import Role
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict
from notifications.services import notify
from parts.levels.access import location_to_level
from parts.levels.selectors import Position, positions
from parts.locations.models import Location
from parts.quantities import plain
from parts.requisitions.models import Requisition, RequisitionLine
from parts.stock.models import Condition, StockBalance
from sync.commands import Actor, command
from sync.rows import locked

Status = Requisition.Status
Lacking = Mapping[UUID, Position]
"""By part, what is to be filled up."""


@command
def propose_for(*, actor: Actor, occurred_at: datetime, location_id: UUID) -> Requisition:
    """A storekeeper wants to know now what a place lacks, whatever was decided lately.

    Raises Conflict("nothing_missing"), and what `location_to_level` raises.
    """
    location = location_to_level(actor, location_id)
    here = [position for position in positions() if position.location_id == location.pk]
    proposal = _bring_up_to_date(location, _lacking(here), actor=actor, at=occurred_at)
    if proposal is None:
        raise Conflict("nothing_missing", "What is to lie there is there, or coming.")
    return proposal


def places_to_look_at(at: datetime) -> dict[UUID, Lacking]:
    """By place, what is to be proposed, but for what was decided about lately; nothing where a proposal is needless."""
    lacking = {place: _lacking(list(rows)) for place, rows in groupby(positions(), lambda row: row.location_id)}
    decided = _decided_lately(lacking, at)
    found = {
        place: {part: position for part, position in parts.items() if (place, part) not in decided}
        for place, parts in lacking.items()
    }
    proposed = set(Requisition.objects.filter(status=Status.PROPOSED).values_list("location_id", flat=True))
    return {place: found.get(place, {}) for place in proposed.union(place for place, parts in found.items() if parts)}


@command
def propose(*, actor: Actor, occurred_at: datetime, location_id: UUID, lacking: Lacking) -> Requisition | None:
    """What a place lacks is proposed, or what was proposed is brought up to date; None if nothing is missing any more.

    By the service itself, with what `places_to_look_at` has found.
    """
    location = Location.objects.select_for_update().get(pk=location_id)
    return _bring_up_to_date(location, lacking, actor=actor, at=occurred_at)


def _bring_up_to_date(location: Location, lacking: Lacking, *, actor: Actor, at: datetime) -> Requisition | None:
    """The place is locked, so that nobody proposes for it at the same time."""
    proposal = locked(Requisition.objects.filter(location=location, status=Status.PROPOSED)).first()
    if not lacking:
        if proposal:
            proposal.status, proposal.ended_at = Status.CANCELLED, at
            proposal.save(update_fields=["status", "ended_at"])
        return None
    depot = _depot_that_has(location, {part: position.lacking for part, position in lacking.items()})
    if proposal is None:
        proposal = Requisition.objects.create(
            location=location,
            depot=depot,
            status=Status.PROPOSED,
            origin=Requisition.Origin.MINIMUM,
            occurred_at=at,
            received_at=actor.received_at,
        )
        _tell_storekeepers(proposal, len(lacking), actor=actor)
    elif proposal.depot != depot:
        proposal.depot = depot
        proposal.save(update_fields=["depot"])
    _write_lines(proposal, lacking)
    return proposal


def _write_lines(proposal: Requisition, lacking: Lacking) -> None:
    """A line about a part stays the same line, as somebody may be reading it."""
    known = {line.part_id: line for line in proposal.lines.all()}
    proposal.lines.exclude(part__in=lacking).delete()
    number = max((line.number for line in known.values()), default=0)
    for part_id, position in sorted(lacking.items()):
        reckoning = {name: plain(getattr(position, name)) for name in ("on_hand", "coming", "minimum", "par")}
        if line := known.get(part_id):
            if (line.quantity, line.reckoning) != (position.lacking, reckoning):
                line.quantity, line.reckoning = position.lacking, reckoning
                line.save(update_fields=["quantity", "reckoning"])
        else:
            number += 1
            RequisitionLine.objects.create(
                requisition=proposal, number=number, part_id=part_id, quantity=position.lacking, reckoning=reckoning
            )


def _lacking(here: Collection[Position]) -> dict[UUID, Position]:
    """Two levels may have come to be about one part: the one that wants more counts."""
    found: dict[UUID, Position] = {}
    for position in here:
        if position.part_id and position.lacking > 0:
            known = found.get(position.part_id)
            if known is None or known.lacking < position.lacking:
                found[position.part_id] = position
    return found


def _decided_lately(places: Collection[UUID], at: datetime) -> set[tuple[UUID, UUID]]:
    """Places and parts about which a storekeeper has decided: they know, and are not asked the same every hour."""
    lines = RequisitionLine.objects.filter(
        requisition__location__in=places,
        requisition__origin=Requisition.Origin.MINIMUM,
        requisition__decided_at__gt=at - timedelta(hours=settings.PROPOSE_AGAIN_HOURS),
    )
    return set(lines.values_list("requisition__location", "part"))


def _depot_that_has(location: Location, wanted: Mapping[UUID, Decimal]) -> Location | None:
    """Of the depots that serve the place, the one that has most of what is wanted; None where none has anything."""
    serving = Q(territory=location.territory_id) | Q(territory=None)
    depots = Location.objects.filter(
        serving, kind__in=(Location.Kind.DEPOT, Location.Kind.CENTRAL), is_active=True
    ).exclude(pk=location.pk)
    here = StockBalance.objects.filter(location__in=depots, part__in=wanted, condition=Condition.GOOD, quantity__gt=0)
    held = here.order_by().values("location", "part").annotate(held=Sum("quantity"))
    served = Counter[UUID]()
    for depot_id, part_id, quantity in held.values_list("location", "part", "held"):
        served[depot_id] += 2 if quantity >= wanted[part_id] else 1
    ranked = sorted(depots, key=lambda depot: (-served[depot.pk], depot.territory_id is None, depot.code))
    return next((depot for depot in ranked if served[depot.pk]), None)


def _tell_storekeepers(proposal: Requisition, lines: int, *, actor: Actor) -> None:
    location = proposal.location
    notify(
        actor=actor,
        to=people_with_role(Role.STOREKEEPER, location.territory_id),
        kind="replenishment_proposed",
        subject=("requisitions", proposal.pk),
        text={"location": location.name, "location_zh": location.name_zh or location.name, "lines": lines},
        territory_id=location.territory_id,
        dedupe_key=f"replenishment_proposed:{proposal.pk}",
    )
