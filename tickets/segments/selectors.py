"""Reads of segments."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tickets.segments.models import NetworkConnection, NetworkSegment

HANGS_NOW = Q(until=None)
"""Condition on connections."""


def with_sites(segments: QuerySet[NetworkSegment]) -> QuerySet[NetworkSegment]:
    """With how many sites hang on each."""
    now = NetworkConnection.objects.filter(HANGS_NOW, segment=OuterRef("pk")).order_by().values("segment")
    return segments.annotate(how_many=Coalesce(Subquery(now.annotate(number=Count("pk")).values("number")), 0))


def hung_when_reported() -> QuerySet[NetworkConnection]:
    """Inside a condition on tickets: by what their site hung on a segment when they were reported."""
    reported = OuterRef("reported_at")
    lasted = HANGS_NOW | Q(until__gt=reported)
    return NetworkConnection.objects.filter(lasted, site=OuterRef("site"), since__lte=reported)
