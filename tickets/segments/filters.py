"""Filters of the lists of segments and connections."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.segments.models import NetworkConnection, NetworkSegment


class NetworkSegmentFilter(filters.FilterSet):  # type: ignore[misc]
    territory = filters.UUIDFilter("territory")
    service_type = filters.CharFilter(method="carries", label="The code of what it carries.")
    is_active = filters.BooleanFilter("is_active")

    class Meta:
        model = NetworkSegment
        fields: list[str] = []

    def carries(self, segments: QuerySet[NetworkSegment], name: str, value: str) -> QuerySet[NetworkSegment]:
        """Those that say nothing of what they carry, too: they carry everything."""
        return segments.filter(Q(service_types=[]) | Q(service_types__contains=[value]))


class NetworkConnectionFilter(filters.FilterSet):  # type: ignore[misc]
    segment = filters.UUIDFilter("segment")
    site = filters.UUIDFilter("site")
    current = filters.BooleanFilter("until", lookup_expr="isnull", label="Whether it hangs there now.")

    class Meta:
        model = NetworkConnection
        fields: list[str] = []
