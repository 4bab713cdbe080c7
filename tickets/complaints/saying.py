"""Commands by which something is said about a ticket: notes of our own people, messages, the rating. All are facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import DESK, Role
from fieldsvc.errors import Conflict, Invalid
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from sync.rows import fresh
from tickets.callbacks.services import call_the_dissatisfied
from tickets.complaints import access
from tickets.complaints.models import Note, Rating, Ticket
from tickets.complaints.telling import tell_desk_of_message, tell_resident
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import heard_from_resident, reply_given, result_told
from tickets.ratings.models import RatingReason
from tickets.ratings.services import must_be_said_before, must_go_with
from tickets.replies.access import template_to_use
from tickets.visits.models import Visit


@command
def add_note(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    text: str,
    internal: bool = True,
    visit_id: UUID | None = None,
    id: UUID | None = None,
) -> Note:
    """One of ours writes something down: for us, or (not `internal`) for the resident to read in the timeline.

    A fact: a note from a phone is kept, and flagged, even when the ticket has ended or the visit was given away.
    Raises Invalid("visit_elsewhere") for a visit of another ticket, Conflict("id_taken").
    """
    ticket = access.ticket_to_change(actor, ticket_id, *DESK, Role.TECHNICIAN)
    if visit_id is not None and not _is_visit_of(ticket, visit_id):
        raise Invalid("visit_elsewhere", "Choose a visit of this ticket.", field="visit_id")
    note, new = _write(
        ticket, actor, occurred_at, id, kind=Note.Kind.NOTE, internal=internal, text=text, visit_id=visit_id
    )
    if new and not internal:
        data = {"text": text, "note": str(note.pk)}
        record_event(ticket, actor=actor, occurred_at=occurred_at, kind="note_added", public=True, data=data)
        reply_given(ticket, actor=actor, occurred_at=occurred_at)
    return note


@command
def send_message(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    text: str,
    id: UUID | None = None,
    template_id: UUID | None = None,
) -> Note:
    """The resident writes to the desk, or the desk to the resident, perhaps by a template, which the timeline names.

    Raises Conflict("id_taken"), Invalid("template_unknown").
    """
    ticket = access.ticket_of_resident(actor, ticket_id, *DESK)
    template = template_to_use(actor, ticket, template_id) if template_id else None
    message, new = _write(ticket, actor, occurred_at, id, kind=Note.Kind.MESSAGE, internal=False, text=text)
    if new:
        data = {"text": text, "message": str(message.pk), **({"template": template.code} if template else {})}
        record_event(ticket, actor=actor, occurred_at=occurred_at, kind="message_sent", public=True, data=data)
        if actor.subject is not None and actor.subject.pk == ticket.resident_id:
            tell_desk_of_message(message, actor=actor)
            # What was written with the report itself asks no more than that.
            if ticket.reply_owed_since is None and message.received_at != ticket.received_at:
                work.change(ticket, reply_owed_since=occurred_at)
            heard_from_resident(ticket, actor=actor, occurred_at=occurred_at)
        else:
            tell_resident(ticket, actor=actor, kind="message_from_desk", once_for=message.pk, text={"text": text})
            reply_given(ticket, actor=actor, occurred_at=occurred_at)
            if ticket.resolved_at is not None:
                result_told(ticket, actor=actor, occurred_at=occurred_at)
    return message


@command
def rate_ticket(
    *,
    actor: Actor,
    occurred_at: datetime,
    ticket_id: UUID,
    score: int,
    reasons: Sequence[str] = (),
    comment: str = "",
    id: UUID | None = None,
) -> Rating:
    """How satisfied the resident is, 1 to 5, and why. Once per ticket; saying the very same again is fine.

    Somebody who gives `DISSATISFIED_AT` or less is called back, from when we hear of it.
    Raises Conflict("not_resolved_yet"), Conflict("already_rated"), Invalid("reason_unknown").
    """
    reasons = sorted(set(reasons))
    ticket = access.ticket_of_resident(actor, ticket_id)
    before = Rating.objects.filter(ticket=ticket).first()
    if before is not None:
        must_be_said_before(before, id=id, score=score, reasons=reasons, comment=comment)
        return before
    if ticket.status not in (Ticket.Status.RESOLVED, Ticket.Status.CLOSED):
        raise Conflict("not_resolved_yet", "Rate the work when it is done.", ticket_status=ticket.status)
    must_go_with(reasons, score, whose=RatingReason.Whose.RESIDENT, offline=actor.offline)
    rating = Rating(
        pk=id or uuid7(),
        ticket=ticket,
        score=score,
        reasons=reasons,
        comment=comment,
        actor=actor.user,
        on_behalf_of=actor.on_behalf_of,
        occurred_at=occurred_at,
        received_at=actor.received_at,
    )
    work.insert(rating)
    data = {"score": score, "reasons": reasons, "comment": comment}
    record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_rated", public=True, data=data)
    if score <= settings.DISSATISFIED_AT:
        question = f"{score}/5 {comment}".strip()
        call_the_dissatisfied(ticket, actor=actor, occurred_at=max(occurred_at, actor.received_at), question=question)
    return rating


def _is_visit_of(ticket: Ticket, visit_id: UUID) -> bool:
    held = work.held(Visit, visit_id)
    return held.ticket_id == ticket.pk if held else ticket.visits.filter(pk=visit_id).exists()


def _write(ticket: Ticket, actor: Actor, occurred_at: datetime, id: UUID | None, **content: Any) -> tuple[Note, bool]:
    """The note, and whether it is new: the same id with the same content again is the same note."""
    before = made_before(Note, id, ticket_id=ticket.pk, author_id=getattr(actor.user, "pk", None), **content)
    if before is not None:
        return before, False
    flags = [*actor.flags, *(["after_end"] if ticket.status in Ticket.ENDED else [])]
    note = fresh(
        Note,
        id=id or uuid7(),
        ticket=ticket,
        author=actor.user,
        on_behalf_of=actor.on_behalf_of,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        flags=flags,
        **content,
    )
    work.insert(note)
    return note, True
