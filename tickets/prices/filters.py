"""What lists of items and prices can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.prices.models import Price, PriceItem


class ItemFilter(filters.FilterSet):  # type: ignore[misc]
    """Items by kind, code and part."""

    kind = filters.ChoiceFilter(choices=PriceItem.Kind.choices)
    code = filters.CharFilter()
    part = filters.UUIDFilter()

    class Meta:
        model = PriceItem
        fields: list[str] = []


class PriceFilter(filters.FilterSet):  # type: ignore[misc]
    """Prices by item, territory and a day on which they hold."""

    item = filters.UUIDFilter()
    territory = filters.UUIDFilter()
    on = filters.DateFilter(method="holding_on", label="Those that hold on this day.")

    class Meta:
        model = Price
        fields: list[str] = []

    def holding_on(self, prices: QuerySet[Price], name: str, day: object) -> QuerySet[Price]:
        return prices.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)
