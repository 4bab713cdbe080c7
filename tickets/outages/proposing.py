"""A ticket comes in: does it belong to an outage, or make one? Part of `open_ticket`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from sync import work
from sync.commands import Actor
from sync.ids import uuid7
from sync.rows import locked
from sync.sql import execute
from tickets.complaints.access import lock_tickets
from tickets.complaints.following import join
from tickets.complaints.models import Ticket
from tickets.outages.models import Outage
from tickets.outages.telling import tell_dispatchers, tell_message
from tickets.segments.selectors import hung_when_reported

FORGOTTEN = "Nobody decided while its tickets were open."
"""The reason of a proposal that came to nothing."""
WIDER = "Part of a wider one."
"""The reason of a proposal that went into that of a segment."""


@dataclass(frozen=True, slots=True)
class Place:
    """What may be out as a whole: the area of a ticket, or a segment of a network on which its site hangs."""

    segment_id: UUID | None
    name: str
    name_zh: str = ""

    @property
    def outages(self) -> Q:
        """Condition on outages: those of this place."""
        return Q(segment=self.segment_id) if self.segment_id else Q(segment=None, area=self.name)

    @property
    def tickets(self) -> Q:
        """Condition on tickets: those that were reported from there."""
        if self.segment_id is None:
            return Q(area=self.name)
        return Q(Exists(hung_when_reported().filter(segment=self.segment_id)))


HOLD = """
    SELECT id, name, name_zh, sites,
           pg_advisory_xact_lock(hashtextextended('outage:' || %(cause)s || coalesce(id::text, name), 0))
    FROM (
        SELECT NULL::uuid AS id, %(area)s::text AS name, '' AS name_zh, -1 AS sites WHERE %(area)s::text <> ''
        UNION ALL
        SELECT id, name, name_zh, (
            SELECT count(*) FROM tickets_networkconnection WHERE segment_id = segment.id AND until IS NULL
        )
        FROM tickets_networksegment AS segment
        WHERE territory_id = %(territory)s
          AND (is_active OR EXISTS (SELECT FROM tickets_outage WHERE segment_id = segment.id AND status = 'accepted'))
          AND (service_types = '{}' OR %(service_type)s = ANY(service_types))
          AND EXISTS (
              SELECT FROM tickets_networkconnection
              WHERE segment_id = segment.id AND site_id = %(site)s
                AND since <= %(at)s AND (until IS NULL OR until > %(at)s)
          )
        ORDER BY id, name OFFSET 0
    ) AS place
"""
"""In one order, so that nobody waits for whoever waits for them."""


def hold_places(ticket: Ticket) -> list[Place]:
    """Where this fault may be, the narrowest first: the area of the ticket, then its segments by how many hang on them.

    Until the transaction ends nobody else opens a ticket of this fault there, nor decides about its outage: otherwise
    five tickets at the same moment would not see each other.
    """
    rows = execute(
        HOLD,
        {
            "cause": _cause_key(ticket),
            "area": ticket.area,
            "territory": ticket.territory_id,
            "service_type": ticket.service_type.code,
            "site": ticket.site_id,
            "at": ticket.reported_at,
        },
    )
    rows.sort(key=lambda row: (row[3], row[1]))
    return [Place(segment_id, name, name_zh) for segment_id, name, name_zh, *_ in rows]


def one_at_a_time(outage: Outage) -> None:
    """Nobody opens a ticket of this cause, or decides about it besides, before the transaction ends."""
    key = f"outage:{_cause_key(outage)}{outage.segment_id or outage.area}"
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _cause_key(row: "Ticket | Outage") -> str:
    return f"{row.territory_id}/{row.service_type_id}/{row.fault}/"


def find_outage(ticket: Ticket, *, actor: Actor, occurred_at: datetime) -> Outage | None:
    """Put a new ticket to the outage of its cause, if there is one, or propose one if that many tickets speak for it.

    The narrowest place wins. To an accepted one it is attached, and its resident hears the standing message. A ticket
    that a technician already works on is left to them.
    """
    places = hold_places(ticket)
    for outage in _open_outages(ticket, places):
        if outage.status == Outage.Status.PROPOSED and not _is_still_open(outage):
            work.change(outage, status=Outage.Status.REJECTED, decided_at=occurred_at, reason=FORGOTTEN)
            continue
        if outage.status == Outage.Status.ACCEPTED:
            if not _hold_main(outage):
                continue
            attach(ticket, outage, actor=actor, occurred_at=occurred_at)
        work.change(ticket, outage=outage)
        return outage
    return _propose(ticket, places, actor=actor, occurred_at=occurred_at)


def attach(ticket: Ticket, outage: Outage, *, actor: Actor, occurred_at: datetime) -> None:
    """The locked ticket is part of an accepted outage: it follows the main ticket."""
    assert outage.main_id is not None, "an accepted outage has a main ticket"
    [main] = lock_tickets(Ticket.objects.filter(pk=outage.main_id))
    work.change(ticket, outage=outage)
    join(ticket, main, actor=actor, occurred_at=occurred_at, merged=False, quiet=True)
    tell_message(ticket, outage, actor=actor, occurred_at=occurred_at)


def _hold_main(outage: Outage) -> bool:
    """Lock the ticket on which we work; whether we still do. While we waited, it may have been repaired or given up."""
    while outage.status == Outage.Status.ACCEPTED and outage.main_id:
        held = outage.main_id
        lock_tickets(Ticket.objects.filter(pk=held))
        outage.refresh_from_db()
        if outage.main_id == held:
            break
    return outage.status == Outage.Status.ACCEPTED


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
    """How many tickets of its fault and area were reported in one span of time with it, whatever has become of them."""
    within = timedelta(minutes=ticket.service_type.outage_minutes)
    span = (ticket.reported_at - within, ticket.reported_at + within)
    counted = Ticket.objects.exclude(status=Ticket.Status.CANCELLED)
    alike = counted.filter(**_fault(ticket), area=ticket.area, reported_at__range=span)
    moments = list(alike.order_by("reported_at").values_list("reported_at", flat=True))
    return crowd(moments, around=ticket.reported_at, within=within)


def _is_still_open(outage: Outage) -> bool:
    return outage.tickets.filter(status__in=Ticket.OPEN).exists()


def _open_outages(ticket: Ticket, places: Sequence[Place]) -> list[Outage]:
    """Of the ticket's fault in one of these places, in their order."""
    if not places:
        return []
    there = reduce(or_, (place.outages for place in places))
    found = Outage.objects.filter(there, **_fault(ticket), status__in=Outage.OPEN)
    order = [place.segment_id for place in places]
    return sorted(found, key=lambda outage: order.index(outage.segment_id))


