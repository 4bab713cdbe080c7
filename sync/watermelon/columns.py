"""A document as a row of a WatermelonDB table, and what was written into a row as a document write.

Such a table holds texts, numbers and booleans, and nothing else. Its columns have the names of the fields:

| in the document | in the row |
|---|---|
| text, number, true, false, null | the same |
| a time, a date, an id, a decimal number | its text, as in the document |
| an object, a list, and whatever stands in a field that `Document.nested` names | its JSON text |

Rows that phones may write have two more columns:

- `sync_base`: what the phone was sent and by which pull, so that its edits can be merged by field with what others
  wrote meanwhile: the library tells new values only.
- `sync_withdrawn`: this document is not the person's to see any more. A row that the server deletes takes along what
  its owner wrote into it and has not sent yet. So it is not deleted, but emptied in all columns that were not written
  into, and the app removes it when nothing of it waits to be sent.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson

from sync import registry
from sync.registry import Body, Write

BASE = "sync_base"
WITHDRAWN = "sync_withdrawn"
OF_THE_LIBRARY = frozenset({"id", "_status", "_changed", BASE, WITHDRAWN})
"""What no document has."""
Row = dict[str, Any]


def is_writable(collection: str) -> bool:
    """Whether phones may write such documents, so that something of them may be unsent."""
    document = registry.documents().get(collection)
    return document is not None and document.meaning is not None


def as_row(collection: str, body: Body, number: int) -> Row:
    """The row that a phone gets by the pull of this number."""
    nested = _nested(collection)
    row = {name: _as_column(value, name in nested) for name, value in body.items()}
    if is_writable(collection):
        computed = registry.documents()[collection].computed
        seen = {name: value for name, value in body.items() if name not in computed}
        row[BASE] = orjson.dumps({"pull": number, "doc": seen}).decode()
        row[WITHDRAWN] = False
    return row


def emptied_row(doc_id: str, columns: Iterable[str]) -> Row:
    """The row of a document that was withdrawn."""
    return {**dict.fromkeys(columns), "id": doc_id, WITHDRAWN: True}


def written(collection: str, doc_id: UUID, row: Row, last_pull: int | None) -> Write:
    """What was written into a row.

    A new row says all that stands in it, except that the library fills what it has nothing for with null or an empty
    text. A row that has been here before says what `_changed` names.
    """
    base = None if _is_new(row) else _base(row, last_pull)
    if base is None:
        said = {name for name, value in row.items() if value not in (None, "")}
    else:
        said = set(str(row.get("_changed") or "").split(",")) & row.keys()
    changed = frozenset(said - OF_THE_LIBRARY)
    nested = _nested(collection) | {name for name, value in (base or {}).items() if isinstance(value, dict | list)}
    new = {**(base or {}), **{name: _from_column(row[name], name in nested) for name in changed}}
    return Write(collection, doc_id, base, new, changed)


def _is_new(row: Row) -> bool:
    """The library calls it created also when we have it and it has not heard that; then a pull has brought a base."""
    return row.get("_status") != "updated" and not row.get(BASE) and not row.get(WITHDRAWN)


def _base(row: Row, last_pull: int | None) -> Body:
    """What its author saw of the document, as the app's `conflictResolver` keeps it.

    Without that, the library has replaced it by what the last pull brought, in the very round in which the edit is
    sent: nobody saw that, and it does not count. Nor does whatever else a phone has made of it.
    """
    try:
        sent = orjson.loads(row.get(BASE) or "{}")
    except (orjson.JSONDecodeError, TypeError):
        return {}
    seen = sent.get("doc") if isinstance(sent, dict) and sent.get("pull") != last_pull else None
    return seen if isinstance(seen, dict) else {}


def _nested(collection: str) -> frozenset[str]:
    document = registry.documents().get(collection)
    return document.nested if document else frozenset()


def _as_column(value: Any, nested: bool) -> Any:
    if value is None or not (nested or isinstance(value, dict | list)):
        return value
    return orjson.dumps(value).decode()


def _from_column(value: Any, nested: bool) -> Any:
    if nested and isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value  # it is refused by whoever reads it
    return value
