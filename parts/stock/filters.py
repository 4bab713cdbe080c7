"""What lists of balances and movements can be narrowed to."""

from uuid import UUID

import django_filters as filters
from django.db.models import Q, QuerySet

from parts.catalogue.selectors import with_merged
from parts.locations.models import Location
from parts.stock.models import Condition, StockBalance, StockMovement


class BalanceFilter(filters.FilterSet):  # type: ignore[misc]
    """Balances by place, part, condition and quantity."""

    location = filters.UUIDFilter()
    kind = filters.MultipleChoiceFilter("location__kind", choices=Location.Kind.choices, label="Kind of place.")
    territory = filters.UUIDFilter("location__territory")
    part = filters.UUIDFilter()
    condition = filters.ChoiceFilter(choices=Condition.choices)
    below = filters.NumberFilter("quantity", "lt", label="Less than this is there.")
    above = filters.NumberFilter("quantity", "gt", label="More than this is there; 0 leaves out what has run out.")

    class Meta:
        model = StockBalance
        fields: list[str] = []


class MovementFilter(filters.FilterSet):  # type: ignore[misc]
    """Movements by part (with what was merged into it), place, serial, what they were for, and a span of time."""

    part = filters.UUIDFilter(method="of_part")
    location = filters.UUIDFilter(method="at_location", label="Where it left or arrived.")
    reason = filters.MultipleChoiceFilter(choices=StockMovement.Reason.choices)
    serial = filters.CharFilter()
    ticket = filters.UUIDFilter("ticket_id")
    visit = filters.UUIDFilter("visit_id")
    occurred_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = StockMovement
        fields: list[str] = []

    def of_part(self, queryset: QuerySet[StockMovement], name: str, value: UUID) -> QuerySet[StockMovement]:
        return queryset.filter(part__in=with_merged([value]))

    def at_location(self, queryset: QuerySet[StockMovement], name: str, value: UUID) -> QuerySet[StockMovement]:
        return queryset.filter(Q(from_location=value) | Q(to_location=value))
