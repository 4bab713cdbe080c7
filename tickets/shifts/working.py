"""When somebody may be sent: within their shifts, where shifts are planned at all, and while they are not away."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tickets.shifts.days import WEEK, day_of, midnight
from tickets.shifts.selectors import Span, absences_between, shifts_between, without


def time_at_work(
    technician_ids: Collection[UUID], start: datetime, end: datetime, *, zone: ZoneInfo
) -> Mapping[UUID, list[Span]]:
    """By technician, the stretches between the two moments in which they may be sent, in order; nobody is missing.

    In a week (from Monday, by this clock) for which no shift of theirs was published they may be sent at any time, as
    small firms plan no shifts. Time of approved absences never counts. Two queries, however many people.
    """
    monday = day_of(start, zone)
    monday -= timedelta(days=monday.weekday())
    weeks: list[Span] = []
    while not weeks or weeks[-1][1] < end:
        weeks.append((midnight(monday, zone), midnight(monday + WEEK, zone)))
        monday += WEEK
    shifts: dict[UUID, list[Span]] = defaultdict(list)
    for shift in shifts_between(technician_ids, weeks[0][0], weeks[-1][1]):
        shifts[shift.technician_id].append((shift.starts_at, shift.ends_at))
    away: dict[UUID, list[Span]] = defaultdict(list)
    for absence in absences_between(technician_ids, start, end):
        away[absence.technician_id].append((absence.starts_at, absence.ends_at))
    found = {}
    for pk in technician_ids:
        unplanned = [week for week in weeks if not any(week[0] <= begins < week[1] for begins, _ in shifts[pk])]
        within = _joined((max(since, start), min(until, end)) for since, until in [*shifts[pk], *unplanned])
        found[pk] = without(within, away[pk])
    return found


def has_room(stretches: Iterable[Span], start: datetime, end: datetime, length: timedelta) -> bool:
    """Whether one of them leaves so much time between the two moments, or all of that time if it is less."""
    needed = min(length, end - start)
    return any(min(until, end) - max(since, start) >= needed for since, until in stretches)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """In order, with those that follow each other without a gap as one."""
    joined: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if joined and since <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(until, joined[-1][1])
        else:
            joined.append((since, until))
    return joined
