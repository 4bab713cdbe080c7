"""What a phone gets: everything that changed for it since the number it names, in one answer."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from fieldsvc.time import now
from sync import schemas
from sync.commands import command
from sync.devices.models import Device
from sync.feed import selectors
from sync.feed.cursor import resync_required
from sync.feed.services import catch_up
from sync.feed.snapshot import one_moment
from sync.registry import Body
from sync.watermelon import columns
from sync.watermelon.models import RowReplica, StoredCursor

KEPT = 10
"""Numbers of a device that are kept, the one that it named last not counted. It names an older one again when answers
were lost, or when it was killed before it had saved what it received."""

Key = tuple[str, str]
"""Collection and id."""
Changes = dict[str, dict[str, list[Any]]]
"""By table: `created` (always empty), `updated` and `deleted`."""


@dataclass(slots=True)
class News:
    """What has changed for a person, by document; None where it was withdrawn."""

    documents: dict[Key, Body | None] = field(default_factory=dict)
    cursor: str = ""


def pull(user: Any, device: Device, number: int | None, tables: Collection[str]) -> tuple[Changes, int]:
    """The changes since `number` (None: everything), all of `tables`, and the number that stands for them.

    It is one answer however long, as the client library knows no pages; and of one moment, so that whatever was
    committed together arrives together. Raises Gone("resync_required") for a number that is none of this device's.
    """
    stored = _stored_cursor(device, number) if number is not None else None
    catch_up()
    with one_moment():
        news = _news(user, stored.cursor if stored else None)
        if stored and tables:
            everything = _news(user, None).documents
            news.documents |= {key: body for key, body in everything.items() if key[0] in tables}
        if stored:
            news.documents |= _owed(user, stored, known=news.documents)
    replica, new_number = _store(device, stored, news)
    return _as_changes(news, replica, new_number), new_number


def _stored_cursor(device: Device, number: int) -> StoredCursor:
    stored = StoredCursor.objects.filter(replica=device.pk, number=number).first()
    if stored is None:
        raise resync_required()
    return stored


def _news(user: Any, cursor: str | None) -> News:
    news, more = News(), True
    while more:
        page = selectors.pull(selectors.stand(user, cursor, schema=schemas.newest()))
        for change in orjson.loads(b"[" + b",".join(page.content) + b"]"):
            news.documents[change["collection"], change["id"]] = change["doc"]
        more, cursor = page.more, page.cursor.encode()
    news.cursor = cursor or ""
    return news


def _owed(user: Any, stored: StoredCursor, known: Collection[Key]) -> dict[Key, Body | None]:
    keys = [(collection, UUID(doc_id)) for collection, doc_id in stored.owed if (collection, doc_id) not in known]
    seen = selectors.documents_seen(user, keys)
    return {(collection, str(doc_id)): body for (collection, doc_id), body in seen.items()}


@command
def _store(device: Device, stored: StoredCursor | None, news: News) -> tuple[RowReplica, int]:
    """Where the device stands once it has received this answer, and which columns it knows then."""
    RowReplica.objects.get_or_create(device=device)
    replica = RowReplica.objects.select_for_update().get(device=device)
    known = {collection: set(names) for collection, names in replica.columns.items()}
    for (collection, _), body in news.documents.items():
        if body is not None and columns.is_writable(collection):
            known.setdefault(collection, {columns.BASE}).update(body)
    if known != {collection: set(names) for collection, names in replica.columns.items()}:
        replica.columns = {collection: sorted(names) for collection, names in known.items()}
        replica.save(update_fields=["columns"])

    numbers = list(replica.cursors.order_by("-number").values_list("number", flat=True))
    number = max(int(now().timestamp() * 1000), *(newest + 1 for newest in numbers[:1]), 1)
    replica.cursors.create(number=number, cursor=news.cursor)
    forgotten = [old for old in numbers[KEPT - 1 :] if stored is None or old != stored.number]
    replica.cursors.filter(number__in=forgotten).delete()
    return replica, number


def _as_changes(news: News, replica: RowReplica, number: int) -> Changes:
    changes: Changes = defaultdict(lambda: {"created": [], "updated": [], "deleted": []})
    for (collection, doc_id), body in news.documents.items():
        table = changes[collection]
        if body is not None:
            table["updated"].append(columns.as_row(collection, body, number))
        elif columns.is_writable(collection):
            table["updated"].append(columns.emptied_row(doc_id, replica.columns.get(collection, ())))
        else:
            table["deleted"].append(doc_id)
    return dict(changes)
