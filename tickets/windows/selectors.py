"""Which windows a resident may choose: those on offer in which somebody is free."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.models import Role
from accounts.people.selectors import people_with_role
from tickets.complaints.models import Ticket
from tickets.shifts.working import has_room, time_at_work
from tickets.visits.models import Visit
from tickets.visits.selectors import active_visits
from tickets.windows.models import ChosenWindow, OfferedWindow

DAYS = 7
"""So many days ahead something is offered, today included."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time in which somebody comes."""

    window_start: datetime
    window_end: datetime

    def overlaps(self, visit: Visit) -> bool:
        """Whether the visit takes up some of it."""
        return visit.window_start < self.window_end and visit.window_end > self.window_start


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen, what holds now (planned, or chosen and not planned yet), and until when it can be changed."""

    offered: list[Window]
    current: Window | None
    planned: bool
    change_until: datetime | None


def choice(ticket: Ticket, *, at: datetime) -> Choice:
    """What the resident of this ticket may choose at `at`."""
    visit = active_visits(ticket.pk).select_related("technician").first()
    chosen = ChosenWindow.objects.filter(ticket=ticket).first()
    held = visit or chosen
    current = Window(held.window_start, held.window_end) if held else None
    return Choice(
        offered=offered(ticket, visit, at=at),
        current=current,
        planned=visit is not None,
        change_until=change_until(visit) if visit else None,
    )


def change_until(visit: Visit) -> datetime:
    """From then on the technician counts on it."""
    return visit.window_start - timedelta(hours=settings.WINDOW_CHANGE_HOURS)


def offered(ticket: Ticket, visit: Visit | None, *, at: datetime) -> list[Window]:
    """Windows in which all who go to the planned visit are at work and free; without one, in which anybody is who can
    do it.

    What others have chosen and nobody has planned yet takes up one of those who are free.
    """
    if ticket.status not in Ticket.OPEN or (visit and (visit.status not in Visit.PLANNED or at > change_until(visit))):
        return []
    windows = _on_offer(ticket, after=at + timedelta(hours=settings.WINDOW_CHANGE_HOURS))
    if not windows:
        return []
    people = _crew_of(visit) if visit else _who_could_come(ticket)
    taken: dict[UUID, list[Visit]] = {person: [] for person in people}
    last = max(window.window_end for window in windows)
    visits = Visit.objects.filter(technician__in=people, status__in=Visit.ACTIVE, window_end__gt=at)
    for other in visits.filter(window_start__lt=last):
        if visit is None or visit.pk not in (other.pk, other.companion_of_id):
            taken[other.technician_id].append(other)
    wished = Counter() if visit else _wished(ticket, windows)
    zone, length = ZoneInfo(ticket.territory.time_zone), timedelta(minutes=ticket.service_type.visit_minutes)
    at_work = time_at_work(people, windows[0].window_start, last, zone=zone)

    def is_free(window: Window) -> bool:
        free = sum(
            not any(map(window.overlaps, visits))
            and has_room(at_work[person], window.window_start, window.window_end, length)
            for person, visits in taken.items()
        )
        return free == len(people) if visit else free > wished[window]

    return list(filter(is_free, windows))


def _crew_of(visit: Visit) -> list[UUID]:
    companions = Visit.objects.filter(companion_of=visit, status__in=Visit.ACTIVE)
    return [visit.technician_id, *companions.values_list("technician", flat=True)]


def _on_offer(ticket: Ticket, *, after: datetime) -> list[Window]:
    """In order. A window that daylight saving skips altogether is none."""
    zone = ZoneInfo(ticket.territory.time_zone)
    today = after.astimezone(zone).date()
    rows = list(OfferedWindow.objects.filter(territory=ticket.territory_id))
    windows = set()
    for day in (today + timedelta(days=number) for number in range(DAYS)):
        for row in rows:
            if row.weekday == day.weekday():
                start, end = (datetime.combine(day, hour, zone).astimezone(UTC) for hour in (row.opens, row.closes))
                if start >= after and end > start:
                    windows.add(Window(start, end))
    return sorted(windows, key=lambda window: (window.window_start, window.window_end))


def _who_could_come(ticket: Ticket) -> list[UUID]:
    people = people_with_role(Role.TECHNICIAN, ticket.territory_id)
    for skill in ticket.service_type.skills.all():
        people = people.filter(skills=skill)
    return list(people.order_by().values_list("pk", flat=True))


def _wished(ticket: Ticket, windows: list[Window]) -> Counter[Window]:
    planned = Exists(Visit.objects.filter(ticket=OuterRef("ticket"), status__in=Visit.ACTIVE))
    wishes = ChosenWindow.objects.filter(
        ~planned,
        ticket__territory=ticket.territory_id,
        ticket__status__in=Ticket.OPEN,
        window_start__gte=windows[0].window_start,
    ).exclude(ticket=ticket)
    return Counter(Window(*wish) for wish in wishes.values_list("window_start", "window_end"))
