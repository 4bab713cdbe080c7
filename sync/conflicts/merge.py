"""Three-way merge by field: the base that the device saw, what the server has now, what the device wrote.

| base, server, device | result |
|---|---|
| server has what the device wrote | nothing to do |
| the server still has the base | the device's value |
| the device left the base as it was | the server's value |
| both changed, long text | merged by lines, if the lines allow it |
| both changed | the server's value stays, the device's opens a conflict |

Values are the same when their JSON is the same. In texts that merge by lines, lines end with a line feed, whatever the
device ends them with.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from merge3 import Merge3

from fieldsvc.errors import Conflict
from sync import work
from sync.commands import Actor, running
from sync.conflicts.compare import plain, same
from sync.conflicts.models import FieldAuthor
from sync.conflicts.services import open_conflict
from sync.rows import fresh
from sync.work import insert_at_once

UNKNOWN = object()
"""The base of a field of which the device did not say what it saw."""


def merge_into(
    row: Model,
    *,
    actor: Actor,
    occurred_at: datetime,
    collection: str,
    changes: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    scopes: Collection[str],
    lines: Collection[str] = (),
    keyed: Collection[str] = (),
) -> set[str]:
    """Set on `row` what may be set, open conflicts for what clashes, and return the names of the fields that changed.

    `lines` are long texts that merge by lines; `keyed` are JSON objects that merge key by key. Without a `base`,
    somebody online simply overwrites, while a device's value is only taken where there is none yet.

    Somebody online who edits on a stale base is told at once: Conflict("changed_meanwhile").
    """
    if base is None and not actor.offline:
        base = {field: getattr(row, field) for field in changes}
    clashes: list[Clash] = []
    changed: set[str] = set()
    for field, wanted in changes.items():
        seen = base.get(field, UNKNOWN) if base else UNKNOWN
        if field in keyed:
            merged = _merge_keys(field, seen, getattr(row, field), wanted, clashes)
        else:
            merged = _merge_value(field, seen, getattr(row, field), wanted, field in lines, clashes)
        if not same(merged, getattr(row, field)):
            setattr(row, field, merged)
            changed.add(field)
    if clashes and not actor.offline:
        fields = [{"field": field, "yours": plain(new), "theirs": plain(now)} for field, _, now, new in clashes]
        raise Conflict("changed_meanwhile", "Somebody changed this too. Look again and decide.", fields=fields)
    for field, seen, present, wanted in clashes:
        open_conflict(
            actor=actor,
            occurred_at=occurred_at,
            kind="field",
            collection=collection,
            doc_id=row.pk,
            field=field,
            base=None if seen is UNKNOWN else plain(seen),
            server_value=plain(present),
            device_value=plain(wanted),
            scopes=scopes,
        )
    _note_authors(collection, row.pk, changed, actor, occurred_at)
    return changed


Clash = tuple[str, Any, Any, Any]
"""The name of a field, what the device saw, what stands, what the device wrote."""


def _merge_value(field: str, seen: Any, present: Any, wanted: Any, by_lines: bool, clashes: list[Clash]) -> Any:
    before, now, new = (_unix(value) if by_lines else value for value in (seen, present, wanted))
    known = before is not UNKNOWN
    if same(new, now) or (known and same(new, before)):
        return present
    if same(now, before) if known else now in (None, "", [], {}):
        return new
    if by_lines and isinstance(before, str):
        text = merge_lines(before, now or "", new or "")
        if text is not None:
            running().merged.append(field)
            return text
    clashes.append((field, seen, present, wanted))
    return present


def _merge_keys(field: str, seen: Any, present: Any, wanted: Any, clashes: list[Clash]) -> Any:
    """Key by key; one that the other side does not have is there as null. No key comes to be without a value."""
    result = dict(present or {})
    for key, value in (wanted or {}).items():
        before = UNKNOWN if seen is UNKNOWN else seen.get(key) if isinstance(seen, dict) else None
        merged = _merge_value(f"{field}.{key}", before, result.get(key), value, False, clashes)
        if key in result or merged is not None:
            result[key] = merged
    return result


def merge_lines(base: str, ours: str, theirs: str) -> str | None:
    """Both texts' changes to the base, or None where they touch the same lines. Lines of the result end with `\\n`.

    Two texts that were both added where there was none do not clash: they stand one after the other, or as the longer
    one if that has all lines of the other, one after the other.
    """
    base, ours, theirs = _unix(base), _unix(ours), _unix(theirs)
    if not base.strip():
        return _both(ours.strip("\n"), theirs.strip("\n"))
    versions = [_lines(base), _lines(ours), _lines(theirs)]
    merged: list[str] = []
    for region in Merge3(versions[0], versions[1], versions[2]).merge_regions():
        if region[0] == "conflict":
            return None
        source: Sequence[str] = versions[{"unchanged": 0, "same": 1, "a": 1, "b": 2}[region[0]]]
        merged.extend(source[region[1] : region[2]])
    text = "".join(merged)
    return text if theirs.endswith("\n") else text.removesuffix("\n")


def _both(ours: str, theirs: str) -> str:
    """Whole lines count: `broken` is another finding than `not broken`."""
    for longer, other in ((ours, theirs), (theirs, ours)):
        if f"\n{other}\n" in f"\n{longer}\n":
            return longer
    return "\n".join(text for text in (ours, theirs) if text)


def _unix(text: Any) -> Any:
    """A text with line feeds for line ends; anything else as it is."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.removesuffix("\n").split("\n")] if text else []


def _note_authors(collection: str, doc_id: UUID, fields: Collection[str], actor: Actor, occurred_at: datetime) -> None:
    work.soon(
        _write_authors,
        *(
            fresh(
                FieldAuthor,
                collection=collection,
                doc_id=doc_id,
                field=field,
                user=actor.user,
                device_id=actor.device_id,
                occurred_at=occurred_at,
            )
            for field in fields
        ),
    )


def _write_authors(authors: Sequence[FieldAuthor]) -> None:
    last = {(author.collection, author.doc_id, author.field): author for author in authors}
    insert_at_once([last[key] for key in sorted(last)], replacing=("collection", "doc_id", "field"))
