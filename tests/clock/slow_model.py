"""The response clock, counted by stepping through time: slow, obvious, and written without a look at the fast one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Hours:
    """A business calendar as somebody would write it on the door."""

    zone: str
    windows: Mapping[int, Sequence[tuple[time, time]]]
    holidays: frozenset[date]

    def open_at(self, instant: datetime) -> bool:
        """Whether a person who looks at the clock on the wall finds the door open."""
        wall = instant.astimezone(ZoneInfo(self.zone))
        if wall.date() in self.holidays:
            return False
        return any(
            opens <= wall.time() and (wall.time() < closes or closes == time(0, 0))
            for opens, closes in self.windows.get(wall.weekday(), ())
        )


@dataclass(frozen=True)
class Life:
    """What happened to a clock: it started, and was paused from time to time."""

    started: datetime
    pauses: Sequence[tuple[datetime, datetime | None]]

    def paused_at(self, instant: datetime) -> bool:
        return any(begin <= instant and (end is None or instant < end) for begin, end in self.pauses)


def steps(start: datetime, step: timedelta) -> Iterator[datetime]:
    while True:
        yield start
        start += step


def counts(life: Life, hours: Hours | None, instant: datetime) -> bool:
    return not life.paused_at(instant) and (hours is None or hours.open_at(instant))


def consumed(life: Life, hours: Hours | None, at: datetime, step: timedelta) -> timedelta:
    total = timedelta(0)
    for instant in steps(life.started, step):
        if instant >= at:
            return total
        if counts(life, hours, instant):
            total += step
    raise AssertionError


def reached_at(life: Life, hours: Hours | None, amount: timedelta, step: timedelta, until: datetime) -> datetime | None:
    """The first step at which `amount` is consumed; None when it is not until `until`."""
    total = timedelta(0)
    for instant in steps(life.started, step):
        if total >= amount:
            return instant
        if instant >= until:
            return None
        if counts(life, hours, instant):
            total += step
    raise AssertionError
