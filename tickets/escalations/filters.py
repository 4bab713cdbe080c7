"""What the list of escalations can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet

from tickets.complaints.models import Ticket
from tickets.escalations.models import Escalation


class EscalationFilter(filters.FilterSet):  # type: ignore[misc]
    """Escalations that wait for somebody, by ticket and territory."""

    waiting = filters.BooleanFilter(method="still_waiting", label="Nobody has taken it up, and the ticket is open.")
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter("ticket__territory")

    class Meta:
        model = Escalation
        fields: list[str] = []

    def still_waiting(self, found: QuerySet[Escalation], name: str, wanted: bool) -> QuerySet[Escalation]:
        waits = Q(taken_up_at=None, ticket__status__in=Ticket.OPEN)
        return found.filter(waits) if wanted else found.exclude(waits)
