"""What the list of complaints about staff can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from fieldsvc.time import now
from tickets.complaints.references import read_reference
from tickets.staff_complaints.models import StaffComplaint


class StaffComplaintFilter(filters.FilterSet):  # type: ignore[misc]
    """By state and place, by whom it concerns, who complains or handles it, and whether our reply is late."""

    state = filters.MultipleChoiceFilter(choices=StaffComplaint.State.choices)
    reference = filters.CharFilter(method="by_reference", label="In any notation.")
    territory = filters.UUIDFilter()
    concerned = filters.UUIDFilter()
    named = filters.BooleanFilter("concerned", "isnull", exclude=True, label="It is known whom it concerns.")
    resident = filters.UUIDFilter()
    handler = filters.UUIDFilter()
    ticket = filters.UUIDFilter()
    overdue = filters.BooleanFilter(method="only_overdue", label="No reply yet, and its moment has passed.")
    received_after = filters.IsoDateTimeFilter("received_at", "gte")
    received_before = filters.IsoDateTimeFilter("received_at", "lt")

    class Meta:
        model = StaffComplaint
        fields: list[str] = []

    def by_reference(self, complaints: QuerySet[StaffComplaint], name: str, value: str) -> QuerySet[StaffComplaint]:
        return complaints.filter(reference=read_reference(value) or "")

    def only_overdue(self, complaints: QuerySet[StaffComplaint], name: str, value: bool) -> QuerySet[StaffComplaint]:
        overdue = complaints.filter(awaited_by__lte=now())
        return overdue if value else complaints.exclude(pk__in=overdue.values("pk"))
