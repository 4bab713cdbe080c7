"""Reading the feed: the hot path. One index range scan per scope that has news, and no ORM, serializer or rule."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import orjson

from sync import registry
from sync.feed.cursor import Cursor, Place, resync_required
from sync.feed.models import Epoch
from sync.registry import Body
from sync.sql import execute

PAGE = 1_000
"""Documents in a page when the phone does not say."""
MAX_PAGE = 5_000
MAX_PAGE_BYTES = 4_000_000
"""A page ends with the document that passes this size."""


@dataclass(slots=True)
class Page:
    """One page of changes; `items` are JSON texts."""

    items: list[str]
    cursor: Cursor
    more: bool


def current_epoch() -> UUID:
    """Which life of the database this is."""
    return Epoch.objects.values_list("id", flat=True).latest("began_at")


def pull(user: Any, cursor_text: str | None, limit: int) -> Page:
    """What changed for this person since the cursor, up to `limit` documents.

    A document that stands in several of the person's scopes is sent as the first of them (in the order of
    `open_scopes`) that still has it; it is withdrawn only when none has it any more.
    """
    epoch, person = current_epoch(), str(user.pk)
    cursor = Cursor.decode(cursor_text, epoch=epoch, person=person) if cursor_text else Cursor(epoch, person)
    names = registry.open_scopes(user)
    known = execute(
        "SELECT id, name, last_seq FROM sync_feedscope WHERE name = ANY(%b::text[]) OR id = ANY(%b::int8[])",
        [names, [*cursor.open, *cursor.leaving]],
    )
    newest = {scope_id: last for scope_id, _, last in known}
    if any(place.position > newest.get(scope_id, -1) for scope_id, place in cursor.open.items()):
        raise resync_required()  # this database has forgotten what the phone has seen
    ids = {name: scope_id for scope_id, name, _ in known}
    ranked = [ids[name] for name in names if name in ids]
    _open_and_leave(cursor, ranked, newest)

    items: list[str] = []
    room, size = limit, 0
    for places in (cursor.leaving, cursor.open):
        for scope_id, place in sorted(places.items()):
            if places is cursor.open and place.position >= newest[scope_id]:
                continue
            entries = _entries(scope_id, ranked, place, room + 1)
            taken, size = _take(entries, items, room, size)
            room -= taken
            if taken < len(entries):
                places[scope_id] = Place(entries[taken - 1][0] if taken else place.position, place.floor)
                return Page(items, cursor, more=True)
            last = max(newest[scope_id], entries[-1][0]) if entries else newest[scope_id]
            places[scope_id] = Place(last, place.floor)
    cursor.leaving.clear()
    return Page(items, cursor, more=False)


def _open_and_leave(cursor: Cursor, ranked: Sequence[int], newest: Mapping[int, int]) -> None:
    """Compare the scopes of the cursor with those that the person may pull now."""
    for scope_id in set(cursor.open) - set(ranked):
        place = cursor.open.pop(scope_id)
        # All of it goes, also what was withdrawn since the phone last looked; earlier tombstones it has seen.
        cursor.leaving[scope_id] = Place(0, max(place))
    for scope_id in ranked:
        if scope_id in cursor.leaving:  # the right came back before all was withdrawn: from the start, as for leaving
            cursor.open[scope_id] = Place(0, cursor.leaving.pop(scope_id).floor)
        elif scope_id not in cursor.open:  # a phone that never saw this scope has nothing to forget
            cursor.open[scope_id] = Place(0, newest[scope_id])


Entry = tuple[int, str]
"""The number of an entry, and the change as JSON text."""

ENTRIES: LiteralString = """
    SELECT entry.seq, concat('{"collection":"', entry.collection, '","id":"', entry.doc_id, '","version":',
        coalesce(shown.version, entry.version), ',"deleted":', (shown.body IS NULL)::text,
        ',"doc":', coalesce(shown.body, 'null'), '}')
    FROM sync_feedentry entry
    LEFT JOIN LATERAL (
        SELECT other.version, other.body FROM sync_feedentry other
        WHERE other.scope_id = ANY(%b::int8[]) AND other.collection = entry.collection
            AND other.doc_id = entry.doc_id AND NOT other.deleted
        ORDER BY array_position(%b::int8[], other.scope_id) LIMIT 1
    ) AS shown ON true
    WHERE entry.scope_id = %s AND entry.seq > %s AND (entry.seq > %s OR NOT entry.deleted)
    ORDER BY entry.seq LIMIT %s"""


def _entries(scope_id: int, ranked: Sequence[int], place: Place, limit: int) -> list[Entry]:
    rows = execute(ENTRIES, [ranked, ranked, scope_id, place.position, place.floor, limit])
    return [(seq, text) for seq, text in rows]


def _take(entries: Sequence[Entry], items: list[str], room: int, size: int) -> tuple[int, int]:
    """Move as many entries into the page as have room, at least one into an empty page. Returns taken and size."""
    taken = 0
    for _, text in entries[:room]:
        if items and size + len(text) > MAX_PAGE_BYTES:
            break
        items.append(text)
        size += len(text)
        taken += 1
    return taken, size


def documents_seen(user: Any, keys: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], Body]:
    """Of these documents, those that this person would pull now, each from the scope that has the word."""
    rows = execute(
        "SELECT DISTINCT ON (entry.collection, entry.doc_id) entry.collection, entry.doc_id, entry.body "
        "FROM unnest(%b::text[], %b::uuid[]) AS wanted (collection, doc_id) "
        "JOIN sync_feedentry entry ON entry.collection = wanted.collection AND entry.doc_id = wanted.doc_id "
        "JOIN sync_feedscope scope ON scope.id = entry.scope_id "
        "JOIN unnest(%b::text[]) WITH ORDINALITY AS open (name, rank) ON open.name = scope.name "
        "WHERE NOT entry.deleted ORDER BY entry.collection, entry.doc_id, open.rank",
        [[collection for collection, _ in keys], [doc_id for _, doc_id in keys], registry.open_scopes(user)],
    )
    return {(collection, doc_id): orjson.loads(body) for collection, doc_id, body in rows}
