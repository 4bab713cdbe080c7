"""Those who plan say who works when, and let it be known; the technician's phone carries it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Territory, User
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.ids import uuid7
from tests.people import People
from tests.phone import Phone
from tests.shifts.conftest import MONDAY, WEEK_BEFORE, Away, Plan, at
from tests.statements import sent
from tickets.models import Shift, Site

pytestmark = pytest.mark.at(WEEK_BEFORE)

Api = Callable[[User | None], APIClient]
URL = "/api/v1/shifts"


def body(people: People, starts: str = "08:00", ends: str = "17:00", **other: Any) -> dict[str, Any]:
    return {
        "territory_id": people.north.pk,
        "technician_id": people.technician.pk,
        "starts_at": at(starts),
        "ends_at": at(ends),
        **other,
    }


def test_a_draft_is_nobodys_business_until_it_is_published(people: People, api: Api) -> None:
    made = api(people.dispatcher).post(URL, body(people, note="Take the ladder."))
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    phone = Phone(people.technician)
    phone.pull()
    assert phone.collection("shifts") == {}
    assert api(people.technician).get(f"{URL}/{made.json()['id']}").status_code == 404

    week = {"territory_id": people.north.pk, "week": MONDAY}
    assert api(people.dispatcher).post(f"{URL}/publish", week).json() == {"published": 1}
    phone.pull()
    [carried] = phone.collection("shifts").values()
    assert carried == api(people.technician).get(f"{URL}/{made.json()['id']}").json()
    [notice] = Notice.objects.filter(user=people.technician)
    assert (notice.kind, notice.title) == ("shifts_published", "Your shifts of the week from 2026-11-30")
    assert notice.body == "1 shifts, the first from 2026-11-30 08:00"
    assert api(people.dispatcher).post(f"{URL}/publish", week).json() == {"published": 0}
    assert Notice.objects.filter(user=people.technician).count() == 1


def test_of_a_change_the_technician_hears_what_holds_and_what_held(people: People, api: Api, shift: Plan) -> None:
    known, draft = shift("08:00", "12:00"), shift("13:00", "17:00", state="draft", published_at=None)
    dora = api(people.dispatcher)
    assert dora.patch(f"{URL}/{draft.pk}", {"ends_at": at("18:00")}).status_code == 200
    assert dora.patch(f"{URL}/{known.pk}", {"ends_at": at("12:00")}).status_code == 200  # as it was
    assert not Notice.objects.exists()
    assert dora.patch(f"{URL}/{known.pk}", {"starts_at": at("07:00")}).status_code == 200
    notice = Notice.objects.get()
    assert (notice.user, notice.urgent) == (people.technician, True)
    assert notice.title_zh == "您的班次有变更:2026-11-30 07:00 至 2026-11-30 12:00"
    assert "08:00" in notice.body


def test_a_shift_that_is_cancelled_leaves_the_phone_and_stays_on_record(people: People, api: Api, shift: Plan) -> None:
    known = shift("08:00", "12:00")
    phone = Phone(people.technician)
    phone.pull()
    assert phone.document("shifts", known)
    for _ in range(2):
        answer = api(people.supervisor).post(f"{URL}/{known.pk}/cancel", {"reason": "No work."})
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    phone.pull()
    assert phone.document("shifts", known) is None
    assert [(notice.kind, notice.body) for notice in Notice.objects.all()] == [("shift_cancelled", "No work.")]
    assert api(people.technician).get(f"{URL}/{known.pk}").json()["cancel_reason"] == "No work."
    again = api(people.dispatcher).patch(f"{URL}/{known.pk}", {"ends_at": at("13:00")})
    assert (again.status_code, again.json()["code"]) == (409, "shift_cancelled")


def test_what_has_passed_stays_as_it_was_planned(people: People, api: Api, shift: Plan) -> None:
    known = shift("08:00", "12:00")
    with time_is(at("11:00")):
        assert api(people.dispatcher).patch(f"{URL}/{known.pk}", {"ends_at": at("13:00")}).status_code == 200
        over = api(people.dispatcher).patch(f"{URL}/{known.pk}", {"ends_at": at("10:00")})
        assert (over.status_code, over.json()["errors"][0]["field"]) == (400, "ends_at")
    with time_is(at("13:00")):
        for answer in (
            api(people.dispatcher).patch(f"{URL}/{known.pk}", {"ends_at": at("14:00")}),
            api(people.dispatcher).post(f"{URL}/{known.pk}/cancel", {"reason": "Oops."}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "shift_over")


LONG_AGO = date(2026, 11, 2)
NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"ends_at": at("08:00")}, "shift_not_valid", "ends_at"),
    ({"ends_at": at("08:01", MONDAY + timedelta(days=1))}, "shift_too_long", "ends_at"),
    (
        {"starts_at": at("08:00", date(2026, 11, 2)), "ends_at": at("17:00", date(2026, 11, 2))},
        "shift_in_past",
        "ends_at",
    ),
    ({"break_starts_at": at("12:00")}, "break_not_valid", "break_ends_at"),
    ({"break_starts_at": at("16:00"), "break_ends_at": at("18:00")}, "break_not_valid", "break_starts_at"),
    ({"start_latitude": 91, "start_longitude": 0}, "position_not_valid", "start_latitude"),
    ({"end_latitude": 34}, "position_incomplete", "end_longitude"),
    ({"end_site_id": uuid7()}, "site_unknown", "end_site_id"),
    ({"technician_id": uuid7()}, "not_a_technician", "technician_id"),
]


@pytest.mark.parametrize(("wrong", "code", "field"), NONSENSE)
def test_what_makes_no_sense_is_refused_by_name(
    people: People, api: Api, wrong: dict[str, Any], code: str, field: str
) -> None:
    answer = api(people.dispatcher).post(URL, body(people, **wrong))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Shift.objects.exists()


def test_who_is_planned_already_is_named_with_the_hours(people: People, api: Api, shift: Plan) -> None:
    shift("08:00", "12:00")
    answer = api(people.dispatcher).post(URL, body(people, "11:00", "14:00"))
    assert (answer.status_code, answer.json()["code"]) == (409, "shift_overlaps")
    assert answer.json()["ends_at"] == "2026-11-30T04:00:00Z"
    assert api(people.dispatcher).post(URL, body(people, "12:00", "14:00")).status_code == 201


def test_the_same_id_again_is_the_same_shift(people: People, api: Api) -> None:
    told = body(people, id=uuid7())
    first, again = (api(people.dispatcher).post(URL, told) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = api(people.dispatcher).post(URL, told | {"technician_id": people.colleague.pk})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")


def test_a_shift_begins_where_a_site_was_when_that_was_said(people: People, api: Api) -> None:
    depot = Site.objects.create(territory=people.north, address="Depot", latitude=34.2, longitude=108.9)
    made = api(people.dispatcher).post(URL, body(people, start_site_id=depot.pk, end_latitude=34.3, end_longitude=109))
    assert (made.json()["start_latitude"], made.json()["end_longitude"]) == (34.2, 109.0)
    Site.objects.filter(pk=depot.pk).update(latitude=35)
    assert Shift.objects.get().start_latitude == 34.2
    changed = api(people.dispatcher).patch(f"{URL}/{made.json()['id']}", {"start_site_id": None})
    assert (changed.json()["start_latitude"], changed.json()["end_latitude"]) == (None, 34.3)
    nowhere = Site.objects.create(territory=people.north, address="Somewhere")
    answer = api(people.dispatcher).patch(f"{URL}/{made.json()['id']}", {"start_site_id": nowhere.pk})
    assert (answer.status_code, answer.json()["code"]) == (400, "site_without_place")


# Many at once


def copied(people: People, api: Api, **other: Any) -> dict[str, Any]:
    asked = {"territory_id": people.north.pk, "from_week": MONDAY, "to_week": MONDAY + timedelta(weeks=1), **other}
    answer = api(people.dispatcher).post(f"{URL}/copy-week", asked)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_week_is_planned_like_another_one_where_it_goes(people: People, api: Api, shift: Plan, absence: Away) -> None:
    shift("08:00", "17:00", break_starts_at=at("12:00"), break_ends_at=at("13:00"))
    shift("22:00", "23:00", technician=people.colleague)
    shift("09:00", "17:00", state="cancelled", cancelled_at=now())
    tuesday = MONDAY + timedelta(days=1)
    shift("08:00", "12:00", day=tuesday)
    absence("00:00", "10:00", day=tuesday + timedelta(weeks=1))
    plan = copied(people, api)
    assert [(skipped["why"], skipped["technician_id"]) for skipped in plan["skipped"]] == [
        ("absent", str(people.technician.pk))
    ]
    monday = MONDAY + timedelta(weeks=1)
    mine, _ = Shift.objects.filter(state="draft").order_by("starts_at")
    assert (mine.starts_at, mine.ends_at, mine.break_starts_at) == (
        at("08:00", monday),
        at("17:00", monday),
        at("12:00", monday),
    )
    again = copied(people, api)
    assert again["planned"] == []
    assert sorted(skipped["why"] for skipped in again["skipped"]) == ["absent", "overlaps", "overlaps"]


def test_a_copy_keeps_the_wall_clock_when_the_hour_changes(people: People, api: Api) -> None:
    """New York leaves daylight saving on Sunday, 2026-11-01 at 2:00."""
    Territory.objects.filter(pk=people.north.pk).update(time_zone="America/New_York")
    with time_is(datetime(2026, 10, 1, tzinfo=UTC)):
        saturday_night = datetime(2026, 10, 25, 2, tzinfo=UTC)  # 22:00
        Shift.objects.create(
            technician=people.technician,
            territory=people.north,
            starts_at=saturday_night,
            ends_at=saturday_night + timedelta(hours=8),
            planned_by=people.dispatcher,
        )
        copied(people, api, from_week=date(2026, 10, 19), to_week=date(2026, 10, 26))
    fresh = Shift.objects.get(starts_at__gt=saturday_night)
    assert fresh.starts_at == saturday_night + timedelta(weeks=1)
    assert fresh.ends_at - fresh.starts_at == timedelta(hours=9), "from 22:00 to 6:00 is nine hours in this night"


def test_a_pattern_plans_weekdays_for_several_people_in_few_statements(people: People, api: Api) -> None:
    asked = {
        "territory_id": people.north.pk,
        "technician_ids": [people.technician.pk, people.colleague.pk, people.agent.pk],
        "first_day": MONDAY,
        "last_day": MONDAY + timedelta(days=27),
        "pattern": [
            {"weekday": day, "starts": "22:00", "ends": "06:00", "break_starts": "02:00", "break_ends": "02:30"}
            for day in range(5)
        ],
        "kind": "standby",
    }
    dora = api(people.dispatcher)
    with sent() as found:
        answer = dora.post(f"{URL}/plan-pattern", asked)
    assert len(found) < 40, found
    assert len(answer.json()["planned"]) == 40
    assert {skipped["why"] for skipped in answer.json()["skipped"]} == {"not_a_technician"}
    first = Shift.objects.filter(technician=people.technician).earliest("starts_at")
    assert (first.kind, first.starts_at, first.ends_at) == (
        "standby",
        at("22:00"),
        at("06:00", MONDAY + timedelta(days=1)),
    )
    assert first.break_starts_at == at("02:00", MONDAY + timedelta(days=1))


def test_a_pattern_that_makes_no_sense_is_refused_by_its_line(people: People, api: Api) -> None:
    line = {"weekday": 0, "starts": "08:00", "ends": "12:00", "break_starts": "13:00", "break_ends": "14:00"}
    asked = {
        "territory_id": people.north.pk,
        "technician_ids": [people.technician.pk],
        "first_day": MONDAY,
        "last_day": MONDAY,
        "pattern": [line],
    }
    for wrong, code, field in (
        ({}, "break_not_valid", "pattern[0]"),
        ({"last_day": MONDAY - timedelta(days=1)}, "period_reversed", "last_day"),
        ({"last_day": MONDAY + timedelta(days=93)}, "period_too_long", "last_day"),
    ):
        answer = api(people.dispatcher).post(f"{URL}/plan-pattern", asked | wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert answer.json()["errors"][0]["field"] == field
    answer = api(people.dispatcher).post(f"{URL}/publish", {"territory_id": people.north.pk, "week": "2026-12-01"})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_monday")


# Reading


def test_the_plan_of_a_week_is_told_of_everybody_in_few_statements(
    people: People, api: Api, shift: Plan, absence: Away
) -> None:
    shift("08:00", "17:00", break_starts_at=at("12:00"), break_ends_at=at("13:00"))
    shift("18:00", "22:00", kind="standby")
    absence("15:00", "18:00")
    people.colleague  # noqa: B018  # works there, and has no shift
    dora, asked = api(people.dispatcher), {"territory": str(people.north.pk), "week": str(MONDAY)}
    with sent() as found:
        rows = dora.get(f"{URL}/week", asked).json()["rows"]
    assert len(found) < 12, found
    assert [(row["technician"]["name"], row["planned_s"]) for row in rows] == [
        ("Colin Colleague", 0),
        ("Tom Technician", 6 * 3600),
    ]
    table = dora.get(f"{URL}/week", asked | {"format": "csv", "language": "zh"})
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("维修人员,周一 11-30,周二 12-01,")
    assert lines[2] == 'Tom Technician,"08:00–17:00, 18:00–22:00 (待命), 休假 15:00–18:00",,,,,,,6.0'


def test_of_other_territories_nobody_plans_or_reads_anything(people: People, api: Api, shift: Plan) -> None:
    known = shift("08:00", "17:00")
    suna = api(people.southern_dispatcher)
    assert suna.get(f"{URL}/{known.pk}").status_code == 404
    assert suna.get(URL).json()["results"] == []
    assert suna.get(f"{URL}/week", {"territory": str(people.north.pk)}).json()["code"] == "role_required"
    assert suna.post(URL, body(people)).json()["code"] == "role_required"
    assert api(people.agent).get(f"{URL}/{known.pk}").status_code == 404
    assert api(people.technician).patch(f"{URL}/{known.pk}", {"note": "Sleep."}).json()["code"] == "role_required"
