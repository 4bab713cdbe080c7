"""Samples are the supervisors', by territory; administrators of a territory read them, too."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Role
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.models import Note, Ticket, TicketEvent
from tickets.samples.models import Sample, SampledTicket
from tickets.visits.models import Visit

READERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def visible_samples(actor: Actor) -> QuerySet[Sample]:
    """Those of the actor's territories. Raises Forbidden("role_required")."""
    require_role(actor, *READERS)
    return in_territories(Sample.objects.all(), actor.user, *READERS)


def visible_tickets(actor: Actor) -> QuerySet[SampledTicket]:
    """Those in the samples of the actor's territories. Raises Forbidden("role_required")."""
    require_role(actor, *READERS)
    return in_territories(SampledTicket.objects.all(), actor.user, *READERS, field="sample__territory_id")


def ticket_to_see(actor: Actor, sampled_id: UUID) -> SampledTicket:
    """Raises NotFound, Forbidden("role_required")."""
    related = visible_tickets(actor).select_related("ticket", "sample")
    return must_exist(related.filter(pk=sampled_id).first())


def ticket_to_review(actor: Actor, sampled_id: UUID) -> SampledTicket:
    """Locked, for a supervisor of its territory who had nothing to do with it.

    Raises NotFound, Forbidden("role_required"), Forbidden("own_work").
    """
    seen = ticket_to_see(actor, sampled_id)
    require_role(actor, Role.SUPERVISOR, territory_id=seen.sample.territory_id)
    if _worked_on(actor, seen.ticket):
        raise Forbidden("own_work", "You worked on this ticket. Ask a supervisor who did not.")
    return locked(SampledTicket.objects.select_related("ticket").filter(pk=sampled_id)).get()


def _worked_on(actor: Actor, ticket: Ticket) -> bool:
    """Whether its timeline, its notes or its visits name them, or they answered for it."""
    me = actor.user
    return (
        me.pk in (ticket.opened_by_id, ticket.responsible_id)
        or TicketEvent.objects.filter(ticket=ticket, actor=me).exists()
        or Note.objects.filter(ticket=ticket, author=me).exists()
        or Visit.objects.filter(ticket=ticket, technician=me).exists()
    )
