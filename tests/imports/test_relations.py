"""The thousand real requests against the rules of intake and by the clocks: what was found, and what a person says.

Judged by hand, with the reason in words: twenty pairs, sixteen promises, and what comes nearest to an outage.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Territory
from fieldsvc.demo.loading import REQUESTS
from fieldsvc.time import now
from sync.commands import Actor
from tickets.clock.configuration import create_calendar, create_policy
from tickets.clock.judging import Life
from tickets.clock.models import ClockWarning, Target, TicketClock
from tickets.clock.sweeping import sweep
from tickets.duplicates.selectors import Report, possible_duplicates
from tickets.imports.judging import lives_as_told
from tickets.imports.services import ImportReport, ensure_service_types, import_requests
from tickets.imports.tables import COMPLAINT_TYPES
from tickets.models import Outage, ServiceType, Ticket
from tickets.outages.proposing import crowd_of

pytestmark = pytest.mark.django_db
YES, NO = True, False
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Case:
    """A pair of requests of one address: is the second the same fault as the first, or its return? And why."""

    first: str
    second: str
    duplicate: bool
    repeat: bool
    why: str


CASES = (
    Case("39574731", "39574862", NO, YES, "Banging again at 22:43; the report of 19:32 had been closed at 21:18."),
    Case("39574862", "39573783", YES, NO, "Two callers about the same banging, filed in the same minute."),
    Case("40440717", "40445156", YES, NO, "The same dump-out of rubbish, reported twice within six minutes."),
    Case("39574362", "39574412", YES, NO, "The same car before the same hydrant an hour later; still nobody had come."),
    Case("39874683", "39874648", YES, NO, "The same derelict car, two minutes apart; one can be merged."),
    Case("39574613", "39574725", YES, NO, "The party is reported again while the police are still on their way."),
    Case("40447125", "40449112", YES, NO, "One call about pests was filed as two rows of the same minute."),
    Case("42031957", "42031924", YES, NO, "The same running hydrant, seen by a second passer-by before it was shut."),
    Case("40447067", "40447066", YES, NO, "No cooking gas in the same building, not repaired in between."),
    Case("42031724", "42031992", YES, NO, "Pests in the same building twice in the same minute: two rows of one call."),
    Case("42031709", "42031804", NO, YES, "The vendor is back: the first report had been closed three hours before."),
    Case("42031488", "42031490", NO, YES, "Loud music again, after the report of 01:02 had been closed at 01:20."),
    Case("42031602", "42031597", YES, NO, "Banging, seven minutes before the first report of it was closed."),
    Case("42031488", "42031602", NO, NO, "The same house within the hour, but music is not banging: another fault."),
    Case("42031887", "42031990", NO, NO, "The same call about one building, but a ceiling and mould are two faults."),
    Case("42031496", "42031686", NO, NO, "The same house and minute: a floor and a wall are two repairs."),
    Case("42031549", "42031743", NO, NO, "A gas detector is not a floor; to link them would hide a danger."),
    Case("39575120", "42031673", NO, NO, "The same party house nine months later: not within 15 days."),
    Case("40134827", "42031626", NO, NO, "Music from a car at one crossing, August and March: a habit, not a report."),
    Case("39874875", "39875043", NO, NO, "A park has many lamps: one that is out is not one that flickers."),
)


REPLY, ON_SITE, RESOLVED = Target.FIRST_REPLY, Target.ON_SITE, Target.RESOLUTION
KEPT, MISSED, STOPPED = TicketClock.State.MET, TicketClock.State.BREACHED, TicketClock.State.STOPPED


def hours(hours: int, minutes: int = 0, seconds: int = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@dataclass(frozen=True)
class Promise:
    """A promise to one request, by New York's clocks: how it stands, how much time counted (None: it still does), why.

    A reply, and somebody on site, within 24 hours by day and night. Lamps and signals repaired within 16 hours of
    work: from 8 to 16 o'clock, Monday to Friday, no holidays.
    """

    key: str
    target: Target
    state: TicketClock.State
    counted: timedelta | None
    why: str


PROMISED = (
    Promise("40445605", REPLY, KEPT, hours(17, 47), "Tuesday 15:34, answered on Wednesday at 9:21, within the day."),
    Promise("40445605", RESOLVED, KEPT, hours(1, 47), "The night does not count: 26 minutes, and 1:21 the next day."),
    Promise("40161233", RESOLVED, KEPT, hours(10, 37), "Five days, but 9 minutes on Friday, Labor Day, 8 h, and 2:28."),
    Promise("40793031", RESOLVED, KEPT, hours(8), "Friday night to Wednesday 1:15, Monday a holiday: Tuesday alone."),
    Promise("40793031", REPLY, MISSED, hours(100, 21), "And all that time, more than four days, nobody had answered."),
    Promise("40174738", RESOLVED, KEPT, hours(8), "Sunday 17:22 to Wednesday 1:00, Monday Labor Day: Tuesday alone."),
    Promise("41003043", RESOLVED, MISSED, hours(44, 49), "4:49 before Thanksgiving, 8 h on Friday, 4 days of 8 h."),
    Promise("41003043", ON_SITE, MISSED, hours(200, 9), "Eight days, 8:09, and nobody is known to have been there."),
    Promise("42031652", REPLY, MISSED, hours(39, 53), "Saturday 20:58 to Monday 12:51: a reply knows no weekend."),
    Promise("42031652", RESOLVED, KEPT, hours(4, 51), "The lamp was mended on the first morning of work after it."),
    Promise("39356776", REPLY, STOPPED, hours(12, 27), "Closed on the same day, 9:44 to 22:11, without a word."),
    Promise("42031500", REPLY, MISSED, hours(59, 7), "Closed without a word, too, when the day had long run out."),
    Promise("40134213", REPLY, MISSED, None, "An emergency, dated closed at once, but open to this day: no answer."),
    Promise(
        "37696706", REPLY, MISSED, hours(29, 28, 28), "Still open; the owner was warned on the day after, too late."
    ),
    Promise("40160789", RESOLVED, MISSED, None, "Pending: dated closed on the day before it was told; never repaired."),
    Promise(
        "41005652", ON_SITE, STOPPED, hours(2, 41), "The signal was repaired at 8:55; who came, nobody wrote down."
    ),
)


@pytest.fixture(scope="module")
def report(lasting: None) -> ImportReport:
    """Of one import for all tests here, as it takes seconds. Lamps and signals go by a calendar of work."""
    ensure_service_types()
    system: dict[str, Any] = {"actor": Actor.system(), "occurred_at": now()}
    closed = {date(2018, 9, 3): "Labor Day", date(2018, 11, 12): "Veterans Day", date(2018, 11, 22): "Thanksgiving"}
    works = create_calendar(
        code="works",
        name="Works",
        time_zone=NEW_YORK.key,
        windows=[{"weekday": day, "opens": time(8), "closes": time(16)} for day in range(5)],
        holidays=[{"day": day, "name": name} for day, name in closed.items()],
        **system,
    )
    targets: list[Any] = [
        {
            "target": target,
            "priority": None,
            "target_seconds": hours_promised * 3600,
            "limit_seconds": 2 * hours_promised * 3600,
            "calendar_id": calendar_id,
            "warn_percents": [],
            "pausing_reasons": [],
        }
        for target, hours_promised, calendar_id in ((REPLY, 24, None), (ON_SITE, 24, None), (RESOLVED, 16, works.pk))
    ]
    lamps = create_policy(code="lamps", name="Lamps and signals", targets=targets, **system)
    ServiceType.objects.filter(code="civic_street_electrical").update(policy=lamps)
    return import_requests(actor=Actor.system(), occurred_at=now(), path=REQUESTS, start_clocks=True)


def ticket(key: str) -> Ticket:
    return Ticket.objects.select_related("service_type").get(external_key=key)


def test_the_report_names_how_many_of_each_were_found(report: ImportReport) -> None:
    assert (report.rows, report.created, report.rejected) == (1000, 1000, 0)
    assert (report.found.duplicates, report.found.repeats, len(report.found.outages)) == (11, 4, 0)
    assert Ticket.objects.exclude(repeats=None).count() == report.found.repeats


def test_twenty_cases_are_judged_as_a_person_judges_them(report: ImportReport) -> None:
    assert len(CASES) == 20
    for case in CASES:
        first, second = ticket(case.first), ticket(case.second)
        offered = first in possible_duplicates(Report.of(second))
        assert (offered, second.repeats == first) == (case.duplicate, case.repeat), f"{case.why} {case}"


def test_the_report_names_how_many_promises_were_kept(report: ImportReport) -> None:
    """Replies are counted once more from the rows themselves, of a day by day and night."""

    def moment(cell: str) -> datetime:
        written = datetime.strptime(cell, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=NEW_YORK)
        return written.astimezone(UTC)

    replies: Counter[TicketClock.State | None] = Counter()
    with REQUESTS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        told, closed = moment(row["Created Date"]), row["Status"] == "Closed"
        answered = bool(row["Resolution Description"])
        cells = [row["Resolution Action Updated Date"] if answered else "", row["Closed Date"] if closed else ""]
        ends = [moment(cell) for cell in cells if cell]
        in_time = min(ends, default=told if answered else told + hours(25)) - told <= hours(24)
        replies[(KEPT if answered else STOPPED) if in_time else MISSED] += 1
    lamps = sum(row["Complaint Type"] in COMPLAINT_TYPES["civic_street_electrical"] for row in rows)

    promises = report.found.promises
    assert {state: promises[REPLY, state] for state in (KEPT, MISSED, STOPPED)} == replies
    assert [promises[ON_SITE, state] for state in (KEPT, None)] == [0, 0], "no row says who arrived"
    assert promises[RESOLVED, None] == 1000 - lamps, "nothing of that kind is promised to the others"
    assert promises.total() == 3 * 1000


def test_sixteen_promises_are_judged_as_a_person_judges_them(report: ImportReport) -> None:
    assert len(PROMISED) == 16
    at = now()
    for case in PROMISED:
        [life] = [life for life in lives_as_told([ticket(case.key)]) if life.clock.target == case.target]
        assert life.judge(at).state == case.state, f"{case.why} {case}"
        assert (life.consumed(at) if life.clock.ended_at else None) == case.counted, f"{case.why} {case}"


def test_what_comes_nearest_to_an_outage_is_none(report: ImportReport) -> None:
    """2011 Holland Avenue, four complaints in 47 minutes of one night: two of music, two of banging.

    Five of one kind in half an hour would be an outage. No house has more in a day; another has four of three faults.
    """
    night = Ticket.objects.filter(area__startswith="2011 holland avenue").select_related("service_type")
    assert night.count() == 4
    assert max(crowd_of(one) for one in night) == 2
    assert not Outage.objects.exists()


def test_had_the_city_asked_for_two_the_same_dump_out_would_be_one(report: ImportReport) -> None:
    ServiceType.objects.filter(code="civic_waste").update(outage_tickets=2)
    Ticket.objects.filter(external_key__in=("40440717", "40445156")).update(external_source="", external_key="")
    again = import_requests(actor=Actor.system(), occurred_at=now(), path=REQUESTS)
    [(cause, tickets)] = again.found.outages.items()
    assert cause[1:] == ("civic_waste", "15 street cond/dump-out/drop-off", "489 brook avenue, bronx, 10455")
    assert tickets == 2
    assert not Outage.objects.exists(), "requests of another time propose nothing"


def test_open_requests_run_by_the_clock_and_closed_ones_do_not(report: ImportReport) -> None:
    clocks = TicketClock.objects.filter(ticket__source="import")
    assert {clock.ticket.status in Ticket.OPEN for clock in clocks.select_related("ticket")} == {True}
    assert {Life.of(clock).judge(now()).target_missed for clock in clocks} == {True}, "years have passed since"
    sweep(at=now())
    assert not ClockWarning.objects.exists(), "and nobody can hurry any more"
    assert Territory.objects.filter(tickets__source="import").distinct().count() == 6
