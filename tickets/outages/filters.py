"""Filters of the list of outages."""

import django_filters as filters

from tickets.outages.models import Outage


class OutageFilter(filters.FilterSet):  # type: ignore[misc]
    """Several values of `status` mean "one of them"."""

    status = filters.MultipleChoiceFilter(choices=Outage.Status.choices)
    territory = filters.UUIDFilter("territory")
    service_type = filters.CharFilter("service_type__code")
    segment = filters.UUIDFilter("segment")
    proposed_after = filters.IsoDateTimeFilter("proposed_at", lookup_expr="gte")
    proposed_before = filters.IsoDateTimeFilter("proposed_at", lookup_expr="lt")

    class Meta:
        model = Outage
        fields: list[str] = []
