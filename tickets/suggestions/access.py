"""Who is suggested to whom: to those who dispatch the ticket. Configuration is read by the desk."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.models import WATCHERS
from accounts.people.access import require_administrator, require_role
from fieldsvc.errors import Conflict, must_exist
from sync.commands import Actor
from tickets.complaints.access import ticket_to_change, ticket_to_see
from tickets.complaints.models import Ticket
from tickets.suggestions.models import SuggestionWeights
from tickets.visits.access import DISPATCHERS, visible_visits
from tickets.visits.models import Visit
from tickets.visits.transitions import must_move

M = TypeVar("M", bound=Model)


def ticket_to_plan(actor: Actor, ticket_id: UUID) -> Ticket:
    """An open ticket where this person dispatches. Nothing is locked.

    Raises NotFound, Forbidden("role_required"), Conflict("ticket_not_open").
    """
    ticket = ticket_to_dispatch_there(actor, ticket_id)
    if ticket.status not in Ticket.OPEN:
        raise Conflict("ticket_not_open", "Reopen the ticket before you plan a visit.", ticket_status=ticket.status)
    return ticket


def visit_to_give_away(actor: Actor, visit_id: UUID) -> Visit:
    """A visit that this person may reassign. Nothing is locked.

    Raises NotFound, Forbidden("role_required"), Conflict("visit_transition_not_allowed") when it has ended.
    """
    seen = visible_visits(actor.user).select_related("ticket__service_type", "ticket__site", "ticket__territory")
    visit = must_exist(seen.filter(pk=visit_id).first())
    require_role(actor, *DISPATCHERS, territory_id=visit.ticket.territory_id)
    must_move(visit, "reassign")
    return visit


def ticket_to_dispatch_there(actor: Actor, ticket_id: UUID) -> Ticket:
    """A ticket where this person dispatches, in whatever state. Raises NotFound, Forbidden("role_required")."""
    ticket = ticket_to_see(actor, ticket_id)
    require_role(actor, *DISPATCHERS, territory_id=ticket.territory_id)
    return ticket


def ticket_to_decide(actor: Actor, ticket_id: UUID) -> Ticket:
    """The same, locked."""
    return ticket_to_change(actor, ticket_id, *DISPATCHERS)


def visible_configuration(actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
    """All of it for the desk. Raises Forbidden("role_required")."""
    require_role(actor, *WATCHERS)
    return rows


def weights_to_change(actor: Actor, weights_id: UUID) -> SuggestionWeights:
    """Locked, for administrators of everything. Raises Forbidden("role_required"), NotFound."""
    require_administrator(actor)
    return must_exist(SuggestionWeights.objects.select_for_update(of=("self",)).filter(pk=weights_id).first())
