"""Commands on tickets: their states and fields. The states that visits bring about are in `transitions.py`.

How a ticket begins is in `intake.py`, what is said about it in `saying.py`, how it goes to another place in
`moving.py`; all are commands of this module too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.models import DESK, Role
from accounts.people.access import require_role
from accounts.people.phones import phone_number
from fieldsvc.errors import Conflict, Invalid
from sync.archive import archive
from sync.commands import Actor, command
from sync.conflicts.merge import merge_into
from tickets.clock.services import pause_clocks, recompute_clocks, stop_clocks
from tickets.complaints import access
from tickets.complaints.following import hand_on, nobody_is_coming
from tickets.complaints.intake import open_ticket
from tickets.complaints.models import Ticket
from tickets.complaints.moving import move_site, move_ticket
from tickets.complaints.reopening import take_up_again
from tickets.complaints.saying import add_note, rate_ticket, send_message
from tickets.complaints.telling import (
    ask_for_ratings,
    is_by_resident,
    tell_desk_of_reopening,
    tell_resident,
)
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import (
    confirmation_ends,
    first_reply_given,
    go_on,
    lead,
    move,
    must_take,
    resolution,
    result_told,
    tell_resolved,
)
from tickets.outages.ending import main_ticket_given_up

__all__ = [
    "add_note",
    "archive_ended",
    "cancel_ticket",
    "close_unconfirmed",
    "confirm_ticket",
    "edit_ticket",
    "hold_ticket",
    "move_site",
    "move_ticket",
    "open_ticket",
    "rate_ticket",
    "reopen_ticket",
    "resolve_ticket",
    "resume_ticket",
    "send_message",
    "triage_ticket",
]

Status = Ticket.Status
BATCH = 200
"""Tickets that one transaction of a job takes."""


@command
def triage_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, priority: int | None = None) -> Ticket:
    """The desk has understood the complaint and knows what it takes. That is our first reply."""
    ticket = access.ticket_to_change(actor, ticket_id, *DESK)
    if must_take(ticket, "triage", actor=actor):
        responsible = ticket.responsible or actor.user
        move(ticket, Status.TRIAGED, priority=priority or ticket.priority, responsible=responsible)
        record_event(
            ticket,
            actor=actor,
            occurred_at=occurred_at,
            kind="ticket_triaged",
            public=True,
            data={"priority": ticket.priority},
        )
        if priority:
            recompute_clocks(ticket, at=occurred_at)
        first_reply_given(ticket, actor=actor, occurred_at=occurred_at)
    return ticket


@command
def edit_ticket(
    *, actor: Actor, occurred_at: datetime, ticket_id: UUID, base: Mapping[str, Any] | None = None, **changes: Any
) -> Ticket:
    """Correct contact_name, contact_phone, access_notes, title or priority; the timeline keeps what was there.

    `base` is what the device saw. What others changed meanwhile stands too; see `sync.conflicts.merge`. Title and
    priority are the desk's to change.
    """
    ticket = access.ticket_to_change(actor, ticket_id, *DESK, Role.TECHNICIAN)
    if changes.keys() & {"title", "priority"}:
        require_role(actor, *DESK, territory_id=ticket.territory_id)
    if changes.get("contact_phone"):
        changes["contact_phone"] = phone_number(changes["contact_phone"], field="contact_phone")
    if base and base.get("contact_phone"):
        base = {**base, "contact_phone": _as_we_store(base["contact_phone"])}
    before = {name: getattr(ticket, name) for name in changes}
    changed = merge_into(
        ticket,
        actor=actor,
        occurred_at=occurred_at,
        collection="tickets",
        changes=changes,
        base=base,
        scopes=[f"desk:{ticket.territory_id}"],
        lines=("access_notes",),
    )
    if changed:
        ticket.save(update_fields=sorted(changed))
        record_event(
            ticket,
            actor=actor,
            occurred_at=occurred_at,
            kind="ticket_edited",
            public=False,
            data={
                "fields": ", ".join(sorted(changed)),
                "changed": {name: [before[name], getattr(ticket, name)] for name in sorted(changed)},
            },
        )
    if "priority" in changed:
        recompute_clocks(ticket, at=occurred_at)
    return ticket


def _as_we_store(number: Any) -> Any:
    """A phone number that a device shows, as we would have stored it; what is none (from an import) as it is."""
    try:
        return phone_number(number, field="base.contact_phone") if isinstance(number, str) else number
    except Invalid:
        return number


@command
def hold_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, reason: str, comment: str = "") -> Ticket:
    """Nothing can be done for now. Which clocks stop for which reason, their policies say.

    A resident for whom we wait is told so; when they are heard of, the ticket goes on by itself.
    """
    ticket = access.ticket_to_change(actor, ticket_id, *DESK)
    if must_take(ticket, "hold", actor=actor):
        move(ticket, Status.ON_HOLD, hold_reason=reason, held_from=ticket.status)
        pause_clocks(ticket, actor=actor, at=occurred_at, reason=reason)
        data = {"reason": reason, "comment": comment}
        event = record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_held", public=True, data=data)
        if reason == Ticket.HoldReason.WAITING_FOR_RESIDENT:
            tell_resident(ticket, actor=actor, kind="ticket_held", once_for=event.pk, text={})
        lead(ticket, "hold", actor=actor, occurred_at=occurred_at)
    return ticket


@command
def resume_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID) -> Ticket:
    """What we waited for is there: the ticket goes on where it was held."""
    ticket = access.ticket_to_change(actor, ticket_id, *DESK)
    if must_take(ticket, "resume", actor=actor):
        go_on(ticket, actor=actor, occurred_at=occurred_at)
    return ticket


@command
def resolve_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, resolution_code: str) -> Ticket:
    """Solved on the phone or from here, without a visit; counted apart from what was repaired on site.

    Raises Conflict("visits_planned") while somebody is to go there, Invalid("resolution_code_unknown").
    """
    ticket = access.ticket_to_change(actor, ticket_id, *DESK)
    if resolution_code not in {choice["code"] for choice in ticket.service_type.resolution_codes}:
        raise Invalid("resolution_code_unknown", "Choose one of the service type's.", field="resolution_code")
    if must_take(ticket, "resolve", actor=actor):
        nobody_is_coming(ticket)
        move(ticket, Status.RESOLVED, **resolution(resolution_code, actor=actor, at=occurred_at, remotely=True))
        first_reply_given(ticket, actor=actor, occurred_at=occurred_at)
        tell_resolved(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_resolved_remotely")
    return ticket


@command
def cancel_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, reason: str) -> Ticket:
    """It need not be done any more; by the desk, or by the resident. Raises Conflict("visits_planned").

    A ticket that follows another one can always be cancelled: nobody is on the way for it alone. Of those that follow
    a main ticket one leads from now on.
    """
    ticket = access.ticket_of_resident(actor, ticket_id, *DESK)
    follows = ticket.follows_id is not None and ticket.status in Ticket.UNRESOLVED
    if follows or must_take(ticket, "cancel", actor=actor):
        nobody_is_coming(ticket)
        heir = hand_on(ticket, actor=actor, occurred_at=occurred_at)
        main_ticket_given_up(ticket, heir, at=occurred_at)
        move(ticket, Status.CANCELLED, closed_at=occurred_at, reply_owed_since=None)
        stop_clocks(ticket, at=occurred_at)
        data = {"reason": reason}
        event = record_event(
            ticket, actor=actor, occurred_at=occurred_at, kind="ticket_cancelled", public=True, data=data
        )
        if not is_by_resident(ticket, actor):
            told = {"reason": reason, "until": confirmation_ends(ticket)}
            tell_resident(ticket, actor=actor, kind="ticket_cancelled", once_for=event.pk, text=told)
    return ticket


@command
def confirm_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID) -> Ticket:
    """The resident says that all is well: closed for good."""
    ticket = access.ticket_of_resident(actor, ticket_id)
    if must_take(ticket, "confirm", actor=actor):
        _close(ticket, at=occurred_at)
        result_told(ticket, actor=actor, occurred_at=occurred_at)
        stop_clocks(ticket, at=occurred_at)
        record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_confirmed", public=True)
        ask_for_ratings([ticket], actor=actor)
    return ticket


def _close(ticket: Ticket, *, at: datetime) -> None:
    """Two phones' clocks never agree to the second: a ticket closes no earlier than it was resolved."""
    move(ticket, Status.CLOSED, closed_at=max(at, ticket.resolved_at or at))


