"""What the list of requisitions can be narrowed to."""

from uuid import UUID

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet

from parts.requisitions.models import Requisition, RequisitionLine


class RequisitionFilter(filters.FilterSet):  # type: ignore[misc]
    """Requisitions by state, origin, place, depot, territory, who asked, what for, part, and when they were made."""

    status = filters.MultipleChoiceFilter(choices=Requisition.Status.choices)
    origin = filters.MultipleChoiceFilter(choices=Requisition.Origin.choices)
    location = filters.UUIDFilter()
    depot = filters.UUIDFilter()
    territory = filters.UUIDFilter("location__territory")
    requested_by = filters.UUIDFilter()
    ticket = filters.UUIDFilter("ticket_id")
    visit = filters.UUIDFilter("visit_id")
    part = filters.UUIDFilter(method="of_part")
    occurred_after = filters.IsoDateTimeFilter("occurred_at", "gte")
    occurred_before = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = Requisition
        fields: list[str] = []

    def of_part(self, queryset: QuerySet[Requisition], name: str, value: UUID) -> QuerySet[Requisition]:
        return queryset.filter(Exists(RequisitionLine.objects.filter(requisition=OuterRef("pk"), part=value)))
