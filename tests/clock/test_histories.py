"""Random histories of a ticket: whatever happens to it, its clocks keep these laws.

1. The segments of a clock follow one another without gap, from its start, and the last one is open.
2. What it says to have consumed is what a bookkeeper beside it has counted.
3. Each threshold warned once, in rising order, and not before it was reached.
4. After a sweep the stored verdict is the one that follows from the segments, and nothing overdue is left.
5. It has a timer just as long as it is open.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from fieldsvc.time import time_is
from sync.commands import Actor
from tests.clock.conftest import MONDAY, Report, clock
from tests.people import People
from tickets.clock.judging import Life
from tickets.clock.models import ClockSegment, ClockTimer, PolicyTarget, Target, TicketClock
from tickets.clock.services import (
    meet_clock,
    pause_clocks,
    recompute_clocks,
    restart_clocks,
    resume_clocks,
    stop_clocks,
    sweep,
)
from tickets.complaints.models import Ticket

OFFICE = Actor.system()
MINUTE = timedelta(minutes=1)


@dataclass
class Bookkeeper:
    """Counts the on-site clock's minutes by knowing only whether it should be running."""

    at: datetime = MONDAY
    running: bool = True
    counted: timedelta = field(default=timedelta(0))

    def advance(self, to: datetime) -> None:
        if self.running:
            self.counted += to - self.at
        self.at = to


def act(random: Random, ticket: Ticket, books: Bookkeeper) -> None:
    """Something happens to the ticket at the bookkeeper's time."""
    open_now = clock(ticket).ended_at is None
    match random.choice(["hold", "other_hold", "resume", "arrive", "cancel", "reopen", "priority", "nothing"]):
        case "hold":
            pause_clocks(ticket, actor=OFFICE, at=books.at, reason="waiting_for_part")
            books.running = False
        case "other_hold":
            pause_clocks(ticket, actor=OFFICE, at=books.at, reason="no_access")
            books.running = open_now
        case "resume":
            resume_clocks(ticket, actor=OFFICE, at=books.at)
            books.running = open_now
        case "arrive":
            meet_clock(ticket, Target.ON_SITE, at=books.at, received_at=books.at)
            books.running = False
        case "cancel":
            stop_clocks(ticket, at=books.at)
            books.running = False
        case "reopen" if not open_now:
            restart_clocks(ticket, at=books.at)
            books.running = True
        case "priority":
            ticket.priority = random.randint(1, 4)
            ticket.save(update_fields=["priority"])
            recompute_clocks(ticket, at=books.at)


def check(clock: TicketClock, books: Bookkeeper) -> None:
    rows = list(ClockSegment.objects.filter(clock=clock))
    assert rows[0].started_at == clock.started_at
    assert [row.ended_at for row in rows] == [*(row.started_at for row in rows[1:]), None]
    life = Life.of(clock)
    assert life.consumed(books.at) == books.counted
    warnings = list(clock.warnings.order_by("fired_at", "id"))
    assert [warning.percent for warning in warnings] == sorted({warning.percent for warning in warnings})
    assert all(warning.due_at <= warning.fired_at for warning in warnings)
    verdict = life.judge(books.at)
    assert (clock.state, clock.due_at, clock.limit_at) == (verdict.state, verdict.due_at, verdict.limit_at)
    assert (clock.target_missed, clock.limit_missed) == (verdict.target_missed, verdict.limit_missed)
    timer = ClockTimer.objects.filter(clock=clock).first()
    assert (timer is None) == (clock.ended_at is not None)
    if timer:
        assert timer.fires_at is None or timer.fires_at > books.at


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_clock_keeps_its_laws(report: Report, people: People, service_type, seed):
    random = Random(seed)
    assert people.dispatcher
    PolicyTarget.objects.create(
        policy=service_type.policy,
        target=Target.ON_SITE,
        priority=1,
        target_duration=timedelta(hours=8),
        limit_duration=timedelta(hours=12),
        pausing_reasons=["waiting_for_part"],
    )
    ticket, books = report(), Bookkeeper()
    for _ in range(20):
        books.advance(books.at + random.randint(0, 400) * MINUTE)
        with time_is(books.at):
            act(random, ticket, books)
            sweep(at=books.at)
        check(clock(ticket), books)


@pytest.mark.parametrize("seed", range(12))
def test_an_arrival_is_judged_the_same_whenever_we_hear_of_it(report: Report, people: People, seed):
    random = Random(seed)
    assert people.dispatcher
    arrived = MONDAY + random.randint(60, 60 * 60) * MINUTE
    at_once, later = report(), report()
    moments = sorted(MONDAY + random.randint(1, 60 * 70) * MINUTE for _ in range(6))
    for number, moment in enumerate(moments):
        if moment >= arrived > (moments[number - 1] if number else MONDAY):
            meet_clock(at_once, Target.ON_SITE, at=arrived, received_at=arrived)
        for ticket in (at_once, later):
            if number % 2:
                resume_clocks(ticket, actor=OFFICE, at=moment)
            else:
                pause_clocks(ticket, actor=OFFICE, at=moment, reason="waiting_for_part")
        sweep(at=moment)
    heard = MONDAY + timedelta(days=9)
    sweep(at=heard)
    for ticket in (at_once, later):  # the first has arrived already, unless that was after all the rest
        meet_clock(ticket, Target.ON_SITE, at=arrived, received_at=heard)
    verdicts = [
        (row.state, row.met_at, row.due_at, row.limit_at, row.target_missed, row.limit_missed)
        for row in (clock(at_once), clock(later))
    ]
    assert verdicts[0] == verdicts[1]
