"""What the list of discrepancies can be narrowed to."""

import django_filters as filters

from parts.discrepancies.models import Discrepancy


class DiscrepancyFilter(filters.FilterSet):  # type: ignore[misc]
    """Discrepancies by state, kind, owner, place, part, and what they happened at."""

    status = filters.ChoiceFilter(choices=Discrepancy.Status.choices)
    kind = filters.MultipleChoiceFilter(choices=Discrepancy.Kind.choices)
    owner = filters.UUIDFilter()
    location = filters.UUIDFilter()
    territory = filters.UUIDFilter("location__territory")
    part = filters.UUIDFilter()
    ticket = filters.UUIDFilter("ticket_id")
    visit = filters.UUIDFilter("visit_id")
    opened_after = filters.IsoDateTimeFilter("opened_at", "gte")
    opened_before = filters.IsoDateTimeFilter("opened_at", "lt")

    class Meta:
        model = Discrepancy
        fields: list[str] = []
