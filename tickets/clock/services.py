"""The life of the clocks on a ticket.

These functions are called by the commands that change a ticket, which hold the ticket's lock. `at` is when it happened
(the corrected time of a phone, perhaps hours ago), `received_at` when we heard of it. What arrives out of order takes
effect no earlier than the clock's present segment.

| clock | starts | ends |
|---|---|---|
| first_reply | when the complaint was reported | with the first reply |
| on_site | when the complaint was reported | when somebody arrives; stops when the ticket is resolved without |
| resolution | when the complaint was reported | when the ticket is resolved |
| result_told | when the ticket is resolved | when the customer was told |
| callback | when the callback is promised | when the call was made |

A ticket that is opened again takes up the clocks of the repair where they ended; the time in between does not count.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Max, QuerySet

from sync.commands import Actor
from tickets.clock import terms
from tickets.clock.judging import JUDGED, Life, calendars
from tickets.clock.models import ClockSegment, ClockTimer, Target, TicketClock
from tickets.clock.sweeping import sweep
from tickets.complaints.models import Ticket

__all__ = [
    "meet_clock",
    "pause_clocks",
    "recompute_clocks",
    "restart_clocks",
    "resume_clocks",
    "start_clock",
    "start_clocks",
    "stop_clocks",
    "sweep",
]

FROM_THE_REPORT = (Target.FIRST_REPLY, Target.ON_SITE, Target.RESOLUTION)
"""Promises that run from the moment of the complaint."""
OF_THE_REPAIR = (Target.ON_SITE, Target.RESOLUTION)
"""Promises that are open again when a ticket is opened again."""

Kind = ClockSegment.Kind


def start_clocks(ticket: Ticket, *, at: datetime, warn: bool = True) -> list[TicketClock]:
    """The complaint was reported at `at`: start what its policy promises from there. Clocks that exist stay.

    Without `warn` the clocks judge, but nobody is warned: for complaints of another time, such as those of an import.
    """
    there = _rounds(ticket, FROM_THE_REPORT)
    return _start(ticket, {target: 1 for target in FROM_THE_REPORT if target not in there}, at=at, warn=warn)


def start_clock(ticket: Ticket, target: Target, *, at: datetime) -> TicketClock | None:
    """Something was promised at `at`, such as a callback. None when the policy knows no such promise.

    One clock of a target is open at a time: while there is one, that one stands for it.
    """
    running = _open_clocks(ticket, [target]).first()
    if running is not None:
        return running
    number = _rounds(ticket, [target]).get(target, 0) + 1
    return next(iter(_start(ticket, {target: number}, at=at)), None)


def pause_clocks(ticket: Ticket, *, actor: Actor, at: datetime, reason: str) -> None:
    """The ticket is on hold. Clocks whose terms list the reason stand still; the others go on."""
    for clock in _open_clocks(ticket):
        kind = Kind.PAUSED if reason in clock.pausing_reasons else Kind.RUNNING
        _turn(clock, at=at, kind=kind, reason=reason, actor=actor)
        _judge(clock, at=at)


def resume_clocks(ticket: Ticket, *, actor: Actor, at: datetime) -> None:
    """The ticket is on hold no more."""
    for clock in _open_clocks(ticket):
        _turn(clock, at=at, kind=Kind.RUNNING, actor=actor)
        _judge(clock, at=at)


def meet_clock(ticket: Ticket, target: Target, *, at: datetime, received_at: datetime) -> TicketClock | None:
    """What was promised was done at `at`. Answers the clock, or None when there was none to meet.

    The earliest time that we hear of counts. When the clock would have been judged otherwise at `received_at`, it says
    that it was `judged_in_hindsight`. A resolution also ends the wait for somebody on site and begins the time in which
    the customer has to be told.
    """
    clock = ticket.clocks.filter(target=target).order_by("round").last()
    if clock is not None and _can_still_be_met(clock, at):
        _end(clock, met_at=at, received_at=received_at)
    if target == Target.RESOLUTION:
        for waiting in _open_clocks(ticket, [Target.ON_SITE]):
            _end(waiting, stopped_at=at, received_at=received_at)
        start_clock(ticket, Target.RESULT_TOLD, at=at)
    return clock


def stop_clocks(ticket: Ticket, *, at: datetime) -> None:
    """Nothing more is to be kept: the ticket was cancelled or closed. A target that had passed stays missed."""
    for clock in _open_clocks(ticket):
        _end(clock, stopped_at=at, received_at=at)


def restart_clocks(ticket: Ticket, *, at: datetime) -> None:
    """The ticket was opened again: the promises of the repair go on with what had been consumed.

    A result that had still to be told is none.
    """
    for clock in _open_clocks(ticket, [Target.RESULT_TOLD]):
        _end(clock, stopped_at=at, received_at=at)
    for clock in ticket.clocks.filter(target__in=OF_THE_REPAIR):
        if ended_at := clock.ended_at:
            _turn(clock, at=ended_at, kind=Kind.PAUSED, reason=ClockSegment.ENDED)
            _turn(clock, at=at, kind=Kind.RUNNING)
            clock.met_at = clock.stopped_at = None
            clock.target_missed = clock.limit_missed = clock.judged_in_hindsight = False
            clock.save(update_fields=["met_at", "stopped_at"])
            _judge(clock, at=at)


def recompute_clocks(ticket: Ticket, *, at: datetime) -> None:
    """The ticket's priority or service type is another: its open clocks go by the terms that now hold for it.

    Warnings that were given are not given again.
    """
    promises = terms.Promises([ticket])
    for clock in _open_clocks(ticket):
        if promise := promises.find(ticket, clock.target):
            terms.apply(promise, clock)
            clock.save(update_fields=terms.FIELDS)
            _judge(clock, at=at)


def _open_clocks(ticket: Ticket, targets: Collection[str] | None = None) -> QuerySet[TicketClock]:
    clocks = ticket.clocks.filter(met_at=None, stopped_at=None)
    return clocks if targets is None else clocks.filter(target__in=targets)


def _rounds(ticket: Ticket, targets: Iterable[str]) -> dict[str, int]:
    """The newest round of each target that has a clock."""
    rows = ticket.clocks.order_by().filter(target__in=targets).values_list("target").annotate(Max("round"))
    return dict(rows)


def _start(ticket: Ticket, rounds: dict[Target, int], *, at: datetime, warn: bool = True) -> list[TicketClock]:
    """Start a clock for each target that is promised to this ticket."""
    promises = terms.Promises([ticket], rounds)
    clocks = []
    for target, number in rounds.items():
        if promise := promises.find(ticket, target):
            clock = TicketClock(ticket=ticket, target=target, round=number, started_at=at)
            terms.apply(promise, clock)
            if not warn:
                clock.warn_percents = []
            clocks.append(clock)
    by_id = calendars(clock.calendar_id for clock in clocks)
    segments = [ClockSegment(clock=clock, kind=Kind.RUNNING, started_at=at) for clock in clocks]
    timers = []
    for clock, segment in zip(clocks, segments, strict=True):
        life = Life(clock, [segment], by_id[clock.calendar_id])
        verdict = life.judge(at)
        life.settle(verdict)
        timers.append(life.timer(verdict, ()))
    TicketClock.objects.bulk_create(clocks)
    ClockSegment.objects.bulk_create(segments)
    ClockTimer.objects.bulk_create(timers)
    return clocks


def _turn(clock: TicketClock, *, at: datetime, kind: Kind, reason: str = "", actor: Actor | None = None) -> None:
    """From `at` on the clock is in another segment; the present one is replaced if it does not begin before."""
    present = clock.segments.order_by("started_at").last()
    assert present is not None, "a clock has a segment from its start"
    user = actor.user if actor else None
    if (present.kind, present.reason) == (kind, reason):
        return
    if at > present.started_at:
        present.ended_at = at
        present.save(update_fields=["ended_at"])
        clock.segments.create(kind=kind, reason=reason, started_at=at, actor=user)
    else:
        present.kind, present.reason, present.actor = kind, reason, user
        present.save(update_fields=["kind", "reason", "actor"])


def _can_still_be_met(clock: TicketClock, at: datetime) -> bool:
    """Whether something done at `at` would change what the clock says.

    Not when it has ended before, and not when it belongs to the time before the ticket was opened again.
    """
    if clock.ended_at and clock.ended_at <= at:
        return False
    return not clock.segments.filter(reason=ClockSegment.ENDED, ended_at__gt=at).exists()


def _end(
    clock: TicketClock, *, met_at: datetime | None = None, stopped_at: datetime | None = None, received_at: datetime
) -> None:
    """The clock ended, perhaps earlier than we thought: forget what it did after that, and judge it."""
    life = Life.of(clock)
    thought = life.judge(received_at)
    clock.met_at = met_at and max(met_at, clock.started_at)
    clock.stopped_at = stopped_at and max(stopped_at, clock.started_at)
    ended_at = clock.ended_at
    assert ended_at is not None, "a clock ends at some moment"
    first, *later = life.segments
    kept = [first, *(row for row in later if row.started_at < ended_at)]
    clock.segments.filter(pk__in=[row.pk for row in later if row not in kept]).delete()
    if kept[-1].ended_at is not None:
        kept[-1].ended_at = None
        kept[-1].save(update_fields=["ended_at"])
    life = Life(clock, kept, life.calendar)
    found = life.judge(ended_at)
    otherwise = (thought.target_missed, thought.limit_missed) != (found.target_missed, found.limit_missed)
    life.settle(found, in_hindsight=otherwise and ended_at < received_at)
    clock.save(update_fields=["met_at", "stopped_at", *JUDGED])
    ClockTimer.objects.filter(clock=clock).delete()


def _judge(clock: TicketClock, *, at: datetime) -> None:
    """Store how an open clock stands at `at`, and when the sweep has to look at it again."""
    life = Life.of(clock)
    verdict = life.judge(at)
    life.settle(verdict)
    clock.save(update_fields=JUDGED)
    fired = clock.warnings.values_list("percent", flat=True)
    ClockTimer.objects.bulk_create(
        [life.timer(verdict, fired)],
        update_conflicts=True,
        unique_fields=["clock"],
        update_fields=["fires_at", "stale"],
    )
