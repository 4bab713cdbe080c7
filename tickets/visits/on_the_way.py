"""A technician has set out: the resident hears of it, with the time at which to expect them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sync.commands import Actor, at_end
from tickets.sites.models import Site
from tickets.travel.estimates import Speeds, speeds_of
from tickets.travel.places import Place
from tickets.visits import telling
from tickets.visits.models import CheckIn, Visit

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
    """All of a command together: one statement for where they were, one for where they go, and one per territory.

    When nobody knows where they set out, or where the site is, the window stands.
    """
    sites = _places_of_sites([visit.ticket.site_id for visit, _, _ in items])
    seen = _last_places({visit.technician_id for visit, _, _ in items}, before=max(at for _, at, _ in items))
    speeds: dict[UUID, Speeds] = {}
    for visit, at, actor in items:
        here, there = seen.get(visit.technician_id), sites.get(visit.ticket.site_id)
        arrives_at = None
        if here and there:
            territory = visit.ticket.territory
            if territory.pk not in speeds:
                speeds[territory.pk] = speeds_of(territory)
            speed = speeds[territory.pk]
            arrives_at = _rounded(at + timedelta(seconds=speed.leg(here, there, speed.slowness(at, at)).seconds))
        telling.tell_resident_of_setting_out(visit, actor=actor, arrives_at=arrives_at)


def _places_of_sites(ids: Collection[UUID | None]) -> Mapping[UUID | None, Place]:
    found = Site.objects.filter(pk__in=[pk for pk in ids if pk], latitude__isnull=False)
    rows = found.values_list("pk", "latitude", "longitude")
    return {pk: Place(*place) for pk, *place in rows}  # type: ignore[arg-type]  # those without a place are left out


def _last_places(technicians: Collection[UUID], *, before: datetime) -> Mapping[UUID, Place]:
    """Where their phones last knew to be, at a visit or as their shift began."""
    fixes = CheckIn.objects.filter(
        technician__in=technicians,
        latitude__isnull=False,
        occurred_at__lte=before,
        occurred_at__gt=before - SEEN_WITHIN,
    )
    last = fixes.order_by("technician", "-occurred_at", "-id").distinct("technician")
    rows = last.values_list("technician", "latitude", "longitude")
    return {pk: Place(*place) for pk, *place in rows}  # type: ignore[arg-type]  # those without a place are left out


def _rounded(moment: datetime) -> datetime:
    """To the next full five minutes."""
    past = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not past else moment - past + ROUNDED_TO
