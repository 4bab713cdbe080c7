"""Rows of a civic export become tickets: once, with their own times and keys, and never to anybody's surprise."""

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.models import Territory
from fieldsvc.time import now
from sync.commands import Actor
from tests.imports.exports import API, DISPLAY, export
from tickets.clock.models import ClockWarning, TicketClock
from tickets.clock.services import sweep
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.references import read_reference
from tickets.complaints.timeline import sentences
from tickets.imports.reading import Rejection
from tickets.imports.services import ImportReport, import_requests
from tickets.service_types.models import ServiceType
from tickets.sites.models import Site

THOUSAND = Path(__file__).parents[2] / "fieldsvc" / "demo" / "nyc311-requests-1000.csv"

pytestmark = pytest.mark.django_db


def run(path: Path, **options) -> ImportReport:
    return import_requests(actor=Actor.system(), occurred_at=now(), path=path, **options)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected


def ticket(key: str) -> Ticket:
    return Ticket.objects.get(external_source="nyc311", external_key=key)


def timeline(key: str) -> list[str]:
    return [event.kind for event in ticket(key).events.order_by("occurred_at", "id")]


def test_a_closed_request_is_a_closed_ticket_with_its_own_key_and_times():
    run(DISPLAY)

    closed = ticket("700001")
    assert (closed.status, closed.source, closed.external_source) == ("closed", "import", "nyc311")
    assert closed.reported_at == datetime(2018, 6, 26, 14, 58, 54, tzinfo=UTC)
    assert closed.resolved_at == closed.closed_at == datetime(2018, 6, 26, 16, 50, 1, tzinfo=UTC)
    assert closed.title == "HEAT/HOT WATER: ENTIRE BUILDING"
    assert closed.address == "1041 PROSPECT AVENUE, BRONX, 10459"
    assert (closed.territory.code, closed.service_type.code, closed.priority) == ("nyc-bronx", "civic_heating", 2)
    assert closed.details["original"]["closed_date"] == "06/26/2018 12:50:01 PM"
    assert read_reference(closed.reference) == closed.reference


def test_whoever_complained_can_read_what_was_answered():
    run(DISPLAY)

    imported, answered = ticket("700001").events.order_by("occurred_at")
    assert imported.public
    assert answered.public
    assert sentences(imported)[0] == "The report was taken over from NYC 311."
    assert "the heat is on" in sentences(answered)[0]
    assert answered.occurred_at == datetime(2018, 6, 26, 16, 50, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "status", "hold_reason"),
    [
        ("700002", "new", ""),
        ("700004", "on_hold", "waiting_for_others"),
        ("700005", "in_progress", ""),
        ("700006", "closed", ""),
    ],
)
def test_the_status_of_the_city_is_kept_in_our_words(key, status, hold_reason):
    run(DISPLAY)

    assert (ticket(key).status, ticket(key).hold_reason) == (status, hold_reason)


def test_what_is_odd_about_a_row_stands_on_its_ticket_and_in_the_report():
    report = run(DISPLAY)

    assert ticket("700004").flags == ["closed_before_created"]
    assert ticket("700005").flags == ["place_implausible"]
    assert report.flags == {"closed_before_created": 1, "place_implausible": 1, "time_ambiguous": 1}


def test_only_open_requests_get_a_site_as_nobody_will_go_to_the_others():
    run(DISPLAY)

    assert ticket("700001").site is None
    site = ticket("700002").site
    assert site is not None
    assert (site.address, site.latitude, site.longitude) == (
        "WEST 138 STREET & AMSTERDAM AVENUE, NEW YORK, 10031",
        40.821,
        -73.952,
    )


def test_open_requests_at_one_address_share_its_site(tmp_path):
    run(export(tmp_path, {"Incident Address": "1 MAIN STREET"}, {"Incident Address": "1 Main  street"}))
    run(export(tmp_path, {"Unique Key": "3", "Incident Address": "1 main street"}))

    assert Site.objects.count() == 1
    assert ticket("1").site == ticket("2").site == ticket("3").site


def test_a_closed_request_at_the_address_of_an_open_one_gets_no_site(tmp_path):
    closed = {"Status": "Closed", "Closed Date": "06/27/2018 08:00:00 AM"}
    run(export(tmp_path, {"Incident Address": "1 MAIN STREET"}, {"Incident Address": "1 MAIN STREET", **closed}))

    assert ticket("1").site is not None
    assert ticket("2").site is None


