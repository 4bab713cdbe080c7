"""Reports over the API: what each of them says of a few tickets, who reads them, in which form."""

import csv
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant
from fieldsvc.time import now, time_is
from sync.commands import Actor
from tests.people import People
from tests.reports.conftest import BACKLOG, URL, Api, Books, count_all
from tests.world import World
from tickets.complaints.models import Ticket
from tickets.complaints.services import hold_ticket, rate_ticket, reopen_ticket, resolve_ticket, resume_ticket
from tickets.reports.formulas import UNCONTROLLABLE
from tickets.reports.models import ReportMark
from tickets.visits.services import check_in, complete_visit, leave_incomplete, start_travel

MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai
HOUR = timedelta(hours=1)


def total(client: APIClient, **asked: Any) -> dict[str, Any]:
    count_all()
    answer = client.get(URL, asked)
    assert answer.status_code == 200, answer.json()
    return dict(answer.json()["total"])


def codes(answer: Any) -> dict[str, str]:
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


# What they say


def test_a_repair_from_the_report_to_the_rating(world: World, people: People, reader: APIClient):
    technician = Actor(people.technician)
    with time_is(MONDAY):
        visit = world.dispatched_visit()
    with time_is(MONDAY + 2 * HOUR):
        start_travel(actor=technician, occurred_at=now(), visit_id=visit.pk)
    with time_is(MONDAY + 2.5 * HOUR):
        check_in(actor=technician, occurred_at=now(), visit_id=visit.pk)
    with time_is(MONDAY + 4 * HOUR):
        complete_visit(
            actor=technician,
            occurred_at=now(),
            visit_id=visit.pk,
            resolution_code="repaired",
            parts_answer="none",
            signed_by="Rosa",
        )
        rate_ticket(actor=Actor(people.resident), occurred_at=now(), ticket_id=visit.ticket_id, score=4)
        told = total(reader)
    assert {name: told[name] for name in ("tickets", "open", "resolved", "cancelled", "reopenings")} == {
        "tickets": 1,
        "open": 0,
        "resolved": 1,
        "cancelled": 0,
        "reopenings": 0,
    }
    assert told["first_reply_in_target"] == told["on_site_in_target"] == {"value": 1, "of": 1}
    assert told["first_reply_in_limit"] == told["on_site_in_limit"] == {"value": 1, "of": 1}
    assert told["result_told_in_target"] == {"value": 1, "of": 1}
    assert told["schedule_seconds"] == {"value": 0, "of": 1, "median": 0, "p90": 0}
    assert told["travel_seconds"] == {"value": 1800, "of": 1, "median": 1774, "p90": 1774}  # to 5 percent
    assert told["repair_seconds"] == {"value": 5400, "of": 1, "median": 5566, "p90": 5566}
    assert told["resolution_seconds"] == {"value": 14_400, "of": 1, "median": 14437, "p90": 14437}
    assert told["first_time_fix"] == {"value": 1, "of": 1}
    assert told["rating"] == {"value": 4, "of": 1}
    assert told["satisfied"] == told["rating_coverage"] == {"value": 1, "of": 1}
    assert told["solved_remotely"] == told["reopened"] == told["repeats"] == {"value": 0, "of": 1}


def test_a_second_visit_is_no_first_time_fix(world: World, people: People, reader: APIClient):
    technician, ticket = Actor(people.technician), world.ticket()
    for _ in range(2):
        visit = world.dispatched_visit(ticket=ticket)
        check_in(actor=technician, occurred_at=now(), visit_id=visit.pk)
        if not ticket.visits.filter(status="incomplete").exists():
            leave_incomplete(
                actor=technician, occurred_at=now(), visit_id=visit.pk, reason="no part", next_visit_wanted=True
            )
    complete_visit(
        actor=technician,
        occurred_at=now(),
        visit_id=visit.pk,
        resolution_code="repaired",
        parts_answer="none",
        signed_by="Rosa",
    )
    assert total(reader)["first_time_fix"] == {"value": 0, "of": 1}


def test_what_was_solved_by_phone_and_opened_again(world: World, people: People, reader: APIClient):
    agent, ticket = Actor(people.agent), world.ticket()
    resolve_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk, resolution_code="repaired")
    assert total(reader)["solved_remotely"] == {"value": 1, "of": 1}
    reopen_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk, reason="No water again")
    told = total(reader)
    assert told["solved_remotely"] == {"value": None, "of": 0}
    assert told["reopened"] == {"value": 1, "of": 1}
    assert (told["open"], told["reopenings"]) == (1, 1)


