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

A callback may belong to no ticket, and there may be several: each has its own moment, by the terms of the target
`callback` (`tickets/callbacks/promises.py`).

A ticket that is opened again takes up the clocks of the repair where they ended; the time in between does not count.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sync import work
from sync.commands import Actor, command
from tickets.clock import terms
from tickets.clock.arithmetic import Calendar
from tickets.clock.judging import JUDGED, Life, calendars
from tickets.clock.models import ClockSegment, ClockTimer, Target, TicketClock
from tickets.clock.sweeping import sweep
from tickets.complaints.models import Ticket

__all__ = [
    "meet_clock",
    "pause_clocks",
    "read_clocks",
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


@command
def start_clocks(ticket: Ticket, *, at: datetime, warn: bool = True) -> list[TicketClock]:
    """The complaint was reported at `at`: start what its policy promises from there. Clocks that exist stay.

    Without `warn` the clocks judge, but nobody is warned: for complaints of another time, such as those of an import.
    """
    rounds = dict.fromkeys(FROM_THE_REPORT, 1)
    for life in _clocks(ticket):
        rounds.pop(Target(life.clock.target), None)
    return _start(ticket, rounds, at=at, warn=warn)


@command
def start_clock(ticket: Ticket, target: Target, *, at: datetime) -> TicketClock | None:
    """Something was promised at `at`, such as to tell the result. None when the policy knows no such promise.

    One clock of a target is open at a time: while there is one, that one stands for it.
    """
    for running in _open_clocks(ticket, [target]):
        return running.clock
    newest = max((life.clock.round for life in _clocks(ticket) if life.clock.target == target), default=0)
    return next(iter(_start(ticket, {target: newest + 1}, at=at)), None)


@command
def pause_clocks(ticket: Ticket, *, actor: Actor, at: datetime, reason: str) -> None:
    """The ticket is on hold. Clocks whose terms list the reason stand still; the others go on."""
    for life in _open_clocks(ticket):
        kind = Kind.PAUSED if reason in life.clock.pausing_reasons else Kind.RUNNING
        _turn(life, at=at, kind=kind, reason=reason, actor=actor)
        _judge(life, at=at)


@command
def resume_clocks(ticket: Ticket, *, actor: Actor, at: datetime) -> None:
    """The ticket is on hold no more."""
    for life in _open_clocks(ticket):
        _turn(life, at=at, kind=Kind.RUNNING, actor=actor)
        _judge(life, at=at)


@command
def meet_clock(ticket: Ticket, target: Target, *, at: datetime, received_at: datetime) -> TicketClock | None:
    """What was promised was done at `at`. Answers the clock, or None when there was none to meet.

    The earliest time that we hear of counts. When the clock would have been judged otherwise at `received_at`, it says
    that it was `judged_in_hindsight`. A resolution also ends the wait for somebody on site and begins the time in which
    the customer has to be told.
    """
    rounds = [life for life in _clocks(ticket) if life.clock.target == target]
    newest = max(rounds, key=lambda life: life.clock.round, default=None)
    if newest is not None and _can_still_be_met(newest, at):
        _end(newest, met_at=at, received_at=received_at)
    if target == Target.RESOLUTION:
        for waiting in _open_clocks(ticket, [Target.ON_SITE]):
            _end(waiting, stopped_at=at, received_at=received_at)
        start_clock(ticket, Target.RESULT_TOLD, at=at)
    return newest.clock if newest else None


@command
def stop_clocks(ticket: Ticket, *, at: datetime) -> None:
    """Nothing more is to be kept: the ticket was cancelled or closed. A target that had passed stays missed."""
    for life in _open_clocks(ticket):
        _end(life, stopped_at=at, received_at=at)


@command
def restart_clocks(ticket: Ticket, *, at: datetime) -> None:
    """The ticket was opened again: the promises of the repair go on with what had been consumed.

    So does that of a first reply to a ticket that was cancelled before there was any. A result that had still to be
    told is none.
    """
    for life in _open_clocks(ticket, [Target.RESULT_TOLD]):
        _end(life, stopped_at=at, received_at=at)
    for life in _clocks(ticket):
        clock = life.clock
        owed = clock.target in OF_THE_REPAIR or (clock.target == Target.FIRST_REPLY and clock.met_at is None)
        if owed and (ended_at := clock.ended_at):
            _turn(life, at=ended_at, kind=Kind.PAUSED, reason=ClockSegment.ENDED)
            _turn(life, at=at, kind=Kind.RUNNING)
            clock.target_missed = clock.limit_missed = clock.judged_in_hindsight = False
            work.change(clock, met_at=None, stopped_at=None)
            _judge(life, at=at)


@command
def recompute_clocks(ticket: Ticket, *, at: datetime) -> None:
    """The ticket's priority is another: its open clocks go by what their policy says for that.

    Warnings that were given are not given again.
    """
    promises = read_promises(ticket)
    for life in _open_clocks(ticket):
        if promise := promises.find(life.clock.policy_id, life.clock.target, ticket.priority):
            terms.apply(promise, life.clock)
            work.save(life.clock, terms.FIELDS)
            _judge(replace(life, calendar=_calendar(life.clock.calendar_id)), at=at)
    work.forget(_key(ticket.pk))  # their calendars may be others now


def read_clocks(ticket_ids: Collection[UUID]) -> None:
    """Read the clocks of these locked tickets together, for the commands that will want them in this transaction."""
    unread = {ticket_id for ticket_id in ticket_ids if not work.remembers(_key(ticket_id))}
    found: dict[UUID, list[Life]] = {ticket_id: [] for ticket_id in unread}
    if unread:
        clocks = TicketClock.objects.filter(ticket__in=unread).prefetch_related("segments")
        for clock in clocks.order_by("started_at", "target", "round"):
            found[clock.ticket_id].append(Life(clock, list(clock.segments.all()), _calendar(clock.calendar_id)))
    for ticket_id, of_ticket in found.items():
        work.remember(_key(ticket_id), of_ticket)


def _key(ticket_id: UUID) -> tuple[str, UUID]:
    return "clocks", ticket_id


def _clocks(ticket: Ticket) -> list[Life]:
    """The clocks of the ticket, which the caller has locked."""
    read_clocks([ticket.pk])
    return list(work.recall(_key(ticket.pk)))


def _open_clocks(ticket: Ticket, targets: Collection[str] | None = None) -> list[Life]:
    return [
        life
        for life in _clocks(ticket)
        if life.clock.ended_at is None and (targets is None or life.clock.target in targets)
    ]


def _calendar(calendar_id: UUID | None) -> Calendar:
    return work.remembered(("calendar", calendar_id), lambda: calendars([calendar_id])[calendar_id])


def read_promises(ticket: Ticket) -> terms.Promises:
    """What the ticket's policy promises. Within a command."""
    policy_id = _policy(ticket)
    return work.remembered(("promises", policy_id), lambda: terms.Promises([policy_id]))


def _policy(ticket: Ticket) -> UUID:
    """That of its clocks; before there are any, the one that held when it was reported."""
    for life in _open_clocks(ticket) or _clocks(ticket):
        return life.clock.policy_id
    return work.remembered("policies", terms.Policies).find(ticket)


def _start(ticket: Ticket, rounds: dict[Target, int], *, at: datetime, warn: bool = True) -> list[TicketClock]:
    """Start a clock for each target that is promised to this ticket."""
    if not rounds:
        return []
    promises, policy_id = read_promises(ticket), _policy(ticket)
    started = []
    for target, number in rounds.items():
        if clock := promises.clock(policy_id, target, ticket, at=at, number=number):
            if not warn:
                clock.warn_percents = []
            started.append(Life.begin(clock, _calendar(clock.calendar_id)))
    for life in started:
        verdict = life.judge(at)
        life.settle(verdict)
        work.insert(life.clock)
        work.insert(life.segments[0])
        work.insert(life.timer(verdict, ()))
    _clocks(ticket)
    work.recall(_key(ticket.pk)).extend(started)
    return [life.clock for life in started]


def _turn(life: Life, *, at: datetime, kind: Kind, reason: str = "", actor: Actor | None = None) -> None:
    """From `at` on the clock is in another segment; the present one is replaced if it does not begin before."""
    present = life.segments[-1]
    user = actor.user if actor else None
    if (present.kind, present.reason) == (kind, reason):
        return
    if at > present.started_at:
        work.change(present, ended_at=at)
        life.segments.append(ClockSegment(clock=life.clock, kind=kind, reason=reason, started_at=at, actor=user))
        work.insert(life.segments[-1])
    else:
        work.change(present, kind=kind, reason=reason, actor=user)


def _can_still_be_met(life: Life, at: datetime) -> bool:
    """Whether something done at `at` would change what the clock says.

    Not when it has ended before, and not when it belongs to the time before the ticket was opened again.
    """
    if life.clock.ended_at and life.clock.ended_at <= at:
        return False
    return not any(row.reason == ClockSegment.ENDED and row.ended_at and row.ended_at > at for row in life.segments)


def _end(
    life: Life, *, met_at: datetime | None = None, stopped_at: datetime | None = None, received_at: datetime
) -> None:
    """The clock ended, perhaps earlier than we thought: forget what it did after that, and judge it."""
    clock = life.clock
    thought = life.judge(received_at)
    life.end(met_at=met_at, stopped_at=stopped_at)
    ended_at = clock.ended_at
    assert ended_at is not None, "a clock ends at some moment"
    while len(life.segments) > 1 and life.segments[-1].started_at >= ended_at:
        work.delete(ClockSegment, life.segments.pop().pk)
    if life.segments[-1].ended_at is not None:
        work.change(life.segments[-1], ended_at=None)
    found = life.judge(ended_at)
    otherwise = (thought.target_missed, thought.limit_missed) != (found.target_missed, found.limit_missed)
    life.settle(found, in_hindsight=otherwise and ended_at < received_at)
    work.save(clock, ["met_at", "stopped_at", *JUDGED])
    work.delete(ClockTimer, clock.pk)


def _judge(life: Life, *, at: datetime) -> None:
    """Store how an open clock stands at `at`, and when the sweep has to look at it again."""
    verdict = life.judge(at)
    life.settle(verdict)
    work.save(life.clock, JUDGED)
    fired = life.clock.warnings.values_list("percent", flat=True)
    work.delete(ClockTimer, life.clock.pk)
    work.insert(life.timer(verdict, fired))
