"""What a phone wrote: each row is a document write, and the answer says which rows were refused."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Conflict, DomainError, Invalid
from sync import registry
from sync.commands import command
from sync.devices.models import Device
from sync.operations.serializers import MAX_OPERATIONS
from sync.registry import Write
from sync.storable import storable
from sync.watermelon.columns import written
from sync.watermelon.models import StoredCursor
from sync.writes.services import CONFLICT, REFUSED, perform_writes

MALFORMED = Invalid(
    "malformed_row", "Its id is no UUID in lower case, or it has a value that cannot be stored. Give new rows a UUID."
)
TOO_MANY = Conflict(
    "too_many_rows", "There were too many rows at once; this one is taken next time.", limit=MAX_OPERATIONS
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, and why. The phone keeps it as it is, and sends it again at every push."""

    table: str
    id: str
    code: str
    detail: str

    @classmethod
    def of(cls, reason: DomainError, table: str, doc_id: str) -> "Refusal":
        """With a reason of ours."""
        return cls(table, doc_id, reason.code, reason.detail)


@dataclass(frozen=True, slots=True)
class Open:
    """A row about which a conflict is open: what was written is kept, and waits for somebody to decide."""

    table: str
    id: UUID


@dataclass(slots=True)
class Answer:
    """What became of a push; rows that are not mentioned are done."""

    refused: list[Refusal]
    undone: list[Refusal]
    """Deletions that mean nothing here: the rows come back."""
    conflicts: list[Open]

    @property
    def experimentalRejectedIds(self) -> dict[str, list[str]]:  # noqa: N802  (the library's word)
        """By table, the rows that the library must not take for sent."""
        ids: dict[str, list[str]] = defaultdict(list)
        for refusal in self.refused:
            ids[refusal.table].append(refusal.id)
        return dict(ids)


def push(
    *,
    user: Any,
    device: Device,
    last_pull: int | None,
    changes: Mapping[str, Mapping[str, Sequence[Any]]],
    wall: datetime | None,
    received_at: datetime,
) -> Answer:
    """Take what was written into rows, made or deleted; all of it, or nothing by a fault of ours.

    A row that is refused stays behind alone. Raises OurFault: then nothing has happened.
    """
    writes, refused = _writes(changes, last_pull)
    refused += [Refusal.of(TOO_MANY, write.collection, str(write.id)) for write in writes[MAX_OPERATIONS:]]
    outcomes = perform_writes(
        user=user,
        device=device,
        writes=writes[:MAX_OPERATIONS],
        received_at=received_at,
        wall=wall,
        whole=True,
    )
    answer = Answer(refused, [], [])
    taken: list[Write] = []
    for outcome in outcomes:
        write = outcome.write
        refusal = Refusal(write.collection, str(write.id), outcome.code, outcome.detail)
        if outcome.status == REFUSED and write.new is not None:
            answer.refused.append(refusal)
            continue
        if outcome.status == REFUSED:
            answer.undone.append(refusal)
        elif outcome.status == CONFLICT:
            answer.conflicts.append(Open(write.collection, write.id))
        if outcome.present is not None:
            taken.append(write)
    _owe(device, last_pull, taken)
    return answer


def _writes(
    changes: Mapping[str, Mapping[str, Sequence[Any]]], last_pull: int | None
) -> tuple[list[Write], list[Refusal]]:
    """In an order in which they can be done: what was made first (parts and tickets before what is noted about them,
    as the project declares its documents), then what was edited, then what was deleted.
    """
    known = list(registry.documents())
    tables = sorted(changes, key=lambda table: known.index(table) if table in known else len(known))
    writes: list[Write] = []
    refused: list[Refusal] = []
    for kind in ("created", "updated", "deleted"):
        for table in tables:
            for row in changes[table][kind]:
                claimed = row if kind == "deleted" else row.get("id")
                try:
                    doc_id = UUID(claimed)
                    if str(doc_id) != claimed or not storable(row):
                        raise ValueError
                except (ValueError, TypeError, AttributeError):
                    refused.append(Refusal.of(MALFORMED, table, str(claimed)))
                    continue
                if kind == "deleted":
                    writes.append(Write(table, doc_id, {}, None, frozenset()))
                else:
                    writes.append(written(table, doc_id, row, last_pull))
    return writes, refused


@command
def _owe(device: Device, last_pull: int | None, taken: Sequence[Write]) -> None:
    """What these documents are now is sent with the next pull, also where nothing changed: the phone has what it
    wrote, and takes that for ours.
    """
    stored = StoredCursor.objects.select_for_update().filter(replica=device.pk, number=last_pull or 0).first()
    if stored is not None and taken:
        owed = {(collection, doc_id) for collection, doc_id in stored.owed}
        owed |= {(write.collection, str(write.id)) for write in taken}
        stored.owed = sorted(owed)
        stored.save(update_fields=["owed"])
