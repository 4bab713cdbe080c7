"""Commands on transfers: write, dispatch, cancel. Receiving has a room of its own, see `receiving.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict
from notifications.services import notify
from parts.locations.access import location_to_receive, location_to_stock
from parts.locations.models import Location
from parts.locations.services import transit_location
from parts.requisitions.models import Requisition, RequisitionLine
from parts.requisitions.progress import follow, requisition_behind
from parts.requisitions.serving import lines_served
from parts.stock import ledger
from parts.stock.ledger import Reason
from parts.stock.services import lines_to_post, read_lines
from parts.transfers import access
from parts.transfers.models import Transfer, TransferLine
from parts.transfers.progress import on_the_way
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before

Status = Transfer.Status
Lines = Sequence[Mapping[str, Any]]

ALLOWED: dict[str, tuple[str, ...]] = {
    Status.DRAFT: ("change", "dispatch", "cancel"),
    Status.DISPATCHED: ("receive", "cancel"),
    Status.PARTLY_RECEIVED: ("receive",),
    Status.RECEIVED: ("receive",),
    Status.CANCELLED: (),
}
"""What may be done to a transfer in each state. Receiving twice changes nothing unless it says something else."""


@command
def create_transfer(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    from_location_id: UUID,
    to_location_id: UUID,
    lines: Lines,
    note: str = "",
) -> Transfer:
    """A storekeeper means to send parts from one place to another; nothing moves before it is dispatched.

    `lines` are `{"part_id", "quantity", "serial", "condition"}`; the serials may follow later. The same id with the
    same places is the same transfer, sent again. Raises Conflict("same_location" | "id_taken"),
    Invalid("quantity_not_valid" | "serial_repeated" | "part_not_known") naming the line, and what `location_to_stock`
    raises for either place.
    """
    source = location_to_stock(actor, from_location_id)
    target = location_to_receive(actor, to_location_id)
    if source == target:
        raise Conflict("same_location", "Choose another place to send the parts to.")
    if known := made_before(Transfer, id, from_location_id=source.pk, to_location_id=target.pk):
        return known
    return draft_transfer(
        actor=actor, occurred_at=occurred_at, id=id, source=source, target=target, lines=lines, note=note
    )


def draft_transfer(
    *,
    actor: Actor,
    occurred_at: datetime,
    source: Location,
    target: Location,
    lines: Lines,
    note: str = "",
    id: UUID | None = None,
    requisition: Requisition | None = None,
) -> Transfer:
    """Write a transfer between places that were found fit for it. Part of commands."""
    transfer = Transfer.objects.create(
        pk=id or uuid7(),
        from_location=source,
        in_transit=transit_location(source, target),
        to_location=target,
        requisition=requisition,
        note=note,
        created_by=actor.user,
        created_at=occurred_at,
    )
    _write_lines(transfer, lines, requisition)
    return transfer


@command
def change_transfer(
    *, actor: Actor, occurred_at: datetime, transfer_id: UUID, lines: Lines | None = None, note: str | None = None
) -> Transfer:
    """Other lines or another note for a draft: what was really picked, perhaps.

    What a requisition asked for and is on the draft no more may be released anew. Raises
    Conflict("transfer_transition_not_allowed") for any other, and of the lines what `create_transfer` and, with a
    requisition, `lines_served` raises.
    """
    transfer = access.transfer_to_send(actor, transfer_id)
    _require(transfer, "change")
    if note is not None:
        transfer.note = note
        transfer.save(update_fields=["note"])
    if lines is not None:
        transfer.lines.all().delete()
        requisition = requisition_behind(transfer.requisition_id)
        _write_lines(transfer, lines, requisition)
        follow(requisition, at=occurred_at)
    return transfer


@command
def dispatch_transfer(*, actor: Actor, occurred_at: datetime, transfer_id: UUID) -> Transfer:
    """The parts leave. Until they arrive they are in transit; whoever drives the van that waits for them is told.

    Dispatching again changes nothing. Raises Conflict("transfer_transition_not_allowed"), Conflict("stock_short" |
    "stock_allocated" | "serial_elsewhere"), Invalid("serial_required" | "quantity_not_valid") naming the line.
    """
    transfer = access.transfer_to_send(actor, transfer_id)
    if transfer.status == Status.DISPATCHED:
        return transfer
    _require(transfer, "dispatch")
    rows = list(transfer.lines.all())
    lines = [
        {"part_id": row.part_id, "quantity": row.quantity, "serial": row.serial, "condition": row.condition}
        for row in rows
    ]
    booked = lines_to_post(
        lines,
        reason=Reason.SEND,
        from_location=transfer.from_location,
        to_location=transfer.in_transit,
        note=transfer.note,
    )
    if transfer.requisition and transfer.requisition.visit_id:  # for which it may have been kept
        booked = [replace(line, visit_id=transfer.requisition.visit_id) for line in booked]
    ledger.post(booked, actor=actor, occurred_at=occurred_at)
    transfer.status, transfer.dispatched_by, transfer.dispatched_at = Status.DISPATCHED, actor.user, occurred_at
    transfer.save(update_fields=["status", "dispatched_by", "dispatched_at"])
    _tell_keeper(transfer, len(rows), actor=actor)
    return transfer


@command
def cancel_transfer(*, actor: Actor, occurred_at: datetime, transfer_id: UUID, reason: str) -> Transfer:
    """It is not sent after all, or turned round before anything of it arrived: the books put it back.

    The requisition that it served may be released again.

    Cancelling again changes nothing. Raises Conflict("transfer_transition_not_allowed") once something has arrived.
    """
    transfer = access.transfer_to_send(actor, transfer_id)
    if transfer.status == Status.CANCELLED:
        return transfer
    _require(transfer, "cancel")
    if transfer.status == Status.DISPATCHED:
        back = [
            on_the_way(line, transfer, reason=Reason.ARRIVE, to_location=transfer.from_location, note=reason)
            for line in transfer.lines.select_related("part__superseded_by")
        ]
        ledger.post(back, actor=actor, occurred_at=occurred_at)
    transfer.status, transfer.ended_at = Status.CANCELLED, occurred_at
    transfer.cancelled_by, transfer.cancel_reason = actor.user, reason
    transfer.save(update_fields=["status", "ended_at", "cancelled_by", "cancel_reason"])
    follow(requisition_behind(transfer.requisition_id), at=occurred_at)
    return transfer


def refuse_step(transfer: Transfer) -> Conflict:
    """The refusal of a step that does not lead on from the transfer's state."""
    return Conflict(
        "transfer_transition_not_allowed",
        f"The transfer is {transfer.get_status_display().lower()}.",
        transfer_status=transfer.status,
        allowed=[*ALLOWED[transfer.status]],
    )


