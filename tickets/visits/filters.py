"""What lists of visits, check-ins and part uses can be narrowed to."""

from datetime import datetime

import django_filters as filters
from django.db.models import QuerySet, Value

from tickets.visits.models import LONGEST_WINDOW, CheckIn, PartUse, Visit


class VisitFilter(filters.FilterSet):  # type: ignore[misc]
    """Visits by person, state, ticket and place, and those whose window touches a span of time."""

    technician = filters.UUIDFilter()
    status = filters.MultipleChoiceFilter(choices=Visit.Status.choices)
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter("ticket__territory")
    leads = filters.BooleanFilter("companion_of", "isnull", label="Of those who answer for the ticket.")
    next_visit_wanted = filters.BooleanFilter(label="It was left incomplete, and somebody has to come again.")
    window_after = filters.IsoDateTimeFilter(method="ending_after", label="The window ends after this moment.")
    window_before = filters.IsoDateTimeFilter("window_start", "lt", label="The window starts before this moment.")

    class Meta:
        model = Visit
        fields: list[str] = []

    def ending_after(self, visits: QuerySet[Visit], name: str, value: datetime) -> QuerySet[Visit]:
        """Said by the beginning, too, as lists of visits are in its order: what began earlier is not looked at."""
        return visits.filter(window_end__gt=value, window_start__gt=Value(value) - Value(LONGEST_WINDOW))


class CheckInFilter(filters.FilterSet):  # type: ignore[misc]
    """Check-ins by person, visit, kind and the territory of a shift, those far from the site, and a span of time."""

    technician = filters.UUIDFilter()
    visit = filters.UUIDFilter()
    ticket = filters.UUIDFilter("visit__ticket")
    territory = filters.UUIDFilter(label="Of a shift.")
    kind = filters.MultipleChoiceFilter(choices=CheckIn.Kind.choices)
    outside_fence = filters.BooleanFilter()
    occurred_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = CheckIn
        fields: list[str] = []


class PartUseFilter(filters.FilterSet):  # type: ignore[misc]
    """Part uses by visit, ticket, part and kind."""

    visit = filters.UUIDFilter()
    ticket = filters.UUIDFilter("visit__ticket")
    part = filters.UUIDFilter()
    kind = filters.ChoiceFilter(choices=PartUse.Kind.choices)

    class Meta:
        model = PartUse
        fields: list[str] = []
