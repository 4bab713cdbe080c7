"""What follows for a day from what was planned and what was told. Pure: no database, no present moment.

The formulas, in words in docs/attendance.md:

- **Presence** is from each coming (clocking in, or arriving at a customer's) to the last leaving before the next one,
  if there was a clocking out; without, it goes on, at the end of the day to the last that was told.
- **Worked** is presence less the breaks of the shift. **Planned** is shifts on duty, less breaks, less absences.
- **Late** is from the planned beginning until they came, **early** from when they left until the planned end, if more
  than the tolerance. Of somebody who told no clocking in or out we do not know: that is marked instead.
- **Overtime** is what was worked more than planned, if more than the tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tickets.attendance.models import AttendanceDay
from tickets.shifts.days import DAY, day_of, midnight
from tickets.shifts.models import Shift
from tickets.shifts.selectors import Span, length, without
from tickets.shifts.weeks import on_duty, pauses_of
from tickets.visits.models import CheckIn

State, Mark, Kind = AttendanceDay.State, AttendanceDay.Mark, CheckIn.Kind
COMING, LEAVING = (Kind.SHIFT_START, Kind.ARRIVAL), (Kind.SHIFT_END, Kind.DEPARTURE)
MARGIN = timedelta(hours=4)
"""What is told so long before the first shift of a day, or after its last one, belongs to it, midnight or not."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How strictly is judged: see `ATTENDANCE_TOLERANCE_MINUTES` and `ATTENDANCE_JUDGED_AFTER_MINUTES`."""

    tolerance: timedelta
    judged_after: timedelta


@dataclass(frozen=True, slots=True)
class Event:
    """What was told, and when it happened."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A correction."""

    came_at: datetime | None
    left_at: datetime | None
    excused: bool

    def of(self, events: Sequence[Event]) -> list[Event]:
        """The events as if this had been told: nothing before they came, nothing after they left."""
        came, left = self.came_at, self.left_at
        kept = [event for event in events if not (came and event.at <= came) and not (left and event.at >= left)]
        first = [Event(Kind.SHIFT_START, came)] if came else []
        last = [Event(Kind.SHIFT_END, left)] if left else []
        return [*first, *kept, *last]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is planned for a day that reaches from one moment to another; `shifts` are those that begin in it."""

    reach: Span
    shifts: Sequence[Shift] = ()
    away: Sequence[Span] = ()

    @property
    def hours(self) -> list[Span]:
        """When somebody is expected: shifts on duty with their breaks, less absences."""
        regular = [shift for shift in self.shifts if shift.kind == Shift.Kind.REGULAR]
        return without([(shift.starts_at, shift.ends_at) for shift in regular], self.away)

    @property
    def time(self) -> timedelta:
        """Planned time: see the module."""
        return length(without(on_duty(self.shifts), self.away))

    @property
    def is_left_out(self) -> bool:
        """Shifts are planned, and an absence takes up all of them."""
        return bool(on_duty(self.shifts)) and not self.hours


@dataclass(slots=True)
class Verdict:
    """What follows; the names are those of `AttendanceDay`. `state` is empty where there is nothing to tell."""

    state: str = ""
    came_at: datetime | None = None
    left_at: datetime | None = None
    worked_s: int = 0
    late_s: int = 0
    early_s: int = 0
    overtime_s: int = 0
    marks: list[str] = field(default_factory=list)
    judge_again_at: datetime | None = None

    def as_told(self) -> dict[str, Any]:
        """As it is kept beside a correction."""
        names = ("state", "came_at", "left_at", "worked_s", "late_s", "early_s", "overtime_s", "marks")
        values = {name: getattr(self, name) for name in names}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def reach_of(day: date, zone: ZoneInfo, shifts: Sequence[Shift]) -> Span:
    """From when until when what is told belongs to this day. `shifts` are those of the days around it, too."""
    return _boundary(day, zone, shifts), _boundary(day + DAY, zone, shifts)


def _boundary(day: date, zone: ZoneInfo, shifts: Sequence[Shift]) -> datetime:
    """Where the day begins: at midnight, unless a shift comes closer to it than the margin, or beyond; then so far from
    it. Between two such shifts: in the middle.
    """
    before = max((shift.ends_at for shift in shifts if day_of(shift.starts_at, zone) == day - DAY), default=None)
    after = min((shift.starts_at for shift in shifts if day_of(shift.starts_at, zone) == day), default=None)
    start = midnight(day, zone)
    if before and after and after - before < 2 * MARGIN:
        return before + (after - before) / 2
    if before:
        start = max(start, before + MARGIN)
    return min(start, after - MARGIN) if after else start


def judge(
    plan: DayPlan, events: Sequence[Event], *, at: datetime, told_all: bool, terms: Terms, said: Said | None = None
) -> Verdict:
    """The verdict on a day as of `at`. `told_all`: the phone has told everything until the planned end.

    `events` are those of the day's reach, in order.
    """
    if said:
        events = said.of(events)
    hours = plan.hours
    spans, closed = _presence(events)
    verdict = Verdict()
    if not hours and not events:
        verdict.state = State.ON_LEAVE if plan.is_left_out else ""
        return _excused(verdict, said)
    over_at = hours[-1][1] + terms.judged_after if hours else plan.reach[1]
    over = at >= over_at
    if spans:
        verdict.came_at = spans[0][0]
    if events and events[-1].kind in LEAVING:
        verdict.left_at = events[-1].at
    clocked_in = any(event.kind == Kind.SHIFT_START for event in events)
    verdict.worked_s = _seconds(length(without(spans, pauses_of(plan.shifts))))
    if hours and verdict.came_at and clocked_in:
        verdict.late_s = _beyond(verdict.came_at - hours[0][0], terms)
    if not over and not (closed and not hours):
        verdict.state, verdict.judge_again_at = State.OPEN, over_at
        return _excused(verdict, said)
    if not (closed or told_all or said) and hours:
        verdict.state = State.AWAITING_SYNC
        return verdict
    verdict.state = State.ATTENDED if events else State.MISSING
    if events:
        verdict.marks = [
            mark for mark, told in ((Mark.NO_CLOCK_IN, clocked_in), (Mark.NO_CLOCK_OUT, closed)) if not told
        ]
    if hours and verdict.left_at and closed:
        verdict.early_s = _beyond(hours[-1][1] - verdict.left_at, terms)
    verdict.overtime_s = _beyond(timedelta(seconds=verdict.worked_s) - plan.time, terms)
    return _excused(verdict, said)


def _presence(events: Sequence[Event]) -> tuple[list[Span], bool]:
    """The stretches of presence, and whether the last one was ended by clocking out."""
    spans: list[Span] = []
    since: datetime | None = None
    for event in events:
        if event.kind in COMING and since is None:
            since = event.at
        elif event.kind == Kind.SHIFT_END and since is not None:
            spans.append((since, event.at))
            since = None
        elif event.kind in LEAVING and since is None and spans:
            spans[-1] = spans[-1][0], event.at
    if since is not None:
        spans.append((since, events[-1].at))
    return spans, since is None and bool(events) and any(event.kind == Kind.SHIFT_END for event in events)


def _excused(verdict: Verdict, said: Said | None) -> Verdict:
    if said and said.excused:
        verdict.state, verdict.late_s, verdict.early_s = State.EXCUSED, 0, 0
    return verdict


def _beyond(duration: timedelta, terms: Terms) -> int:
    return _seconds(duration) if duration > terms.tolerance else 0


def _seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())
