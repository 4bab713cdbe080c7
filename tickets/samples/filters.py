"""What lists of samples and of their tickets can be narrowed to."""

from uuid import UUID

import django_filters as filters
from django.db.models import QuerySet

from tickets.samples.models import Sample, SampledTicket
from tickets.samples.selectors import worked_on_by


class SampleFilter(filters.FilterSet):  # type: ignore[misc]
    """Samples by place, by who drew them, of whom and what they are, and when they were drawn."""

    territory = filters.UUIDFilter()
    weekly = filters.BooleanFilter()
    drawn_by = filters.UUIDFilter()
    technician = filters.UUIDFilter()
    agent = filters.UUIDFilter()
    service_type = filters.CharFilter("service_type__code")
    drawn_after = filters.IsoDateTimeFilter("drawn_at", "gte")
    drawn_before = filters.IsoDateTimeFilter("drawn_at", "lt")

    class Meta:
        model = Sample
        fields: list[str] = []


class SampledTicketFilter(filters.FilterSet):  # type: ignore[misc]
    """Tickets by sample and place, by what reviews found, by who reviewed them, and by who had been there."""

    sample = filters.UUIDFilter()
    territory = filters.UUIDFilter("sample__territory")
    weekly = filters.BooleanFilter("sample__weekly")
    ticket = filters.UUIDFilter()
    technician = filters.UUIDFilter(method="worked_on", label="This technician was there.")
    reviewed = filters.BooleanFilter("verdict", "isnull", exclude=True)
    consistent = filters.BooleanFilter("verdict__consistent")
    reviewer = filters.UUIDFilter("verdict__reviewer")

    class Meta:
        model = SampledTicket
        fields: list[str] = []

    def worked_on(self, tickets: QuerySet[SampledTicket], name: str, person_id: UUID) -> QuerySet[SampledTicket]:
        return tickets.filter(worked_on_by(person_id, ticket="ticket"))
