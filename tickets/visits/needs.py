"""The parts that a visit needs: kept for it where they lie, or asked for where its van does not have them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict
from parts.allocations.models import Allocation
from parts.allocations.promises import kept_for, promised_to_others
from parts.allocations.services import allocate
from parts.locations.access import location_to_receive
from parts.locations.models import Location
from parts.locations.selectors import van_of
from parts.requisitions.models import Requisition
from parts.requisitions.selectors import asked_for_visit
from parts.requisitions.services import depot_for, write_requisition
from parts.stock.selectors import held_at
from sync.commands import Actor, command
from sync.repeats import made_before
from tickets.service_types.selectors import LikelyPart, likely_parts
from tickets.visits import access
from tickets.visits.models import Visit

NOTHING, ONE = Decimal(0), Decimal(1)


@command
def ask_for_parts(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    id: UUID | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
    depot_id: UUID | None = None,
    reason: str = "",
) -> Requisition:
    """A visit needs parts in its van before it begins: these `lines` (`{"part_id", "quantity", "note"}`), or what it is
    likely to need and neither lies in the van nor was asked for already. By its technician, or whoever dispatches.

    The same id for the same visit is the same requisition, sent again. Raises Conflict("visit_ended"),
    Conflict("van_missing"), Conflict("nothing_missing"), Conflict("id_taken"), and of the lines and the depot what
    `submit_requisition` raises.
    """
    visit = access.visit_to_resolve(actor, visit_id)
    if known := made_before(Requisition, id, visit_id=visit.pk):
        return known
    _must_be_to_come(visit)
    van = _van_of(visit)
    lines = lines or _missing(visit, van)
    if not lines:
        raise Conflict("nothing_missing", "What it is likely to need is in the van, or was asked for.")
    return write_requisition(
        actor=actor,
        occurred_at=occurred_at,
        id=id,
        location=van,
        depot=depot_for(van, depot_id),
        lines=lines,
        reason=reason,
        ticket_id=visit.ticket_id,
        visit_id=visit.pk,
        needed_by=visit.window_start,
    )


@command
def allocate_parts(
    *,
    actor: Actor,
    occurred_at: datetime,
    visit_id: UUID,
    location_id: UUID | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
) -> list[Allocation]:
    """Parts are kept for a visit at a place, its technician's van unless another one is named: these `lines`
    (`{"part_id", "quantity"}`), or of what it is likely to need as much as is free. By its technician, or whoever
    dispatches.

    Raises Conflict("visit_ended"), Conflict("van_missing"), Conflict("nothing_to_keep"), what `location_to_receive`
    raises for the place, and what `allocate` raises.
    """
    visit = access.visit_to_resolve(actor, visit_id)
    _must_be_to_come(visit)
    place = location_to_receive(actor, location_id) if location_id else _van_of(visit)
    lines = lines or _likely_and_free(visit, place)
    if not lines:
        raise Conflict("nothing_to_keep", "Nothing of what it is likely to need is free there, or all of it is kept.")
    return allocate(
        actor=actor,
        occurred_at=occurred_at,
        location=place,
        visit_id=visit.pk,
        ticket_id=visit.ticket_id,
        technician=visit.technician,
        lines=lines,
    )


def _must_be_to_come(visit: Visit) -> None:
    if not visit.is_active:
        raise Conflict("visit_ended", "Nothing is needed there any more.", visit_status=visit.status)


def _van_of(visit: Visit) -> Location:
    van = van_of(visit.technician)
    if van is None:
        raise Conflict("van_missing", "Ask the storekeeper for a van for the technician; then send this again.")
    return van


def _likely(visit: Visit, place: Location) -> Collection[LikelyPart]:
    service_type_id = visit.ticket.service_type_id
    return likely_parts([service_type_id], van_id=place.pk).get(service_type_id, ())


def _missing(visit: Visit, van: Location) -> list[dict[str, Any]]:
    """Of the likely parts, what the van lacks that is not kept for others. Where nobody said how much, it is one."""
    others, asked = promised_to_others(van.pk, visit.pk), asked_for_visit(visit.pk)
    lacking = {
        part.part_id: (part.quantity or ONE)
        - max(NOTHING, (part.in_van or NOTHING) - others.get(part.part_id, NOTHING))
        - asked.get(part.part_id, NOTHING)
        for part in _likely(visit, van)
    }
    return [{"part_id": part_id, "quantity": quantity} for part_id, quantity in lacking.items() if quantity > 0]


def _likely_and_free(visit: Visit, place: Location) -> list[dict[str, Any]]:
    """The usual quantities of the likely parts, as far as they are free there and not kept yet."""
    usual = {part.part_id: part.quantity or ONE for part in _likely(visit, place)}
    held, others, kept = held_at(place.pk, usual), promised_to_others(place.pk, visit.pk), kept_for(visit.pk, place.pk)
    wanted = {
        part_id: min(quantity, held.get(part_id, NOTHING) - others.get(part_id, NOTHING)) - kept.get(part_id, NOTHING)
        for part_id, quantity in usual.items()
    }
    return [{"part_id": part_id, "quantity": quantity} for part_id, quantity in wanted.items() if quantity > 0]
