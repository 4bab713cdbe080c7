"""Tickets on phones: what may be said about them without signal, and who carries which document.

| document | desk of the territory | technicians with a visit, or who found it | the resident |
|---|---|---|---|
| tickets | until archived | until archived; without contacts once ended | always, with public timeline and visits |
| notes | until archived | until archived; without numbers once ended | never |
| messages | until archived | never | always |
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import DESK
from accounts.people.access import require_role
from sync.commands import Actor
from sync.conflicts.models import Conflict
from sync.conflicts.selectors import conflicts_about
from sync.queries import said_once
from sync.registry import Body, Document, Operation, Preparation, Schema
from sync.rows import with_related
from sync.serializing import Input, body_of
from tickets.attachments.models import Attachment
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.clock.selectors import clock_summaries
from tickets.complaints import selectors, services
from tickets.complaints.access import may_still_call
from tickets.complaints.models import Note, Ticket, TicketEvent
from tickets.complaints.serializers import (
    AddNoteInput,
    CancelTicketInput,
    ClockSummaryOutput,
    ConfirmTicketInput,
    EditTicketInput,
    EventOutput,
    MessageOutput,
    NoteOutput,
    OpenTicketInput,
    ReopenTicketInput,
    SendMessageInput,
    TicketOutput,
)
from tickets.complaints.timeline import public_events_of
from tickets.complaints.writes import COMPUTED_OF_TICKETS, message_meaning, note_meaning, ticket_meaning
from tickets.quotes.models import Quote
from tickets.ratings.serializers import RatingInput
from tickets.visits.models import CheckIn, PartUse, Visit
from tickets.visits.selectors import technicians_of, with_crews
from tickets.visits.serializers import ResidentVisitOutput
from tickets.visits.together import look_for_notes, prepare_notes, prepare_tickets


def of_ticket(form: type[Input], command: Callable[..., object], *prepare: Preparation) -> Operation:
    """Something told of a ticket: the same form as over HTTP, and the ticket that stands in the path there."""
    told = type(f"{form.__name__}OfTicket", (form,), {"ticket_id": serializers.UUIDField()})
    return Operation(told, command, (prepare_tickets, *prepare))


OPERATIONS = {
    "ticket.open": Operation(OpenTicketInput, services.open_ticket),
    "ticket.edit": of_ticket(EditTicketInput, services.edit_ticket),
    "ticket.cancel": of_ticket(CancelTicketInput, services.cancel_ticket),
    "ticket.confirm": of_ticket(ConfirmTicketInput, services.confirm_ticket),
    "ticket.reopen": of_ticket(ReopenTicketInput, services.reopen_ticket),
    "ticket.rate": of_ticket(RatingInput, services.rate_ticket),
    "note.add": of_ticket(AddNoteInput, services.add_note, prepare_notes, look_for_notes),
    "message.send": of_ticket(SendMessageInput, services.send_message),
}


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with what its documents are made of."""

    ticket: Ticket
    visits: list[Visit] = field(default_factory=list)
    events: list[TicketEvent] = field(default_factory=list)
    clocks: list[Any] = field(default_factory=list)

    @property
    def pk(self) -> UUID:
        """The ticket's."""
        return self.ticket.pk


def load_tickets(ids: Collection[UUID]) -> Iterable[TicketRow]:
    """The tickets with their visits that were not cancelled, public events and clocks."""
    visits: dict[UUID, list[Visit]] = defaultdict(list)
    for visit in with_crews(_visits_of(ids)):
        visits[visit.ticket_id].append(visit)
    events: dict[UUID, list[TicketEvent]] = defaultdict(list)
    for event in _events_of(ids):
        events[event.ticket_id].append(event)
    clocks = clock_summaries(ids)
    for ticket in _tickets(ids):
        yield TicketRow(ticket, visits[ticket.pk], events[ticket.pk], clocks.get(ticket.pk, []))


@said_once
def _tickets(ids: Collection[UUID]) -> QuerySet[Ticket]:
    return selectors.with_people(Ticket.objects.filter(pk__in=ids))


@said_once
def _visits_of(ids: Collection[UUID]) -> QuerySet[Visit]:
    visits = Visit.objects.filter(ticket__in=ids).exclude(status=Visit.Status.CANCELLED)
    return with_related(visits, technician=("name",))


_events_of = said_once(public_events_of)


def ticket_followers(row: TicketRow) -> list[str]:
    """See the table of the module."""
    scopes = [f"resident:{row.ticket.resident_id}"] if row.ticket.resident_id else []
    if not row.ticket.archived:
        scopes.append(f"desk:{row.ticket.territory_id}")
        following = {visit.technician_id for visit in row.visits} | {row.ticket.found_by_id}
        scopes.extend(sorted(f"technician:{person}" for person in following if person))
    return scopes


def render_ticket(row: TicketRow, audience: str) -> Body:
    """The ticket as over HTTP; for its resident with the timeline and the visits, so that one document tells it all."""
    body = body_of(TicketOutput, audience=audience)(row.ticket)
    if "clocks" in body:
        body["clocks"] = [body_of(ClockSummaryOutput)(clock) for clock in row.clocks]
    if audience == "resident":
        as_event, as_visit = body_of(EventOutput, audience=audience), body_of(ResidentVisitOutput)
        body["timeline"] = [as_event(event) for event in row.events]
        body["visits"] = [as_visit(visit) for visit in row.visits if visit.leads]
    return body


