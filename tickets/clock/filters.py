"""What the list of periods can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.clock.models import PolicyPeriod


class PeriodFilter(filters.FilterSet):  # type: ignore[misc]
    """Periods by policy, by what they are for, and by a moment at which they hold."""

    policy = filters.UUIDFilter()
    service_type = filters.CharFilter("service_type__code")
    customer_class = filters.CharFilter()
    at = filters.IsoDateTimeFilter(method="holding_at", label="What holds at this moment.")

    class Meta:
        model = PolicyPeriod
        fields: list[str] = []

    def holding_at(self, periods: QuerySet[PolicyPeriod], name: str, value: object) -> QuerySet[PolicyPeriod]:
        """It contains its beginning and not its end."""
        return periods.filter(Q(holds_until=None) | Q(holds_until__gt=value), holds_from__lte=value)
