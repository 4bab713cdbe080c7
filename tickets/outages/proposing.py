"""A ticket comes in: does it belong to an outage, or make one? Part of `open_ticket`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from sync import work
from sync.commands import Actor
from sync.sql import execute
from tickets.complaints.access import lock_tickets
from tickets.complaints.following import join
from tickets.complaints.models import Ticket
from tickets.outages.models import Outage
from tickets.outages.telling import tell_dispatchers, tell_message

FORGOTTEN = "Nobody decided while its tickets were open."
"""The reason of a proposal that came to nothing."""


def one_at_a_time(ticket: "Ticket | Outage") -> None:
    """Nobody else opens a ticket of this cause, or decides about its outage, before the transaction ends.

    Otherwise five tickets at the same moment would not see each other.
    """
    cause = f"{ticket.territory_id}/{ticket.service_type_id}/{ticket.fault}/{ticket.area}"
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"outage:{cause}"])


def find_outage(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> Outage | None:
    """Put a new ticket to the outage of its cause, if there is one, or propose one if that many tickets speak for it.

    To an accepted one it is attached, and its resident hears the standing message. A ticket that a technician already
    works on is left to them.
    """
    if not ticket.area:
        return None
    one_at_a_time(ticket)
    outage = _open_outage(ticket)
    if outage is not None and outage.status == Outage.Status.PROPOSED and not _is_still_open(outage):
        work.change(outage, status=Outage.Status.REJECTED, decided_at=occurred_at, reason=FORGOTTEN)
        outage = None
    if outage is None:
        return _propose(ticket, actor=actor)
    work.change(ticket, outage=outage)
    if outage.status == Outage.Status.ACCEPTED and outage.main_id:
        attach(ticket, outage, actor=actor, occurred_at=occurred_at)
    return outage


def attach(ticket: Ticket, outage: Outage, *, actor: Actor, occurred_at: datetime) -> None:
    """The locked ticket is part of an accepted outage: it follows the main ticket."""
    assert outage.main_id is not None, "an accepted outage has a main ticket"
    [main] = lock_tickets(Ticket.objects.filter(pk=outage.main_id))
    work.change(ticket, outage=outage)
    join(ticket, main, actor=actor, occurred_at=occurred_at, merged=False, quiet=True)
    tell_message(ticket, outage, actor=actor, occurred_at=occurred_at)


def standing_message(ticket: Ticket) -> dict[str, str] | None:
    """What is known of the accepted outage of which the ticket is a part."""
    if ticket.outage is None or ticket.outage.status != Outage.Status.ACCEPTED:
        return None
    return {"message": ticket.outage.message, "message_zh": ticket.outage.message_zh or ticket.outage.message}


def crowd(moments: Sequence[datetime], *, around: datetime, within: timedelta) -> int:
    """The most of these moments, which are in order, that lie in one span of this length with `around`."""
    spans = (start for start in moments if start <= around <= start + within)
    return max((sum(start <= moment <= start + within for moment in moments) for start in spans), default=0)


def crowd_of(ticket: Ticket) -> int:
    """How many tickets of its cause were reported in one span of time with it, whatever has become of them."""
    within = timedelta(minutes=ticket.service_type.outage_minutes)
    span = (ticket.reported_at - within, ticket.reported_at + within)
    alike = Ticket.objects.filter(**_cause(ticket), reported_at__range=span).exclude(status=Ticket.Status.CANCELLED)
    moments = list(alike.order_by("reported_at").values_list("reported_at", flat=True))
    return crowd(moments, around=ticket.reported_at, within=within)


def _is_still_open(outage: Outage) -> bool:
    return outage.tickets.filter(status__in=Ticket.OPEN).exists()


def _open_outage(ticket: Ticket) -> Outage | None:
    return Outage.objects.filter(**_cause(ticket), status__in=Outage.OPEN).first()


def _propose(ticket: Ticket, *, actor: Actor) -> Outage | None:
    """Tickets that were part of an outage before speak for no other one; nor does what was merged into another."""
    within = timedelta(minutes=ticket.service_type.outage_minutes)
    span = (ticket.reported_at - within, ticket.reported_at + within)
    alike = list(
        Ticket.objects.filter(**_cause(ticket), reported_at__range=span, status__in=Ticket.OPEN, outage=None)
        .order_by("reported_at", "pk")
        .values_list("pk", "reported_at")
    )
    moments = [reported_at for _, reported_at in alike]
    if crowd(moments, around=ticket.reported_at, within=within) < ticket.service_type.outage_tickets:
        return None
    outage = Outage(**_cause(ticket), proposed_at=actor.received_at)
    try:
        with transaction.atomic():
            outage.save(force_insert=True)
    except IntegrityError:  # somebody works past the lock
        return _open_outage(ticket)
    Ticket.objects.filter(pk__in=[pk for pk, _ in alike]).update(outage=outage)
    ticket.outage = outage
    tell_dispatchers(outage, actor=actor, tickets=len(alike), about=ticket)
    return outage


def _cause(ticket: Ticket) -> dict[str, Any]:
    """What the tickets of an outage have in common, with it and with each other."""
    return {
        "territory_id": ticket.territory_id,
        "service_type_id": ticket.service_type_id,
        "fault": ticket.fault,
        "area": ticket.area,
    }
