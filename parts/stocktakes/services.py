"""Commands on stocktakes: ask for one, count alone or by several people, post, cancel, count again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from parts.stocktakes.models import CountSheet, CountSheetLine, Stocktake, StocktakeLine
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken

Status = Stocktake.Status
Counted = dict[tuple[Part, str, str], Decimal]
"""How much was counted of each part, condition and serial."""

ALLOWED: dict[str, tuple[str, ...]] = {
    Status.OPEN: ("count", "hand_in_sheet", "finish", "cancel"),
    Status.COUNTED: ("post", "cancel", "recount"),
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
    blind: bool = False,
    part_ids: Collection[UUID] = (),
) -> Stocktake:
    """The desk wants a place counted, or of a cycle count these parts. Whoever keeps it counts it under this id.

    The same id for the same place is the same stocktake, sent again. Raises Conflict("id_taken"), NotFound,
    Forbidden("role_required"), Invalid("full_counts_all"), Invalid("part_not_known").
    """
    location = access.location_to_have_counted(actor, location_id)
    if id and (known := access.stocktake_to_count(id)):
        _require_same_place(known, location)
        return known
    if part_ids and kind == Stocktake.Kind.FULL:
        raise Invalid("full_counts_all", "A full count is of everything. Ask for a cycle count.", field="part_ids")
    parts = parts_to_book(set(part_ids))
    if unknown := [index for index, part_id in enumerate(part_ids) if part_id not in parts]:
        raise Invalid("part_not_known", "Choose a part of the catalogue.", field=f"part_ids.{unknown[0]}")
    stocktake = Stocktake.objects.create(
        pk=id or uuid7(),
        location=location,
        kind=kind,
        note=note,
        blind=blind,
        opened_by=actor.user,
        opened_at=occurred_at,
    )
    stocktake.wanted.set({part.booked_as for part in parts.values()})
    return stocktake


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
        elif known.sheets.exists():
            return _take(known, counted, actor=actor, at=occurred_at, id=None, note=note, flags=flags)
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
def hand_in_sheet(
    *,
    actor: Actor,
    occurred_at: datetime,
    stocktake_id: UUID,
    lines: Sequence[Mapping[str, Any]],
    id: UUID | None = None,
    note: str = "",
) -> Stocktake:
    """One of several people counted the shelves that were theirs: a fact of this moment. Answers the stocktake.

    Nothing is compared before the count is finished. A sheet from a phone that comes after that is added as long as
    nobody has decided; later it is kept, flagged `stocktake_ended`, and what it names is a discrepancy. The same id is
    the same sheet. Raises what `count_stock` raises, and NotFound.
    """
    stocktake = access.stocktake_to_hand_in(stocktake_id)
    _, flags = location_to_use(actor, stocktake.location_id)
    counted = _understood(lines)
    if id and (known := CountSheet.objects.filter(pk=id).first()):
        if known.stocktake_id != stocktake.pk or known.counted_by != actor.subject:
            raise id_taken()
        return stocktake
    return _take(stocktake, counted, actor=actor, at=occurred_at, id=id, note=note, flags=flags)


@command
def finish_count(*, actor: Actor, occurred_at: datetime, stocktake_id: UUID) -> Stocktake:
    """All sheets are in: they are added up and compared with the books, each part at the moment it was counted.

    Where a part moved between two sheets that name it, somebody looks at it, however small the variance. Finishing
    again changes nothing. Raises Conflict("nothing_counted"), Conflict("stocktake_transition_not_allowed").
    """
    stocktake = access.stocktake_to_finish(actor, stocktake_id)
    sheets = list(stocktake.sheets.all())
    if sheets and stocktake.status in (Status.COUNTED, Status.POSTED):
        return stocktake
    _require(stocktake, "finish")
    if not sheets:
        raise Conflict("nothing_counted", "Nobody has handed in a sheet. Wait for one, or cancel.")
    stocktake.status, stocktake.received_at = Status.COUNTED, actor.received_at
    stocktake.counted_at = max(sheet.counted_at for sheet in sheets)
    stocktake.save(update_fields=["status", "received_at", "counted_at"])
    judging.add_up(stocktake)
    judging.judge(stocktake, actor=actor, at=occurred_at)
    return stocktake


@command
def recount_stock(
    *, actor: Actor, occurred_at: datetime, stocktake_id: UUID, reason: str, id: UUID | None = None
) -> Stocktake:
    """Somebody else than the counter doubts a count: it is cancelled, and what varied is to be counted again, blind.

    Answers the new stocktake; the same id is the same one. Raises Forbidden("own_count"), Conflict("id_taken"),
    Conflict("stocktake_transition_not_allowed").
    """
    stocktake = access.stocktake_to_decide(actor, stocktake_id)
    if id and (known := access.stocktake_to_count(id)):
        if known.recount_of_id != stocktake.pk:
            raise id_taken()
        return known
    _require(stocktake, "recount")
    varying = {line.part for line in judging.compare(stocktake) if line.variance}
    _cancel(stocktake, reason, actor=actor, at=occurred_at)
    again = Stocktake.objects.create(
        pk=id or uuid7(),
        location=stocktake.location,
        kind=Stocktake.Kind.CYCLE,
        note=reason,
        blind=True,
        recount_of=stocktake,
        opened_by=actor.user,
        opened_at=occurred_at,
    )
    again.wanted.set(varying)
    return again


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
    _cancel(stocktake, reason, actor=actor, at=occurred_at)
    return stocktake


def _cancel(stocktake: Stocktake, reason: str, *, actor: Actor, at: datetime) -> None:
    stocktake.status, stocktake.decision_note = Status.CANCELLED, reason
    stocktake.cancelled_by, stocktake.cancelled_at = actor.user, at
    stocktake.save(update_fields=["status", "decision_note", "cancelled_by", "cancelled_at"])
    judging.close_questions(stocktake, Discrepancy.Settlement.WITHDRAWN, actor=actor, at=at, note=reason)


def _take(
    stocktake: Stocktake,
    counted: Counted,
    *,
    actor: Actor,
    at: datetime,
    id: UUID | None,
    note: str,
    flags: tuple[str, ...],
) -> Stocktake:
    """Keep a sheet, and see to it that it counts."""
    late = stocktake.status != Status.OPEN
    if late and not actor.offline:
        raise _refusal(stocktake)
    joins = not late or (stocktake.status == Status.COUNTED and stocktake.sheets.exists())
    if not joins:
        flags += ("stocktake_ended",)
    sheet = CountSheet.objects.create(
        pk=id or uuid7(),
        stocktake=stocktake,
        counted_by=actor.subject,
        counted_at=at,
        received_at=actor.received_at,
        operation_id=actor.operation_id,
        note=note,
        flags=[*actor.flags, *flags],
    )
    CountSheetLine.objects.bulk_create(
        CountSheetLine(sheet=sheet, part=part, condition=condition, serial=serial, counted=quantity)
        for (part, condition, serial), quantity in counted.items()
    )
    if not joins:
        judging.ask_about(stocktake, counted, actor=actor, at=at)
    elif late:
        stocktake.counted_at = max(at, stocktake.counted_at or at)
        stocktake.save(update_fields=["counted_at"])
        judging.add_up(stocktake)
        judging.judge(stocktake, actor=actor, at=at)
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
