"""What lists of plans, service lives and inspections can be narrowed to."""

from datetime import UTC

import django_filters as filters
from django.db.models import Q, QuerySet

from fieldsvc.time import now
from tickets.complaints.models import Ticket
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife
from tickets.inspections.serializers import STATES


class PlanFilter(filters.FilterSet):  # type: ignore[misc]
    """Plans by code, place, equipment, class of contract and a day on which they hold."""

    code = filters.CharFilter()
    territory = filters.UUIDFilter()
    asset_kind = filters.CharFilter()
    customer_class = filters.CharFilter()
    on = filters.DateFilter(method="holding_on", label="Those that hold on this day.")

    class Meta:
        model = InspectionPlan
        fields: list[str] = []

    def holding_on(self, plans: QuerySet[InspectionPlan], name: str, day: object) -> QuerySet[InspectionPlan]:
        return plans.filter(Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day)


class LifeFilter(filters.FilterSet):  # type: ignore[misc]
    """Service lives by equipment, component and place."""

    asset_kind = filters.CharFilter()
    component = filters.CharFilter()
    territory = filters.UUIDFilter()

    class Meta:
        model = ServiceLife
        fields: list[str] = []


class InspectionFilter(filters.FilterSet):  # type: ignore[misc]
    """Inspections by plan, subject, place, what became of them, and a span of days."""

    plan = filters.UUIDFilter()
    life = filters.UUIDFilter()
    asset = filters.UUIDFilter()
    account = filters.UUIDFilter()
    ticket = filters.UUIDFilter()
    territory = filters.UUIDFilter(method="standing_in")
    state = filters.ChoiceFilter(choices=[(state, state) for state in STATES], method="having_become")
    due_after = filters.DateFilter("due_on", "gte")
    due_before = filters.DateFilter("due_on", "lt")

    class Meta:
        model = Inspection
        fields: list[str] = []

    def standing_in(self, rows: QuerySet[Inspection], name: str, territory: object) -> QuerySet[Inspection]:
        return rows.filter(Q(asset__site__territory=territory) | Q(account__site__territory=territory))

    def having_become(self, rows: QuerySet[Inspection], name: str, state: str) -> QuerySet[Inspection]:
        """As `Inspection.state_on` says it."""
        if state == "skipped":
            return rows.filter(skipped_at__isnull=False)
        rows, today = rows.filter(skipped_at=None), now().astimezone(UTC).date()
        cancelled = Q(ticket__status=Ticket.Status.CANCELLED)
        match state:
            case "cancelled":
                return rows.filter(cancelled)
            case "done":
                return rows.exclude(cancelled).exclude(ticket__status__in=Ticket.OPEN)
            case "overdue":
                return rows.filter(ticket__status__in=Ticket.OPEN, due_on__lt=today)
        return rows.filter(ticket__status__in=Ticket.OPEN, due_on__gte=today)
