"""Who is fit for which work: rules that assignment by hand, suggestions and plans of a day share. Of many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from accounts.models import Role, User
from accounts.people.selectors import people_with_role
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceTypeSkill
from tickets.staff_complaints.selectors import complained_about
from tickets.visits.models import Visit

Codes = Mapping[UUID, Collection[str]]
"""Codes of skills; nobody and no kind of service is missing."""


def skills_wanted(service_type_ids: Collection[UUID]) -> Codes:
    """By kind of service, what somebody has to be able to do. One statement."""
    asked = ServiceTypeSkill.objects.filter(service_type__in=service_type_ids)
    return _gathered(service_type_ids, asked.values_list("service_type", "skill__code"))


def skills_of(people: Collection[UUID]) -> Codes:
    """By person, what they are able to do. One statement."""
    able = User.objects.filter(pk__in=people, skills__isnull=False).order_by()
    return _gathered(people, able.values_list("pk", "skills__code"))


def missing_skills(service_type_id: UUID, people: Collection[UUID]) -> list[str]:
    """What nobody of a crew is able to do, of what this kind of service wants; in order. Two statements."""
    able = skills_of(people)
    return sorted(set(skills_wanted([service_type_id])[service_type_id]).difference(*able.values()))


def working_in(territory_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who work as technicians there, or everywhere. One statement."""
    found = people_with_role(Role.TECHNICIAN, territory_id).filter(pk__in=people)
    return set(found.order_by().values_list("pk", flat=True))


def declined_lately(ticket_ids: Collection[UUID], people: Collection[UUID], *, at: datetime) -> set[tuple[UUID, UUID]]:
    """Pairs of ticket and technician, where it is not offered to them again for now. One statement."""
    declined = Visit.objects.filter(
        ticket__in=ticket_ids,
        technician__in=people,
        status=Visit.Status.CANCELLED,
        cancelled_at__gt=at - timedelta(hours=settings.OFFER_AGAIN_HOURS),
    ).exclude(decline_reason="")
    return set(declined.values_list("ticket", "technician"))


def unwanted(tickets: Iterable[Ticket], people: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Pairs of ticket and technician who is not chosen to go there, as its customer has complained about them.

    The choice must not tell why; whoever plans by hand is not refused, as that would tell. One statement.
    """
    residents = {ticket.pk: ticket.resident_id for ticket in tickets if ticket.resident_id}
    pairs = complained_about(set(residents.values()), people) if residents else set()
    return {(pk, person) for pk, resident in residents.items() for person in people if (resident, person) in pairs}


def _gathered(keys: Iterable[UUID], pairs: Iterable[tuple[UUID, str]]) -> Codes:
    found: dict[UUID, set[str]] = defaultdict(set, {key: set() for key in keys})
    for key, code in pairs:
        found[key].add(code)
    return found
