"""From an outage's id to an outage that this person may see or decide about."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import WATCHERS, Role
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import Invalid, NotFound, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.access import lock_tickets, ticket_to_see
from tickets.complaints.models import Ticket
from tickets.outages.models import Outage
from tickets.outages.proposing import one_at_a_time

DECIDERS = (Role.DISPATCHER, Role.SUPERVISOR)


def visible_outages(actor: Actor) -> QuerySet[Outage]:
    """Those of the desk's territories. Raises Forbidden("role_required") for whoever has no desk."""
    require_role(actor, *WATCHERS)
    return Outage.objects.all() if actor.user is None else in_territories(Outage.objects.all(), actor.user, *WATCHERS)


def outage_to_see(actor: Actor, outage_id: UUID) -> Outage:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(visible_outages(actor).select_related("service_type").filter(pk=outage_id).first())


def ticket_to_declare(actor: Actor, ticket_id: UUID) -> Ticket:
    """A ticket that may be the main one of an outage; not locked. Raises Invalid("ticket_unknown") for one that the
    actor may not see, Forbidden("role_required") for those who do not decide.
    """
    require_role(actor, *DECIDERS)
    try:
        ticket = ticket_to_see(actor, ticket_id)
    except NotFound:
        raise Invalid("ticket_unknown", "Choose a ticket that exists.", field="main_id") from None
    require_role(actor, *DECIDERS, territory_id=ticket.territory_id)
    return ticket


def outage_to_decide(actor: Actor, outage_id: UUID, *besides: UUID) -> tuple[Outage, list[Ticket]]:
    """For dispatchers and supervisors, with its tickets and those `besides`, all locked, as they were reported.

    Until the transaction ends no ticket of this cause is opened. Raises NotFound, Forbidden("role_required").
    """
    seen = outage_to_see(actor, outage_id)
    require_role(actor, *DECIDERS, territory_id=seen.territory_id)
    one_at_a_time(seen)
    tickets = lock_tickets(Ticket.objects.filter(Q(outage=outage_id) | Q(pk__in=besides)))
    outage = locked(Outage.objects.select_related("service_type").filter(pk=outage_id)).get()
    return outage, sorted(tickets, key=lambda ticket: (ticket.reported_at, ticket.pk))
