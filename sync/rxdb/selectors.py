"""Reading one collection out of a person's feed: index range scans over that collection alone, in one statement.

One statement is one snapshot: of what one transaction changed, either all is there or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any, LiteralString, NamedTuple

import orjson

from fieldsvc.time import now
from sync import registry
from sync.feed.selectors import current_epoch
from sync.rxdb.checkpoint import Checkpoint, Newest, Place
from sync.sql import execute
from sync.storable import LARGEST

MAX_BATCH = 1_000
"""Documents that a client may ask for at once. What follows may make the page longer."""
LARGEST_CHANGE_SET = 5_000
"""Documents of one transaction that are kept together in a page."""
REFRESH = timedelta(days=1)
"""Clients do not keep the checkpoint of an empty page. So that theirs does not grow older for ever while others write
other collections, one that is older than this comes back with a document that the client has already."""


@dataclass(slots=True)
class Page:
    """The documents as JSON texts, and the checkpoint after them."""

    documents: list[str]
    checkpoint: Checkpoint
    more: bool


class Entry(NamedTuple):
    """One row of the feed as the client gets it."""

    scope_id: int
    seq: int
    changed_at: datetime
    text: str


def pull(user: Any, collection: str, checkpoint_text: str | None, limit: int) -> Page:
    """What changed in this collection since the checkpoint: `limit` documents or more while there are so many.

    What one transaction changed in one of the person's scopes comes in one page, up to 5,000 documents. A document that
    stands in several scopes is sent as the first of them shows it that has it, and withdrawn when none has it any more.
    """
    checkpoint, newest = _turned(user, collection, checkpoint_text)
    ranked = list(checkpoint.open)
    places = [*checkpoint.leaving.items(), *checkpoint.open.items()]
    entries, complete = _whole_change_sets(collection, places, ranked, limit)
    read = {entry.scope_id: entry.seq for entry in entries}
    ended = complete
    for scope_id, place in reversed(places):  # those before the scope of the last entry have been read to their end
        position = read.get(scope_id, place.position)
        ended_here, ended = ended, ended or scope_id in read
        if scope_id in checkpoint.open:
            position = max(position, newest[scope_id].last_seq if ended_here else 0)
            checkpoint.open[scope_id] = place._replace(position=position)
        elif ended_here:
            del checkpoint.leaving[scope_id]
        else:
            checkpoint.leaving[scope_id] = place._replace(position=position)
    documents = [entry.text for entry in entries]
    made_at, checkpoint.made_at = checkpoint.made_at, int(now().timestamp())
    if not documents and checkpoint_text and checkpoint.made_at - made_at > REFRESH.total_seconds():
        documents = _any_document(collection, ranked)
    return Page(documents, checkpoint, more=not complete)


def as_json(page: Page) -> bytes:
    """As it travels."""
    cursor = orjson.dumps({"cursor": page.checkpoint.encode()}).decode()
    return f'{{"documents":[{",".join(page.documents)}],"checkpoint":{cursor}}}'.encode()


def newest_checkpoint(user: Any, collection: str) -> Checkpoint:
    """Of a client that has everything by now."""
    checkpoint, newest = _turned(user, collection, None)
    for scope_id, place in checkpoint.open.items():
        checkpoint.open[scope_id] = place._replace(position=newest[scope_id].last_seq)
    return checkpoint


def _turned(user: Any, collection: str, text: str | None) -> tuple[Checkpoint, dict[int, Newest]]:
    """The checkpoint with the scopes of now, and what is newest in each."""
    epoch, person = current_epoch(), str(user.pk)
    if text:
        checkpoint = Checkpoint.decode(text, epoch=epoch, person=person, collection=collection)
    else:
        checkpoint = Checkpoint(epoch, person, collection, int(now().timestamp()))
    names = registry.open_scopes(user)
    known = execute(
        "SELECT id, name, last_seq, pruned_seq FROM sync_feedscope "
        "WHERE name = ANY(%b::text[]) OR id = ANY(%b::int8[])",
        [names, [*checkpoint.open, *checkpoint.leaving]],
    )
    newest = {scope_id: Newest(*numbers) for scope_id, _, *numbers in known}
    ids = {name: scope_id for scope_id, name, *_ in known}
    checkpoint.turn_to([ids[name] for name in names if name in ids], newest)
    return checkpoint, newest


# A client without a checkpoint, as they do not keep that of an empty page, may still have made a document that we
# refused: what was only withdrawn (version 0) is told to it, too.
ENTRIES: LiteralString = """
    SELECT place.scope_id, entry.seq, entry.changed_at,
        CASE WHEN shown.body IS NULL THEN concat('{"id":"', entry.doc_id, '","_deleted":true}')
            ELSE concat(left(shown.body, -1), ',"_deleted":false}') END
    FROM unnest(%b::int8[], %b::int8[], %b::int8[], %b::int8[])
        WITH ORDINALITY AS place (scope_id, position, floor, known, rank)
    CROSS JOIN LATERAL (
        SELECT seq, doc_id, changed_at FROM sync_feedentry
        WHERE scope_id = place.scope_id AND collection = %s AND seq > place.position
            AND (seq > place.floor OR NOT deleted OR version = 0) AND entered <= place.known
        ORDER BY seq LIMIT %s
    ) AS entry
    LEFT JOIN LATERAL (
        SELECT other.body FROM sync_feedentry other
        WHERE other.scope_id = ANY(%b::int8[]) AND other.collection = %s AND other.doc_id = entry.doc_id
            AND NOT other.deleted
        ORDER BY array_position(%b::int8[], other.scope_id) LIMIT 1
    ) AS shown ON true
    ORDER BY place.rank, entry.seq LIMIT %s"""


def _whole_change_sets(
    collection: str, places: Sequence[tuple[int, Place]], ranked: Sequence[int], limit: int
) -> tuple[list[Entry], bool]:
    """At least `limit` entries, and as many more as belong to the transaction of the last; whether that is all.

    The numbers of one transaction in one scope follow each other, and it wrote them all at its `changed_at`.
    """
    columns = [
        [scope_id for scope_id, _ in places],
        [place.position for _, place in places],
        [place.floor for _, place in places],
        [LARGEST if scope_id in ranked else place.seen for scope_id, place in places],  # of what came later, nothing
    ]
    for reach in (limit + MAX_BATCH // 10, limit + LARGEST_CHANGE_SET):
        rows = execute(ENTRIES, [*columns, collection, reach, ranked, collection, ranked, reach])
        entries = [Entry(*row) for row in rows]
        if len(entries) <= limit:
            return entries, True
        length = limit + sum(1 for _ in takewhile(partial(_together, entries[limit - 1]), entries[limit:]))
        if length < reach:
            break
    return entries[:length], length == len(entries) < reach


def _together(one: Entry, other: Entry) -> bool:
    return (one.scope_id, one.changed_at) == (other.scope_id, other.changed_at)


def _any_document(collection: str, ranked: Sequence[int]) -> list[str]:
    rows = execute(
        "SELECT concat(left(body, -1), ',\"_deleted\":false}') FROM sync_feedentry "
        "WHERE scope_id = ANY(%b::int8[]) AND collection = %s AND NOT deleted "
        "ORDER BY array_position(%b::int8[], scope_id) LIMIT 1",
        [ranked, collection, ranked],
    )
    return [text for (text,) in rows]
