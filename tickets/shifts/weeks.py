"""The plan of a week: who works when, and who is away. Told as rows, and as a table to print."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Language, Territory, User
from fieldsvc.tables import Cell, Table
from tickets.shifts import selectors
from tickets.shifts.access import technicians_of
from tickets.shifts.days import DAY, day_of, days_of, midnight, week_of
from tickets.shifts.models import Absence, Shift
from tickets.shifts.selectors import Span, length, without
from tickets.shifts.words import ABSENCES, SHIFT_STATES, STANDBY

HEADINGS = (("Technician", "维修人员"), ("Hours", "工时"))
WEEKDAYS = (("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ("周一", "周二", "周三", "周四", "周五", "周六", "周日"))


@dataclass(slots=True)
class Row:
    """What is planned for one technician in a week: what begins in it, and the absences that touch it."""

    technician: User
    shifts: list[Shift] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)

    @property
    def planned_s(self) -> int:
        """See `planned_time`."""
        away = [(absence.starts_at, absence.ends_at) for absence in self.absences]
        return round(planned_time(self.shifts, away).total_seconds())


def on_duty(shifts: Sequence[Shift]) -> list[Span]:
    """When these shifts ask for work: without their breaks, and without those of people who are on call."""
    return [
        span
        for shift in shifts
        if shift.kind == Shift.Kind.REGULAR
        for span in without([(shift.starts_at, shift.ends_at)], pauses_of([shift]))
    ]


def pauses_of(shifts: Sequence[Shift]) -> list[Span]:
    """The breaks of these shifts."""
    return [
        (shift.break_starts_at, shift.break_ends_at)
        for shift in shifts
        if shift.break_starts_at is not None and shift.break_ends_at is not None
    ]


def planned_time(shifts: Sequence[Shift], away: Sequence[Span]) -> timedelta:
    """Planned is what lies in shifts on duty, less breaks, less absences."""
    return length(without(on_duty(shifts), away))


def week_plan(territory: Territory, week: date) -> list[Row]:
    """By name, all technicians of the territory, and whoever is planned there. Three queries."""
    start, end = week_of(week, ZoneInfo(territory.time_zone))
    shifts = Shift.objects.filter(territory=territory, starts_at__gte=start, starts_at__lt=end)
    shifts = selectors.with_shown(shifts.exclude(state=Shift.State.CANCELLED)).order_by("starts_at", "id")
    rows = {person.pk: Row(person) for person in technicians_of(territory)}
    for shift in shifts:
        rows.setdefault(shift.technician_id, Row(shift.technician)).shifts.append(shift)
    absences = selectors.absences_with_shown(selectors.absences_between(list(rows), start, end))
    for absence in absences:
        rows[absence.technician_id].absences.append(absence)
    return sorted(rows.values(), key=lambda row: (row.technician.name, row.technician.pk))


def week_table(territory: Territory, week: date, rows: Sequence[Row], *, language: str) -> Table:
    """A row for each technician, a column for each day."""
    chinese = language == Language.CHINESE
    days = days_of(week)
    zone = ZoneInfo(territory.time_zone)
    who, hours = (words[chinese] for words in HEADINGS)
    columns = [f"{weekday} {day:%m-%d}" for weekday, day in zip(WEEKDAYS[chinese], days, strict=True)]
    return Table(
        name=f"plan-{territory.code}-{week}",
        columns=[who, *columns, hours],
        rows=(
            [row.technician.name, *_days(row, days, zone, chinese=chinese), round(row.planned_s / 3600, 2)]
            for row in rows
        ),
    )


def _days(row: Row, days: Sequence[date], zone: ZoneInfo, *, chinese: bool) -> Iterator[Cell]:
    on: defaultdict[date, list[str]] = defaultdict(list)
    for shift in row.shifts:
        start, end = (at.astimezone(zone) for at in (shift.starts_at, shift.ends_at))
        words = [STANDBY] if shift.kind == Shift.Kind.STANDBY else []
        words += [SHIFT_STATES[shift.state]] if shift.state in SHIFT_STATES else []
        said = "".join(f" ({word[chinese]})" for word in words)
        on[start.date()].append(f"{start:%H:%M}–{end:%H:%M}{said}")
    for absence in row.absences:
        for day in days:
            if absence.starts_at < midnight(day + DAY, zone) and absence.ends_at > midnight(day, zone):
                on[day].append(_away(absence, day, zone, chinese=chinese))
    return (", ".join(on[day]) for day in days)


def _away(absence: Absence, day: date, zone: ZoneInfo, *, chinese: bool) -> str:
    """An absence as it concerns a day."""
    name = ABSENCES[absence.kind][chinese]
    if absence.first_day:
        return name
    start, end = (at.astimezone(zone) for at in (absence.starts_at, absence.ends_at))
    from_hour = f"{start:%H:%M}" if day_of(absence.starts_at, zone) == day else "00:00"
    to_hour = f"{end:%H:%M}" if day_of(absence.ends_at, zone) == day else "24:00"
    return f"{name} {from_hour}–{to_hour}"
