"""Transfers on phones: with whoever keeps the places between which they go, and the depots of their territories.

A draft is nothing yet for a technician.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from parts.locations.following import Depots, depots_beside, followers_at
from parts.quantities import plain
from parts.stock.together import prepare_books
from parts.transfers import receiving
from parts.transfers.models import Transfer
from parts.transfers.selectors import with_lines
from parts.transfers.serializers import ReceiveTransferOperation
from parts.transfers.together import prepare_papers
from sync.registry import Document, Meant, Operation, Write

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


def load_transfers(ids: Collection[UUID]) -> "Iterable[WithAnnotations[Transfer, Depots]]":
    rows = with_lines(Transfer.objects.filter(pk__in=ids))
    return rows.annotate(depots=depots_beside("from_location", "to_location"))


def transfer_followers(transfer: "WithAnnotations[Transfer, Depots]") -> Iterable[str]:
    if transfer.archived:
        return []
    scopes = followers_at([transfer.from_location, transfer.to_location], transfer.depots)
    if transfer.status == Transfer.Status.DRAFT:
        scopes = {scope for scope in scopes if not scope.startswith("technician:")}
    return scopes


def render_transfer(transfer: Transfer, audience: str) -> dict[str, Any]:
    return {
        "status": transfer.status,
        "from_location_id": transfer.from_location_id,
        "from_location_name": transfer.from_location.name,
        "from_location_name_zh": transfer.from_location.name_zh,
        "to_location_id": transfer.to_location_id,
        "requisition_id": transfer.requisition_id,
        "note": transfer.note,
        "created_at": transfer.created_at,
        "dispatched_at": transfer.dispatched_at,
        "ended_at": transfer.ended_at,
        "cancel_reason": transfer.cancel_reason,
        "lines": [
            {
                "id": line.pk,
                "part_id": line.part_id,
                "condition": line.condition,
                "quantity": plain(line.quantity),
                "serial": line.serial,
                "arrived": plain(line.arrived),
                "damaged": plain(line.damaged),
                "settled": plain(line.settled),
            }
            for line in transfer.lines.all()
        ],
    }


def transfer_meaning(write: Write) -> Iterator[Meant]:
    """Whoever writes what has arrived of the lines (and `damaged`, `serial`, `reason` where it is not as it was sent)
    receives the transfer. Nothing else of a line can be written."""
    before = {line["id"]: line for line in write.seen(["lines"]).get("lines") or []}
    lines = [line for line in write.values("lines").get("lines", []) if isinstance(line, dict)]
    told = [line for line in lines if line.get("id") in before and line != before[line["id"]]]
    if write.edited and told and len(lines) == len(before):
        fields = {"line_id": "id", "quantity": "arrived", "damaged": "damaged", "serial": "serial", "reason": "reason"}
        received = [
            {name: line[field] for name, field in fields.items() if line.get(field) not in (None, "")} for line in told
        ]
        yield Meant("transfer.receive", {"transfer_id": write.id, "lines": received}, frozenset({"lines"}))


OPERATIONS = {
    "transfer.receive": Operation(
        ReceiveTransferOperation, receiving.receive_transfer, (prepare_papers, prepare_books)
    ),
}
DOCUMENTS = {
    "transfers": Document(
        load=load_transfers,
        followers=transfer_followers,
        render=render_transfer,
        meaning=transfer_meaning,
        computed=frozenset({"status", "ended_at"}),
    )
}
