"""What the list of terms can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.warranties.models import WarrantyTerm


class WarrantyTermFilter(filters.FilterSet):  # type: ignore[misc]
    """Terms by service type, part and a day on which they hold."""

    service_type = filters.CharFilter("service_type__code")
    part = filters.UUIDFilter()
    on = filters.DateFilter(method="holding_on", label="Those that hold on this day.")

    class Meta:
        model = WarrantyTerm
        fields: list[str] = []

    def holding_on(self, terms: QuerySet[WarrantyTerm], name: str, day: object) -> QuerySet[WarrantyTerm]:
        return terms.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)
