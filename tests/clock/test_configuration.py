"""Calendars and policies: what administrators write, what staff read, and what a change does to open clocks."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from fieldsvc.time import time_is
from tests.clock.conftest import after, clock, sweep_at, warned
from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import BusinessCalendar, PolicyTarget, SlaPolicy, Target
from tickets.clock.services import meet_clock

OFFICE = {
    "code": "office",
    "name": "Office hours",
    "name_zh": "办公时间",
    "time_zone": "Asia/Shanghai",
    "windows": [
        {"weekday": day, "opens": opens, "closes": closes}
        for day in range(5)
        for opens, closes in (("08:30", "12:00"), ("13:30", "18:00"))
    ],
    "holidays": [{"day": "2027-01-01", "name": "New Year"}],
}
QUICK = {
    "code": "quick",
    "name": "Quick",
    "targets": [
        {"target": "on_site", "target_seconds": 4 * 3600, "limit_seconds": 8 * 3600},
        {"target": "on_site", "priority": 1, "target_seconds": 3600, "limit_seconds": 3600, "warn_percents": [100, 50]},
    ],
}


@pytest.fixture
def admin(api, people):
    return api(people.administrator)


def errors(response, status=400):
    assert response.status_code == status, response.content
    problem = response.json()
    # Rows of a list are numbered in brackets by our own commands, and after a dot by REST framework.
    return [
        (re.sub(r"\.(\d+)", r"[\1]", error["field"]), error["code"]) for error in problem.get("errors", [])
    ] or problem["code"]


def test_an_administrator_writes_a_calendar_and_staff_read_it(admin, api, people):
    made = admin.post("/api/v1/calendars", OFFICE)
    assert made.status_code == 201, made.content
    read = api(people.technician).get(f"/api/v1/calendars/{made.json()['id']}")
    assert read.json() == made.json()
    assert len(read.json()["windows"]) == 10
    assert api(people.storekeeper).get("/api/v1/calendars").json()["results"] == [made.json()]


def test_an_administrator_writes_a_policy_and_staff_read_it(admin, api, people):
    made = admin.post("/api/v1/sla-policies", QUICK)
    assert made.status_code == 201, made.content
    default, urgent = (
        made.json()["targets"] if made.json()["targets"][0]["priority"] is None else made.json()["targets"][::-1]
    )
    assert default["warn_percents"] == [50, 75, 100]
    assert default["pausing_reasons"] == ["waiting_for_part", "waiting_for_resident"]
    assert urgent["warn_percents"] == [50, 100]
    assert api(people.agent).get(f"/api/v1/sla-policies/{made.json()['id']}").json() == made.json()


@pytest.mark.parametrize("path", ["calendars", "sla-policies"])
def test_nobody_but_an_administrator_writes_and_residents_do_not_even_read(api, people, path):
    calendar = BusinessCalendar.objects.create(code="c", name="C", time_zone="UTC")
    policy = SlaPolicy.objects.create(code="p", name="P")
    row = calendar if path == "calendars" else policy
    url = f"/api/v1/{path}"
    for person, hidden in ((people.agent, 403), (people.supervisor, 403), (people.resident, 404)):
        client = api(person)
        refused = [
            client.post(url, OFFICE if path == "calendars" else QUICK),
            client.patch(f"{url}/{row.pk}", {"name": "Mine"}),
            client.delete(f"{url}/{row.pk}"),
        ]
        assert [response.status_code for response in refused] == [403, hidden, hidden]
    assert api(people.resident).get(url).json()["results"] == []
    assert api(None).get(url).status_code == 401


def test_windows_must_make_sense(admin):
    def with_windows(*windows):
        rows = [{"weekday": 0, "opens": opens, "closes": closes} for opens, closes in windows]
        return admin.post("/api/v1/calendars", {**OFFICE, "windows": rows})

    assert errors(with_windows(("17:00", "09:00"))) == [("windows[0].closes", "calendar_window_not_valid")]
    assert errors(with_windows(("13:00", "18:00"), ("09:00", "13:30"))) == [
        ("windows[0].opens", "calendar_window_not_valid")
    ]
    assert errors(with_windows(("00:00", "00:00"), ("09:00", "13:30"))) == [
        ("windows[1].opens", "calendar_window_not_valid")
    ]
    assert errors(with_windows()) == [("windows", "empty")]
    assert not BusinessCalendar.objects.exists()
    assert with_windows(("09:00", "13:00"), ("13:00", "00:00")).status_code == 201


def test_bad_calendars_name_the_field(admin):
    def post(**fields):
        return errors(admin.post("/api/v1/calendars", {**OFFICE, **fields}))

    assert post(time_zone="Mars/Olympus") == [("time_zone", "time_zone_not_known")]
    assert post(holidays=[{"day": "2027-01-01"}, {"day": "2027-01-01"}]) == [("holidays[1].day", "holiday_twice")]
    assert post(windows=[{"weekday": 7, "opens": "09:00", "closes": "10:00"}]) == [("windows[0].weekday", "max_value")]


def test_bad_policies_name_the_field(admin):
    def post(*targets):
        rows = [{"target": "on_site", "target_seconds": 60, "limit_seconds": 60, **target} for target in targets]
        return errors(admin.post("/api/v1/sla-policies", {**QUICK, "targets": rows}))

    assert post({"limit_seconds": 59}) == [("targets[0].limit_seconds", "promise_not_valid")]
    assert post({}, {}) == [("targets[1].target", "promise_not_valid")]
    assert post({"calendar_id": str(uuid4())}) == [("targets[0].calendar_id", "promise_not_valid")]
    assert post({"target": "flowers"}) == [("targets[0].target", "invalid_choice")]
    assert post({"warn_percents": [0]}) == [("targets[0].warn_percents[0]", "min_value")]
    assert not SlaPolicy.objects.filter(code="quick").exists()


@pytest.mark.parametrize(("path", "body"), [("calendars", OFFICE), ("sla-policies", QUICK)])
def test_a_code_or_an_id_is_taken_once(admin, path, body):
    made = admin.post(f"/api/v1/{path}", body).json()
    assert errors(admin.post(f"/api/v1/{path}", body), 409) == "code_taken"
    assert errors(admin.post(f"/api/v1/{path}", {**body, "code": "other", "id": made["id"]}), 409) == "id_taken"


def test_what_is_in_use_is_not_deleted(admin, ticket):
    calendar = admin.post("/api/v1/calendars", OFFICE).json()["id"]
    PolicyTarget.objects.filter(target=Target.ON_SITE).update(calendar=calendar)
    assert errors(admin.delete(f"/api/v1/calendars/{calendar}"), 409) == "calendar_in_use"
    assert errors(admin.delete(f"/api/v1/sla-policies/{ensure_default_policy().pk}"), 409) == "policy_in_use"
    PolicyTarget.objects.update(calendar=None)
    assert admin.delete(f"/api/v1/calendars/{calendar}").status_code == 204
    policy = admin.post("/api/v1/sla-policies", QUICK).json()["id"]
    assert admin.delete(f"/api/v1/sla-policies/{policy}").status_code == 204
    assert admin.delete(f"/api/v1/sla-policies/{policy}").status_code == 404


def test_public_holidays_come_from_the_library_and_only_once(admin):
    calendar = admin.post("/api/v1/calendars", OFFICE).json()["id"]
    url = f"/api/v1/calendars/{calendar}/import-holidays"
    german = admin.post(url, {"country": "DE", "subdivision": "BY", "years": [2026, 2027]})
    days = {row["day"]: row["name"] for row in german.json()["holidays"]}
    assert days["2026-12-25"] == "Christmas Day"
    assert days["2026-01-06"] == "Epiphany"  # in Bavaria, not in all of Germany
    assert days["2027-01-01"] == "New Year"  # what was there stays as it was
    assert admin.post(url, {"country": "DE", "subdivision": "BY", "years": [2026, 2027]}).json() == german.json()
    assert "2026-10-01" in {
        row["day"] for row in admin.post(url, {"country": "CN", "years": [2026]}).json()["holidays"]
    }


def test_unknown_holidays_are_refused_with_the_field(admin):
    calendar = admin.post("/api/v1/calendars", OFFICE).json()["id"]
    url = f"/api/v1/calendars/{calendar}/import-holidays"
    for body, field in (
        ({"country": "XX", "years": [2026]}, "country"),
        ({"country": "DE", "subdivision": "Mars", "years": [2026]}, "subdivision"),
        ({"country": "DE", "years": [2026, 1980]}, "years"),  # the library begins with the unification
    ):
        assert errors(admin.post(url, body)) == [(field, "holidays_not_known")]
    assert len(admin.get(f"/api/v1/calendars/{calendar}").json()["holidays"]) == 1


def test_open_clocks_follow_a_changed_policy_and_closed_ones_keep_their_verdict(admin, people, report):
    assert people.dispatcher
    waiting, met = report(), report()
    meet_clock(met, Target.ON_SITE, at=after(5), received_at=after(5))
    sweep_at(12)
    assert warned(waiting) == [(50, "dispatcher")]
    policy = ensure_default_policy()
    on_site = {"target": "on_site", "target_seconds": 16 * 3600, "limit_seconds": 20 * 3600}
    with time_is(after(12.5)):
        changed = admin.patch(f"/api/v1/sla-policies/{policy.pk}", {"targets": [on_site]})
    assert changed.status_code == 200, changed.content
    sweep_at(12.5)
    assert (clock(waiting).due_at, clock(waiting).limit_at) == (after(16), after(20))
    assert [percent for percent, _ in warned(waiting)] == [50, 75]
    assert clock(met).due_at == after(24)
    # A promise that the policy makes no more stays given.
    assert clock(waiting, Target.FIRST_REPLY).due_at == after(24)


def test_open_clocks_follow_a_changed_calendar(admin, report):
    calendar = admin.post("/api/v1/calendars", {**OFFICE, "holidays": []}).json()["id"]
    PolicyTarget.objects.filter(target=Target.ON_SITE).update(calendar=calendar, target_duration=timedelta(hours=8))
    ticket = report()  # Monday, 08:00 in Shanghai
    assert clock(ticket).due_at == after(10)
    with time_is(after(1)):
        admin.patch(f"/api/v1/calendars/{calendar}", {"holidays": [{"day": "2026-11-23"}]})
    sweep_at(1)
    assert clock(ticket).due_at == after(34)


@pytest.mark.parametrize("path", ["calendars", "sla-policies"])
def test_lists_take_a_fixed_number_of_queries(admin, django_assert_max_num_queries, path):
    body = OFFICE if path == "calendars" else QUICK
    for number in range(6):
        assert admin.post(f"/api/v1/{path}", {**body, "code": f"code-{number}"}).status_code == 201
    with django_assert_max_num_queries(5):  # token, grants, rows, and what hangs on them
        assert len(admin.get(f"/api/v1/{path}").json()["results"]) == 6


def test_the_standard_policy_holds_the_rules_of_the_trade_and_is_made_once(db):
    policy = ensure_default_policy()
    hours = {
        row.target: (row.target_duration / timedelta(hours=1), row.limit_duration / timedelta(hours=1))
        for row in policy.targets.all()
    }
    assert hours == {"first_reply": (24, 48), "on_site": (24, 48), "callback": (0.5, 0.5), "result_told": (1, 1)}
    policy.targets.filter(target=Target.CALLBACK).delete()
    assert ensure_default_policy() == policy
    assert policy.targets.count() == 3
