"""What the list of parts can be narrowed to."""

import django_filters as filters

from parts.catalogue.models import Part


class PartFilter(filters.FilterSet):  # type: ignore[misc]
    """Parts by state, tracking and the part that supersedes them."""

    status = filters.MultipleChoiceFilter(choices=Part.Status.choices)
    tracking = filters.ChoiceFilter(choices=Part.Tracking.choices)
    superseded_by = filters.UUIDFilter()

    class Meta:
        model = Part
        fields: list[str] = []
