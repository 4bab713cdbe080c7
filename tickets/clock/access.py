"""From an id to a clock, a calendar or a policy that this person may see or change."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.models import Role, User
from accounts.people.access import require_administrator, require_role
from accounts.people.models import STAFF
from fieldsvc.errors import must_exist
from sync.commands import Actor
from tickets.clock.models import BusinessCalendar, PolicyPeriod, SlaPolicy, TicketClock
from tickets.complaints.access import ticket_to_see

M = TypeVar("M", bound=Model)

WATCHERS = STAFF - {Role.STOREKEEPER}
"""Those who are measured by the clocks, or answer for them. Residents read the timeline instead."""


def clocks_to_see(actor: Actor, ticket_id: UUID) -> QuerySet[TicketClock]:
    """The clocks of a ticket that the actor sees.

    Raises NotFound for a ticket that they do not see, Forbidden("role_required") for residents.
    """
    ticket = ticket_to_see(actor, ticket_id)
    require_role(actor, *WATCHERS)
    return TicketClock.objects.filter(ticket=ticket)


def clock_to_see(actor: Actor, ticket_id: UUID, target: str, number: int | None = None) -> TicketClock:
    """The newest clock of a target, or that of a certain round. Raises as `clocks_to_see`."""
    clocks = clocks_to_see(actor, ticket_id).filter(target=target).order_by("round")
    return must_exist((clocks if number is None else clocks.filter(round=number)).last())


def visible_configuration(rows: QuerySet[M], user: User) -> QuerySet[M]:
    """All calendars, policies, or periods, for everybody who works here; none for residents."""
    return rows if user.works_here else rows.none()


def calendar_to_change(actor: Actor, calendar_id: UUID) -> BusinessCalendar:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    return _to_change(actor, BusinessCalendar.objects.all(), calendar_id)


def policy_to_change(actor: Actor, policy_id: UUID) -> SlaPolicy:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    return _to_change(actor, SlaPolicy.objects.all(), policy_id)


def period_to_change(actor: Actor, period_id: UUID) -> PolicyPeriod:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    return _to_change(actor, PolicyPeriod.objects.all(), period_id)


def _to_change(actor: Actor, rows: QuerySet[M], pk: UUID) -> M:
    visible = rows if actor.user is None else visible_configuration(rows, actor.user)
    row = must_exist(visible.select_for_update(of=("self",)).filter(pk=pk).first())
    require_administrator(actor)
    return row
