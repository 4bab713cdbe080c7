"""How far a requisition is: what of it is on transfers, and what follows from that for its state."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from parts.requisitions.models import Requisition, RequisitionLine
from sync.rows import locked

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

Status = Requisition.Status
NOTHING = Decimal(0)
ON_TRANSFERS = Q(transfer_lines__transfer__status__in=("draft", "dispatched", "partly_received", "received"))


class Sent(TypedDict):
    """What is reckoned of each line."""

    sent: Decimal


def with_sent(
    lines: QuerySet[RequisitionLine], *, besides: UUID | None = None
) -> "QuerySet[WithAnnotations[RequisitionLine, Sent]]":
    """With `sent`: how much of each line is on transfers, not counting the one with the id `besides`."""
    counted = ON_TRANSFERS & ~Q(transfer_lines__transfer=besides) if besides else ON_TRANSFERS
    return lines.annotate(sent=Coalesce(Sum("transfer_lines__quantity", filter=counted), NOTHING))


def still_to_send(requisition: Requisition, *, besides: UUID | None = None) -> Mapping[UUID, Decimal]:
    """By line, how much was approved and is on no transfer; or on none but the one with the id `besides`, a draft."""
    if requisition.drop_reason and not besides:
        return {}
    lines = with_sent(requisition.lines.all(), besides=besides)
    return {line.pk: max(NOTHING, (line.approved or NOTHING) - line.sent) for line in lines}


def requisition_behind(requisition_id: UUID | None) -> Requisition | None:
    """The requisition that a transfer serves, if there is one, locked. The transfer is locked. Part of commands."""
    return locked(Requisition.objects.filter(pk=requisition_id)).get() if requisition_id else None


def follow(requisition: Requisition | None, *, at: datetime) -> None:
    """Something has become of the transfers that serve it, or of what is still to follow: write down how far it is.

    It is locked, and was approved. Said again, nothing changes. Part of commands.
    """
    if requisition is None or requisition.status in Requisition.ENDED:
        return
    if any(still_to_send(requisition).values()):
        requisition.status = approval_of(list(requisition.lines.all()))
    elif requisition.transfers.filter(ended_at=None).exists():
        requisition.status = Status.RELEASED
    else:
        requisition.status, requisition.ended_at = Status.CLOSED, at
    requisition.save(update_fields=["status", "ended_at"])


def approval_of(lines: list[RequisitionLine]) -> Status:
    """Whether all was approved that was wanted."""
    whole = all(line.approved == line.quantity for line in lines)
    return Status.APPROVED if whole else Status.PARTLY_APPROVED
