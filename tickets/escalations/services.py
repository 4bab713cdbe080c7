"""Commands on escalations, and the rule by which tickets go to the next level."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from fieldsvc.errors import Conflict
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.complaints.telling import tell_supervisors
from tickets.complaints.timeline import record_event
from tickets.escalations import access
from tickets.escalations.models import Escalation
from tickets.prices.selectors import day_there
from tickets.visits.models import Visit


def escalate_if_nobody_knows(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """A visit has ended at which nothing could be diagnosed. Part of the commands that end visits.

    On `UNDIAGNOSED_DAYS` different days, by the calendar of the territory, is too often: the ticket goes to the
    supervisors. Visits before the last escalation were looked at then. Late news of an earlier day counts as well.
    """
    ticket = visit.ticket
    last = Escalation.objects.filter(ticket=ticket).order_by("escalated_at").last()
    if last is not None and last.taken_up_at is None:
        return
    in_vain = Visit.objects.filter(ticket=ticket, undiagnosed=True, status=Visit.Status.INCOMPLETE)
    if last is not None:
        in_vain = in_vain.filter(completed_at__gt=last.escalated_at)
    ends = [end for end in in_vain.values_list("completed_at", flat=True) if end is not None]
    days = {day_there(ticket.territory, end) for end in ends}
    if len(days) < settings.UNDIAGNOSED_DAYS:
        return
    escalation = Escalation(
        ticket=ticket, visit=visit, days=len(days), escalated_at=max(ends), received_at=actor.received_at
    )
    work.insert(escalation)
    work.change(ticket, escalated_at=escalation.escalated_at)
    _record(escalation, "ticket_escalated", actor=actor, at=at)
    _tell(escalation, actor=actor, once_for=visit.pk)


@command
def take_up(*, actor: Actor, occurred_at: datetime, escalation_id: UUID, note: str) -> Escalation:
    """A supervisor sees to it, and answers for the ticket from now on. Saying it again changes nothing.

    Raises NotFound, Forbidden("role_required"), Conflict("escalation_taken_up") with who was faster,
    Conflict("ticket_not_open").
    """
    escalation = access.escalation_to_decide(actor, escalation_id)
    if escalation.taken_up_by is not None:
        if escalation.taken_up_by_id != actor.user.pk:
            name = escalation.taken_up_by.name
            raise Conflict("escalation_taken_up", f"{name} sees to it already.", taken_up_by=name)
        return escalation
    _must_be_open(escalation.ticket)
    work.change(escalation, taken_up_at=occurred_at, taken_up_by=actor.user, note=note)
    work.change(escalation.ticket, escalated_at=None, responsible=actor.user)
    _record(escalation, "escalation_taken_up", actor=actor, at=occurred_at)
    return escalation


@command
def give_back(*, actor: Actor, occurred_at: datetime, escalation_id: UUID, reason: str) -> Escalation:
    """Whoever took it up, or another supervisor, lets it wait for somebody again: all of them hear of it.

    Whoever answers for the ticket goes on doing so until the next one takes it up. Saying it again changes nothing.
    Raises NotFound, Forbidden("role_required"), Conflict("ticket_not_open"), Conflict("escalated_again") where another
    one has come since.
    """
    escalation = access.escalation_to_decide(actor, escalation_id)
    if escalation.taken_up_at is None:
        return escalation
    ticket = escalation.ticket
    _must_be_open(ticket)
    if ticket.escalations.filter(taken_up_at=None).exists():
        raise Conflict("escalated_again", "It was escalated again since. Take that up, or leave it to a colleague.")
    work.change(escalation, taken_up_at=None, taken_up_by=None, note="")
    work.change(ticket, escalated_at=escalation.escalated_at)
    _record(escalation, "escalation_given_back", actor=actor, at=occurred_at, reason=reason)
    _tell(escalation, actor=actor, once_for=uuid7())
    return escalation


def _must_be_open(ticket: Ticket) -> None:
    if ticket.status not in Ticket.OPEN:
        raise Conflict("ticket_not_open", "Nothing is to be done for it any more.", ticket_status=ticket.status)


def _record(escalation: Escalation, kind: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    said = {"person": actor.user.name if actor.user else "", "note": escalation.note or reason}
    data = {"escalation_id": escalation.pk, "days": escalation.days, **said}
    record_event(escalation.ticket, actor=actor, occurred_at=at, kind=kind, public=False, data=data)


def _tell(escalation: Escalation, *, actor: Actor, once_for: UUID) -> None:
    ticket = escalation.ticket
    text = {"title": ticket.title, "days": escalation.days}
    tell_supervisors(
        ticket, actor=actor, kind="ticket_escalated", subject=("tickets", ticket.pk), text=text, once_for=once_for
    )