def test_what_nobody_could_control_is_told_apart(world: World, people: People, reader: APIClient):
    agent, technician = Actor(people.agent), Actor(people.technician)

    def at(hours: float) -> AbstractContextManager[Any]:
        return time_is(MONDAY + hours * HOUR)

    with at(0):
        visit = world.dispatched_visit()
    ticket = visit.ticket_id
    with at(1):
        hold_ticket(actor=agent, occurred_at=now(), ticket_id=ticket, reason="waiting_for_part")
    with at(3):
        resume_ticket(actor=agent, occurred_at=now(), ticket_id=ticket)
        hold_ticket(actor=agent, occurred_at=now(), ticket_id=ticket, reason="other")
    with at(4):
        resume_ticket(actor=agent, occurred_at=now(), ticket_id=ticket)
    with at(5):
        hold_ticket(actor=agent, occurred_at=now(), ticket_id=ticket, reason="no_access")
        assert total(reader)["uncontrollable_seconds"] == {"value": None, "of": 0, "median": None, "p90": None}
    with at(5.5):
        check_in(actor=technician, occurred_at=now(), visit_id=visit.pk)
        by_reason = held_by_reason(reader, ticket)
    with at(8):
        work: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}
        complete_visit(actor=technician, occurred_at=now(), visit_id=visit.pk, **work)
        seconds = {name: total(reader)[f"{name}_seconds"] for name in ("resolution", "controllable")}
        held = {name: total(reader)[f"{name}_seconds"] for name in ("uncontrollable", "otherwise_held")}
    assert {name: said["value"] for name, said in seconds.items()} == {"resolution": 28_800, "controllable": 19_800}
    assert {name: (said["value"], said["of"]) for name, said in held.items()} == {
        "uncontrollable": (9_000, 1),  # two hours and a half
        "otherwise_held": (3_600, 1),
    }
    assert by_reason == {"waiting_for_part": 7_200, "no_access": 1_800, "other": 3_600}, "as the clock accounts for it"


def held_by_reason(client: APIClient, ticket: Any) -> dict[str, int]:
    """What the promise of somebody on site says of holds."""
    explained = client.get(f"/api/v1/tickets/{ticket}/clocks/on_site/explanation").json()
    return dict(explained["seconds_by_reason"])


def test_a_hold_that_an_earlier_arrival_took_back_took_no_time(world: World, people: People, reader: APIClient):
    with time_is(MONDAY):
        visit = world.dispatched_visit()
    with time_is(MONDAY + 2 * HOUR):
        hold_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=visit.ticket_id, reason="no_access")
    with time_is(MONDAY + 3 * HOUR):  # they had been let in an hour before we put it on hold; now their phone says so
        check_in(actor=Actor(people.technician), occurred_at=MONDAY + HOUR, visit_id=visit.pk)
        work: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}
        complete_visit(actor=Actor(people.technician), occurred_at=now(), visit_id=visit.pk, **work)
        told = total(reader)
    assert told["uncontrollable_seconds"]["of"] == 0
    assert told["controllable_seconds"] == told["resolution_seconds"]


def test_every_hold_reason_is_one_that_reports_know():
    assert {*UNCONTROLLABLE, "other"} == set(Ticket.HoldReason.values)


def test_one_that_took_very_long_moves_the_mean_and_not_what_most_took(books: Books, reader: APIClient, people: People):
    for hours in (1, 1, 1, 2, 2, 2, 2, 3, 5, 300):
        books.clock(
            books.ticket(territory=people.north, reported_at=MONDAY), "first_reply", met_at=MONDAY + hours * HOUR
        )
    told = total(reader, since="2026-11-16", until="2026-11-16")["first_reply_seconds"]
    assert told == {
        "value": 114_840,
        "of": 10,
        "median": pytest.approx(2 * 3600, rel=0.05),
        "p90": pytest.approx(5 * 3600, rel=0.05),
    }


def test_promises_that_are_not_decided_count_neither_way(books: Books, reader: APIClient, people: People):
    for values in (
        {"met_at": None, "target_missed": False, "limit_missed": False},
        {"met_at": None, "target_missed": True, "limit_missed": False},
        {"met_at": books.now, "target_missed": True, "limit_missed": False},
        {"met_at": books.now, "target_missed": False, "limit_missed": False},
    ):
        books.clock(books.ticket(territory=people.north, reported_at=books.now - HOUR), "on_site", **values)
    told = total(reader)
    assert told["on_site_in_target"] == {"value": 0.3333, "of": 3}
    assert told["on_site_in_limit"] == {"value": 1, "of": 2}


