"""What becomes of a requisition when the transfer that serves it ends."""

from datetime import datetime

from parts.requisitions.models import Requisition, RequisitionLine

Status = Requisition.Status


def served(requisition: Requisition, *, at: datetime) -> None:
    """All that was released has arrived, or will not come any more. Said again, nothing changes. Part of commands."""
    if requisition.status == Status.CLOSED:
        return
    requisition.status, requisition.ended_at = Status.CLOSED, at
    requisition.save(update_fields=["status", "ended_at"])


def not_served(requisition: Requisition) -> None:
    """The transfer was cancelled: what was approved may be released again. Part of commands."""
    requisition.status = approval_of(list(requisition.lines.all()))
    requisition.save(update_fields=["status"])


def approval_of(lines: list[RequisitionLine]) -> Status:
    """Whether all was approved that was wanted."""
    whole = all(line.approved == line.quantity for line in lines)
    return Status.APPROVED if whole else Status.PARTLY_APPROVED
