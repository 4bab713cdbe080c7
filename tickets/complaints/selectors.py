"""Reads of tickets for lists, and of what belongs to them."""

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import STAFF, User
from accounts.people.access import require_role
from sync.commands import Actor
from sync.rows import with_related
from tickets.clock.models import TicketClock
from tickets.complaints import access
from tickets.complaints.models import FOLLOWED_BY, Note, Ticket, TicketEvent
from tickets.complaints.timeline import events_of

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "nothing is due": later than anything, so that such tickets come last."""


def with_people(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With all that the output of a ticket shows of other tables, in one query."""
    name = ("name",)
    return with_related(
        tickets,
        service_type=("code", "name", "name_zh"),
        account=("number",),
        resident=("name", "phone"),
        opened_by=name,
        on_behalf_of=name,
        responsible=name,
        rating=("ticket", "score", "reasons", "comment", "occurred_at"),
    )


def notes_with_shown(notes: QuerySet[Note]) -> QuerySet[Note]:
    """With all that the output of a note or a message shows of other tables, in one query."""
    return with_related(notes, ticket=FOLLOWED_BY, author=("name",), on_behalf_of=("name",))


def tickets_for_lists(user: User) -> QuerySet[Ticket]:
    """What this person sees, with all that its output shows and `due_at`: when the next open promise falls due."""
    return with_people(access.visible_tickets(user)).annotate(due_at=Coalesce(_next_due(), Value(NEVER)))


def tickets_for_map(actor: Actor) -> QuerySet[Ticket]:
    """The open tickets that are this person's work, and `next_due`: when the next open promise falls due, or null.

    Raises Forbidden("role_required") for residents, who are told of no coordinates.
    """
    require_role(actor, *STAFF)
    return access.tickets_at_work(actor.user).filter(status__in=Ticket.OPEN).annotate(next_due=_next_due())


def _next_due() -> Subquery:
    open_clocks = TicketClock.objects.filter(ticket=OuterRef("pk"), met_at=None, stopped_at=None)
    return Subquery(open_clocks.order_by().values("ticket").annotate(at=Min("due_at")).values("at"))


def timeline(ticket: Ticket, *, for_resident: bool) -> QuerySet[TicketEvent]:
    """What happened to the ticket, in order; for the resident only what is public."""
    events = events_of([ticket.pk])
    return events.filter(public=True) if for_resident else events


def notes(ticket_id: UUID, kind: Note.Kind) -> QuerySet[Note]:
    """The notes or the messages of a ticket."""
    return notes_with_shown(Note.objects.filter(ticket=ticket_id, kind=kind))
