"""What the list of installations can be narrowed to."""

import django_filters as filters

from tickets.installations.models import Installation


class InstallationFilter(filters.FilterSet):  # type: ignore[misc]
    """Installations by state, ticket, site and territory."""

    state = filters.MultipleChoiceFilter(choices=Installation.State.choices)
    ticket = filters.UUIDFilter()
    site = filters.UUIDFilter("ticket__site")
    territory = filters.UUIDFilter("ticket__territory")

    class Meta:
        model = Installation
        fields: list[str] = []
