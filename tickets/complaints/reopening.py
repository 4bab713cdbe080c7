"""A ticket that was done with, or cancelled by mistake, is work again. Part of commands."""

from datetime import datetime

from sync.commands import Actor
from tickets.clock.services import restart_clocks
from tickets.complaints.following import leave
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.timeline import record_event
from tickets.complaints.transitions import move
from tickets.quotes.gaps import bill_again


def take_up_again(ticket: Ticket, *, actor: Actor, occurred_at: datetime, reason: str) -> TicketEvent:
    """The ticket, which has ended and is locked, is open again; its clocks go on where they had stopped.

    One that followed another ticket is work of its own from now on. The resident reads the reason: in words, or one of
    `timeline.REOPENED_FOR`. That a ticket was cancelled by mistake says nothing of a repair: no report counts it as
    opened again.
    """
    kind = "ticket_restored" if ticket.status == Ticket.Status.CANCELLED else "ticket_reopened"
    if ticket.follows is not None:
        leave(ticket, ticket.follows, actor=actor, occurred_at=occurred_at, reason=reason)
    move(
        ticket,
        Ticket.Status.TRIAGED,
        resolution_code="",
        resolved_remotely=False,
        resolved_at=None,
        confirm_until=None,
        closed_at=None,
        archived=False,
        follows=None,
        outage=None,
    )
    restart_clocks(ticket, at=occurred_at)
    bill_again(ticket)
    data = {"reason": reason}
    return record_event(ticket, actor=actor, occurred_at=occurred_at, kind=kind, public=True, data=data)
