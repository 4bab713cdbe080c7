"""Reads of conflicts by what they are about."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from sync.conflicts.models import Conflict


def with_people(conflicts: QuerySet[Conflict]) -> QuerySet[Conflict]:
    """With those who wrote either side, and who resolved it, in the same query."""
    return conflicts.select_related("server_by", "device_by", "resolved_by")


def conflicts_about(**documents: Iterable[UUID]) -> QuerySet[Conflict]:
    """Open or not, of these documents, by collection: `conflicts_about(tickets=ids)`. For `Document.spread`."""
    about = Q(pk__in=[])
    for collection, ids in documents.items():
        about |= Q(collection=collection, doc_id__in=ids)
    return Conflict.objects.filter(about)
