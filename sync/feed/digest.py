"""Digest: proof that a replica equals what its owner would download, and the way to where it does not.

The hash of a document is SHA-256 of its canonical JSON (`sync/canonical.py`); the hash of several is SHA-256 of theirs,
as lower-case hexadecimal text one after the other, in ascending order of their ids. So any client can make them from
what it holds. Buckets go by the last digit of the id, as the first ones of a UUIDv7 are the time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sync import registry
from sync.canonical import canonical
from sync.schemas import body_as_of
from sync.sql import execute

BUCKETS = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Digest:
    """How many documents, and the hash of all of them."""

    count: int
    hash: str


def of_collections(user: Any, schema: int) -> dict[str, Digest]:
    """By collection; one in which the person has nothing is not named."""
    return _digests((collection, hashed) for collection, _, hashed in _hashed(user, schema))


def of_buckets(user: Any, schema: int, collection: str) -> dict[str, Digest]:
    """By the last digit of the id; an empty bucket is not named."""
    return _digests((doc_id[-1], hashed) for _, doc_id, hashed in _hashed(user, schema, collection))


def of_documents(user: Any, schema: int, collection: str, bucket: str) -> dict[str, str]:
    """By id, the hashes of the documents of one bucket."""
    return {doc_id: hashed for _, doc_id, hashed in _hashed(user, schema, collection, bucket)}


def _digests(hashes: Iterable[tuple[str, str]]) -> dict[str, Digest]:
    by_group: dict[str, list[str]] = defaultdict(list)
    for group, hashed in hashes:
        by_group[group].append(hashed)
    return {
        group: Digest(len(found), sha256("".join(found).encode()).hexdigest())
        for group, found in sorted(by_group.items())
    }


def _hashed(
    user: Any, schema: int, collection: str | None = None, bucket: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """Collection, id and hash of what this person would download, in order of id. Reads all of it."""
    rows = execute(
        "SELECT DISTINCT ON (entry.collection, entry.doc_id) entry.collection, entry.doc_id::text, entry.body "
        "FROM unnest(%b::text[]) WITH ORDINALITY AS open (name, rank) JOIN sync_feedscope scope USING (name) "
        "JOIN sync_feedentry entry ON entry.scope_id = scope.id "
        "WHERE NOT entry.deleted AND entry.collection = coalesce(%s, entry.collection) "
        "AND right(entry.doc_id::text, 1) = coalesce(%s, right(entry.doc_id::text, 1)) "
        "ORDER BY entry.collection, entry.doc_id, open.rank",
        [registry.open_scopes(user), collection, bucket],
    )
    for found, doc_id, body in rows:
        yield found, doc_id, sha256(canonical(body_as_of(schema, found, body))).hexdigest()