def test_requests_of_years_ago_start_no_clocks():
    run(DISPLAY)

    assert not TicketClock.objects.exists()


def test_clocks_of_open_requests_start_when_told_so():
    run(DISPLAY, start_clocks=True)

    started = TicketClock.objects.values_list("ticket__external_key", flat=True).distinct()
    assert set(started) == {"700002", "700004", "700005"}
    assert {clock.started_at for clock in ticket("700002").clocks.all()} == {ticket("700002").reported_at}


def test_nobody_is_warned_of_requests_of_years_ago(tmp_path):
    two_days_ago = (now() - timedelta(hours=47)).isoformat()
    run(export(tmp_path, {}, {"Created Date": two_days_ago}), start_clocks=True)

    sweep(at=now())

    assert set(ClockWarning.objects.values_list("clock__ticket__external_key", flat=True)) == {"2"}


def test_the_same_file_again_changes_nothing():
    first = run(DISPLAY)
    before = list(Ticket.objects.order_by("id").values()), TicketEvent.objects.count()

    again = run(DISPLAY)

    assert counts(first) == (6, 0, 0, 0)
    assert counts(again) == (0, 0, 6, 0)
    assert (list(Ticket.objects.order_by("id").values()), TicketEvent.objects.count()) == before


def test_the_same_requests_in_the_other_shape_change_nothing():
    run(DISPLAY)

    assert counts(run(API)) == (0, 0, 6, 0)
    assert TicketEvent.objects.filter(kind="import_changed").count() == 0


def test_a_request_that_was_closed_since_is_closed_here_too(tmp_path):
    run(export(tmp_path, {}), start_clocks=True)

    report = run(
        export(
            tmp_path,
            {
                "Status": "Closed",
                "Closed Date": "06/27/2018 08:00:00 AM",
                "Resolution Description": "The pipe was mended.",
            },
        )
    )

    assert counts(report) == (0, 1, 0, 0)
    assert ticket("1").status == "closed"
    assert ticket("1").closed_at == datetime(2018, 6, 27, 12, tzinfo=UTC)
    assert not TicketClock.objects.filter(met_at=None, stopped_at=None).exists()
    assert set(timeline("1")) == {"ticket_imported", "import_answered", "import_changed"}


def test_a_request_that_was_opened_again_at_its_source_comes_back_to_the_desk(tmp_path):
    somewhere = {"Incident Address": "1 MAIN STREET"}
    run(export(tmp_path, {"Status": "Closed", "Closed Date": "06/27/2018 08:00:00 AM", **somewhere}))
    assert ticket("1").archived

    run(export(tmp_path, {"Status": "Open", **somewhere}))

    assert (ticket("1").status, ticket("1").closed_at, ticket("1").archived) == ("new", None, False)
    assert ticket("1").site is not None


def test_former_values_of_a_changed_request_are_kept_for_us_alone(tmp_path):
    run(export(tmp_path, {"Descriptor": "TOILET"}))
    run(export(tmp_path, {"Descriptor": "BASIN"}))

    changed = ticket("1").events.get(kind="import_changed")
    assert changed.data == {"changed": {"descriptor": ["TOILET", "BASIN"]}}
    assert not changed.public
    assert ticket("1").title == "PLUMBING: BASIN"
    assert ticket("1").details["original"]["descriptor"] == "BASIN"


def test_what_somebody_here_has_changed_stays_when_the_source_changes(tmp_path):
    run(export(tmp_path, {"Descriptor": "TOILET"}))
    Ticket.objects.update(title="Toilet on the third floor", status="cancelled", closed_at=now())

    run(export(tmp_path, {"Descriptor": "BASIN", "Status": "Pending"}))

    assert ticket("1").title == "Toilet on the third floor"
    assert ticket("1").status == "cancelled"
    assert ticket("1").details["descriptor"] == "BASIN"


def test_a_request_that_changed_only_here_is_unchanged(tmp_path):
    run(export(tmp_path, {}))
    Ticket.objects.update(title="Toilet on the third floor")

    assert counts(run(export(tmp_path, {}))) == (0, 0, 1, 0)
    assert ticket("1").title == "Toilet on the third floor"


def test_the_first_row_of_a_key_counts_and_the_second_is_rejected(tmp_path):
    rejections: list[Rejection] = []

    report = run(
        export(tmp_path, {"Unique Key": "5"}, {}, {"Unique Key": "5", "Descriptor": "OTHER"}),
        on_rejection=rejections.append,
    )

    assert counts(report) == (2, 0, 0, 1)
    assert rejections == [Rejection(4, "5", "The same Unique Key stands in line 2; that row counts.")]
    assert ticket("5").title == "PLUMBING: BASIN/SINK"


