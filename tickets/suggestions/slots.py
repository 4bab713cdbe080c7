"""When somebody could be there: the free stretches of their shifts, and the first of them with room for the visit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tickets.shifts.selectors import Span, WorkingWindow
from tickets.travel.estimates import Leg
from tickets.travel.places import Place

QUARTER = timedelta(minutes=15)
"""People are promised times by the quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A stretch that is taken: by a visit, or (`moves` is False) by a break, which is had wherever they are."""

    starts_at: datetime
    ends_at: datetime
    place: Place | None = None
    moves: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """A free stretch of a shift, where they come from, and where they have to be afterwards, as far as known."""

    window: WorkingWindow
    starts_at: datetime
    ends_at: datetime
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time for the visit, with the ways; None: nobody knows from where, or they stay there afterwards."""

    gap: Gap
    starts_at: datetime
    ends_at: datetime
    way_there: Leg | None
    way_on: Leg | None


def gaps(window: WorkingWindow, busy: Iterable[Busy]) -> Iterator[Gap]:
    """What is left of the window, in order. The break of its shift is kept where it was planned."""
    here = window.starts_from
    free_from = window.starts_at
    breaks = [Busy(starts_at, ends_at, moves=False) for starts_at, ends_at in window.pauses]
    for taken in sorted([*busy, *breaks], key=lambda taken: taken.starts_at):
        if taken.starts_at >= window.ends_at:
            break
        if taken.starts_at > free_from:
            yield Gap(window, free_from, taken.starts_at, here, taken.place)
        if taken.moves and taken.ends_at >= free_from:
            here = taken.place
        free_from = max(free_from, taken.ends_at)
    if free_from < window.ends_at:
        yield Gap(window, free_from, window.ends_at, here, window.returns_to)


def slot_in(
    gap: Gap, way_there: Leg | None, way_on: Leg | None, *, within: Span, length: timedelta, at: datetime
) -> Slot | None:
    """The first time in the gap at which the whole visit lies within the span, if they set out at `at` or later."""
    earliest, latest = within
    arrives = max(gap.starts_at, at) + _lasting(way_there)
    starts = earliest if arrives <= earliest else by_the_quarter(arrives)
    ends = starts + length
    if ends > latest or ends + _lasting(way_on) > gap.ends_at:
        return None
    return Slot(gap, starts, ends, way_there, way_on)


def by_the_quarter(moment: datetime) -> datetime:
    """The next quarter of an hour, or the moment itself if it is one."""
    seconds = QUARTER.total_seconds()
    return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)


def _lasting(way: Leg | None) -> timedelta:
    return timedelta(seconds=way.seconds if way else 0)