def _require(transfer: Transfer, step: str) -> None:
    if step not in ALLOWED[transfer.status]:
        raise refuse_step(transfer)


def _write_lines(transfer: Transfer, lines: Lines, requisition: Requisition | None) -> None:
    read = read_lines(lines)
    served: Sequence[RequisitionLine | None] = [None] * len(read)
    if requisition:
        served = lines_served(requisition, read, besides=transfer.pk)
    TransferLine.objects.bulk_create(
        TransferLine(
            transfer=transfer,
            number=number,
            wanted=wanted,
            part=line.part,
            quantity=line.quantity,
            serial=line.serial,
            condition=line.condition,
        )
        for number, (line, wanted) in enumerate(zip(read, served, strict=True), start=1)
    )


def _tell_keeper(transfer: Transfer, lines: int, *, actor: Actor) -> None:
    target, source = transfer.to_location, transfer.from_location
    if target.keeper is None:
        return
    notify(
        actor=actor,
        to=[target.keeper],
        kind="transfer_dispatched",
        subject=("transfers", transfer.pk),
        text={
            "location": source.name,
            "location_zh": source.name_zh or source.name,
            "lines": lines,
            "note": transfer.note,
        },
        territory_id=target.territory_id,
        dedupe_key=f"transfer_dispatched:{transfer.pk}",
    )
