"""The thousand real requests against the rules of intake: what was found, and twenty cases judged by a person."""

from dataclasses import dataclass

import pytest

from accounts.models import Territory
from fieldsvc.demo.loading import REQUESTS
from fieldsvc.time import now
from sync.commands import Actor
from tickets.clock.judging import Life
from tickets.clock.models import ClockWarning, TicketClock
from tickets.clock.sweeping import sweep
from tickets.duplicates.selectors import Report, possible_duplicates
from tickets.imports.services import ImportReport, import_requests
from tickets.models import Outage, ServiceType, Ticket
from tickets.outages.proposing import crowd_of

pytestmark = pytest.mark.django_db
YES, NO = True, False


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


@pytest.fixture(scope="module")
def report(lasting: None) -> ImportReport:
    """Of one import for all tests here, as it takes seconds."""
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


def test_four_complaints_of_one_house_in_one_night_are_no_outage(report: ImportReport) -> None:
    """2011 Holland Avenue: two of music, two of banging. Five of one kind in half an hour would be."""
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
