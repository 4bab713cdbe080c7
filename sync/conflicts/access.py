"""From a conflict's id to a conflict that this person may see or resolve."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from fieldsvc.errors import must_exist
from sync import registry
from sync.commands import Actor
from sync.conflicts.models import Conflict
from sync.feed.models import FeedEntry


def visible_conflicts(actor: Actor) -> QuerySet[Conflict]:
    """Those that stand in a scope which this person may pull: the feed decides, so that both doors agree.

    `whole` tells whether they stand there by more than their authorship: see `ConflictOutput`.
    """
    scopes = registry.open_scopes(actor.user)
    by_document = [scope for scope in scopes if registry.audience(scope) != "person"]
    return Conflict.objects.filter(_stands_in(scopes)).annotate(whole=_stands_in(by_document))


def _stands_in(scopes: list[str]) -> Exists:
    entries = FeedEntry.objects.filter(collection="conflicts", doc_id=OuterRef("pk"), deleted=False)
    return Exists(entries.filter(scope__name__in=scopes))


def conflict_to_resolve(actor: Actor, conflict_id: UUID) -> Conflict:
    """Locked, after its document, as by those who write the document and find the conflict.

    Raises NotFound, or Forbidden("role_required") for those who may only see it.
    """
    conflicts = visible_conflicts(actor).filter(pk=conflict_id)
    seen = must_exist(conflicts.first())
    may_resolve = registry.documents()[seen.collection].may_resolve
    # Where the document is gone, whoever sees the conflict may take note of it.
    if may_resolve is not None and registry.exists(seen.collection, seen.doc_id):
        may_resolve(actor=actor, conflict=seen)
    return conflicts.select_for_update(of=("self",)).get()