def test_callbacks_count_each(books: Books, reader: APIClient, people: People):
    ticket = books.ticket(territory=people.north, reported_at=books.now - HOUR)
    books.callback(ticket, called=0.2)
    books.callback(ticket, called=0.4, ended=3)
    books.callback(ticket, called=0.8, ended=0.8)
    books.callback(ticket, ended=2)
    books.callback(ticket, ended=0.1)
    books.callback(ticket)
    assert total(reader)["callbacks_kept"] == {"value": 0.5, "of": 4}


def test_no_answer_is_not_nought(books: Books, reader: APIClient, people: People):
    for score in (5, 2, None, None):
        ticket = books.ticket(territory=people.north, reported_at=books.now - HOUR, status="closed")
        if score:
            books.rating(ticket, score)
    told = total(reader)
    assert told["rating"] == {"value": 3.5, "of": 2}
    assert told["satisfied"] == {"value": 0.5, "of": 2}
    assert told["rating_coverage"] == {"value": 0.5, "of": 4}


def test_technicians_are_asked_apart_from_residents_with_a_coverage_of_their_own(
    books: Books, reader: APIClient, people: People
):
    ticket = books.ticket(territory=people.north, reported_at=books.now - HOUR, status="closed")
    for status, score in (("completed", 5), ("incomplete", 2), ("completed", 0), ("cancelled", 1), ("on_site", 0)):
        visit = books.visit(ticket, status=status)
        if score:
            books.visit_rating(visit, score)
    told = total(reader)
    assert told["technician_rating"] == {"value": 3.5, "of": 2}
    assert told["technician_satisfied"] == {"value": 0.5, "of": 2}
    assert told["technician_coverage"] == {"value": 0.6667, "of": 3}
    assert told["rating"] == {"value": None, "of": 0}


def test_where_there_is_nothing_no_share_is_told(reader: APIClient):
    answer = reader.get(URL).json()
    assert answer["total"]["tickets"] == 0
    assert answer["total"]["on_site_in_target"] == {"value": None, "of": 0}


# By what, and of when


def test_a_ticket_belongs_to_the_day_of_its_territory(books: Books, people: People, api: Api):
    sunday_night = datetime(2026, 11, 15, 20, 0, tzinfo=UTC)  # in Shanghai it is Monday; in New York it is afternoon
    books.ticket(territory=people.north, reported_at=sunday_night)
    books.ticket(territory=people.south, reported_at=sunday_night)
    count_all()
    asked = {"group_by": ["week", "territory"], "since": "2026-11-01", "until": "2026-11-30"}
    rows = api(people.administrator).get(URL, asked).json()["rows"]
    assert [(row["week"], row["territory"]["code"]) for row in rows] == [
        ("2026-11-09", "south"),
        ("2026-11-16", "north"),
    ]


def test_a_period_may_begin_and_end_on_any_day(books: Books, people: People, reader: APIClient):
    for day in range(1, 31):
        books.ticket(territory=people.north, reported_at=datetime(2026, 9, day, 3, tzinfo=UTC))
    for since, until in [(1, 30), (2, 29), (7, 13), (9, 11), (9, 14), (30, 30)]:
        asked = {"since": date(2026, 9, since), "until": date(2026, 9, until)}
        assert total(reader, **asked)["tickets"] == until - since + 1
    month = {"since": "2026-09-03", "until": "2026-09-30", "group_by": "month"}
    assert [(row["month"], row["tickets"]) for row in reader.get(URL, month).json()["rows"]] == [("2026-09-01", 28)]


def test_without_a_period_it_is_of_the_last_weeks_until_today(books: Books, people: People, reader: APIClient):
    with time_is(datetime(2026, 11, 18, 20, 0, tzinfo=UTC)):  # Thursday in Shanghai
        answer = reader.get(URL).json()
    assert (answer["since"], answer["until"]) == ("2026-08-24", "2026-11-19")


def test_reports_are_filtered(books: Books, people: People, api: Api):
    client = api(people.administrator)
    for _ in range(40):
        books.ticket(reported_at=books.now - HOUR)
    for asked, of in (
        ({"territory": [people.north.pk]}, Ticket.objects.filter(territory=people.north)),
        ({"service_type": ["gas"]}, Ticket.objects.filter(service_type__code="gas")),
        ({"source": ["phone", "app"]}, Ticket.objects.filter(source__in=["phone", "app"])),
        ({"source": ["app"], "service_type": ["gas"]}, Ticket.objects.filter(source="app", service_type__code="gas")),
        ({"service_type": ["unknown"]}, Ticket.objects.none()),
    ):
        assert total(client, **asked)["tickets"] == of.count()


