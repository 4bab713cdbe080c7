"""Commands on stocktakes: ask for one, count, post, cancel."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict, Invalid
from parts.catalogue.access import parts_to_book
from parts.catalogue.models import Part
from parts.discrepancies.models import Discrepancy
from parts.locations.access import location_to_use
from parts.locations.models import Location
from parts.quantities import check_quantity
from parts.stock.models import Condition
from parts.stocktakes import access, judging
from parts.stocktakes.models import Stocktake, StocktakeLine
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken

Status = Stocktake.Status
Counted = dict[tuple[Part, str, str], Decimal]
"""How much was counted of each part, condition and serial."""

ALLOWED: dict[str, tuple[str, ...]] = {
    Status.OPEN: ("count", "cancel"),
    Status.COUNTED: ("post", "cancel"),
    Status.POSTED: (),
    Status.CANCELLED: (),
}
"""What may be done to a stocktake in each state."""


@command
def open_stocktake(
    *,
    actor: Actor,
    occurred_at: datetime,
    location_id: UUID,
    id: UUID | None = None,
    kind: str = Stocktake.Kind.FULL,
    note: str = "",
) -> Stocktake:
    """The desk wants a place counted. Whoever keeps it counts it under this id.

    The same id for the same place is the same stocktake, sent again. Raises Conflict("id_taken"), NotFound,
    Forbidden("role_required").
    """
    location = access.location_to_have_counted(actor, location_id)
    if id and (known := access.stocktake_to_count(id)):
        _require_same_place(known, location)
        return known
    return Stocktake.objects.create(
        pk=id or uuid7(), location=location, kind=kind, note=note, opened_by=actor.user, opened_at=occurred_at
    )


@command
def count_stock(
    *,
    actor: Actor,
    occurred_at: datetime,
    location_id: UUID,
    kind: str,
    lines: Sequence[Mapping[str, Any]],
    id: UUID | None = None,
    note: str = "",
) -> Stocktake:
    """Somebody counted a place at `occurred_at`: `{"part_id", "condition", "quantity", "serials"}`; a fact.

    It is compared with the books of that very moment, and again whenever something comes in late. A variance within
    the limit is booked by itself; above it somebody else decides. `id` may name a stocktake that the desk opened, or be
    new; a count that says something else under the same id is kept as a count of its own, and so is one of a stocktake
    that was cancelled meanwhile. Raises Conflict("id_taken"), Invalid("part_not_known" | "quantity_not_valid" |
    "serial_repeated") naming the line, what `location_to_use` raises, and online
    Conflict("stocktake_transition_not_allowed").
    """
    location, flags = location_to_use(actor, location_id)
    counted = _understood(lines)
    known = access.stocktake_to_count(id) if id else None
    if known:
        _require_same_place(known, location)
        if known.counted_at and _says_the_same(known, actor, counted):
            return known
        if known.status != Status.OPEN:
            if not actor.offline:
                raise _refusal(known)
            flags += ("stocktake_ended",)
    stocktake = known if known and known.status == Status.OPEN else None
    if stocktake is None:
        fresh = id if id and known is None else uuid7()
        stocktake = Stocktake(pk=fresh, location=location, opened_by=actor.user, opened_at=occurred_at)
    stocktake.kind, stocktake.note = kind, note or stocktake.note
    stocktake.status, stocktake.counted_by, stocktake.counted_at = Status.COUNTED, actor.subject, occurred_at
    stocktake.received_at, stocktake.operation_id = actor.received_at, actor.operation_id
    stocktake.flags = [*actor.flags, *flags]
    stocktake.save()
    StocktakeLine.objects.bulk_create(
        StocktakeLine(stocktake=stocktake, part=part, condition=condition, serial=serial, counted=quantity)
        for (part, condition, serial), quantity in counted.items()
    )
    judging.judge(stocktake, actor=actor, at=occurred_at)
    return stocktake


@command
def post_stocktake(*, actor: Actor, occurred_at: datetime, stocktake_id: UUID, note: str) -> Stocktake:
    """Somebody else than the counter lets the books follow the count, and says why they differed.

    Posting again changes nothing. Raises Forbidden("own_count"), Conflict("stocktake_transition_not_allowed").
    """
    stocktake = access.stocktake_to_decide(actor, stocktake_id)
    if stocktake.status == Status.POSTED:
        return stocktake
    _require(stocktake, "post")
    lines = judging.compare(stocktake)
    judging.post(stocktake, lines, actor=actor, at=occurred_at, by_itself=False, note=note)
    return stocktake


@command
def cancel_stocktake(*, actor: Actor, occurred_at: datetime, stocktake_id: UUID, reason: str) -> Stocktake:
    """Nobody counts it after all, or the count was no good. Cancelling again changes nothing.

    Raises Forbidden("own_count"), Conflict("stocktake_transition_not_allowed").
    """
    stocktake = access.stocktake_to_decide(actor, stocktake_id)
    if stocktake.status == Status.CANCELLED:
        return stocktake
    _require(stocktake, "cancel")
    stocktake.status, stocktake.decision_note = Status.CANCELLED, reason
    stocktake.cancelled_by, stocktake.cancelled_at = actor.user, occurred_at
    stocktake.save(update_fields=["status", "decision_note", "cancelled_by", "cancelled_at"])
    withdrawn = Discrepancy.Settlement.WITHDRAWN
    judging.close_questions(stocktake, withdrawn, actor=actor, at=occurred_at, note=reason)
    return stocktake


def _refusal(stocktake: Stocktake) -> Conflict:
    return Conflict(
        "stocktake_transition_not_allowed",
        f"The stocktake is {stocktake.get_status_display().lower()}.",
        stocktake_status=stocktake.status,
        allowed=[*ALLOWED[stocktake.status]],
    )


def _require(stocktake: Stocktake, step: str) -> None:
    if step not in ALLOWED[stocktake.status]:
        raise _refusal(stocktake)


def _require_same_place(stocktake: Stocktake, location: Location) -> None:
    if stocktake.location_id != location.pk:
        raise id_taken()


def _says_the_same(stocktake: Stocktake, actor: Actor, counted: Counted) -> bool:
    """Whether this person has said just this already. What nobody counted, but the books had, is none of it."""
    before = {
        (line.part.booked_as.pk, line.condition, line.serial): line.counted
        for line in stocktake.lines.select_related("part__superseded_by")
    }
    now = {(part.pk, condition, serial): quantity for (part, condition, serial), quantity in counted.items()}
    return stocktake.counted_by == actor.subject and _something(before.items()) == _something(now.items())


def _something(items: Iterable[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    return {key: quantity for key, quantity in items if quantity}


def _understood(lines: Sequence[Mapping[str, Any]]) -> Counted:
    """What was counted, with each mistake named by its path. What is named twice lay on two shelves."""
    parts = parts_to_book({line["part_id"] for line in lines})
    counted: Counted = {}
    for index, item in enumerate(lines):
        path = f"lines.{index}"
        part = parts.get(item["part_id"])
        if part is None:
            raise Invalid("part_not_known", "Choose a part of the catalogue.", field=f"{path}.part_id")
        quantity: Decimal = item["quantity"]
        if quantity:
            check_quantity(part, quantity, field=f"{path}.quantity")
        condition = item.get("condition", Condition.GOOD)
        serials = item.get("serials", []) if part.follows_serials else []
        if len(serials) > quantity:
            raise Invalid("quantity_not_valid", "There are more serials than units.", field=f"{path}.quantity")
        for serial in serials:
            if any((part, other, serial) in counted for other in Condition.values):
                raise Invalid("serial_repeated", "Each unit is counted once.", field=f"{path}.serials")
            counted[part, condition, serial] = Decimal(1)
        key = part, condition, ""
        counted[key] = counted.get(key, Decimal(0)) + quantity - len(serials)
    return counted
