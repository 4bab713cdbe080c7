"""What the list of stock levels can be narrowed to."""

import django_filters as filters

from parts.levels.models import StockLevel
from parts.locations.models import Location


class StockLevelFilter(filters.FilterSet):  # type: ignore[misc]
    """Stock levels by place, kind of place, territory and part."""

    location = filters.UUIDFilter()
    kind = filters.MultipleChoiceFilter("location__kind", choices=Location.Kind.choices, label="Kind of place.")
    territory = filters.UUIDFilter("location__territory")
    part = filters.UUIDFilter()

    class Meta:
        model = StockLevel
        fields: list[str] = []