def _propose(ticket: Ticket, places: Sequence[Place], *, actor: Actor, occurred_at: datetime) -> Outage | None:
    """Of the narrowest place of which enough tickets speak.

    Tickets that were part of an outage before speak for no other one; nor does what was merged into another. But what
    is only proposed for an area, and hangs on the segment as a whole, is part of what the segment's tickets say: then
    that proposal becomes the segment's, as one fault is not decided twice.
    """
    within = timedelta(minutes=ticket.service_type.outage_minutes)
    span = (ticket.reported_at - within, ticket.reported_at + within)
    alike = Ticket.objects.filter(**_fault(ticket), reported_at__range=span, status__in=Ticket.OPEN)
    for place in places:
        narrower = _proposals_within(ticket, place)
        speaking = alike.filter(place.tickets, Q(outage=None) | Q(outage__in=narrower)).order_by("reported_at", "pk")
        told = list(speaking.values_list("pk", "reported_at"))
        moments = [reported_at for _, reported_at in told]
        if crowd(moments, around=ticket.reported_at, within=within) < ticket.service_type.outage_tickets:
            continue
        outage, *others = narrower or [Outage(**_fault(ticket), proposed_at=actor.received_at)]
        try:
            with transaction.atomic():
                outage.area, outage.segment_id = place.name, place.segment_id
                outage.save()
        except IntegrityError:  # somebody works past the lock
            return next(iter(_open_outages(ticket, places)), None)
        Ticket.objects.filter(Q(pk__in=[pk for pk, _ in told]) | Q(outage__in=others)).update(outage=outage)
        ticket.outage = outage
        for other in others:
            work.change(other, status=Outage.Status.REJECTED, decided_at=occurred_at, reason=WIDER)
        tell_dispatchers(outage, actor=actor, tickets=outage.tickets.count(), about=ticket)
        return outage
    return None


def outage_by_hand(main: Ticket, place: Place, *, id: UUID | None, at: datetime) -> Outage:
    """An outage of this place that nobody has proposed: with the open tickets of the same fault there, of that time.

    What was part of one that was rejected or is over may be part of this one.
    """
    within = timedelta(minutes=main.service_type.outage_minutes)
    span = (main.reported_at - within, main.reported_at + within)
    free = Q(outage=None) | ~Q(outage__status__in=Outage.OPEN)
    alike = Ticket.objects.filter(place.tickets, free, **_fault(main), reported_at__range=span)
    its = alike.filter(status__in=Ticket.OPEN, follows=None)
    outage = Outage(pk=id or uuid7(), **_fault(main), area=place.name, segment_id=place.segment_id, proposed_at=at)
    outage.save(force_insert=True)
    Ticket.objects.filter(Q(pk=main.pk) | Q(pk__in=list(its.values_list("pk", flat=True)))).update(outage=outage)
    return outage


def open_outage_of(main: Ticket, place: Place) -> Outage | None:
    """The one that takes up tickets of this fault in this place."""
    return next(iter(_open_outages(main, [place])), None)


def _proposals_within(ticket: Ticket, place: Place) -> list[Outage]:
    """Proposals of areas, locked, that somebody has yet to decide about and whose tickets all hang on this segment."""
    if place.segment_id is None:
        return []
    its = Ticket.objects.filter(outage=OuterRef("pk"))
    undecided = Outage.objects.filter(**_fault(ticket), status=Outage.Status.PROPOSED, segment=None)
    within = undecided.filter(Exists(its.filter(status__in=Ticket.OPEN)), ~Exists(its.filter(~place.tickets)))
    return list(locked(within.order_by("pk")))


def _fault(ticket: Ticket) -> dict[str, Any]:
    """What the tickets of an outage have in common wherever they are, with it and with each other."""
    return {
        "territory_id": ticket.territory_id,
        "service_type_id": ticket.service_type_id,
        "fault": ticket.fault,
    }
