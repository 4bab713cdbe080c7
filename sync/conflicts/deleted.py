"""What a phone did to a document that was deleted meanwhile: a conflict, no resurrection, and never silence."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Invalid, NotFound
from sync import registry
from sync.commands import Actor
from sync.conflicts.compare import plain
from sync.conflicts.models import Conflict
from sync.conflicts.services import open_conflict
from sync.feed.models import FeedEntry
from sync.feed.selectors import was_shown


def unless_deleted(command: Callable[..., object], *, audience: str, **collections: str) -> Callable[..., object]:
    """The command, for phones: where it is about a document that is gone, what was told is kept in a conflict.

    `collections` names the documents by the input that has their id: `unless_deleted(edit_visit, visit_id="visits")`.
    The conflict stands with its author, and in those scopes of the kind `audience` in which the document has stood.
    Whoever never had the document is refused like anybody who makes up an id.
    """

    @functools.wraps(command)
    def perform(*, actor: Actor, occurred_at: datetime, **data: Any) -> object:
        try:
            return command(actor=actor, occurred_at=occurred_at, **data)
        except (NotFound, Invalid):
            for field, collection in collections.items():
                if (doc_id := data.get(field)) and _was_deleted(actor, collection, doc_id):
                    return _keep(actor, occurred_at, collection, doc_id, audience, data)
            raise

    return perform


def _was_deleted(actor: Actor, collection: str, doc_id: UUID) -> bool:
    return actor.offline and not registry.exists(collection, doc_id) and was_shown(actor.user, collection, doc_id)


def _keep(
    actor: Actor, occurred_at: datetime, collection: str, doc_id: UUID, audience: str, data: dict[str, Any]
) -> Conflict:
    scopes = FeedEntry.objects.filter(collection=collection, doc_id=doc_id).values_list("scope__name", flat=True)
    return open_conflict(
        actor=actor,
        occurred_at=occurred_at,
        kind=Conflict.Kind.DELETED,
        collection=collection,
        doc_id=doc_id,
        device_value=plain(data),
        scopes=[scope for scope in scopes if registry.audience(scope) == audience],
        detail="It was deleted before we heard of this. Take note of it, or enter it anew.",
    )
