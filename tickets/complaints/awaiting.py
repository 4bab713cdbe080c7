"""What becomes of notices that ask for acknowledgement, in the timeline of the ticket that they are about."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from notifications.models import Notice
from sync import work
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.complaints.timeline import record_event


def free_tickets(ids: Collection[UUID]) -> set[UUID]:
    """Those of these tickets that nobody is busy with, locked until the end of the command."""
    tickets = Ticket.objects.filter(pk__in=ids).select_for_update(of=("self",), skip_locked=True).order_by("pk")
    work.hold(list(tickets))
    return {ticket.pk for ticket in tickets}


def escalated(notice: Notice, way: str, *, actor: Actor, at: datetime) -> None:
    """Nobody has acknowledged in time, and the next step was taken. For our own people."""
    _record(notice, "notice_escalated", actor=actor, at=at, way=way)


def acknowledged(notice: Notice, *, actor: Actor, at: datetime) -> None:
    """Somebody has acknowledged, after all. For our own people."""
    _record(notice, "notice_acknowledged", actor=actor, at=at)


def _record(notice: Notice, kind: str, *, actor: Actor, at: datetime, **facts: str) -> None:
    if notice.ticket_id is not None:
        ticket = work.held(Ticket, notice.ticket_id) or Ticket.objects.get(pk=notice.ticket_id)
        told = {"person": str(notice.user), "notice": notice.kind, **facts}
        record_event(ticket, actor=actor, occurred_at=at, kind=kind, public=False, data=told)