def test_the_answer_says_as_of_when(books: Books, people: People, reader: APIClient):
    count_all()
    with time_is(now() + HOUR):
        assert reader.get(URL).json()["as_of"] == now().isoformat().replace("+00:00", "Z")
        books.ticket()
        oldest = ReportMark.objects.earliest("id").marked_at
        assert reader.get(URL).json()["as_of"] == oldest.isoformat().replace("+00:00", "Z")


# What is open


def test_the_backlog_by_age(books: Books, people: People, reader: APIClient):
    with time_is(MONDAY):
        for hours in (0, 23.9, 24, 47, 49, 24 * 5, 24 * 29, 24 * 30, 24 * 300):
            books.ticket(territory=people.north, reported_at=MONDAY - hours * HOUR, status="new")
        books.ticket(territory=people.north, reported_at=MONDAY, status="on_hold")
        books.ticket(territory=people.north, reported_at=MONDAY, status="resolved")
        books.ticket(territory=people.south, reported_at=MONDAY, status="new")
        answer = reader.get(BACKLOG).json()
    assert answer["total"] == {
        "open": 10,
        "on_hold": 1,
        "age_to_24h": 3,
        "age_24h_48h": 2,
        "age_2d_5d": 1,
        "age_5d_15d": 1,
        "age_15d_30d": 1,
        "age_from_30d": 2,
    }
    assert answer["as_of"] == "2026-11-16T01:00:00Z"


def test_the_backlog_is_never_stale(books: Books, people: People, reader: APIClient):
    ticket = books.ticket(territory=people.north, status="new")
    assert reader.get(BACKLOG, {"group_by": "source"}).json()["rows"][0]["open"] == 1
    Ticket.objects.filter(pk=ticket.pk).update(status="cancelled", closed_at=now())
    assert reader.get(BACKLOG, {"group_by": "source"}).json()["rows"] == []


# Who


def test_a_desk_hears_nothing_of_other_territories_in_totals_neither(books: Books, people: People, api: Api):
    books.ticket(territory=people.north, reported_at=books.now - HOUR, status="new")
    books.ticket(territory=people.south, reported_at=books.now - HOUR, status="new")
    for who, sees in (("dispatcher", 1), ("supervisor", 1), ("southern_dispatcher", 1), ("administrator", 2)):
        client = api(getattr(people, who))
        assert total(client)["tickets"] == sees
        assert client.get(BACKLOG).json()["total"]["open"] == sees
    southern = {"territory": [str(people.south.pk)]}
    assert total(api(people.supervisor), **southern)["tickets"] == 0
    assert api(people.supervisor).get(BACKLOG, southern).json()["total"]["open"] == 0


