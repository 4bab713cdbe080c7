"""The parts that a visit needs, asked for where its van does not have them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict
from parts.locations.models import Location
from parts.locations.selectors import van_of
from parts.requisitions.models import Requisition
from parts.requisitions.selectors import asked_for_visit
from parts.requisitions.services import depot_for, write_requisition
from sync.commands import Actor, command
from sync.repeats import made_before
from tickets.service_types.selectors import likely_parts
from tickets.visits import access
from tickets.visits.models import Visit

ONE = Decimal(1)


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
    if not visit.is_active:
        raise Conflict(
            "visit_ended", "Nothing is needed there any more. Ask for the van itself.", visit_status=visit.status
        )
    van = van_of(visit.technician)
    if van is None:
        raise Conflict("van_missing", "Ask the storekeeper for a van for the technician; then send this again.")
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


def _missing(visit: Visit, van: Location) -> list[dict[str, Any]]:
    """Of the likely parts, what the van lacks. Where nobody said how much is usual, it is one."""
    service_type_id = visit.ticket.service_type_id
    asked = asked_for_visit(visit.pk)
    lacking = {
        part.part_id: (part.quantity or ONE) - (part.in_van or 0) - asked.get(part.part_id, 0)
        for part in likely_parts([service_type_id], van_id=van.pk).get(service_type_id, ())
    }
    return [{"part_id": part_id, "quantity": quantity} for part_id, quantity in lacking.items() if quantity > 0]
