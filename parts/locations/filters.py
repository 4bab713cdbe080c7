"""What the list of locations can be narrowed to."""

import django_filters as filters

from parts.locations.models import Location


class LocationFilter(filters.FilterSet):  # type: ignore[misc]
    """Places by kind, territory, keeper, and whether they are in use."""

    kind = filters.MultipleChoiceFilter(choices=Location.Kind.choices)
    territory = filters.UUIDFilter()
    keeper = filters.UUIDFilter()
    is_active = filters.BooleanFilter()

    class Meta:
        model = Location
        fields: list[str] = []
