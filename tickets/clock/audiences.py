"""Who is warned. The table says whom a threshold concerns; where there is nobody, the next one hears of it."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

from accounts.models import Role, User
from accounts.people.selectors import people_with_role
from tickets.clock.models import ClockWarning
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit

Audience = ClockWarning.Audience

# From this percentage of the target on, this audience.
AUDIENCES: tuple[tuple[int, Audience], ...] = (
    (100, Audience.SUPERVISOR),
    (75, Audience.DISPATCHER),
    (0, Audience.TECHNICIAN),
)
HIGHER_UP = {Audience.TECHNICIAN: Audience.DISPATCHER, Audience.DISPATCHER: Audience.SUPERVISOR}


def audience_of(percent: int) -> Audience:
    """Whom a threshold concerns."""
    return next(audience for least, audience in AUDIENCES if percent >= least)


class People:
    """The people behind the audiences of some tickets, fetched with `responsible`. One query, and one per desk."""

    def __init__(self, tickets: Collection[Ticket]) -> None:
        visits = Visit.objects.filter(
            ticket__in=tickets, status__in=Visit.ACTIVE, companion_of=None, technician__is_active=True
        )
        # The first active visit is the one that stays: see tickets.visits.selectors.active_technician().
        self._technicians = {
            visit.ticket_id: visit.technician
            for visit in visits.select_related("technician").order_by("-window_start", "-id")
        }
        self._with_role = cache(lambda role, territory_id: list(people_with_role(role, territory_id)))

    def find(self, ticket: Ticket, audience: Audience) -> tuple[Audience, list[User]]:
        """Who is to be told, and which audience they are; nobody only where there is not even a supervisor."""
        people = self._members(ticket, audience)
        if not people and (next_audience := HIGHER_UP.get(audience)):
            return self.find(ticket, next_audience)
        return audience, people

    def _members(self, ticket: Ticket, audience: Audience) -> list[User]:
        match audience:
            case Audience.TECHNICIAN:
                person = self._technicians.get(ticket.pk) or ticket.responsible
                return [person] if person and person.is_active else []
            case Audience.DISPATCHER:
                return self._desk(Role.DISPATCHER, ticket.territory_id)
            case _:
                return self._desk(Role.SUPERVISOR, ticket.territory_id)

    def _desk(self, role: Role, territory_id: UUID) -> list[User]:
        return self._with_role(role, territory_id)
