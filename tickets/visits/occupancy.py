"""When a visit really occupies its technician: from setting out until the work is probably done.

The window is what the resident is promised. The work begins within it, as soon as its technician can be there: at its
beginning, or when the visit before it is done and the way from there is behind them. It takes as long as the service
type says. So windows that follow each other without a gap can be kept as long as their work is shorter than they are.

Windows of one technician never overlap, so their order is that of the windows. The database guards what was reckoned
(`NOT_TWICE`), beside the windows themselves. Within a transaction no road service is asked: ways are estimated.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from fieldsvc.errors import Conflict
from tickets.travel.estimates import Speeds, speeds_of
from tickets.travel.places import place_of
from tickets.visits.models import Visit

LONGEST_WAY = timedelta(hours=8)
"""Who has more time than this comes from elsewhere: from home, from the depot."""
NO_WAY = timedelta()


def lay_out(visit: Visit, *, strict: bool = True) -> list[Visit]:
    """Say when this planned visit occupies its technician; answers the others whose times change by that. Not saved.

    Later ones may have to begin later within their windows. Raises Conflict("visit_out_of_reach") where somebody would
    come too late, unless not `strict`: then the way there is not counted, and the work before is cut short.
    Everybody else has to be kept from planning for this technician meanwhile.
    """
    others = _planned_for(visit.technician_id).exclude(pk=visit.pk)
    before = others.filter(window_start__lt=visit.window_start).last()
    after = others.filter(window_start__gte=visit.window_start)
    return [other for other in _lay_out(before, [visit, *after], strict=strict) if other is not visit]


def lay_out_days(technicians: Iterable[UUID], *, since: datetime) -> list[Visit]:
    """Reckon anew what these people have planned from then on; answers what changes by that. Not saved.

    For plans of whole days: nothing is refused.
    """
    changed: list[Visit] = []
    for technician_id in technicians:
        visits = _planned_for(technician_id)
        before = visits.filter(window_start__lt=since).last()
        changed += _lay_out(before, visits.filter(window_start__gte=since), strict=False, all_of_them=True)
    return changed


def _planned_for(technician_id: UUID) -> QuerySet[Visit]:
    visits = Visit.objects.filter(technician=technician_id, status__in=Visit.ACTIVE).order_by("window_start")
    return visits.select_related("ticket__site", "ticket__territory", "ticket__service_type")


def _lay_out(before: Visit | None, chain: Iterable[Visit], *, strict: bool, all_of_them: bool = False) -> list[Visit]:
    """One after the other, until one stays as it is."""
    changed: dict[UUID, Visit] = {}
    ways = _Ways()
    for number, visit in enumerate(chain):
        was = visit.occupies
        _place(visit, before, ways, strict=strict, anew=all_of_them or number == 0)
        if before is not None and before.occupies[1] > visit.occupies[0]:
            if strict:
                raise _out_of_reach(before if number == 0 else visit, before.occupies[1])
            before.occupied_from, before.occupied_until = before.occupies[0], visit.occupies[0]
            changed[before.pk] = before
        if visit.occupies != was:
            changed[visit.pk] = visit
        elif number > 0 and not all_of_them:
            break
        before = visit
    return list(changed.values())


def _place(visit: Visit, before: Visit | None, ways: "_Ways", *, strict: bool, anew: bool) -> None:
    """Say when this one occupies its technician. One that has begun stays as it is, or as its window."""
    if visit.status not in Visit.PLANNED:
        if not strict:
            visit.occupied_from = visit.occupied_until = None
        return
    free_from = before.occupies[1] if before is not None else visit.window_start
    way = ways.between(before, visit) if before is not None else NO_WAY
    begins = max(visit.window_start, free_from + way)
    if begins == visit.window_start and visit.occupied_from is None and not anew:
        return  # nobody has reckoned it so far, and it need not move
    if begins >= visit.window_end:
        if strict and before is not None:
            raise _out_of_reach(before if anew else visit, begins)
        begins, way = visit.window_start, NO_WAY
    visit.occupied_from = begins - way
    visit.occupied_until = begins + timedelta(minutes=visit.ticket.service_type.visit_minutes)


def _out_of_reach(other: Visit, earliest: datetime) -> Conflict:
    return Conflict(
        "visit_out_of_reach",
        "With the work and the way there is no time for this beside another visit. Choose another window or somebody "
        "else, or give a reason in override_reason.",
        visit=other.pk,
        window_start=other.window_start,
        window_end=other.window_end,
        earliest=earliest,
    )


class _Ways:
    """How long it takes between the places of two visits, by the speeds of where one goes."""

    def __init__(self) -> None:
        self._speeds: dict[UUID, Speeds] = {}

    def between(self, before: Visit, visit: Visit) -> timedelta:
        """No time where a place is unknown, and where so much lies between that nobody comes from there."""
        leaves = before.occupies[1]
        here, there = place_of(before.ticket.site), place_of(visit.ticket.site)
        if here is None or there is None or here == there or leaves + LONGEST_WAY <= visit.window_start:
            return NO_WAY
        territory = visit.ticket.territory
        if territory.pk not in self._speeds:
            self._speeds[territory.pk] = speeds_of(territory)
        speeds = self._speeds[territory.pk]
        return timedelta(seconds=speeds.leg(here, there, speeds.slowness(leaves, leaves)).seconds)
