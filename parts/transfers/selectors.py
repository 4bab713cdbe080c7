"""Reads of transfers."""

from django.db.models import Prefetch, QuerySet

from accounts.people.models import User
from parts.transfers import access
from parts.transfers.models import Transfer, TransferLine, TransferReceipt, TransferReceiptLine


def with_lines(transfers: QuerySet[Transfer]) -> QuerySet[Transfer]:
    """With all that an output or a document of a transfer shows."""
    return transfers.select_related("from_location", "to_location").prefetch_related(
        Prefetch("lines", TransferLine.objects.select_related("part"))
    )


def transfers_for_lists(user: User) -> QuerySet[Transfer]:
    """What this person sees, with all that its output shows."""
    receipts = TransferReceipt.objects.prefetch_related(Prefetch("lines", TransferReceiptLine.objects.all()))
    return with_lines(access.visible_transfers(user)).prefetch_related(Prefetch("receipts", receipts))
