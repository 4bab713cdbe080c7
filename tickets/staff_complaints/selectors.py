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


def complained_about(residents: Collection[UUID], people: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Pairs of customer and one of these people about whom they have complained, and have not withdrawn it.

    To be weighed when somebody is chosen to go there, and never to be shown: the choice must not tell why. One
    statement.
    """
    complaints = StaffComplaint.objects.filter(resident__in=residents, concerned__in=people)
    stands = complaints.exclude(state=StaffComplaint.State.WITHDRAWN).order_by()
    return {(resident, person) for resident, person in stands.values_list("resident", "concerned") if person}
