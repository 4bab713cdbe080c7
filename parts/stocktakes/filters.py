"""What the list of stocktakes can be narrowed to."""

import django_filters as filters

from parts.stocktakes.models import Stocktake


class StocktakeFilter(filters.FilterSet):  # type: ignore[misc]
    """Stocktakes by state, kind, place, territory, who counted, and when they began."""

    status = filters.MultipleChoiceFilter(choices=Stocktake.Status.choices)
    kind = filters.ChoiceFilter(choices=Stocktake.Kind.choices)
    location = filters.UUIDFilter()
    territory = filters.UUIDFilter("location__territory")
    counted_by = filters.UUIDFilter()
    opened_after = filters.IsoDateTimeFilter("opened_at", "gte")
    opened_before = filters.IsoDateTimeFilter("opened_at", "lt")

    class Meta:
        model = Stocktake
        fields: list[str] = []
