"""Writing the feed. The steps are numbered as in `docs/sync.md`, "How a change reaches a phone"."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import orjson
import structlog
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, transaction
from psycopg import sql

from sync import registry
from sync.feed.marks import tables_of
from sync.feed.models import Epoch
from sync.registry import Body
from sync.sql import execute

log = structlog.get_logger(__name__)

BATCH = 2_000
"""Marks that are served in one transaction outside of commands."""

Key = tuple[str, UUID]
"""A document: collection and id."""


def feed_this_transaction() -> None:
    """Serve the marks that the current transaction has left. Called once, at the end of an outermost command.

    With one document among them that cannot be rendered they are left to whoever pulls next, who will set it aside:
    what people have done stands.
    """
    marks = execute(
        "DELETE FROM sync_feedmark WHERE xid = pg_current_xact_id_if_assigned()::text::bigint "
        "RETURNING collection, doc_id, spread"
    )
    if not marks:
        return
    try:
        serve(marks)
    except DatabaseError:
        raise
    except Exception:
        log.exception("transaction_not_fed")
        execute(
            "INSERT INTO sync_feedmark (collection, doc_id, spread, xid) SELECT *, 0 "
            "FROM unnest(%b::text[], %b::uuid[], %b::bool[]) AS left_over (collection, doc_id, spread)",
            _columns(marks, 3),
        )
    else:
        _ask_for_a_second_look(marks)


def begin_epoch() -> UUID:
    """A new life of this database: every cursor of an earlier one ends, and phones send again what may be lost."""
    return Epoch.objects.create().pk


NEW: LiteralString = "horizon IS NULL AND failed_at IS NULL"
DUE_AGAIN: LiteralString = (
    "horizon > 0 AND horizon < pg_snapshot_xmin(pg_current_snapshot())::text::bigint "
    "AND (failed_at IS NULL OR failed_at < now() - interval '1 minute')"
)
FAILED: LiteralString = "horizon IS NULL AND failed_at < now() - interval '1 minute'"


def catch_up(batches: int | None = None) -> int:
    """Feed what was written past the commands: the console, bulk updates, raw SQL, migrations, the admin.

    Serves the marks that stand at this moment, or only so many batches of them, waiting for whoever is serving some of
    them; returns how many it served.
    """
    return _serve_standing(NEW, again=True, batches=batches)


def look_again() -> int:
    """The worker's part: second looks that are due, and documents that could not be rendered a while ago.

    What a row spreads to is found by reading other rows, and one of those may have been written by a transaction that
    was not yet visible (a technician is sent to a site while somebody adds equipment there): each of the two misses the
    other. A second look after every transaction of that time has ended sees both: the marks that stand now get the
    number of a transaction begun after their commit, and are served once all up to that one have ended.
    """
    served = _serve_standing(DUE_AGAIN, again=False) + _serve_standing(FAILED, again=True)
    execute("UPDATE sync_feedmark SET horizon = pg_current_xact_id()::text::bigint WHERE horizon = 0")
    return served


def _ask_for_a_second_look(marks: Iterable[tuple[str, UUID, bool]]) -> None:
    spread = sorted({(collection, doc_id) for collection, doc_id, spread in marks if spread})
    if spread:
        execute(
            "INSERT INTO sync_feedmark (collection, doc_id, spread, xid, horizon) "
            "SELECT collection, doc_id, true, 0, 0 FROM unnest(%b::text[], %b::uuid[]) AS again (collection, doc_id)",
            _columns(spread, 2),
        )


def _serve_standing(condition: LiteralString, *, again: bool, batches: int | None = None) -> int:
    """Serve the marks that meet the condition and stand now; one that fails is set aside, the others go on."""
    newest = execute("SELECT max(id) FROM sync_feedmark WHERE " + condition)[0][0]
    select: LiteralString = (
        "SELECT id, collection, doc_id, spread FROM sync_feedmark WHERE id <= %s AND "
        + condition
        + " ORDER BY id LIMIT %s FOR UPDATE"
    )
    served, size = 0, BATCH
    most = None if batches is None else batches * BATCH
    while newest is not None and (most is None or served < most):
        ids: list[int] = []
        try:
            with transaction.atomic():
                rows = execute(select, [newest, size])
                if not rows:
                    break
                ids = [row[0] for row in rows]
                marks = [(collection, doc_id, spread) for _, collection, doc_id, spread in rows]
                serve(marks)
                if again:
                    _ask_for_a_second_look(marks)
                execute("DELETE FROM sync_feedmark WHERE id = ANY(%b::int8[])", [ids])
            served += len(ids)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            if size == 1:
                log.exception("document_not_fed", mark=ids, document=f"{rows[0][1]}/{rows[0][2]}")
                execute("UPDATE sync_feedmark SET failed_at = now() WHERE id = ANY(%b::int8[])", [ids])
            size = 1
    return served


def rebuild(collections: Iterable[str] | None = None, progress: Callable[[str, int], None] | None = None) -> int:
    """Render every document again, after their shape has changed, or for the first time. Only those that differ travel.

    Those that are known are found, and those whose rows stood there before the collection was declared. Returns how
    many documents were rendered; `progress(collection, so_far)` hears of each batch.
    """
    rendered = 0
    for collection in collections if collections is not None else registry.documents():
        after = UUID(int=0)
        while ids := _next_ids(collection, after):
            with transaction.atomic():
                serve([(collection, doc_id, False) for doc_id in ids])
            after, rendered = ids[-1], rendered + len(ids)
            if progress:
                progress(collection, rendered)
    return rendered


def _next_ids(collection: str, after: UUID) -> list[UUID]:
    """The next batch of documents, in order of id: known ones, and rows of the tables that feed the collection."""
    page: LiteralString = "(SELECT DISTINCT {} AS doc_id FROM {} WHERE {} > %s ORDER BY 1 LIMIT %s)"
    known = sql.SQL("(SELECT doc_id FROM sync_feeddocument WHERE collection = %s AND doc_id > %s ORDER BY 1 LIMIT %s)")
    rows = [
        sql.SQL(page).format(sql.Identifier(key), sql.Identifier(table), sql.Identifier(key))
        for table, key in tables_of(collection)
    ]
    query = sql.SQL(" UNION ").join([known, *rows]) + sql.SQL(" ORDER BY 1 LIMIT %s")
    return [doc_id for (doc_id,) in execute(query.as_string(), [collection, *[after, BATCH] * (1 + len(rows)), BATCH])]


def serve(marks: Sequence[tuple[str, UUID, bool]]) -> None:
    """Bring the entries of the marked documents up to date, within the current transaction."""
    keys = _with_spread(marks)
    versions = _lock_documents(keys)  # 1. whoever renders the same document waits here for the other's commit
    wanted = _render(keys)  # 2. a new snapshot, that therefore sees what the other wrote
    changes = _differences(keys, wanted)  # 3. only what differs travels
    if changes:
        _write(changes, versions)  # 4. counters are locked last, in order, until the commit
        scopes = sorted({change.scope for change in changes})
        transaction.on_commit(lambda: registry.poke(scopes), robust=True)  # 5. no data, no delay, no failure


def withdraw(person_scope: str, keys: Iterable[Key]) -> None:
    """Let this scope tell that these documents are gone, though it never had them.

    For a client that made a document, was refused and now has something that does not exist. Or that made up the id of
    somebody else's: so the entry is of version 0, as of nothing (law 4), and nobody has been shown anything by it.
    """
    wanted = sorted(keys)
    with transaction.atomic():
        _lock_documents(wanted)
        present = _standing(wanted)
        gone = [key for key in wanted if not present.get(key, {}).get(person_scope)]  # somebody may have made it since
        _write([Change(person_scope, key, body="", before="") for key in gone], dict.fromkeys(gone, 0))
        transaction.on_commit(lambda: registry.poke([person_scope]), robust=True)


def _with_spread(marks: Sequence[tuple[str, UUID, bool]]) -> list[Key]:
    """The marked documents, and those whose followers depend on the rows that moved; sorted."""
    documents = registry.documents()
    keys = {(collection, doc_id) for collection, doc_id, _ in marks if collection in documents}
    moved: dict[str, set[UUID]] = defaultdict(set)
    for collection, doc_id, spread in marks:
        if spread and collection in documents:
            moved[collection].add(doc_id)
    for collection, ids in moved.items():
        spread_of = documents[collection].spread
        for other, other_ids in (spread_of(ids) if spread_of else {}).items():
            keys.update((other, doc_id) for doc_id in other_ids)
    return sorted(keys)


def _lock_documents(keys: Sequence[Key]) -> dict[Key, int]:
    """Lock each document until the commit, in order, and count a new version of it."""
    rows = execute(
        "INSERT INTO sync_feeddocument AS known (collection, doc_id, version) "
        "SELECT collection, doc_id, 1 FROM unnest(%b::text[], %b::uuid[]) AS wanted (collection, doc_id) "
        "ORDER BY collection, doc_id "
        "ON CONFLICT (collection, doc_id) DO UPDATE SET version = known.version + 1 "
        "RETURNING collection, doc_id, version",
        _columns(keys, 2),
    )
    return {(collection, doc_id): version for collection, doc_id, version in rows}


def _render(keys: Sequence[Key]) -> dict[Key, dict[str, str]]:
    """The JSON text of each document for each scope that follows it."""
    ids: dict[str, list[UUID]] = defaultdict(list)
    for collection, doc_id in keys:
        ids[collection].append(doc_id)
    wanted: dict[Key, dict[str, str]] = {}
    for collection, doc_ids in ids.items():
        document = registry.documents()[collection]
        for row in document.load(doc_ids):
            bodies: dict[str, str] = {}
            alike = {} if document.unlike and document.unlike(row) else document.alike
            entries = wanted[collection, row.pk] = {}
            for scope in document.followers(row):
                audience = registry.audience(scope)
                audience = alike.get(audience, audience)
                if audience not in bodies:
                    body = {"id": row.pk, **document.render(row, audience)}
                    bodies[audience] = orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
                entries[scope] = bodies[audience]
    return wanted


def documents_now(user: Any, keys: Sequence[Key]) -> dict[Key, Body]:
    """Of these documents, those that this person would pull if the current transaction committed now."""
    ranked = registry.open_scopes(user)
    shown = {
        key: next((bodies[scope] for scope in ranked if scope in bodies), None) for key, bodies in _render(keys).items()
    }
    return {key: orjson.loads(body) for key, body in shown.items() if body is not None}


class Change(NamedTuple):
    """What becomes of a document in a scope. An empty `body`: it leaves; an empty `before`: it was not there."""

    scope: str
    key: Key
    body: str
    before: str


def _standing(keys: Sequence[Key]) -> dict[Key, dict[str, str]]:
    """What the scopes tell of these documents now: the body by scope, empty where they tell that it is gone."""
    present: dict[Key, dict[str, str]] = defaultdict(dict)
    for scope, collection, doc_id, body in execute(
        "SELECT scope.name, entry.collection, entry.doc_id, entry.body FROM sync_feedentry entry "
        "JOIN sync_feedscope scope ON scope.id = entry.scope_id "
        "JOIN unnest(%b::text[], %b::uuid[]) AS wanted (collection, doc_id) "
        "ON entry.collection = wanted.collection AND entry.doc_id = wanted.doc_id",
        _columns(keys, 2),
    ):
        present[collection, doc_id][scope] = body
    return present


def _differences(keys: Sequence[Key], wanted: Mapping[Key, Mapping[str, str]]) -> list[Change]:
    """What must change in the entries of these documents."""
    present = _standing(keys)
    changes: list[Change] = []
    for key in keys:
        now, before = wanted.get(key, {}), present.get(key, {})
        changes.extend(
            Change(scope, key, body, before.get(scope, "")) for scope, body in now.items() if before.get(scope) != body
        )
        changes.extend(Change(scope, key, "", body) for scope, body in before.items() if body and scope not in now)
    return changes


def _write(changes: Sequence[Change], versions: Mapping[Key, int]) -> None:
    """Number the changes from their scopes' counters and write them."""
    growth: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for change in changes:
        grows = growth[change.scope]
        grows[0] += 1
        grows[1] += bool(change.body) - bool(change.before)
        grows[2] += len(change.body.encode()) - len(change.before.encode())
    scopes = execute(
        "INSERT INTO sync_feedscope AS known (name, last_seq, documents, bytes) "
        "SELECT * FROM unnest(%b::text[], %b::int8[], %b::int8[], %b::int8[]) AS grown (name) ORDER BY name "
        "ON CONFLICT (name) DO UPDATE SET last_seq = known.last_seq + excluded.last_seq, "
        "documents = known.documents + excluded.documents, bytes = known.bytes + excluded.bytes "
        "RETURNING name, id, last_seq, documents",
        _columns([(name, *grows) for name, grows in growth.items()], 4),
    )
    counters = {name: [scope_id, last_seq - growth[name][0]] for name, scope_id, last_seq, _ in scopes}
    budget = registry.number("BUDGET")
    for name, _, _, documents in scopes:
        if documents - growth[name][1] <= budget < documents:
            log.warning("scope_above_budget", scope=name, documents=documents, budget=budget)
    rows: list[tuple[Any, ...]] = []
    for change in changes:
        counter = counters[change.scope]
        counter[1] += 1
        rows.append((counter[0], *change.key, counter[1], versions[change.key], not change.body, change.body))
    execute(
        "INSERT INTO sync_feedentry (scope_id, collection, doc_id, seq, version, deleted, body, entered, changed_at) "
        "SELECT entry.*, entry.seq, now() FROM unnest(%b::int8[], %b::text[], %b::uuid[], %b::int8[], %b::int8[], "
        "%b::bool[], %b::text[]) AS entry (scope_id, collection, doc_id, seq) "
        "ON CONFLICT (scope_id, collection, doc_id) DO UPDATE SET seq = excluded.seq, version = excluded.version, "
        "deleted = excluded.deleted, body = excluded.body, changed_at = excluded.changed_at",
        _columns(rows, 7),
    )


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as columns, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
