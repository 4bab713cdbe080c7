"""The arithmetic of the response clock. Pure: no database, no present moment, no Django.

A clock's life is a sequence of segments, each running or paused. A calendar says which instants of a running
segment count. From these two follow how much time was consumed at an instant (`consumed`), the first instant at which
a given amount is consumed (`reached_at`), and the account of every stretch (`account`).

**What counts in a business calendar**: an instant counts when the wall clock of the calendar's zone shows a time inside
a window of that weekday, on a day that is no holiday. So where daylight saving skips an hour, nobody could work in
it and it does not count; an hour that the wall clock shows twice counts twice.

Instants are aware datetimes in UTC. Intervals contain their start and not their end. Weeks without a holiday or a
change of the zone's offset are taken as a whole, so the work grows with weeks, not with minutes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

ZERO = timedelta(0)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
SECOND = timedelta(seconds=1)

HORIZON = timedelta(days=20 * 365)
"""How far ahead a due moment is looked for. What is not reached by then is never due."""

ELAPSED = "elapsed"
OPEN_HOURS = "open_hours"
OUTSIDE_HOURS = "outside_hours"
HOLIDAY = "holiday"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a clock's life; `end` is None for one that goes on."""

    start: datetime
    end: datetime | None
    running: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval in which everything counts, or nothing does, for one reason (`why`)."""

    start: datetime
    end: datetime
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Piece(Stretch):
    """A stretch of a clock's life, with the reason of the segment that it lies in."""

    reason: str = ""


class Calendar(Protocol):
    """Which instants count."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the interval counts."""

    def after(self, start: datetime, amount: timedelta) -> datetime | None:
        """The first instant at which `amount` has been counted from `start`; None when it is never reached."""

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The interval, cut where the reason changes, in order and without gaps."""


class ElapsedTime:
    """By day and night: every instant counts."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """See `Calendar`."""
        return max(end - start, ZERO)

    def after(self, start: datetime, amount: timedelta) -> datetime | None:
        """See `Calendar`."""
        return start + amount

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """See `Calendar`."""
        if start < end:
            yield Stretch(start, end, True, ELAPSED)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """At most a week during which the zone keeps its offset from UTC, so that its wall clock runs evenly."""

    start: datetime
    end: datetime
    offset: timedelta

    @property
    def wall(self) -> tuple[datetime, datetime]:
        """Start and end as the wall clock shows them (naive)."""
        return self.at_wall(self.start), self.at_wall(self.end)

    def at_wall(self, instant: datetime) -> datetime:
        """What the wall clock shows at an instant of this chunk."""
        return (instant + self.offset).replace(tzinfo=None)

    def instant(self, wall: datetime) -> datetime:
        """The instant of this chunk at which the wall clock shows `wall`."""
        return wall.replace(tzinfo=UTC) - self.offset


class BusinessTime:
    """Time within the windows of a week, by the wall clock of a zone, except on holidays.

    `windows` maps a weekday (Monday is 0) to pairs of opening and closing time; closing at 00:00 is the end of the
    day. Windows that touch or overlap count once.
    """

    def __init__(
        self,
        zone: tzinfo,
        windows: Mapping[int, Iterable[tuple[time, time]]],
        holidays: Iterable[date] = (),
    ) -> None:
        self._zone = zone
        self._windows = {weekday: _merged(windows.get(weekday, ())) for weekday in range(7)}
        self._holidays = frozenset(holidays)
        self._week = sum((closes - opens for day in self._windows.values() for opens, closes in day), ZERO)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """See `Calendar`."""
        total = ZERO
        for chunk in self._chunks(start, end):
            if self._is_plain_week(chunk):
                total += self._week
            else:
                total += sum((closes - opens for opens, closes in self._open(chunk)), ZERO)
        return total

    def after(self, start: datetime, amount: timedelta) -> datetime | None:
        """See `Calendar`."""
        if amount <= ZERO:
            return start
        if not self._week:
            return None
        for chunk in self._chunks(start, start + HORIZON):
            if self._week < amount and self._is_plain_week(chunk):
                amount -= self._week
                continue
            for opens, closes in self._open(chunk):
                if closes - opens >= amount:
                    return opens + amount
                amount -= closes - opens
        return None

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """See `Calendar`."""
        return _joined(self._cut(start, end))

    def _cut(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The stretches, cut also at midnight and where the offset changes."""
        for chunk in self._chunks(start, end):
            for midnight, day_start, day_end in _days(*chunk.wall):
                closed = HOLIDAY if midnight.date() in self._holidays else OUTSIDE_HOURS
                reached = day_start
                for opens, closes in self._hours(midnight, day_start, day_end):
                    if reached < opens:
                        yield Stretch(chunk.instant(reached), chunk.instant(opens), False, closed)
                    yield Stretch(chunk.instant(opens), chunk.instant(closes), True, OPEN_HOURS)
                    reached = closes
                if reached < day_end:
                    yield Stretch(chunk.instant(reached), chunk.instant(day_end), False, closed)

    def _open(self, chunk: _Chunk) -> Iterator[tuple[datetime, datetime]]:
        """The intervals of a chunk that count, in order."""
        for midnight, start, end in _days(*chunk.wall):
            for opens, closes in self._hours(midnight, start, end):
                yield chunk.instant(opens), chunk.instant(closes)

    def _hours(self, midnight: datetime, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The windows of the day that begins at `midnight`, as far as they lie between `start` and `end`; wall time."""
        if midnight.date() in self._holidays:
            return
        for opens, closes in self._windows[midnight.weekday()]:
            cut_opens, cut_closes = max(midnight + opens, start), min(midnight + closes, end)
            if cut_opens < cut_closes:
                yield cut_opens, cut_closes

    def _is_plain_week(self, chunk: _Chunk) -> bool:
        """Whether the chunk is seven full days without a holiday: it holds a week's windows, wherever it begins."""
        if chunk.end - chunk.start != WEEK:
            return False
        first = chunk.at_wall(chunk.start).date()
        return not any(first + timedelta(days=days) in self._holidays for days in range(8))

    def _chunks(self, start: datetime, end: datetime) -> Iterator[_Chunk]:
        """The interval, cut into weeks and where the zone's offset changes.

        No zone changes its offset twice within a week, so comparing both ends of a week finds every change.
        """
        while start < end:
            stop = min(start + WEEK, end)
            offset = self._offset(start)
            # The last instant of the chunk is asked, not its end: the end belongs to the next one.
            if self._offset(stop - timedelta.resolution) != offset:
                stop = self._change(start, stop, offset)
            yield _Chunk(start, stop, offset)
            start = stop

    def _change(self, before: datetime, after: datetime, offset: timedelta) -> datetime:
        """The first instant between the two at which the zone's offset is no longer `offset`: always a full second."""
        first = before.replace(microsecond=0)
        seconds = bisect_left(
            range((after - first) // SECOND + 1),
            True,
            key=lambda second: self._offset(first + second * SECOND) != offset,
        )
        return first + seconds * SECOND

    def _offset(self, instant: datetime) -> timedelta:
        offset = instant.astimezone(self._zone).utcoffset()
        assert offset is not None, "an aware datetime has an offset"
        return offset


def _merged(windows: Iterable[tuple[time, time]]) -> list[tuple[timedelta, timedelta]]:
    """The windows of a day as distances from midnight, in order, joined where they touch or overlap."""
    merged: list[tuple[timedelta, timedelta]] = []
    for opens, closes in sorted((_since_midnight(opens), _since_midnight(closes) or DAY) for opens, closes in windows):
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closes)
        else:
            merged.append((opens, closes))
    return merged


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)


