"""What the list of allocations can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from parts.allocations.models import Allocation


class AllocationFilter(filters.FilterSet):  # type: ignore[misc]
    """Allocations by place, part, visit, ticket, technician, and whether they hold."""

    location = filters.UUIDFilter()
    part = filters.UUIDFilter()
    visit = filters.UUIDFilter("visit_id")
    ticket = filters.UUIDFilter("ticket_id")
    technician = filters.UUIDFilter()
    open = filters.BooleanFilter(method="that_hold", label="Nobody else takes it; or not any more.")

    class Meta:
        model = Allocation
        fields: list[str] = []

    def that_hold(self, queryset: QuerySet[Allocation], name: str, value: bool) -> QuerySet[Allocation]:
        return queryset.filter(ended_at__isnull=value)
