"""A technician has set out: the resident hears of it, with the time at which to expect them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sync.commands import Actor, at_end
from sync.sql import execute
from tickets.travel.estimates import Speeds, speeds_of
from tickets.travel.places import Place, place_of
from tickets.visits import telling
from tickets.visits.models import Visit

SEEN_WITHIN = timedelta(hours=12)
"""Where somebody was before that says nothing of where they set out."""
ROUNDED_TO = timedelta(minutes=5)
"""Nobody can promise a minute."""

Item = tuple[Visit, datetime, Actor]


def tell_on_the_way(visit: Visit, *, actor: Actor, at: datetime) -> None:
    """Part of commands; `at` is when they set out."""
    if visit.ticket.resident is not None and not telling.is_old(at, actor):
        at_end(_tell, (visit, at, actor))


def _tell(items: Sequence[Item]) -> None:
    """All of a command together: one statement for where they were, and one per territory.

    When nobody knows where they set out, or where the site is, the window stands.
    """
    seen = _places_before(items)
    speeds: dict[UUID, Speeds] = {}
    for number, (visit, at, actor) in enumerate(items):
        here, there = seen.get(number), place_of(visit.ticket.site)
        arrives_at = None
        if here and there:
            territory_id = visit.ticket.territory_id
            if territory_id not in speeds:
                speeds[territory_id] = speeds_of(visit.ticket.territory)
            speed = speeds[territory_id]
            arrives_at = _rounded(at + timedelta(seconds=speed.leg(here, there, speed.slowness(at, at)).seconds))
        telling.tell_resident_of_setting_out(visit, actor=actor, arrives_at=arrives_at)


def _places_before(items: Sequence[Item]) -> Mapping[int, Place]:
    """Where their phones last knew to be before each setting out, at a visit or as their shift began; by its number."""
    rows = execute(
        "SELECT number - 1, latitude, longitude "
        "FROM unnest(%b::uuid[], %b::timestamptz[]) WITH ORDINALITY AS wanted (technician, at, number) "
        "CROSS JOIN LATERAL (SELECT latitude, longitude FROM tickets_checkin WHERE technician_id = technician "
        "AND latitude IS NOT NULL AND occurred_at < at AND occurred_at > at - %s "
        "ORDER BY occurred_at DESC, id DESC LIMIT 1) AS fix",
        [[visit.technician_id for visit, _, _ in items], [at for _, at, _ in items], SEEN_WITHIN],
    )
    return {number: Place(*place) for number, *place in rows}


def _rounded(moment: datetime) -> datetime:
    """To the next full five minutes."""
    past = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not past else moment - past + ROUNDED_TO