def test_good_rows_stand_beside_rejected_ones(tmp_path):
    rejections: list[Rejection] = []

    report = run(export(tmp_path, {}, {"Borough": "ATLANTIS"}, {}), on_rejection=rejections.append)

    assert counts(report) == (2, 0, 0, 1)
    assert [rejection.line for rejection in rejections] == [3]
    assert set(Ticket.objects.values_list("external_key", flat=True)) == {"1", "3"}


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path):
    run(export(tmp_path, {}, {}))
    before = list(Ticket.objects.order_by("id").values())

    report = run(export(tmp_path, {}, {"Descriptor": "OTHER"}, {}, {"Borough": "ATLANTIS"}), dry_run=True)

    assert counts(report) == (1, 1, 1, 1)
    assert list(Ticket.objects.order_by("id").values()) == before


def test_a_dry_run_on_an_empty_database_leaves_it_empty():
    run(DISPLAY, dry_run=True)

    assert not Territory.objects.exists()
    assert not ServiceType.objects.exists()


def test_service_types_and_territories_that_were_changed_here_stay_so(tmp_path):
    run(export(tmp_path, {}))
    ServiceType.objects.filter(code="civic_plumbing").update(name="Pipes", default_priority=1)
    Territory.objects.filter(code="nyc-bronx").update(name="Da Bronx")

    run(export(tmp_path, {"Unique Key": "2"}))

    assert ticket("2").service_type.name == "Pipes"
    assert ticket("2").priority == 1
    assert ticket("2").territory.name == "Da Bronx"


def test_overlong_texts_are_cut_on_the_ticket_and_whole_in_the_original(tmp_path):
    run(export(tmp_path, {"Descriptor": "long " * 100, "Incident Address": "far " * 200}))

    assert len(ticket("1").title) == 200
    assert len(ticket("1").address) == 300
    assert ticket("1").details["original"]["descriptor"] == "long " * 100


def test_batches_make_no_difference(tmp_path, monkeypatch):
    monkeypatch.setattr("tickets.imports.services.BATCH", 2)
    progress: list[int] = []

    report = run(
        export(tmp_path, {}, {}, {}, {"Unique Key": "1"}, {"Borough": "ATLANTIS"}),
        on_progress=lambda so_far: progress.append(so_far.rows),
    )

    assert counts(report) == (3, 0, 0, 2)
    assert progress == [2, 4, 5]


def test_the_thousand_requests_are_all_there_by_an_independent_count():
    with THOUSAND.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rejections: list[Rejection] = []

    report = run(THOUSAND, on_rejection=rejections.append)

    assert rejections == []
    assert counts(report) == (1000, 0, 0, 0)
    assert report.flags == {"closed_before_created": 10}
    boroughs = Counter(row["Borough"] for row in rows)
    assert Counter(Ticket.objects.values_list("territory__code", flat=True)) == {
        "nyc-brooklyn": boroughs["BROOKLYN"],
        "nyc-queens": boroughs["QUEENS"],
        "nyc-manhattan": boroughs["MANHATTAN"],
        "nyc-bronx": boroughs["BRONX"],
        "nyc-staten-island": boroughs["STATEN ISLAND"],
        "nyc": boroughs["Unspecified"],
    }
    assert Ticket.objects.filter(status="closed").count() == sum(row["Status"] == "Closed" for row in rows)
    assert set(Ticket.objects.values_list("external_key", flat=True)) == {row["Unique Key"] for row in rows}
    answered = sum(bool(row["Resolution Description"].strip()) for row in rows)
    assert TicketEvent.objects.filter(kind="import_answered").count() == answered
    assert counts(run(THOUSAND)) == (0, 0, 1000, 0)


def test_open_requests_reach_the_desk_and_closed_ones_of_years_ago_do_not(phone, people):
    run(DISPLAY)
    people.dispatcher.role_grants.create(role="dispatcher", territory=ticket("700001").territory)
    people.dispatcher.role_grants.create(role="dispatcher", territory=ticket("700002").territory)
    people.dispatcher.forget_grants()

    desk = phone(people.dispatcher)
    desk.pull()

    tickets = {key for collection, key in desk.documents if collection == "tickets"}
    assert tickets == {str(ticket("700002").pk)}
