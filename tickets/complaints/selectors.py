"""Reads of tickets for lists, and of what belongs to them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import DateTimeField, Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet, Subquery, Value

from accounts.models import STAFF
from accounts.people.access import require_role
from sync.commands import Actor
from sync.rows import with_related
from tickets.clock.models import IS_OPEN, TicketClock
from tickets.complaints import access
from tickets.complaints.models import READ_BY, Note, Ticket, TicketEvent
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
    return with_related(notes, ticket=READ_BY, author=("name",), on_behalf_of=("name",))


def in_order(ticket_ids: Sequence[UUID]) -> list[Ticket]:
    """These, in this order, with all that their output shows.

    A page is found before people are looked up: PostgreSQL would look them up for all from which it has to choose.
    """
    tickets = with_people(Ticket.objects.filter(pk__in=ticket_ids)).in_bulk()
    return [tickets[ticket_id] for ticket_id in ticket_ids if ticket_id in tickets]


def by_due(tickets: QuerySet[Ticket]) -> list[QuerySet[Ticket]]:
    """In two parts, each with `due_at`: those of which a promise falls due, and then, as of `NEVER`, all others.

    So the page of what is due is one walk along the open clocks; otherwise each ticket would be asked for its own.
    """
    its_open = FilteredRelation("clocks", condition=Q(clocks__met_at=None, clocks__stopped_at=None))
    earlier = Q(due_at__lt=OuterRef("next_clock__due_at")) | Q(
        due_at=OuterRef("next_clock__due_at"), pk__lt=OuterRef("next_clock__pk")
    )
    promised = tickets.annotate(next_clock=its_open).filter(
        ~Exists(_open_clocks().filter(earlier)), next_clock__due_at__isnull=False
    )
    others = tickets.filter(~Exists(_open_clocks().filter(due_at__isnull=False)))
    return [
        promised.annotate(due_at=F("next_clock__due_at")),
        others.annotate(due_at=Value(NEVER, DateTimeField())),
    ]


def tickets_for_map(actor: Actor) -> QuerySet[Ticket]:
    """The open tickets that are this person's work, and `next_due`: when the next open promise falls due, or null.

    Raises Forbidden("role_required") for residents, who are told of no coordinates.
    """
    require_role(actor, *STAFF)
    return access.tickets_at_work(actor.user).filter(status__in=Ticket.OPEN).annotate(next_due=_next_due())


def _next_due() -> Subquery:
    return Subquery(_open_clocks().values("ticket").annotate(at=Min("due_at")).values("at"))


def _open_clocks() -> QuerySet[TicketClock]:
    return TicketClock.objects.filter(IS_OPEN, ticket=OuterRef("pk")).order_by()


def timeline(ticket: Ticket, *, for_resident: bool) -> QuerySet[TicketEvent]:
    """What happened to the ticket, in order; for the resident only what is public."""
    events = events_of([ticket.pk])
    return events.filter(public=True) if for_resident else events


def notes(ticket_id: UUID, kind: Note.Kind) -> QuerySet[Note]:
    """The notes or the messages of a ticket."""
    return notes_with_shown(Note.objects.filter(ticket=ticket_id, kind=kind))
