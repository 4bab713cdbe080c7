"""Filters of the list of notices."""

import django_filters

from notifications.notices.models import Notice


class NoticeFilter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.CharFilter()
    acknowledged = django_filters.BooleanFilter(field_name="acknowledged_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Notice
        fields = ["kind", "acknowledged"]
