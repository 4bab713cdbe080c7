"""Reads of complaints about staff."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from sync.rows import with_related
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent


def with_shown(complaints: QuerySet[StaffComplaint]) -> QuerySet[StaffComplaint]:
    """With all that the output shows of other tables, in one query."""
    name = ("name",)
    return with_related(complaints, ticket=("reference",), concerned=name, resident=name, filed_by=name, handler=name)


def events_with_shown(complaint: StaffComplaint) -> QuerySet[StaffComplaintEvent]:
    """What happened to it, in order."""
    name = ("name",)
    return with_related(complaint.events.all(), actor=name, on_behalf_of=name, concerned=name, handler=name)


def complained_about(resident_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """Those of these people about whom this customer has complained, and has not withdrawn it.

    To be weighed when somebody is chosen to go there, and never to be shown: the choice must not tell why.
    """
    complaints = StaffComplaint.objects.filter(resident=resident_id, concerned__in=people)
    stands = complaints.exclude(state=StaffComplaint.State.WITHDRAWN)
    return {pk for pk in stands.values_list("concerned", flat=True) if pk}
