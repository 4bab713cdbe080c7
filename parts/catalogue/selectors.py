"""Reads of the catalogue."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from parts.catalogue.models import Part


def with_merged(part_ids: Iterable[UUID]) -> list[UUID]:
    """These parts, and the provisional ones that turned out to be one of them: their history belongs together."""
    ids = list(part_ids)
    merged = Q(superseded_by__in=ids, merged_at__isnull=False)
    return list(Part.objects.filter(Q(pk__in=ids) | merged).values_list("pk", flat=True))
