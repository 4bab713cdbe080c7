"""What the list of templates can be narrowed to."""

from uuid import UUID

import django_filters as filters
from django.db.models import QuerySet

from tickets.complaints.access import visible_tickets
from tickets.replies.access import fitting
from tickets.replies.models import ReplyTemplate


class ReplyTemplateFilter(filters.FilterSet):  # type: ignore[misc]
    """Templates by what they are for."""

    ticket = filters.UUIDFilter(method="for_ticket", label="May be used for this ticket.")
    kind = filters.ChoiceFilter(choices=ReplyTemplate.Kind.choices)
    territory = filters.UUIDFilter()
    service_type = filters.CharFilter("service_type__code")
    is_active = filters.BooleanFilter()

    class Meta:
        model = ReplyTemplate
        fields: list[str] = []

    def for_ticket(self, templates: QuerySet[ReplyTemplate], name: str, value: UUID) -> QuerySet[ReplyTemplate]:
        """None for a ticket that they do not see."""
        ticket = visible_tickets(self.request.user).filter(pk=value).first()
        return templates.filter(fitting(ticket)) if ticket else templates.none()
