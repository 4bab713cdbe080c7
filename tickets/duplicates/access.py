"""Two tickets of which the desk decides whether they are one fault."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import DESK
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import Invalid, NotFound
from sync.commands import Actor
from tickets.complaints.access import lock_tickets, ticket_to_see
from tickets.complaints.models import Ticket


def ticket_to_compare(actor: Actor, ticket_id: UUID) -> Ticket:
    """For the desk. Raises NotFound, or Forbidden("role_required") for those who may only see it."""
    ticket = ticket_to_see(actor, ticket_id)
    require_role(actor, *DESK, territory_id=ticket.territory_id)
    return ticket


def of_own_desk(actor: Actor, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Those of the territories where this person answers callers."""
    return tickets if actor.user is None else in_territories(tickets, actor.user, *DESK)


def pair_to_decide(actor: Actor, ticket_id: UUID, other_id: UUID, *, field: str) -> tuple[Ticket, Ticket]:
    """Both, locked, as are those who follow the first. `field` is where the second one was named.

    Raises what `ticket_to_compare` raises, Invalid("same_ticket"), Invalid("ticket_unknown") for a second one that the
    actor may not see, Invalid("other_territory").
    """
    ticket = ticket_to_compare(actor, ticket_id)
    if other_id == ticket_id:
        raise Invalid("same_ticket", "Name another ticket.", field=field)
    try:
        other = ticket_to_see(actor, other_id)
    except NotFound:
        raise Invalid("ticket_unknown", "Choose a ticket that exists.", field=field) from None
    locked = {
        row.pk: row
        for row in lock_tickets(Ticket.objects.filter(Q(pk__in=(ticket_id, other_id)) | Q(follows=ticket_id)))
    }
    ticket, other = locked[ticket_id], locked[other_id]
    if ticket.territory_id != other.territory_id:
        raise Invalid("other_territory", "Move one of them to the territory of the other first.", field=field)
    return ticket, other


def follower_to_part(actor: Actor, ticket_id: UUID) -> Ticket:
    """Locked, with its main ticket, if it has one. Raises what `ticket_to_compare` raises."""
    seen = ticket_to_compare(actor, ticket_id)
    both = Ticket.objects.filter(pk__in=[pk for pk in (ticket_id, seen.follows_id) if pk])
    locked = {row.pk: row for row in lock_tickets(both)}
    return locked[ticket_id]
