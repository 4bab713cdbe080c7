"""Filters of the list of deliveries."""

import django_filters

from notifications.notices.models import Notice


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]
    ticket = django_filters.UUIDFilter("ticket_id")
    territory = django_filters.UUIDFilter("territory_id")
    person = django_filters.UUIDFilter("user_id")
    kind = django_filters.CharFilter()
    acknowledged = django_filters.BooleanFilter("acknowledged_at", lookup_expr="isnull", exclude=True)
    waiting = django_filters.BooleanFilter(
        "escalate_at", lookup_expr="isnull", exclude=True, label="Another step comes unless somebody acknowledges."
    )
    escalated = django_filters.BooleanFilter("escalated_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Notice
        fields: list[str] = []
