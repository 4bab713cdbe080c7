"""The sweep: fire what is due, each threshold once, in order, also after the worker was down.

Any number of workers may sweep at the same time. Clocks are taken in portions, under the locks of their tickets, as
every command holds them; a ticket that somebody is busy with is left to the next sweep.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts.models import User
from notifications.services import notify
from sync.commands import Actor, command
from sync.sql import execute
from tickets.clock import terms
from tickets.clock.audiences import People, audience_of
from tickets.clock.judging import JUDGED, Life, lives
from tickets.clock.models import ClockTimer, ClockWarning, TicketClock
from tickets.clock.words import TARGETS_ZH
from tickets.complaints.models import Ticket

PORTION = 500
"""Clocks per transaction: few enough that nobody waits long for a ticket, enough that 20,000 take few transactions."""


def sweep(*, at: datetime) -> int:
    """Warn and judge, as of `at`, all clocks for which it is time. Answers how many warnings were given.

    Clocks whose policy or calendar was changed are reckoned anew on the way.
    """
    fired = 0
    while (warnings := sweep_portion(actor=Actor.system(), occurred_at=at)) is not None:
        fired += len(warnings)
    return fired


@command
def sweep_portion(*, actor: Actor, occurred_at: datetime) -> list[ClockWarning] | None:
    """One portion of the sweep: the warnings that were given, or None when no clock is due and free."""
    clocks = _take_due(occurred_at)
    if not clocks:
        return None
    _renew_terms([clock for clock in clocks if clock.timer.stale])
    people = People([clock.ticket for clock in clocks])
    given: list[tuple[ClockWarning, list[User]]] = []
    timers: list[ClockTimer] = []
    judged: list[TicketClock] = []
    for life in lives(clocks):
        clock = life.clock
        fired = {warning.percent for warning in clock.warnings.all()}
        for percent, due_at in _due(life, fired, occurred_at):
            audience, recipients = people.find(clock.ticket, audience_of(percent))
            if _is_warned_through_another(clock.ticket):
                recipients = []
            warning = ClockWarning(clock=clock, percent=percent, audience=audience, due_at=due_at, fired_at=occurred_at)
            given.append((warning, recipients))
            fired.add(percent)
        before = [getattr(clock, column) for column in JUDGED]
        verdict = life.judge(occurred_at)
        life.settle(verdict)
        if before != [getattr(clock, column) for column in JUDGED]:
            judged.append(clock)
        timers.append(life.timer(verdict, fired))
    ClockWarning.objects.bulk_create(warning for warning, _ in given)
    _save_verdicts(judged)
    _save_timers(timers)
    for warning, recipients in given:
        _tell(recipients, warning, actor=actor)
    return [warning for warning, _ in given]


def _take_due(at: datetime) -> Sequence[TicketClock]:
    """Clocks for which it is time, the longest overdue first, with their tickets locked.

    They are read again under the lock: whoever held it before may have met or paused them.
    """
    free = (
        ClockTimer.objects.filter(fires_at__lte=at)
        .select_related("clock__ticket__service_type", "clock__ticket__responsible", "clock__ticket__follows")
        .select_for_update(of=("clock__ticket",), skip_locked=True, no_key=True)
        .order_by("fires_at")[:PORTION]
    )
    tickets = {timer.clock.ticket_id: timer.clock.ticket for timer in free}
    clocks = (
        TicketClock.objects.filter(ticket__in=tickets, timer__fires_at__lte=at)
        .select_related("timer")
        .prefetch_related("segments", "warnings")
        .order_by("timer__fires_at")
    )
    due = list(clocks)
    for clock in due:
        clock.ticket = tickets[clock.ticket_id]
    return due


def _is_warned_through_another(ticket: Ticket) -> bool:
    """Whether nobody has to hear of it: a ticket of the same fault, which this one follows, was reported before."""
    return ticket.follows is not None and ticket.follows.reported_at <= ticket.reported_at


def _renew_terms(clocks: Sequence[TicketClock]) -> None:
    """Their policy or calendar was changed since these clocks were reckoned. A promise that is gone stays given."""
    promises = terms.Promises({clock.policy_id for clock in clocks})
    for clock in clocks:
        if promise := promises.find(clock.policy_id, clock.target, clock.ticket.priority):
            terms.apply(promise, clock)
    TicketClock.objects.bulk_update(clocks, terms.FIELDS)


def _due(life: Life, fired: Iterable[int], at: datetime) -> list[tuple[int, datetime]]:
    """The thresholds that have been reached by `at` without a warning, in order, and when each was."""
    thresholds = [(percent, life.threshold(percent)) for percent in life.to_fire(set(fired))]
    return [(percent, moment) for percent, moment in thresholds if moment and moment <= at]


def _save_verdicts(clocks: Sequence[TicketClock]) -> None:
    """What `bulk_update` would do, at a tenth of its cost."""
    execute(
        "UPDATE tickets_ticketclock AS clock SET state = new.state, due_at = new.due_at, limit_at = new.limit_at, "
        "target_missed = new.target_missed, limit_missed = new.limit_missed, "
        "judged_in_hindsight = new.judged_in_hindsight "
        "FROM unnest(%b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[], %b::bool[], %b::bool[], %b::bool[]) "
        "AS new (id, state, due_at, limit_at, target_missed, limit_missed, judged_in_hindsight) "
        "WHERE clock.id = new.id",
        [[clock.pk for clock in clocks], *([getattr(clock, column) for clock in clocks] for column in JUDGED)],
    )


def _save_timers(timers: Sequence[ClockTimer]) -> None:
    """The same for the timers, which are fresh now."""
    execute(
        "UPDATE tickets_clocktimer AS timer SET fires_at = new.fires_at, stale = false "
        "FROM unnest(%b::uuid[], %b::timestamptz[]) AS new (clock_id, fires_at) WHERE timer.clock_id = new.clock_id",
        [[timer.clock_id for timer in timers], [timer.fires_at for timer in timers]],
    )


def _tell(people: Iterable[User], warning: ClockWarning, *, actor: Actor) -> None:
    """Notify whoever is warned. The key keeps anybody from hearing of the same threshold twice."""
    clock, ticket = warning.clock, warning.clock.ticket
    notify(
        actor=actor,
        to=people,
        kind="clock_warning",
        subject=("tickets", ticket.pk),
        text={
            "reference": ticket.reference,
            "title": ticket.title,
            "percent": warning.percent,
            "target": clock.get_target_display(),
            "target_zh": TARGETS_ZH[clock.target],
            # A threshold can be overdue on a clock that stands still by now, and so is not due at all.
            "due_at": clock.due_at or "-",
        },
        ticket_id=ticket.pk,
        territory_id=ticket.territory_id,
        dedupe_key=f"clock:{clock.pk}:{warning.percent}",
        urgent=warning.percent >= 100,
    )