@command
def reopen_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, reason: str) -> Ticket:
    """It is not repaired after all, or was cancelled by mistake. The clocks go on where they had stopped.

    What counts is when it was said, not when we heard it. One that followed another ticket is work of its own from now
    on. Of a repair that failed the desk hears, of a cancellation that is none the resident. Raises
    Conflict("confirmation_window_over") when the time to confirm had passed by then: that is a new complaint.
    """
    ticket = access.ticket_of_resident(actor, ticket_id, *DESK)
    if must_take(ticket, "reopen", actor=actor):
        until, cancelled = confirmation_ends(ticket), ticket.status == Status.CANCELLED
        if occurred_at > until:
            raise Conflict(
                "confirmation_window_over",
                "The time to reopen it is over. Open a new ticket.",
                field="closed_at" if cancelled else "confirm_until",
                until=until.isoformat(),
            )
        event = take_up_again(ticket, actor=actor, occurred_at=occurred_at, reason=reason)
        if not cancelled:
            tell_desk_of_reopening(ticket, actor=actor, reason=reason, once_for=event.pk)
        elif not is_by_resident(ticket, actor):
            first_reply_given(ticket, actor=actor, occurred_at=occurred_at)
            tell_resident(ticket, actor=actor, kind=event.kind, once_for=event.pk, text={"reason": reason})
    return ticket


@command
def close_unconfirmed(*, actor: Actor, occurred_at: datetime) -> int:
    """Close what the resident has not answered in the time to confirm; returns how many.

    Any number of workers may do it at once: a ticket that somebody is busy with is left for the next time.
    """
    window = timedelta(days=settings.CONFIRMATION_DAYS)
    # A ticket that was resolved elsewhere (an import) has no time of its own.
    over = Q(confirm_until__lte=occurred_at) | Q(confirm_until=None, resolved_at__lte=occurred_at - window)
    due = Ticket.objects.filter(over, status=Status.RESOLVED).order_by("resolved_at", "id")
    tickets = list(due.select_related("resident").select_for_update(of=("self",), skip_locked=True)[:BATCH])
    for ticket in tickets:
        _close(ticket, at=occurred_at)
        stop_clocks(ticket, at=occurred_at)
        data = {"days": settings.CONFIRMATION_DAYS}
        record_event(ticket, actor=actor, occurred_at=occurred_at, kind="ticket_closed", public=True, data=data)
    ask_for_ratings(tickets, actor=actor)
    return len(tickets)


@command
def archive_ended(*, actor: Actor, occurred_at: datetime) -> int:
    """Take what ended long ago off phones and desks; it stays on record, and with its resident.

    Returns how many, none when all is done.
    """
    return archive(Ticket.objects.all(), ended="closed_at", at=occurred_at)
