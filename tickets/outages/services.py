"""Commands on outages. How they are proposed: `proposing.py`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fieldsvc.errors import Conflict, Invalid
from sync import work
from sync.commands import Actor, command
from sync.repeats import made_before
from tickets.complaints.access import lock_tickets
from tickets.complaints.following import hand_on, join, part
from tickets.complaints.models import Ticket
from tickets.complaints.services import resolve_ticket
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import first_reply_given
from tickets.outages import access
from tickets.outages.models import Outage
from tickets.outages.proposing import Place, attach, hold_places, open_outage_of, outage_by_hand
from tickets.outages.telling import tell_message
from tickets.visits.models import Visit

Status = Outage.Status
ALLOWED = {
    Status.PROPOSED: ["accept", "reject", "detach"],
    Status.ACCEPTED: ["message", "attach", "detach", "resolve"],
    Status.REJECTED: [],
    Status.RESOLVED: [],
}
"""The steps that lead on from each state."""


@command
def declare_outage(
    *,
    actor: Actor,
    occurred_at: datetime,
    main_id: UUID,
    message: str,
    message_zh: str = "",
    segment_id: UUID | None = None,
    id: UUID | None = None,
) -> Outage:
    """It is known to be an outage though few have called so far, or was rejected by mistake: accepted at once.

    Its place is the area of the main ticket or, where it is named, a segment on which the site hung. The same id again
    is the same outage. Raises Invalid("ticket_unknown" | "segment_unknown" | "place_unknown"), Conflict("id_taken"),
    Conflict("ticket_not_open"), Conflict("ticket_follows_another"), and Conflict("outage_exists") with the `outage`
    that takes up such tickets already.
    """
    main = access.ticket_to_declare(actor, main_id)
    if before := made_before(Outage, id, main_id=main_id):
        return before
    place = _place(main, segment_id)
    [main] = lock_tickets(Ticket.objects.filter(pk=main_id))
    if main.follows_id is not None:
        raise Conflict("ticket_follows_another", "Name the main ticket.", ticket=main.pk, main=main.follows_id)
    if main.status not in Ticket.OPEN:
        raise Conflict("ticket_not_open", "Nothing is to be done about it any more.", ticket_status=main.status)
    own = main.outage if main.outage and main.outage.status in Outage.OPEN else None
    if standing := own or open_outage_of(main, place):
        raise Conflict("outage_exists", "There is one already. Decide about that.", outage=standing.pk)
    outage = outage_by_hand(main, place, id=id, at=occurred_at)
    told = {"message": message, "message_zh": message_zh}
    return accept_outage(actor=actor, occurred_at=occurred_at, outage_id=outage.pk, main_id=main_id, **told)


def _place(main: Ticket, segment_id: UUID | None) -> Place:
    """Until the transaction ends nobody else opens a ticket of this fault there."""
    places = {place.segment_id: place for place in hold_places(main)}
    if segment_id not in places:
        if segment_id is None:
            raise Invalid(
                "place_unknown", "The ticket names no complex and no address. Name a segment.", field="main_id"
            )
        raise Invalid("segment_unknown", "Choose a segment on which the site of the ticket hangs.", field="segment_id")
    return places[segment_id]


@command
def accept_outage(
    *,
    actor: Actor,
    occurred_at: datetime,
    outage_id: UUID,
    message: str,
    message_zh: str = "",
    main_id: UUID | None = None,
) -> Outage:
    """It is one fault. One ticket is worked on, the others follow it; every resident hears the message.

    The main ticket is the one that was named, else the first to which somebody is going, else the first reported. What
    somebody is going to besides is left as it is. Raises Conflict("outage_transition_not_allowed"),
    Invalid("ticket_unknown") for a main ticket that is not part of it or done, Conflict("outage_without_tickets").
    """
    outage, tickets = access.outage_to_decide(actor, outage_id)
    if outage.status == Status.ACCEPTED:
        return outage
    _must_allow(outage, "accept")
    open_ones = [ticket for ticket in tickets if ticket.status in Ticket.OPEN and ticket.follows_id is None]
    visited = _visited(open_ones)
    main = _main_of(open_ones, main_id, visited)
    work.change(
        outage,
        status=Status.ACCEPTED,
        main=main,
        message=message,
        message_zh=message_zh,
        decided_at=occurred_at,
        decided_by=actor.user,
    )
    first_reply_given(main, actor=actor, occurred_at=occurred_at)
    for ticket in open_ones:
        if ticket is not main and ticket.pk not in visited:
            join(ticket, main, actor=actor, occurred_at=occurred_at, merged=False, quiet=True)
        tell_message(ticket, outage, actor=actor, occurred_at=occurred_at)
    return outage


@command
def reject_outage(*, actor: Actor, occurred_at: datetime, outage_id: UUID, reason: str) -> Outage:
    """They only look alike. These tickets are never proposed as an outage again; new ones may be.

    Raises Conflict("outage_transition_not_allowed").
    """
    outage, _ = access.outage_to_decide(actor, outage_id)
    if outage.status != Status.REJECTED:
        _must_allow(outage, "reject")
        work.change(outage, status=Status.REJECTED, reason=reason, decided_at=occurred_at, decided_by=actor.user)
    return outage


@command
def change_outage_message(
    *, actor: Actor, occurred_at: datetime, outage_id: UUID, message: str, message_zh: str = ""
) -> Outage:
    """There is news. Whoever still has the fault hears it, and so do late callers from now on.

    Raises Conflict("outage_transition_not_allowed").
    """
    outage, tickets = access.outage_to_decide(actor, outage_id)
    _must_allow(outage, "message")
    if (outage.message, outage.message_zh) != (message, message_zh):
        work.change(outage, message=message, message_zh=message_zh)
        for ticket in tickets:
            if ticket.status in Ticket.UNRESOLVED:
                tell_message(ticket, outage, actor=actor, occurred_at=occurred_at)
    return outage


@command
def attach_ticket(*, actor: Actor, occurred_at: datetime, outage_id: UUID, ticket_id: UUID) -> Outage:
    """A ticket that was not seen to be part of it. Raises Conflict("outage_transition_not_allowed"),
    Invalid("ticket_unknown"), Invalid("other_territory"), Conflict("ticket_follows_another"), and what
    `following.join` raises.
    """
    outage, tickets = access.outage_to_decide(actor, outage_id, ticket_id)
    _must_allow(outage, "attach")
    ticket = _named(tickets, ticket_id, field="ticket_id")
    if ticket.territory_id != outage.territory_id:
        raise Invalid("ticket_unknown", "Choose a ticket of this territory.", field="ticket_id")
    if ticket.outage_id == outage.pk and (ticket.follows_id or ticket.pk == outage.main_id):
        return outage
    if ticket.follows_id is not None:
        raise Conflict("ticket_follows_another", "Separate it first.", ticket=ticket.pk, main=ticket.follows_id)
    attach(ticket, outage, actor=actor, occurred_at=occurred_at)
    return outage


@command
def detach_ticket(*, actor: Actor, occurred_at: datetime, outage_id: UUID, ticket_id: UUID, reason: str) -> Outage:
    """This one has another cause: work of its own again. Where it was the main ticket, the next one leads.

    Raises Conflict("outage_transition_not_allowed"), Invalid("ticket_unknown"), Conflict("outage_without_tickets") for
    the last one.
    """
    outage, tickets = access.outage_to_decide(actor, outage_id)
    _must_allow(outage, "detach")
    ticket = _named(tickets, ticket_id, field="ticket_id")
    if ticket.pk == outage.main_id:
        heir = hand_on(ticket, actor=actor, occurred_at=occurred_at)
        if heir is None:
            raise Conflict("outage_without_tickets", "It is the last one. Resolve the outage instead.")
        work.change(outage, main=heir)
    elif ticket.follows is not None and ticket.status in Ticket.UNRESOLVED:
        part(ticket, ticket.follows, actor=actor, occurred_at=occurred_at, reason=reason)
    work.change(ticket, outage=None)
    data = {"reason": reason, "outage": outage.pk}
    record_event(ticket, actor=actor, occurred_at=occurred_at, kind="outage_left", public=False, data=data)
    return outage


@command
def resolve_outage(*, actor: Actor, occurred_at: datetime, outage_id: UUID, resolution_code: str) -> Outage:
    """The fault is gone, without a visit. (A visit to the main ticket resolves it by itself.)

    Each resident confirms, or says that it is still broken. Raises Conflict("outage_transition_not_allowed"), and what
    `resolve_ticket` raises.
    """
    outage, _ = access.outage_to_decide(actor, outage_id)
    if outage.status != Status.RESOLVED:
        _must_allow(outage, "resolve")
        assert outage.main_id is not None
        resolve_ticket(actor=actor, occurred_at=occurred_at, ticket_id=outage.main_id, resolution_code=resolution_code)
        outage.refresh_from_db()
    return outage


def _must_allow(outage: Outage, step: str) -> None:
    allowed = ALLOWED[Status(outage.status)]
    if step not in allowed:
        raise Conflict(
            "outage_transition_not_allowed",
            f"This outage is {outage.get_status_display().lower()}. Choose one of the allowed steps.",
            outage_status=outage.status,
            allowed=allowed,
        )


def _visited(tickets: Sequence[Ticket]) -> set[UUID]:
    """Those to which somebody is going."""
    visits = Visit.objects.filter(ticket__in=[ticket.pk for ticket in tickets], status__in=Visit.ACTIVE)
    return set(visits.values_list("ticket_id", flat=True))


def _main_of(tickets: Sequence[Ticket], main_id: UUID | None, visited: set[UUID]) -> Ticket:
    if main_id is not None:
        return _named(tickets, main_id, field="main_id")
    if not tickets:
        raise Conflict("outage_without_tickets", "Nothing is to be done about any of its tickets. Reject it.")
    return next((ticket for ticket in tickets if ticket.pk in visited), tickets[0])


def _named(tickets: Sequence[Ticket], ticket_id: UUID, *, field: str) -> Ticket:
    for ticket in tickets:
        if ticket.pk == ticket_id:
            return ticket
    raise Invalid("ticket_unknown", "Choose a ticket of the outage.", field=field)
