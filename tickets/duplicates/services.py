"""Commands about tickets that may be one fault. What it means to follow another ticket: `complaints/following.py`."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fieldsvc.errors import Conflict, Invalid
from sync import work
from sync.commands import Actor, command
from tickets.complaints.following import join, part
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import allowed_steps
from tickets.duplicates import access
from tickets.duplicates.models import ToldApart


@command
def link_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, main_id: UUID) -> Ticket:
    """Two reports of one fault: this one goes along with the main ticket, and stays a ticket of its own.

    Saying it again changes nothing. Raises what `_join` raises.
    """
    return _join(actor, occurred_at, ticket_id, main_id, merged=False)


@command
def merge_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, main_id: UUID) -> Ticket:
    """The same, and this one is no work of its own any more. All that it has stays where it is.

    A ticket that is linked already may still be merged. Raises what `_join` raises.
    """
    return _join(actor, occurred_at, ticket_id, main_id, merged=True)


def _join(actor: Actor, occurred_at: datetime, ticket_id: UUID, main_id: UUID, *, merged: bool) -> Ticket:
    """Raises what `access.pair_to_decide` and `following.join` raise, Invalid("follows_in_circle"),
    Conflict("ticket_not_open") if nothing is to be done about the main ticket, Conflict("ticket_follows_another") with
    the `main` ticket that one of them follows.
    """
    ticket, main = access.pair_to_decide(actor, ticket_id, main_id, field="main_id")
    if main.follows_id == ticket.pk and main.status in Ticket.UNRESOLVED:
        raise Invalid("follows_in_circle", "That ticket follows this one. Separate it first.", field="main_id")
    _must_follow_no_other(main, than=None)
    if main.status not in Ticket.OPEN:
        raise Conflict("ticket_not_open", "Choose a ticket on which we work.", ticket_status=main.status)
    _must_follow_no_other(ticket, than=main)
    is_merged = ticket.status == Ticket.Status.MERGED
    if ticket.follows_id != main.pk or is_merged != merged:
        ToldApart.objects.filter(_pair(ticket, main)).delete()
        join(ticket, main, actor=actor, occurred_at=occurred_at, merged=merged)
    return ticket


@command
def separate_ticket(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, reason: str) -> Ticket:
    """It was another fault after all: work of its own again.

    As long as it is not resolved with its main ticket; from then on it is reopened instead. Raises NotFound,
    Forbidden("role_required"), Conflict("transition_not_allowed").
    """
    ticket = access.follower_to_part(actor, ticket_id)
    if ticket.follows is None or ticket.status not in Ticket.UNRESOLVED:
        raise Conflict(
            "transition_not_allowed",
            "Only a ticket that follows another one and is not resolved can be separated.",
            ticket_status=ticket.status,
            allowed=allowed_steps(ticket.status),
        )
    part(ticket, ticket.follows, actor=actor, occurred_at=occurred_at, reason=reason)
    return ticket


@command
def tell_apart(*, actor: Actor, occurred_at: datetime, ticket_id: UUID, other_id: UUID, reason: str) -> Ticket:
    """They look like one fault, and are not: neither is offered as a duplicate of the other any more.

    The first reason stands. Raises what `access.pair_to_decide` raises, Conflict("ticket_follows_another") while one
    follows the other.
    """
    ticket, other = access.pair_to_decide(actor, ticket_id, other_id, field="other_id")
    for one, main in ((ticket, other), (other, ticket)):
        if one.follows_id == main.pk and one.status in Ticket.UNRESOLVED:
            raise _follows(one)
    if not ToldApart.objects.filter(_pair(ticket, other)).exists():
        first, second = sorted((ticket, other), key=lambda row: row.pk)
        work.insert(ToldApart(one=first, other=second, reason=reason, decided_by=actor.user, decided_at=occurred_at))
        for row, than in ((ticket, other), (other, ticket)):
            about = {"other": than.reference, "other_id": than.pk, "reason": reason}
            record_event(row, actor=actor, occurred_at=occurred_at, kind="ticket_told_apart", public=False, data=about)
    return ticket


def _pair(ticket: Ticket, other: Ticket) -> Q:
    one, two = sorted((ticket.pk, other.pk))
    return Q(one=one, other=two)


def _must_follow_no_other(ticket: Ticket, *, than: Ticket | None) -> None:
    main_id = ticket.follows_id if ticket.status in Ticket.UNRESOLVED else None
    if main_id is not None and (than is None or main_id != than.pk):
        raise _follows(ticket)


def _follows(ticket: Ticket) -> Conflict:
    detail = f"{ticket.reference} follows another ticket. Choose that one, or separate it first."
    return Conflict("ticket_follows_another", detail, ticket=ticket.pk, main=ticket.follows_id)
