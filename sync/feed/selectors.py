"""Reading the feed: the hot path. One index range scan per scope that has news, and no ORM, serializer or rule.

A document may stand in several of a person's scopes. The phone gets it as the first of them (in the order of
`open_scopes`: the fullest view) shows it, and loses it when the last of them has lost it. So an entry is passed over as
long as a better scope has the document, and when a better scope loses it, the next one's is sent in its place. Scopes
are read from the least to the best, each by a later snapshot than the one before: what is passed over because a better
scope has it is therefore sent from there.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import orjson

from sync import registry, schemas
from sync.feed.cursor import Cursor, Place, resync_required
from sync.feed.models import FeedEntry
from sync.feed.services import NEW
from sync.registry import Body
from sync.sql import execute

MAX_PAGE = 10_000
"""Documents in a page, unless the phone asks for fewer."""
MAX_PAGE_BYTES = 4_000_000
"""A page ends with the document that passes this size in UTF-8, unless the phone asks for smaller ones."""
MAX_NAMED = 1_000
"""Documents that may be asked for by name at once."""
ENVELOPE_BYTES = 100
"""About what a change weighs beside its document."""
CHUNK = 64
"""Documents that go as one text where nothing has to be looked up: a row for each would take as long again to read."""


class Total(NamedTuple):
    """How much a first sync will bring. A document that stands in several of the person's scopes counts in each."""

    documents: int
    bytes: int


@dataclass(slots=True)
class Page:
    """One page of changes. `content` are JSON texts, each of one change or of several with commas between them."""

    cursor: Cursor
    room: int
    room_bytes: int
    content: list[bytes] = field(default_factory=list)
    replaced: bool = False
    """In place of what a scope has lost, something was sent as another scope shows it."""
    more: bool = False
    total: Total | None = None

    def is_full(self) -> bool:
        """No further document fits; the last one may have passed the size."""
        return self.room <= 0 or self.room_bytes <= 0

    def take(self, rows: Sequence[tuple[Any, ...]]) -> int:
        """Add the texts of as many rows as fit, and say how many: at least one, if there are any and there is room.

        A row is a number, a text, and whether it is `replaced`.
        """
        ends = [0, *accumulate([len(row[1]) for row in rows])]
        count = min(len(rows), self.room, bisect_left(ends, self.room_bytes))
        self.content += [row[1] for row in rows[:count]]
        self.replaced |= any(row[2] for row in rows[:count])
        self.room -= count
        self.room_bytes -= ends[count]
        return count

    def take_chunks(self, chunks: Sequence[tuple[Any, ...]]) -> int:
        """Add the chunks that fit as a whole, and say how many: each a place, a number of changes, and their text."""
        for taken, (_, count, text) in enumerate(chunks):
            if text is None:
                continue
            if count > self.room or len(text) > self.room_bytes:
                return taken
            self.content.append(text)
            self.room -= count
            self.room_bytes -= len(text)
        return len(chunks)


class Scope(NamedTuple):
    """A row of the scopes."""

    id: int
    name: str
    last_seq: int
    pruned_seq: int
    documents: int
    bytes: int