@pytest.mark.parametrize("who", ["resident", "technician", "storekeeper", "agent"])
@pytest.mark.parametrize("url", [URL, BACKLOG])
def test_others_have_no_reports(people: People, api: Api, who: str, url: str):
    answer = api(getattr(people, who)).get(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


def test_somebody_of_two_territories_reads_both(books: Books, people: People, api: Api):
    RoleGrant.objects.create(user=people.supervisor, role=Role.SUPERVISOR, territory=people.south)
    books.ticket(territory=people.north)
    books.ticket(territory=people.south)
    count_all()
    rows = api(people.supervisor).get(URL, {"group_by": "territory", "since": "2020-01-01"}).json()["rows"]
    assert {row["territory"]["code"]: row["tickets"] for row in rows} == {"north": 1, "south": 1}


# As tables


def test_a_report_as_csv_in_the_language_of_whoever_asks(books: Books, people: People, reader: APIClient):
    books.clock(
        books.ticket(territory=people.north, source="phone", reported_at=MONDAY),
        "first_reply",
        met_at=MONDAY + 1.5 * HOUR,
        target_missed=False,
        limit_missed=False,
    )
    count_all()
    asked = {"group_by": ["week", "territory", "source"], "since": "2026-11-01", "until": "2026-11-30", "format": "csv"}
    answer = reader.get(URL, asked)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="tickets-2026-11-01-2026-11-30-as-of-')
    row = dict(zip(*csv.reader(StringIO(answer.content.decode("utf-8-sig"))), strict=True))
    assert (row["Week from"], row["Territory"], row["Source"]) == ("2026-11-16", "North", "Phone")
    assert (row["Until the first reply, hours"], row["Until the first reply: of how many"]) == ("1.5", "1")
    assert row["Until the first reply: 90 percent of them within, hours"] == "1.55"
    assert (row["Rating, 1 to 5"], row["Rating, 1 to 5: of how many"]) == ("", "0")
    answer = reader.get(URL, {**asked, "language": "zh"})
    row = dict(zip(*csv.reader(StringIO(answer.content.decode("utf-8-sig"))), strict=True))
    assert (row["周（起）"], row["片区"], row["来源"], row["首次回复用时（小时）"]) == (
        "2026-11-16",
        "北区",
        "电话",
        "1.5",
    )
    assert row["首次回复用时：中位数（小时）"] == "1.55"


@pytest.mark.parametrize("url", [URL, BACKLOG])
def test_a_report_as_a_workbook_says_what_json_says(books: Books, people: People, reader: APIClient, url: str):
    for _ in range(20):
        books.ticket(territory=people.north, reported_at=books.now - HOUR)
    count_all()
    asked = {"group_by": ["service_type"]}
    rows = reader.get(url, asked).json()["rows"]
    book: Any = openpyxl.load_workbook(BytesIO(reader.get(url, {**asked, "format": "xlsx"}).content))
    heading, *written = ([cell.value for cell in row] for row in book.active.iter_rows())
    assert heading[0] == "Service type"
    column = heading.index("Open")
    assert [(row[0], row[column]) for row in written] == [(row["service_type"]["name"], row["open"]) for row in rows]


def test_a_refusal_is_no_table(reader: APIClient):
    answer = reader.get(URL, {"format": "xlsx", "since": "2026-11-02", "until": "2026-11-01"})
    assert (answer.status_code, answer.json()["code"]) == (400, "period_reversed")
    assert answer["Content-Type"] == "application/problem+json"
    answer = reader.get(URL, {"format": "pdf"})
    assert (answer.status_code, answer.json()["code"], codes(answer)) == (
        400,
        "format_not_valid",
        {"format": "format_not_valid"},
    )


# What makes no sense


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"since": "2026-11-02", "until": "2026-11-01"}, "until", "period_reversed"),
        ({"since": "2999-01-01"}, "until", "period_reversed"),
        ({"until": "0001-01-05"}, "until", "min_value"),
        ({"since": "yesterday"}, "since", "invalid"),
        ({"until": "9999-12-31"}, "until", "max_value"),
        ({"group_by": "colour"}, "group_by.0", "invalid_choice"),
        ({"group_by": ["week", "week,month"]}, "group_by.1", "invalid_choice"),
        ({"territory": "north"}, "territory.0", "invalid"),
        ({"source": "pigeon"}, "source.0", "invalid_choice"),
        ({"service_type": "x" * 200}, "service_type.0", "max_length"),
        ({"language": "fr"}, "language", "invalid_choice"),
    ],
)
def test_what_makes_no_sense_is_named(reader: APIClient, asked: dict[str, Any], field: str, code: str):
    answer = reader.get(URL, asked)
    assert answer.status_code == 400
    assert codes(answer) == {field: code}


def test_the_backlog_knows_no_weeks(reader: APIClient):
    assert codes(reader.get(BACKLOG, {"group_by": "week"})) == {"group_by.0": "invalid_choice"}


def test_more_rows_than_anybody_reads_are_refused(
    books: Books, reader: APIClient, people: People, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tickets.reports.selectors.MOST_ROWS", 2)
    for source in ("phone", "app", "web"):
        books.ticket(territory=people.north, reported_at=books.now - HOUR, source=source)
    count_all()
    answer = reader.get(URL, {"group_by": "source"})
    assert (answer.json()["code"], codes(answer)) == ("too_many_rows", {"group_by": "too_many_rows"})


# Cost


def test_a_report_costs_the_same_however_many_tickets(books: Books, people: People, reader: APIClient):
    def cost(url: str, *groups: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(url, {"group_by": groups}).status_code == 200
        return len(queries)

    books.ticket(territory=people.north, reported_at=books.now - HOUR, status="new")
    count_all()
    few = (cost(URL, "week", "territory", "service_type"), cost(BACKLOG, "territory", "service_type"))
    for _ in range(30):
        books.ticket(territory=people.north, reported_at=books.now - HOUR)
    count_all()
    assert (cost(URL, "week", "territory", "service_type"), cost(BACKLOG, "territory", "service_type")) == few
    assert few == (5, 3)  # as of when; cells and facts, or tickets; the names of territories and service types
