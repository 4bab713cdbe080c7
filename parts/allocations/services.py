"""Commands on allocations."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from fieldsvc.errors import Conflict
from parts.allocations import access
from parts.allocations.models import Allocation
from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.stock.ledger import Holdings, Line, Reason
from parts.stock.services import read_lines
from sync.commands import Actor, command


def allocate(
    *,
    actor: Actor,
    occurred_at: datetime,
    location: Location,
    visit_id: UUID,
    ticket_id: UUID,
    technician: User,
    lines: Sequence[Mapping[str, Any]],
) -> list[Allocation]:
    """So much of these parts (`{"part_id", "quantity"}`) is kept at a place for a visit, beside what it has there.

    Part of commands. Raises Conflict("stock_short" | "stock_allocated") which say what is `available`,
    Conflict("part_provisional"), and of the lines what `read_lines` raises.
    """
    wanted: dict[Part, Decimal] = defaultdict(Decimal)
    for line in read_lines(lines):
        if line.part.is_provisional:
            raise Conflict("part_provisional", "Have it taken into the catalogue first.", part=line.part.number)
        wanted[line.part] += line.quantity
    own = Allocation.objects.filter(visit_id=visit_id, location=location, part__in=wanted, ended_at=None)
    known = {allocation.part_id: allocation for allocation in own}
    takes = [
        Line(
            reason=Reason.USE,
            part=part,
            quantity=quantity + (known[part.pk].remaining if part.pk in known else 0),
            from_location=location,
            to_location=None,
            visit_id=visit_id,
        )
        for part, quantity in wanted.items()
    ]
    holdings = Holdings(takes)
    holdings.keep_promises()
    for take in takes:
        holdings.require_free(take)
    for part, quantity in wanted.items():
        if allocation := known.get(part.pk):
            allocation.quantity += quantity
            allocation.save(update_fields=["quantity"])
        else:
            known[part.pk] = Allocation.objects.create(
                location=location,
                part=part,
                quantity=quantity,
                visit_id=visit_id,
                ticket_id=ticket_id,
                technician=technician,
                made_by=actor.user,
                made_at=occurred_at,
            )
    return list(known.values())


def carry_over(visit_id: UUID, *, to: UUID, technician: User) -> None:
    """Somebody else goes there: what was kept in a depot is kept for their visit. Part of commands."""
    kept = Allocation.objects.filter(visit_id=visit_id, ended_at=None).exclude(location__kind=Location.Kind.VAN)
    kept.update(visit_id=to, technician=technician)


@command
def release_allocation(*, actor: Actor, occurred_at: datetime, allocation_id: UUID) -> Allocation:
    """The visit does not need it after all, or something else needs it more. Releasing again changes nothing."""
    allocation = access.allocation_to_release(actor, allocation_id)
    if allocation.ended_at is None:
        allocation.ended_at, allocation.released_by = occurred_at, actor.user
        allocation.save(update_fields=["ended_at", "released_by"])
    return allocation
