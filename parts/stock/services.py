"""Commands on stock. Each writes movements; nothing here sets a quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict, Invalid
from parts.catalogue.access import parts_to_book
from parts.catalogue.models import Part
from parts.locations.access import location_to_stock, location_to_use
from parts.locations.models import Location
from parts.locations.services import customer_location
from parts.quantities import check_quantity
from parts.stock import access, ledger
from parts.stock.happened import keep
from parts.stock.ledger import Line, Reason
from parts.stock.models import Condition, StockMovement
from sync.commands import Actor, command

REVERSIBLE = frozenset({Reason.RECEIVE, Reason.MOVE, Reason.USE, Reason.RETURN})
"""What a storekeeper may take back. The other movements belong to a transfer, a count or a discrepancy."""


@command
def use_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    location_id: UUID,
    part_id: UUID,
    quantity: Decimal,
    serial: str = "",
    ticket_id: UUID | None = None,
    visit_id: UUID | None = None,
) -> StockMovement:
    """Somebody fitted `quantity` (in the part's unit) of a part from a van or depot at a customer's.

    What already happened without signal is kept in any case, and so is any use of a provisional part, which the books
    cannot know: what they lacked is booked as found there, and a discrepancy with an owner is opened. Raises
    Conflict("stock_short", available=…) and Conflict("serial_elsewhere", location=…) for what is being done online,
    Invalid("quantity_not_valid" | "serial_required" | "part_not_known"), and what `location_to_use` raises.
    """
    location, flags = location_to_use(actor, location_id)
    part = _part_to_book(part_id)
    check_quantity(part, quantity, serial=serial)
    use = Line(
        reason=Reason.USE,
        part=part,
        quantity=quantity,
        from_location=location,
        to_location=customer_location(),
        serial=serial,
        follows_serial=part.follows_serials,
        ticket_id=ticket_id,
        visit_id=visit_id,
        flags=flags,
    )
    if actor.offline or part.is_provisional:
        return keep(use, at=location, actor=actor, occurred_at=occurred_at)
    _require_serial(use)
    [movement] = ledger.post([use], actor=actor, occurred_at=occurred_at)
    return movement


@command
def return_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    location_id: UUID,
    part_id: UUID,
    quantity: Decimal,
    serial: str = "",
    condition: str = Condition.FAULTY,
    ticket_id: UUID | None = None,
    visit_id: UUID | None = None,
) -> StockMovement:
    """Somebody took `quantity` of a part back from a customer: into the van's faulty stock, if nothing else is said.

    A customer may give back what was fitted before the books began, so this is never short. A serial that by the books
    is elsewhere is refused online with Conflict("serial_elsewhere", location=…), and kept with a discrepancy when it
    happened without signal. Raises Invalid as `use_part` does, and what `location_to_use` raises.
    """
    location, flags = location_to_use(actor, location_id)
    part = _part_to_book(part_id)
    check_quantity(part, quantity, serial=serial)
    back = Line(
        reason=Reason.RETURN,
        part=part,
        quantity=quantity,
        from_location=customer_location(),
        to_location=location,
        condition=condition,
        serial=serial,
        follows_serial=part.follows_serials,
        ticket_id=ticket_id,
        visit_id=visit_id,
        flags=flags,
    )
    if actor.offline:
        return keep(back, at=location, actor=actor, occurred_at=occurred_at)
    _require_serial(back)
    [movement] = ledger.post([back], actor=actor, occurred_at=occurred_at)
    return movement


@command
def receive_parts(
    *, actor: Actor, occurred_at: datetime, location_id: UUID, lines: Sequence[Mapping[str, Any]], note: str = ""
) -> list[StockMovement]:
    """Parts came from outside to a place: `lines` are `{"part_id", "quantity", "serial", "condition", "id"}`.

    Serial, condition (good) and id may be missing; a line with an id that the books have is the same line, sent again.
    All lines are posted, or none. Raises Conflict("serial_elsewhere" | "part_retired" | "id_taken"),
    Invalid("quantity_not_valid" | "serial_required" | "serial_repeated" | "part_not_known") naming the line, and what
    `location_to_stock` raises.
    """
    location = location_to_stock(actor, location_id)
    booked = lines_to_post(lines, reason=Reason.RECEIVE, from_location=None, to_location=location, note=note)
    for line in booked:
        if line.part.status == Part.Status.RETIRED:
            raise Conflict("part_retired", "Bring the part back into the catalogue first.", part=line.part.number)
    return ledger.post(booked, actor=actor, occurred_at=occurred_at)


@command
def move_parts(
    *,
    actor: Actor,
    occurred_at: datetime,
    from_location_id: UUID,
    to_location_id: UUID,
    lines: Sequence[Mapping[str, Any]],
    note: str = "",
) -> list[StockMovement]:
    """Parts went from one of our places to another; `lines` as for `receive_parts`. All of them, or none.

    Raises Conflict("stock_short" | "serial_elsewhere" | "same_location" | "id_taken"),
    Invalid("quantity_not_valid" | "serial_required" | "serial_repeated" | "part_not_known") naming the line, and what
    `location_to_stock` raises for either place.
    """
    source = location_to_stock(actor, from_location_id)
    target = location_to_stock(actor, to_location_id)
    if source == target:
        raise Conflict("same_location", "Choose another place to move the parts to.")
    booked = lines_to_post(lines, reason=Reason.MOVE, from_location=source, to_location=target, note=note)
    return ledger.post(booked, actor=actor, occurred_at=occurred_at)


@command
def reverse_movement(*, actor: Actor, occurred_at: datetime, movement_id: UUID, note: str) -> StockMovement:
    """A movement was a mistake: the same goes back. `note` says why. The mistake stays readable, beside its correction.

    Raises Conflict("movement_reversed"), Conflict("movement_not_reversible") for what is only half of a story (see
    `REVERSIBLE`), Conflict("stock_short" | "serial_elsewhere") if it is not there any more.
    """
    movement = access.movement_to_reverse(actor, movement_id)
    if movement.reason not in REVERSIBLE:
        raise Conflict(
            "movement_not_reversible",
            "Post the right movement instead; transfers and discrepancies are settled where they stand.",
            reason=movement.reason,
        )
    if StockMovement.objects.filter(reverses=movement).exists():
        raise Conflict("movement_reversed", "This movement was put right already.")
    [reversal] = ledger.post([ledger.reversal_of(movement, note=note)], actor=actor, occurred_at=occurred_at)
    return reversal


def _part_to_book(part_id: UUID) -> Part:
    part = parts_to_book([part_id]).get(part_id)
    if part is None:
        raise Invalid("part_not_known", "Choose a part of the catalogue, or make a provisional one.", field="part_id")
    return part


def _require_serial(line: Line, field: str = "serial") -> None:
    if line.part.follows_serials and not line.serial:
        raise Invalid("serial_required", "Read the serial: this part is followed unit by unit.", field=field)


def read_lines(data: Sequence[Mapping[str, Any]]) -> list[Line]:
    """The lines of a request, which say nothing yet of where and why. Each mistake is named by its path.

    Raises Invalid("quantity_not_valid" | "serial_repeated" | "part_not_known").
    """
    parts = parts_to_book({line["part_id"] for line in data})
    lines: list[Line] = []
    serials = set()
    for index, item in enumerate(data):
        path = f"lines.{index}"
        part = parts.get(item["part_id"])
        if part is None:
            raise Invalid("part_not_known", "Choose a part of the catalogue.", field=f"{path}.part_id")
        line = Line(
            reason=Reason.MOVE,
            part=part,
            quantity=item["quantity"],
            from_location=None,
            to_location=None,
            condition=item.get("condition", Condition.GOOD),
            serial=item.get("serial", ""),
            follows_serial=part.follows_serials and bool(item.get("serial")),
            id=item.get("id"),
        )
        check_quantity(part, line.quantity, serial=line.serial, field=f"{path}.quantity")
        if line.follows_serial:
            if (part.pk, line.serial) in serials:
                raise Invalid("serial_repeated", "Each unit is listed once.", field=f"{path}.serial")
            serials.add((part.pk, line.serial))
        lines.append(line)
    return lines


def lines_to_post(
    data: Sequence[Mapping[str, Any]],
    *,
    reason: Reason,
    from_location: Location | None,
    to_location: Location,
    note: str,
) -> list[Line]:
    """The lines of a request as movements. Of a part that is followed by serial, units that nobody has read may go
    without one. Raises what `read_lines` raises, and Invalid("serial_required").
    """
    lines = [
        replace(line, reason=reason, from_location=from_location, to_location=to_location, note=note)
        for line in read_lines(data)
    ]
    for index, line in enumerate(lines):
        unread = line.part.follows_serials and not line.serial and from_location
        if not unread or ledger.unread_units(line.part, unread, line.condition) < line.quantity:
            _require_serial(line, field=f"lines.{index}.serial")
    return lines
