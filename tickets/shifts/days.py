"""Days and weeks by the wall clock of a territory."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fieldsvc.errors import Invalid
from tickets.shifts.selectors import Span

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When the wall clock shows this. What it shows twice is meant the first time; what daylight saving skips is as
    much later as was skipped.
    """
    return datetime.combine(day, clock, zone).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins."""
    return moment(day, time(), zone)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day on which it is there."""
    return at.astimezone(zone).date()


def days_of(week: date) -> list[date]:
    """The seven days from a Monday on."""
    return [week + number * DAY for number in range(7)]


def week_of(week: date, zone: ZoneInfo) -> Span:
    """From a Monday to the next. Raises Invalid("not_a_monday")."""
    must_be_monday(week)
    return midnight(week, zone), midnight(week + WEEK, zone)


def must_be_monday(day: date, *, field: str = "week") -> None:
    """Raises Invalid("not_a_monday")."""
    if day.weekday():
        raise Invalid("not_a_monday", "Name a week by its Monday.", field=field)


def moved(at: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """The same time by the wall clock, so many days later."""
    there = at.astimezone(zone)
    return moment((there + by).date(), there.time(), zone)