def around(ids: Collection[UUID]) -> Mapping[str, Iterable[UUID]]:
    """All documents whose followers depend on these tickets: on their territory, resident, site, visits or age."""
    notes = Note.objects.filter(ticket__in=ids)
    places = Ticket.objects.filter(pk__in=ids, site__isnull=False)
    visits = Visit.objects.filter(ticket__in=ids).values_list("pk", flat=True)
    return {
        "notes": notes.filter(kind=Note.Kind.NOTE).values_list("pk", flat=True),
        "messages": notes.filter(kind=Note.Kind.MESSAGE).values_list("pk", flat=True),
        "attachments": Attachment.objects.filter(ticket__in=ids).values_list("pk", flat=True),
        "quotes": Quote.objects.filter(ticket__in=ids).values_list("pk", flat=True),
        "visits": visits,
        "check_ins": CheckIn.objects.filter(visit__ticket__in=ids).values_list("pk", flat=True),
        "part_uses": PartUse.objects.filter(visit__ticket__in=ids).values_list("pk", flat=True),
        "sites": places.values_list("site", flat=True),
        "assets": places.filter(site__assets__isnull=False).values_list("site__assets", flat=True),
        "installations": places.filter(site__tickets__installation__isnull=False).values_list(
            "site__tickets__installation", flat=True
        ),
        "warranties": places.filter(site__warranties__isnull=False).values_list("site__warranties", flat=True),
        "conflicts": conflicts_about(tickets=ids, visits=visits).values_list("pk", flat=True),
    }


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note with the technicians of its ticket."""

    note: Note
    technicians: Collection[UUID]

    @property
    def pk(self) -> UUID:
        """The note's."""
        return self.note.pk


def load_notes(ids: Collection[UUID]) -> Iterable[NoteRow]:
    """The notes among these rows; a message is another document."""
    notes = _notes(ids)
    technicians = technicians_of({note.ticket_id for note in notes})
    return [NoteRow(note, technicians.get(note.ticket_id, set())) for note in notes]


@said_once
def _notes(ids: Collection[UUID]) -> QuerySet[Note]:
    return selectors.notes_with_shown(Note.objects.filter(pk__in=ids, kind=Note.Kind.NOTE))


def note_followers(row: NoteRow) -> list[str]:
    """See the table of the module."""
    if row.note.ticket.archived:
        return []
    return [f"desk:{row.note.ticket.territory_id}", *sorted(f"technician:{person}" for person in row.technicians)]


def render_note(row: NoteRow, audience: str) -> Body:
    """The note as over HTTP."""
    return body_of(NoteOutput, audience=audience)(row.note)


@said_once
def load_messages(ids: Collection[UUID]) -> QuerySet[Note]:
    """The messages among these rows; a note is another document."""
    return selectors.notes_with_shown(Note.objects.filter(pk__in=ids, kind=Note.Kind.MESSAGE))


def message_followers(message: Note) -> list[str]:
    """See the table of the module."""
    ticket = message.ticket
    scopes = [f"resident:{ticket.resident_id}"] if ticket.resident_id else []
    return scopes if ticket.archived else [*scopes, f"desk:{ticket.territory_id}"]


def render_message(message: Note, audience: str) -> Body:
    """The message as over HTTP."""
    return body_of(MessageOutput, audience=audience)(message)


def ticket_conflict_scopes(ids: Collection[UUID]) -> Mapping[UUID, Collection[str]]:
    """The desk, also when the ticket is archived, as what is open has to be decided; the technicians until then."""
    technicians = technicians_of(ids)
    return {
        ticket_id: [
            f"desk:{territory_id}",
            *sorted(f"technician:{person}" for person in technicians.get(ticket_id, ()) if not archived),
        ]
        for ticket_id, territory_id, archived in Ticket.objects.filter(pk__in=ids).values_list(
            "pk", "territory_id", "archived"
        )
    }


def may_resolve_ticket(*, actor: Actor, conflict: Conflict) -> None:
    """Fields are resolved by those who wrote them, and by the desk. Locks the ticket."""
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=conflict.doc_id)
    if conflict.device_by != actor.user:
        require_role(actor, *DESK, territory_id=ticket.territory_id)


def resolve_ticket(
    *, actor: Actor, occurred_at: datetime, conflict: Conflict, changes: dict[str, Any], base: dict[str, Any]
) -> Ticket:
    """Somebody resolved a conflict of this ticket's fields with other values than ours."""
    form = EditTicketInput(data=changes)
    form.is_valid(raise_exception=True)
    return services.edit_ticket(
        actor=actor, occurred_at=occurred_at, ticket_id=conflict.doc_id, base=base, **form.validated_data
    )


def without_merged(document: Body) -> Body:
    """A merged ticket, for those who know no such state: it stays open, and nothing happens to it for now."""
    if document["status"] != Ticket.Status.MERGED:
        return document
    return {**document, "status": Ticket.Status.ON_HOLD, "hold_reason": Ticket.HoldReason.WAITING_FOR_OTHERS}


DOCUMENTS = {
    "tickets": Document(
        load=load_tickets,
        followers=ticket_followers,
        render=render_ticket,
        alike=OUR_OWN_PEOPLE,
        unlike=lambda row: not may_still_call(row.ticket),
        spread=around,
        conflict_scopes=ticket_conflict_scopes,
        may_resolve=may_resolve_ticket,
        resolve=resolve_ticket,
        meaning=ticket_meaning,
        computed=COMPUTED_OF_TICKETS,
        nested=frozenset({"details", "rating"}),
    ),
    "notes": Document(
        load=load_notes,
        followers=note_followers,
        render=render_note,
        alike=OUR_OWN_PEOPLE,
        unlike=lambda row: not may_still_call(row.note.ticket),
        meaning=note_meaning,
    ),
    "messages": Document(
        load=load_messages,
        followers=message_followers,
        render=render_message,
        alike=OUR_OWN_PEOPLE,
        meaning=message_meaning,
    ),
}
SCHEMAS = {4: Schema(documents={"tickets": without_merged}, marks={"tickets": b'"status":"merged"'})}
