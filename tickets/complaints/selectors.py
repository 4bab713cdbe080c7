"""Reads of tickets for lists, and of what belongs to them."""

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
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
        rating=("ticket", "score", "comment", "occurred_at"),
    )


def notes_with_shown(notes: QuerySet[Note]) -> QuerySet[Note]:
    """With all that the output of a note or a message shows of other tables, in one query."""
    return with_related(notes, ticket=FOLLOWED_BY, author=("name",), on_behalf_of=("name",))


def tickets_for_lists(user: User) -> QuerySet[Ticket]:
    """What this person sees, with all that its output shows and `due_at`: when the next open promise falls due."""
    open_clocks = TicketClock.objects.filter(ticket=OuterRef("pk"), met_at=None, stopped_at=None)
    next_due = open_clocks.order_by().values("ticket").annotate(at=Min("due_at")).values("at")
    return with_people(access.visible_tickets(user)).annotate(due_at=Coalesce(Subquery(next_due), Value(NEVER)))


def timeline(ticket: Ticket, *, for_resident: bool) -> QuerySet[TicketEvent]:
    """What happened to the ticket, in order; for the resident only what is public."""
    events = events_of([ticket.pk])
    return events.filter(public=True) if for_resident else events


def notes(ticket_id: UUID, kind: Note.Kind) -> QuerySet[Note]:
    """The notes or the messages of a ticket."""
    return notes_with_shown(Note.objects.filter(ticket=ticket_id, kind=kind))
