"""What the feed must hold, told from the rows themselves and not from the feed."""

from typing import Any

import orjson
from django.apps import apps

from sync import registry
from sync.sql import execute

ROWS = {
    "absences": "tickets.Absence",
    "allocations": "parts.Allocation",
    "assets": "tickets.Asset",
    "attachments": "tickets.Attachment",
    "check_ins": "tickets.CheckIn",
    "conflicts": "sync.Conflict",
    "discrepancies": "parts.Discrepancy",
    "locations": "parts.Location",
    "messages": "tickets.Note",
    "installations": "tickets.Installation",
    "notes": "tickets.Note",
    "notices": "notifications.Notice",
    "part_uses": "tickets.PartUse",
    "parts": "parts.Part",
    "prices": "tickets.Price",
    "quotes": "tickets.Quote",
    "requisitions": "parts.Requisition",
    "service_types": "tickets.ServiceType",
    "shifts": "tickets.Shift",
    "sites": "tickets.Site",
    "stock": "parts.StockBalance",
    "stocktakes": "parts.Stocktake",
    "tickets": "tickets.Ticket",
    "transfers": "parts.Transfer",
    "visits": "tickets.Visit",
    "warranties": "tickets.Warranty",
}
COPIED_NAMES = {"part_name", "part_name_zh", "part_number", "from_location_name", "from_location_name_zh"}
"""What docs/sync.md does not promise: see "What is not promised"."""

Entries = dict[tuple[str, str, str], dict[str, Any]]


def wanted() -> Entries:
    """By scope, collection and id: each document as it has to be."""
    assert set(ROWS) == set(registry.documents())
    entries: Entries = {}
    for collection, document in registry.documents().items():
        ids = list(apps.get_model(ROWS[collection]).objects.values_list("pk", flat=True))
        for row in document.load(ids):
            for scope in document.followers(row):
                body = {"id": row.pk, **document.render(row, registry.audience(scope))}
                entries[scope, collection, str(row.pk)] = _comparable(orjson.dumps(body, option=orjson.OPT_UTC_Z))
    return entries


def fed() -> Entries:
    """The same, as the feed has it."""
    rows = execute(
        "SELECT scope.name, entry.collection, entry.doc_id, entry.body FROM sync_feedentry entry "
        "JOIN sync_feedscope scope ON scope.id = entry.scope_id WHERE NOT deleted"
    )
    return {(scope, collection, str(doc_id)): _comparable(body) for scope, collection, doc_id, body in rows}


def _comparable(text: str | bytes) -> dict[str, Any]:
    return {name: value for name, value in orjson.loads(text).items() if name not in COPIED_NAMES}


def differences() -> list[str]:
    """In words: what is missing in the feed, what is leaked by it, what is stale in it."""
    truth, feed = wanted(), fed()
    return (
        [f"missing: {key}" for key in sorted(truth.keys() - feed.keys())]
        + [f"leaked: {key}" for key in sorted(feed.keys() - truth.keys())]
        + [
            f"stale: {key}: {feed[key]} is {truth[key]}"
            for key in sorted(truth)
            if key in feed and feed[key] != truth[key]
        ]
        + miscounted()
    )


def miscounted() -> list[str]:
    """Scopes that do not hold as much as they say."""
    rows = execute(
        "SELECT scope.name FROM sync_feedscope scope LEFT JOIN ("
        "SELECT scope_id, count(*) AS documents, sum(octet_length(body)) AS bytes FROM sync_feedentry "
        "WHERE NOT deleted GROUP BY scope_id) AS held ON held.scope_id = scope.id "
        "WHERE (scope.documents, scope.bytes) IS DISTINCT FROM (coalesce(held.documents, 0), coalesce(held.bytes, 0))"
    )
    return [f"miscounted: {scope}" for (scope,) in rows]