def current_epoch() -> UUID:
    """Which life of the database this is."""
    epoch: UUID = execute("SELECT id FROM sync_epoch ORDER BY began_at DESC LIMIT 1")[0][0]
    return epoch


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a phone stands, and where the feed: of one moment.

    `unfed`: something was written past the commands and has not been fed yet (`services.catch_up`).
    """

    cursor: Cursor
    schema: int
    ranked: Sequence[int]
    newest: Mapping[int, Scope]
    total: Total | None
    unfed: bool


# All that says whether anything is new, in one statement: that is all that most pulls ask of the database.
STAND: LiteralString = (
    "SELECT epoch.id, (SELECT max(id) FROM sync_feedmark WHERE " + NEW + ") IS NOT NULL, "
    "scope.id, name, last_seq, pruned_seq, documents, bytes "
    "FROM (SELECT id FROM sync_epoch ORDER BY began_at DESC LIMIT 1) AS epoch "
    "LEFT JOIN sync_feedscope scope ON name = ANY(%b::text[]) OR scope.id = ANY(%b::int8[])"
)


def stand(user: Any, cursor_text: str | None, *, schema: int) -> Standing:
    """Where a phone of this person with this cursor stands now.

    Raises Gone("resync_required") for a cursor that is not ours, or is older than what we remember.
    """
    person, names = str(user.pk), registry.open_scopes(user)
    told = Cursor.decode(cursor_text) if cursor_text else None
    known = [*told.open, *told.leaving] if told else []
    rows = execute(STAND, [names, known], prepare=True)
    epoch, unfed = rows[0][:2]
    newest = {row[2]: Scope(*row[2:]) for row in rows if row[2] is not None}
    if told:
        told.must_be_of(epoch, person, schema)
        _must_be_remembered(told, newest)
    cursor = told or Cursor(epoch, person, schema)
    ids = {scope.name: scope.id for scope in newest.values()}
    ranked = [ids[name] for name in names if name in ids]
    _open_and_leave(cursor, ranked, newest)
    total = Total(sum(scope.documents for scope in newest.values()), sum(scope.bytes for scope in newest.values()))
    return Standing(cursor, schema, ranked, newest, None if told else total, unfed)


def _must_be_remembered(cursor: Cursor, newest: Mapping[int, Scope]) -> None:
    for scope_id, place in (*cursor.open.items(), *cursor.leaving.items()):
        scope = newest.get(scope_id)
        if scope is None or max(place) > scope.last_seq:
            raise resync_required(replay=True)  # it has seen what we have forgotten
        if place.remembered < scope.pruned_seq:
            raise resync_required()  # we have forgotten what it has not seen


def pull(standing: Standing, *, limit: int = MAX_PAGE, max_bytes: int = MAX_PAGE_BYTES) -> Page:
    """What changed for a phone that stands there: up to `limit` documents and about `max_bytes`.

    Raises Gone("resync_required") if that is forgotten meanwhile.
    """
    page = Page(standing.cursor, limit, max_bytes, total=standing.total)
    page.more = not _read_all(page, standing.ranked, standing.newest)
    if page.replaced:
        _note_seen(page.cursor)
    page.content = schemas.changes_as_of(standing.schema, page.content)
    return page


def _read_all(page: Page, ranked: Sequence[int], newest: Mapping[int, Scope]) -> bool:
    """What is left goes first, then the open scopes from the least to the best. False when the page is full before."""
    cursor = page.cursor
    for scope_id in list(cursor.leaving):
        if not _read(page, cursor.leaving, newest[scope_id], better=[], ranked=ranked):
            return False
        del cursor.leaving[scope_id]
    for rank, scope_id in reversed(list(enumerate(ranked))):
        if not _read(page, cursor.open, newest[scope_id], better=ranked[:rank], ranked=ranked):
            return False
    cursor.first = False
    return True


def _open_and_leave(cursor: Cursor, ranked: Sequence[int], newest: Mapping[int, Scope]) -> None:
    """Compare the scopes of the cursor with those that the person may pull now."""
    before = cursor.open
    for scope_id in before.keys() - set(ranked):
        cursor.leaving[scope_id] = before[scope_id].from_the_start()
    stays = [scope_id for scope_id in before if scope_id in ranked]
    same_order = stays == [scope_id for scope_id in ranked if scope_id in before]
    cursor.open = {}
    for scope_id in ranked:
        last = newest[scope_id].last_seq
        if scope_id in cursor.leaving:  # the right came back before all was withdrawn
            place = cursor.leaving.pop(scope_id)._replace(position=0)
        elif scope_id not in before:  # a phone that never saw this scope has nothing to forget
            place = Place(0, last, last)
        else:  # in another order, another scope may have the last word on any document
            place = before[scope_id] if same_order else before[scope_id].from_the_start()
        cursor.open[scope_id] = place._replace(seen=last)
    cursor.first = cursor.first and list(before or cursor.open) == ranked


def _note_seen(cursor: Cursor) -> None:
    """Of each open scope, something may just have been sent in place of what another one has lost."""
    for scope_id, last in execute(
        "SELECT id, last_seq FROM sync_feedscope WHERE id = ANY(%b::int8[])", [list(cursor.open)]
    ):
        cursor.open[scope_id] = cursor.open[scope_id]._replace(seen=last)


SCAN = 100
"""Entries that are looked at in one go at least: those that are passed over take no room."""

# Each inner query has its own ORDER BY: so PostgreSQL does not pull the look-ups up and repeat them for each use.
# A row for each change: PostgreSQL takes longer to put the texts of a page into one than to send them. They are joined
# to the one row of their scope, which comes even if they do not, and so keep their order.
READ: LiteralString = """
    SELECT seq, content, replaced, pruned_seq
    FROM sync_feedscope LEFT JOIN (
        SELECT
            seq,
            gone AND shown_body IS NOT NULL AS replaced,
            CASE WHEN NOT passed_over THEN convert_to(concat(
                '{"collection":"', collection, '","id":"', doc_id, '","version":', version,
                ',"deleted":', (shown_body IS NULL)::text, ',"doc":', coalesce(shown_body, 'null'), '}'
            ), 'UTF8') END AS content
        FROM (
            SELECT
                seq, collection, doc_id, gone,
                greatest(version, (other).version, CASE WHEN NOT %(first)s AND (version > 0 OR NOT other IS NULL) THEN (
                    SELECT document.version FROM sync_feeddocument document
                    WHERE document.collection = entry.collection AND document.doc_id = entry.doc_id
                ) END) AS version,
                CASE WHEN gone THEN (other).body ELSE body END AS shown_body,
                CASE
                    WHEN (other).scope_id IS NOT NULL THEN (other).scope_id = ANY(%(better)b::int8[])
                    WHEN gone THEN entered > %(seen)s
                    ELSE cardinality(%(better)b::int8[]) > 0 AND EXISTS (
                        SELECT FROM sync_feedentry better
                        WHERE better.scope_id = ANY(%(better)b::int8[]) AND better.collection = entry.collection
                            AND better.doc_id = entry.doc_id AND NOT better.deleted
                    )
                END AS passed_over
            FROM (
                SELECT *, CASE WHEN gone THEN (
                    SELECT shown FROM sync_feedentry shown
                    WHERE shown.scope_id = ANY(%(ranked)b::int8[]) AND shown.collection = entry.collection
                        AND shown.doc_id = entry.doc_id AND NOT shown.deleted
                    ORDER BY array_position(%(ranked)b::int8[], shown.scope_id) LIMIT 1
                ) END AS other
                FROM (
                    SELECT *, deleted OR %(leaving)s AS gone FROM sync_feedentry
                    WHERE scope_id = %(scope)s AND seq > %(position)s AND (NOT deleted OR seq > %(floor)s)
                    ORDER BY seq LIMIT %(scan)s
                ) AS entry
                ORDER BY seq
            ) AS entry
            ORDER BY seq
        ) AS shown
        ORDER BY seq
    ) AS change ON true
    WHERE sync_feedscope.id = %(scope)s"""


# What stood in the only or the best scope when a first sync began goes as it stands: there is nothing yet that
# this phone might have to forget, or know in a newer version. A bracket stands with the comma: so each body is copied
# once less.
READ_CHUNKS: LiteralString = """
    SELECT start, chunk.count, chunk.content
    FROM generate_series(%(position)s::int8, %(end)s::int8 - 1, %(step)s::int8) AS start, LATERAL (
        SELECT count(*), convert_to(string_agg(
            '{"collection":"' || collection || '","id":"' || doc_id::text || '","version":' || version::text
                || ',"deleted":false,"doc":' || body, '},' ORDER BY seq
        ) || '}', 'UTF8') AS content
        FROM sync_feedentry
        WHERE scope_id = %(scope)s AND NOT deleted
            AND seq > start AND seq <= least(start + %(step)s::int8, %(end)s::int8)
    ) AS chunk"""


def _read(page: Page, places: dict[int, Place], scope: Scope, *, better: Sequence[int], ranked: Sequence[int]) -> bool:
    """Read on in one scope until its end (True) or until the page is full (False)."""
    leaving, first = places is page.cursor.leaving, page.cursor.first
    as_it_stands = first and not leaving and not better
    while (place := places[scope.id]).position < scope.last_seq:
        if page.is_full():
            return False
        end = _read_chunks(page, place, scope) if as_it_stands else place.position
        if end > place.position:
            places[scope.id] = place._replace(position=end)
            continue
        scan = max(_fitting(page, scope) + 1, SCAN)
        parameters = {
            "scope": scope.id,
            "leaving": leaving,
            "first": first,
            "better": list(better),
            "ranked": list(ranked),
            "scan": scan,
            **place._asdict(),
        }
        rows = execute(READ, parameters, binary=True, prepare=True)
        if rows[0][3] > place.remembered:
            raise resync_required()  # tombstones were removed while we were reading
        shown = [row for row in rows if row[1] is not None]
        taken = page.take(shown)
        if taken < len(shown):
            end = shown[taken - 1][0]
        elif len(rows) == scan:
            end = rows[-1][0]
        else:
            end = max(scope.last_seq, rows[-1][0] or 0)
        places[scope.id] = place._replace(position=end, seen=max(place.seen, end))
        if taken < len(shown):
            return False
    return True


def _read_chunks(page: Page, place: Place, scope: Scope) -> int:
    """Read what stood there when a first sync began, as long as whole chunks fit: up to which number that was."""
    step = CHUNK * max(scope.last_seq // max(scope.documents, 1), 1)  # the numbers of what moved on are gaps
    fitting = _fitting(page, scope)
    end = min(place.position + step * (fitting // CHUNK + 1), place.floor)
    if fitting < CHUNK or end <= place.position:
        return place.position
    parameters = {"scope": scope.id, "position": place.position, "end": end, "step": step}
    chunks = sorted(execute(READ_CHUNKS, parameters, binary=True, prepare=True))
    return min(place.position + step * page.take_chunks(chunks), end)


def _fitting(page: Page, scope: Scope) -> int:
    """About how many documents of this scope the page has room for."""
    usual_weight = ENVELOPE_BYTES + scope.bytes // max(scope.documents, 1)
    return min(page.room, page.room_bytes // usual_weight)


def was_shown(user: Any, collection: str, doc_id: UUID) -> bool:
    """Whether this document stands in a scope that this person may pull now, or has stood there once."""
    entries = FeedEntry.objects.filter(collection=collection, doc_id=doc_id, version__gt=0)
    return entries.filter(scope__name__in=registry.open_scopes(user)).exists()


class Seen(NamedTuple):
    """A document as a person would pull it now; `body` is JSON text."""

    version: int
    body: str


def seen(user: Any, keys: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], Seen]:
    """Of these documents, those that this person would pull now, each from the scope that has the word."""
    rows = execute(
        "SELECT DISTINCT ON (entry.collection, entry.doc_id) "
        "entry.collection, entry.doc_id, document.version, entry.body "
        "FROM unnest(%b::text[], %b::uuid[]) AS wanted (collection, doc_id) "
        "JOIN sync_feedentry entry ON entry.collection = wanted.collection AND entry.doc_id = wanted.doc_id "
        "JOIN sync_feeddocument document ON (document.collection, document.doc_id) = (entry.collection, entry.doc_id) "
        "JOIN sync_feedscope scope ON scope.id = entry.scope_id "
        "JOIN unnest(%b::text[]) WITH ORDINALITY AS open (name, rank) ON open.name = scope.name "
        "WHERE NOT entry.deleted ORDER BY entry.collection, entry.doc_id, open.rank",
        [[collection for collection, _ in keys], [doc_id for _, doc_id in keys], registry.open_scopes(user)],
    )
    return {(collection, doc_id): Seen(version, body) for collection, doc_id, version, body in rows}


def named(user: Any, collection: str, ids: Sequence[UUID], *, schema: int) -> list[bytes]:
    """Changes, as JSON texts, that bring each named document to what it is now; one that this person does not see is
    withdrawn, whether there is such a document or not."""
    found = seen(user, [(collection, doc_id) for doc_id in ids])
    changes = []
    for doc_id in ids:
        document = found.get((collection, doc_id), Seen(0, ""))
        change = {"collection": collection, "id": doc_id, "version": document.version, "deleted": not document.body}
        changes.append(orjson.dumps(change | {"doc": orjson.Fragment(document.body or "null")}))
    return schemas.changes_as_of(schema, changes)


def documents_seen(user: Any, keys: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], Body]:
    """The same, read."""
    return {key: orjson.loads(document.body) for key, document in seen(user, keys).items()}
