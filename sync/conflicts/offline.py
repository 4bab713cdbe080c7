"""Conflicts on phones: a collection, and one operation to resolve them.

A conflict stands where its document stands now, whatever has become of that since; and with its author for good, who
then sees what they wrote, and of the server's side nothing that the document does not show them (law 4).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sync import registry
from sync.conflicts.models import Conflict
from sync.conflicts.selectors import with_people
from sync.conflicts.serializers import ConflictOutput, ResolveConflictInput
from sync.conflicts.services import resolve_conflict
from sync.registry import Body, Document, Meant, Operation, Schema, Write
from sync.schemas import field_renamed, fields_called
from sync.serializing import body_of


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict, and the scopes in which it stands by its document."""

    conflict: Conflict
    scopes: Collection[str]

    @property
    def pk(self) -> UUID:
        """The conflict's."""
        return self.conflict.pk


def load_conflicts(ids: Collection[UUID]) -> Iterable[ConflictRow]:
    """The rows by id; what they are about is asked once per collection."""
    conflicts = list(with_people(Conflict.objects.filter(pk__in=ids)))
    about: dict[str, set[UUID]] = defaultdict(set)
    for conflict in conflicts:
        about[conflict.collection].add(conflict.doc_id)
    scopes: dict[tuple[str, UUID], Collection[str]] = {}
    for collection, doc_ids in about.items():
        scopes_of = registry.documents()[collection].conflict_scopes
        if scopes_of is not None:
            scopes |= {(collection, doc_id): found for doc_id, found in scopes_of(doc_ids).items()}
    return [
        ConflictRow(conflict, scopes.get((conflict.collection, conflict.doc_id), conflict.scopes))
        for conflict in conflicts
    ]


def conflict_followers(row: ConflictRow) -> set[str]:
    """Those who see all of the document now, and the author."""
    author = row.conflict.device_by_id
    return {*row.scopes, f"person:{author}"} if author else {*row.scopes}


def render_conflict(row: ConflictRow, audience: str) -> Body:
    """As over HTTP. An author who sees the document has another scope for that, which goes before their own."""
    return body_of(ConflictOutput, whole=audience != "person")(row.conflict)


def conflict_meaning(write: Write) -> Iterator[Meant]:
    """Whoever writes how a conflict ends (`keep`, and `resolved_value` with `edit`) resolves it."""
    keep = write.values("keep").get("keep")
    if write.edited and keep:
        said = {"conflict_id": write.id, "keep": keep}
        if keep == Conflict.Keep.EDIT and write.new and "resolved_value" in write.new:
            said["value"] = write.new["resolved_value"]
        fields = frozenset({"status", "keep", "resolved_value"})
        yield Meant("conflict.resolve", said, fields & write.changed, write.values("resolved_at").get("resolved_at"))


DOCUMENTS = {
    "conflicts": Document(
        load=load_conflicts,
        followers=conflict_followers,
        render=render_conflict,
        meaning=conflict_meaning,
        nested=frozenset({"base", "server_value", "device_value", "resolved_value"}),
        computed=frozenset({"resolved_at", "resolved_by_id"}),
    )
}
OPERATIONS = {"conflict.resolve": Operation(ResolveConflictInput, resolve_conflict)}
SCHEMAS = {
    3: Schema(
        # As edits say it: what one took for the server's
        operations={"conflict.resolve": field_renamed("seen", "base")},
        # As in all other documents
        documents={
            "conflicts": fields_called(server_by_id="server_by", device_by_id="device_by", resolved_by_id="resolved_by")
        },
    )
}
