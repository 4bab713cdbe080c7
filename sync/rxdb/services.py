"""Push: rows of RxDB as writes, and what became of them as RxDB understands it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Invalid
from sync.conflicts.compare import same
from sync.devices.models import Device
from sync.feed.services import withdraw
from sync.registry import Body, Write
from sync.storable import made_storable, storable
from sync.writes.services import Outcome, perform_writes

MAX_ROWS = 1_000
"""Rows in one push."""


class OurFault(Exception):
    """Some rows failed by a fault of ours. The others are done; all of them may come again."""


def push_rows(
    *,
    user: Any,
    device: Device | None,
    collection: str,
    rows: Sequence[Any],
    received_at: datetime,
    wall: datetime | None,
) -> list[Body]:
    """Do what the rows mean; return the documents that are not what the client pushed, as they are.

    A document that this person does not have (any more) is not among them: it is withdrawn, and goes by pull. Whatever
    was refused stands in the refused operations, and whatever clashed in a conflict.

    Raises OurFault, Invalid("too_many_operations"), Invalid("malformed_row"), and what `perform_writes` raises.
    """
    if len(rows) > MAX_ROWS:
        raise Invalid("too_many_operations", "Send fewer at once.", limit=MAX_ROWS)
    writes = [write for index, row in enumerate(rows) if _says_something(write := _write(collection, row, index))]
    outcomes = perform_writes(user=user, device=device, writes=writes, received_at=received_at, wall=wall)
    if any(outcome.failed for outcome in outcomes):
        raise OurFault
    gone = [(collection, outcome.write.id) for outcome in outcomes if outcome.present is None and outcome.write.new]
    if gone:
        withdraw(f"person:{user.pk}", gone)
    return [{**outcome.present, "_deleted": False} for outcome in outcomes if outcome.present and _differs(outcome)]


def _write(collection: str, row: Any, index: int) -> Write:
    """Raises Invalid("malformed_row") where nothing can be said about the row, as it names no document."""
    row = made_storable(row) if isinstance(row, dict) else {}
    new, assumed = row.get("newDocumentState"), row.get("assumedMasterState")
    if not (isinstance(new, dict) and isinstance(assumed, dict | None) and storable(row) and _is_uuid(new.get("id"))):
        detail = "A row has a newDocumentState with a UUID as id, and perhaps an assumedMasterState."
        raise Invalid("malformed_row", detail, field=f"[{index}]")
    base, wanted = _content(assumed), _content(new)
    before, after = base or {}, wanted or {}
    names = before.keys() | after.keys() if wanted is not None else set()
    changed = frozenset(name for name in names if not same(before.get(name), after.get(name)))
    return Write(collection, UUID(new["id"]), base, wanted, changed)


def _content(document: Body | None) -> Body | None:
    """Without the client's own members; None for a document that is deleted."""
    if document is None or document.get("_deleted"):
        return None
    return {name: value for name, value in document.items() if name != "id" and not name.startswith("_")}


def _says_something(write: Write) -> bool:
    if write.new is None:
        return write.base is not None
    return write.base is None or bool(write.changed)


def _differs(outcome: Outcome) -> bool:
    present, new = {**(outcome.present or {})}, outcome.write.new
    present.pop("id", None)
    return new is None or not same(present, new)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False
