"""Random histories of a ticket: whatever happens to it, its clocks keep these laws.

It is held, resumed, met, cancelled, opened again, made more or less urgent (which may also mean another calendar); the
worker that warns is down at times; and the clocks of the calendar's zone are put forward or back meanwhile.

1. The segments of a clock follow one another without gap, from its start, and the last one is open.
2. What it says to have consumed is what a bookkeeper beside it has counted, minute by minute.
3. Each threshold warned once, in rising order, not before it was reached, and by the first sweep after that.
4. After a sweep the stored verdict is the one that follows from the segments, and nothing overdue is left.
5. It has a timer just as long as it is open.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

from fieldsvc.time import time_is
from sync.commands import Actor
from tests.clock.conftest import MONDAY, Report, clock
from tests.clock.slow_model import Hours
from tests.people import People
from tickets.clock.judging import Life
from tickets.clock.models import BusinessCalendar, ClockSegment, ClockTimer, PolicyTarget, Target, TicketClock
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


# Two windows a day or three, one of them over the hour that is skipped or doubled; a holiday; hardly a Sunday.
BERLIN = Hours(
    "Europe/Berlin",
    {
        **dict.fromkeys(range(6), ((time(1), time(2, 30)), (time(8, 30), time(12)), (time(13), time(0)))),
        6: ((time(0), time(3, 17)), (time(5), time(6))),
    },
    frozenset({date(2026, 3, 31), date(2026, 10, 27)}),
)
LORD_HOWE = Hours(
    "Australia/Lord_Howe", dict.fromkeys(range(7), ((time(1), time(4)), (time(20), time(0)))), frozenset()
)
WHERE_AND_WHEN: dict[str, tuple[Hours | None, datetime]] = {
    "by day and night": (None, MONDAY),
    "an ordinary week": (BERLIN, MONDAY),
    "the clocks go forward": (BERLIN, datetime(2026, 3, 28, 18, tzinfo=UTC)),
    "the clocks go back": (BERLIN, datetime(2026, 10, 24, 18, tzinfo=UTC)),
    "they go forward by half an hour": (LORD_HOWE, datetime(2026, 10, 3, 8, tzinfo=UTC)),
    "they go back by half an hour": (LORD_HOWE, datetime(2026, 4, 4, 8, tzinfo=UTC)),
}


@dataclass
class Bookkeeper:
    """Knows when the on-site clock was running, and counts its minutes by looking at the clock on the wall."""

    at: datetime
    running: bool = True
    ran: list[tuple[datetime, datetime]] = field(default_factory=list)

    def advance(self, to: datetime) -> None:
        if self.running:
            self.ran.append((self.at, to))
        self.at = to

    def counted(self, hours: Hours | None) -> timedelta:
        """By the hours that hold now, from the beginning."""
        if hours is None:
            return sum((end - start for start, end in self.ran), timedelta(0))
        minutes = (
            start + number * MINUTE for start, end in self.ran for number in range(round((end - start) / MINUTE))
        )
        return sum(map(hours.open_at, minutes)) * MINUTE


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


def check(clock: TicketClock, books: Bookkeeper, hours: Hours | None, *, swept: bool) -> None:
    rows = list(ClockSegment.objects.filter(clock=clock))
    assert rows[0].started_at == clock.started_at
    assert [row.ended_at for row in rows] == [*(row.started_at for row in rows[1:]), None]
    life, counted = Life.of(clock), books.counted(hours)
    assert life.consumed(books.at) == counted
    warnings = list(clock.warnings.order_by("fired_at", "id"))
    fired = [warning.percent for warning in warnings]
    assert fired == sorted(set(fired))
    assert all(warning.due_at <= warning.fired_at for warning in warnings)
    if not swept:
        return
    if clock.ended_at is None:
        reached = {percent for percent in clock.warn_percents if counted >= clock.target_duration * percent / 100}
        assert not [percent for percent in reached - set(fired) if percent > max(fired, default=0)], "a warning is late"
        assert {warning.percent for warning in warnings if warning.fired_at == books.at} <= reached
    verdict = life.judge(books.at)
    assert (clock.state, clock.due_at, clock.limit_at) == (verdict.state, verdict.due_at, verdict.limit_at)
    assert (clock.target_missed, clock.limit_missed) == (verdict.target_missed, verdict.limit_missed)
    timer = ClockTimer.objects.filter(clock=clock).first()
    assert (timer is None) == (clock.ended_at is not None)
    if timer:
        assert timer.fires_at is None or timer.fires_at > books.at


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("where", WHERE_AND_WHEN)
def test_whatever_happens_the_clock_keeps_its_laws(report: Report, people: People, service_type, where, seed):
    random = Random(f"{where} {seed}")
    assert people.dispatcher
    hours, start = WHERE_AND_WHEN[where]
    calendar = in_the_database(hours)
    service_type.policy.targets.filter(target=Target.ON_SITE).update(calendar=calendar)
    PolicyTarget.objects.create(  # what is most urgent goes by day and night
        policy=service_type.policy,
        target=Target.ON_SITE,
        priority=1,
        target_duration=timedelta(hours=8),
        limit_duration=timedelta(hours=12),
        pausing_reasons=["waiting_for_part"],
    )
    ticket, books = report(reported_at=start), Bookkeeper(start)
    for _ in range(20):
        books.advance(books.at + random.randint(0, 400) * MINUTE)
        swept = random.random() < 0.7
        with time_is(books.at):
            act(random, ticket, books)
            if swept:
                sweep(at=books.at)
        found = clock(ticket)
        check(found, books, hours if found.calendar_id else None, swept=swept)


def in_the_database(hours: Hours | None) -> BusinessCalendar | None:
    if hours is None:
        return None
    calendar = BusinessCalendar.objects.create(code="door", name="Door", time_zone=hours.zone)
    for weekday, windows in hours.windows.items():
        for opens, closes in windows:
            calendar.windows.create(weekday=weekday, opens=opens, closes=closes)
    for day in hours.holidays:
        calendar.holidays.create(day=day)
    return calendar


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
