"""How far a transfer is: what its lines say about its state, and what becomes of what does not arrive."""

from collections.abc import Iterable
from datetime import datetime

from parts.requisitions.progress import follow, requisition_behind
from parts.stock import ledger
from parts.stock.ledger import Line, Reason
from parts.transfers.models import Transfer, TransferLine
from sync.commands import Actor


def note_progress(transfer: Transfer, lines: Iterable[TransferLine], *, at: datetime) -> None:
    """Write down the state that follows from the lines. The transfer is locked, and was dispatched."""
    lines = list(lines)
    if not any(line.outstanding for line in lines):
        transfer.status = Transfer.Status.RECEIVED
        transfer.ended_at = transfer.ended_at or at
    elif any(line.arrived or line.settled for line in lines):
        transfer.status = Transfer.Status.PARTLY_RECEIVED
    transfer.save(update_fields=["status", "ended_at"])
    if transfer.ended_at:
        follow(requisition_behind(transfer.requisition_id), at=at)


def on_the_way(line: TransferLine, transfer: Transfer, *, reason: Reason, **changes: object) -> Line:
    """All that is outstanding of a line, as it lies in transit; `changes` say where it goes."""
    part = line.part.booked_as
    defaults = {
        "quantity": line.outstanding,
        "from_location": transfer.in_transit,
        "condition": line.condition,
        "serial": line.serial,
        "follows_serial": part.follows_serials and bool(line.serial),
    }
    return Line(reason=reason, part=part, **(defaults | changes))  # type: ignore[arg-type]


def settle_outstanding(line: TransferLine, *, goes_back: bool, note: str, actor: Actor, occurred_at: datetime) -> None:
    """What did not arrive went back to where it came from, or is lost. The transfer is locked. Part of commands."""
    transfer = line.transfer
    if goes_back:
        out = on_the_way(line, transfer, reason=Reason.ARRIVE, to_location=transfer.from_location, note=note)
    else:
        out = on_the_way(line, transfer, reason=Reason.LOSS, to_location=None, note=note)
    ledger.post([out], actor=actor, occurred_at=occurred_at)
    line.settled += line.outstanding
    line.save(update_fields=["settled"])
    note_progress(transfer, transfer.lines.all(), at=occurred_at)
