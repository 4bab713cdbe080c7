"""Between the rows and the arithmetic: how a clock stands at a moment, by its segments, calendar and terms.

**Target and limit.** The target is the promise: a clock is `met` when it ends by its due moment, and `breached` when
that moment passes first. The limit is what must never be passed; it is judged beside, in `limit_missed`, and does not
change the state. A clock that was met late stays `breached` and has `met_at`.

**Open or ended.** An open clock is breached as soon as the due moment is reached; a clock that ends at just that moment
has still been met.

**Hindsight.** Everything is derived from when things happened. So when we hear at noon that somebody arrived at nine,
the clock is judged as it stood at nine, whatever it had been taken for in the meantime.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from tickets.clock import arithmetic
from tickets.clock.arithmetic import BusinessTime, Calendar, ElapsedTime, Segment
from tickets.clock.models import BusinessCalendar, ClockSegment, ClockTimer, TicketClock

State = TicketClock.State
JUDGED = ("state", "due_at", "limit_at", "target_missed", "limit_missed", "judged_in_hindsight")
"""The columns of a clock that hold the verdict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a clock stands: what `TicketClock` stores in the columns of the same names."""

    state: State
    due_at: datetime | None
    limit_at: datetime | None
    target_missed: bool
    limit_missed: bool


@dataclass(frozen=True, slots=True)
class Life:
    """A clock with all that is needed to judge it. `segments` in order; the last is open."""

    clock: TicketClock
    segments: list[ClockSegment]
    calendar: Calendar

    @classmethod
    def of(cls, clock: TicketClock) -> Self:
        """One clock; for many, see `lives()`."""
        return cls(clock, list(clock.segments.all()), calendars({clock.calendar_id})[clock.calendar_id])

    @classmethod
    def begin(cls, clock: TicketClock, calendar: Calendar) -> Self:
        """A clock that starts to run. It is the caller who saves it."""
        running = ClockSegment(clock=clock, kind=ClockSegment.Kind.RUNNING, started_at=clock.started_at)
        return cls(clock, [running], calendar)

    def end(self, *, met_at: datetime | None = None, stopped_at: datetime | None = None) -> None:
        """Let the clock be over, no earlier than it began; with neither moment it goes on."""
        started_at = self.clock.started_at
        self.clock.met_at = met_at and max(met_at, started_at)
        self.clock.stopped_at = stopped_at and max(stopped_at, started_at)

    @property
    def timeline(self) -> list[Segment]:
        """The segments as the arithmetic wants them."""
        return [
            Segment(row.started_at, row.ended_at, row.kind == ClockSegment.Kind.RUNNING, row.reason)
            for row in self.segments
        ]

    def reached_at(self, amount: timedelta) -> datetime | None:
        """When that much is consumed, as things stand; None while the clock stands still."""
        return arithmetic.reached_at(self.timeline, self.calendar, amount)

    def threshold(self, percent: int) -> datetime | None:
        """When that percentage of the target is consumed, as things stand."""
        return self.reached_at(self.clock.target_duration * percent / 100)

    def consumed(self, at: datetime) -> timedelta:
        """What was consumed by `at`; nothing after the end."""
        return arithmetic.consumed(self.timeline, self.calendar, self._until(at))

    def account(self, at: datetime) -> list[arithmetic.Piece]:
        """Every stretch until `at` or the end, whether it counted and why."""
        return arithmetic.account(self.timeline, self.calendar, self._until(at))

    def judge(self, at: datetime) -> Verdict:
        """How the clock stands at `at`: see the module."""
        clock = self.clock
        due_at, limit_at = self.reached_at(clock.target_duration), self.reached_at(clock.limit_duration)
        target_missed, limit_missed = self._missed(due_at, at), self._missed(limit_at, at)
        if target_missed:
            state = State.BREACHED
        elif clock.met_at:
            state = State.MET
        elif clock.stopped_at:
            state = State.STOPPED
        elif self.segments[-1].kind == ClockSegment.Kind.PAUSED:
            state = State.PAUSED
        else:
            state = State.RUNNING
        return Verdict(state, due_at, limit_at, target_missed, limit_missed)

    def settle(self, verdict: Verdict, *, in_hindsight: bool | None = None) -> None:
        """Let the clock say so. It is the caller who saves its columns `JUDGED`.

        A miss that is taken back was judged in hindsight, unless the caller knows better.
        """
        clock = self.clock
        acquitted = clock.target_missed > verdict.target_missed or clock.limit_missed > verdict.limit_missed
        clock.judged_in_hindsight = clock.judged_in_hindsight or acquitted if in_hindsight is None else in_hindsight
        clock.state, clock.due_at, clock.limit_at = verdict.state, verdict.due_at, verdict.limit_at
        clock.target_missed, clock.limit_missed = verdict.target_missed, verdict.limit_missed

    def timer(self, verdict: Verdict, fired: Collection[int]) -> ClockTimer:
        """The clock's timer, to be saved while the clock is open."""
        return ClockTimer(clock=self.clock, fires_at=self.fires_at(verdict, fired))

    def fires_at(self, verdict: Verdict, fired: Collection[int]) -> datetime | None:
        """When the sweep has to look at the clock again, if nothing happens until then: to warn, or to judge."""
        moments = [self.threshold(percent) for percent in self.to_fire(fired)]
        if not verdict.target_missed:
            moments.append(verdict.due_at)
        if not verdict.limit_missed:
            moments.append(verdict.limit_at)
        return min((moment for moment in moments if moment), default=None)

    def to_fire(self, fired: Collection[int]) -> list[int]:
        """The percentages that have not had their warning. Nobody is warned of 50 percent after 75."""
        return sorted(percent for percent in self.clock.warn_percents if percent > max(fired, default=0))

    def _until(self, at: datetime) -> datetime:
        return min(self.clock.ended_at or at, at)

    def _missed(self, moment: datetime | None, at: datetime) -> bool:
        if moment is None:
            return False
        return self.clock.ended_at > moment if self.clock.ended_at else at >= moment


def calendars(ids: Iterable[UUID | None]) -> Mapping[UUID | None, Calendar]:
    """The calendars with these ids, in three queries at most. No calendar is elapsed time."""
    found: dict[UUID | None, Calendar] = {None: ElapsedTime()}
    wanted = {id for id in ids if id}
    if wanted:
        for row in BusinessCalendar.objects.filter(pk__in=wanted).prefetch_related("windows", "holidays"):
            found[row.pk] = business_time(row)
    return found


def business_time(row: BusinessCalendar) -> BusinessTime:
    """The arithmetic of a stored calendar."""
    windows: dict[int, list[tuple[time, time]]] = {}
    for window in row.windows.all():
        windows.setdefault(window.weekday, []).append((window.opens, window.closes))
    return BusinessTime(ZoneInfo(row.time_zone), windows, [holiday.day for holiday in row.holidays.all()])


def lives(clocks: Sequence[TicketClock]) -> list[Life]:
    """Many clocks, whose segments have been prefetched."""
    by_id = calendars(clock.calendar_id for clock in clocks)
    return [Life(clock, list(clock.segments.all()), by_id[clock.calendar_id]) for clock in clocks]
