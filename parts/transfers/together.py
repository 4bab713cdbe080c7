"""What many operations of one push want to know of papers, read at once: see `Operation.prepare`."""

from collections.abc import Mapping, Sequence
from typing import Any

from parts.requisitions.models import Requisition
from parts.transfers.access import visible_transfers
from parts.transfers.models import Transfer
from sync.commands import Actor


def prepare_papers(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Lock the transfers that arrive and the requisitions that they serve, and those that are withdrawn."""
    transfers = visible_transfers(actor.user).filter(pk__in={data.get("transfer_id") for data in inputs})
    locked = list(Transfer.objects.select_for_update(of=("self",)).filter(pk__in=transfers.values("pk")).order_by("pk"))
    named = {data["requisition_id"] for data in inputs if data.get("requisition_id")}
    asked = Requisition.objects.filter(pk__in=named, requested_by=actor.user) | Requisition.objects.filter(
        pk__in={transfer.requisition_id for transfer in locked}
    )
    list(asked.select_for_update(of=("self",)).order_by("pk"))