def _days(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, datetime]]:
    """The days of an interval of wall time: midnight, and where the interval begins and ends on that day."""
    midnight = datetime.combine(start.date(), time())
    while midnight < end:
        yield midnight, max(midnight, start), min(midnight + DAY, end)
        midnight += DAY


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Neighbours with the same reason become one."""
    last: Stretch | None = None
    for stretch in stretches:
        if last and (last.why, last.end) == (stretch.why, stretch.start):
            last = Stretch(last.start, stretch.end, last.counts, last.why)
        else:
            if last:
                yield last
            last = stretch
    if last:
        yield last


def consumed(segments: Sequence[Segment], calendar: Calendar, at: datetime) -> timedelta:
    """How much time has counted from the beginning to `at`."""
    return sum(
        (
            calendar.between(segment.start, at if segment.end is None else min(segment.end, at))
            for segment in segments
            if segment.running
        ),
        ZERO,
    )


def reached_at(segments: Sequence[Segment], calendar: Calendar, amount: timedelta) -> datetime | None:
    """The first instant at which `amount` (more than nothing) is consumed.

    None when that never happens as things stand: the clock stands still, or the calendar never opens.
    """
    for segment in segments:
        if not segment.running:
            continue
        if segment.end is None:
            return calendar.after(segment.start, amount)
        counted = calendar.between(segment.start, segment.end)
        if counted >= amount:
            return calendar.after(segment.start, amount)
        amount -= counted
    return None


def account(segments: Sequence[Segment], calendar: Calendar, at: datetime) -> list[Piece]:
    """Every stretch from the beginning to `at`: whether it counted, and why. In order, without gaps."""
    pieces: list[Piece] = []
    for segment in segments:
        end = at if segment.end is None else min(segment.end, at)
        if segment.running:
            pieces.extend(
                Piece(stretch.start, stretch.end, stretch.counts, stretch.why, segment.reason)
                for stretch in calendar.stretches(segment.start, end)
            )
        elif segment.start < end:
            pieces.append(Piece(segment.start, end, False, PAUSED, segment.reason))
    return pieces
