"""Device health: what each phone has not sent, what of it waits for somebody, how late and by which clock it comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import RoleGrant
from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.devices.models import Device
from sync.ids import uuid7
from tests.people import People
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.world import World
from tickets.complaints.services import edit_ticket
from tickets.models import Visit

pytestmark = pytest.mark.django_db
DEVICES, PUSH = "/api/v1/sync/devices", "/api/v1/sync/push"


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def send(phone: Phone, **more: Any) -> Any:
    return phone.client.post(PUSH, {**phone.envelope(), **more})


def in_trouble(phone: Phone, visit: Visit, people: People) -> None:
    """One operation is refused, one waits for it, one is in a conflict; one came a day late."""
    edit_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=visit.ticket_id, contact_name="Sister")
    refused = phone.does("note.add", ticket_id=visit.ticket_id, text="")
    phone.does("note.add", ticket_id=visit.ticket_id, text="x", depends_on=[refused["id"]])
    phone.does("ticket.edit", ticket_id=visit.ticket_id, contact_name="Brother", base={"contact_name": "Rosa"})
    phone.does("note.add", hours_ago=24, ticket_id=visit.ticket_id, text="Yesterday")
    assert phone.push() == ["refused", "blocked", "conflict", "applied"]


def test_a_dispatcher_sees_what_a_phone_has_not_sent_and_how_far_its_clock_is_off(tom: Phone, people: People, api: Any):
    tom.wall_error = timedelta(minutes=10)
    oldest = now() - timedelta(hours=30) + tom.wall_error
    answer = send(tom, pending={"operations": 12, "uploads": 3, "oldest": oldest.isoformat()})
    assert answer.status_code == 200, answer.content
    shown = api(people.dispatcher).get(f"{DEVICES}/{tom.device.pk}").json()
    assert (shown["pending_operations"], shown["pending_uploads"]) == (12, 3)
    assert abs(moment(shown["oldest_pending_at"]) - (now() - timedelta(hours=30))) < timedelta(minutes=1)
    assert 590_000 < shown["skew_ms"] < 610_000
    assert shown["last_push_at"] == shown["last_contact_at"] == shown["pending_told_at"]
    assert shown["schema"] == SCHEMA
    assert send(tom).status_code == 200
    shown = api(people.dispatcher).get(f"{DEVICES}/{tom.device.pk}").json()
    assert shown["pending_operations"] == 12  # the phone has told nothing newer


def test_a_dispatcher_sees_what_of_a_phone_waits_for_somebody_and_how_late_it_came(
    tom: Phone, visit: Visit, people: People, api: Any
):
    in_trouble(tom, visit, people)
    shown = api(people.dispatcher).get(f"{DEVICES}/{tom.device.pk}").json()
    assert (shown["refused"], shown["blocked"], shown["open_conflicts"]) == (1, 1, 1)
    assert shown["lately"] == {
        "operations": 4,
        "late": 1,
        "bulk": 0,
        "clock_corrected": 0,
        "in_future": 0,
        "longest_delay_s": shown["lately"]["longest_delay_s"],
    }
    assert 86_395 < shown["lately"]["longest_delay_s"] < 86_405


def test_what_was_given_up_or_resolved_troubles_nobody_any_more(tom: Phone, visit: Visit, people: People, api: Any):
    in_trouble(tom, visit, people)
    desk = api(people.dispatcher)
    refused = desk.get("/api/v1/sync/operations", {"status": "refused"}).json()["results"][0]["operation_id"]
    desk.post(f"/api/v1/sync/operations/{refused}/discard", {"reason": "Empty.", "with_dependents": True})
    conflict = desk.get("/api/v1/sync/conflicts").json()["results"][0]["id"]
    desk.post(f"/api/v1/sync/conflicts/{conflict}/resolve", {"keep": "server"})
    shown = desk.get(f"{DEVICES}/{tom.device.pk}").json()
    assert (shown["refused"], shown["blocked"], shown["open_conflicts"]) == (0, 0, 0)
    assert desk.get(DEVICES, {"waiting": "true"}).json()["results"] == []


def test_phones_in_trouble_and_phones_that_nobody_hears_of_are_found(
    tom: Phone, visit: Visit, people: People, api: Any
):
    colleagues = Phone(people.colleague)
    Device.objects.filter(pk=colleagues.device.pk).update(last_contact_at=now() - timedelta(days=3), schema=2)
    in_trouble(tom, visit, people)
    desk = api(people.dispatcher)

    def found(**query: Any) -> list[str]:
        answer = desk.get(DEVICES, query)
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"] if row["user"] != str(people.dispatcher.pk)]

    mine, silent = str(tom.device.pk), str(colleagues.device.pk)
    assert found(not_heard_since=(now() - timedelta(days=1)).isoformat()) == [silent]
    assert found(waiting="true") == [mine]
    assert found(waiting="false") == found(schema="2") == [silent]
    assert found(cut_off="true") == []
    assert found(ordering="last_contact_at") == [silent, mine]
    assert found(ordering="-last_contact_at") == [mine, silent]


def test_the_state_of_all_phones_is_summed_up_by_territory_for_those_who_look_after_them(
    tom: Phone, visit: Visit, people: People, api: Any
):
    in_trouble(tom, visit, people)
    send(tom, pending={"operations": 5, "uploads": 2})
    colleagues = Phone(people.colleague)
    Device.objects.filter(pk=colleagues.device.pk).update(last_contact_at=now() - timedelta(days=3), skew_ms=-200_000)
    [north] = api(people.dispatcher).get(f"{DEVICES}/health").json()["teams"]
    assert north == {
        "id": str(people.north.pk),
        "name": people.north.name,
        "devices": 2,
        "silent": 1,
        "skewed": 1,
        "pending_operations": 5,
        "pending_uploads": 2,
        "refused": 1,
        "blocked": 1,
        "open_conflicts": 1,
    }
    for stranger in (people.southern_dispatcher, people.technician, people.resident):
        teams = api(stranger).get(f"{DEVICES}/health").json()["teams"]
        assert str(people.north.pk) not in {team["id"] for team in teams}


def test_a_technician_sees_their_own_phone_and_strangers_see_none(tom: Phone, people: People, api: Any):
    assert api(people.technician).get(f"{DEVICES}/{tom.device.pk}").status_code == 200
    for stranger in (people.colleague, people.resident, people.southern_dispatcher, people.agent):
        assert api(stranger).get(f"{DEVICES}/{tom.device.pk}").status_code == 404


def test_most_pulls_write_nothing(tom: Phone):
    begin = now()
    Device.objects.filter(pk=tom.device.pk).update(last_pull_at=None)
    for minutes, expected in ((0, 0), (4, 0), (5, 5), (9, 5), (11, 11)):
        with time_is(begin + timedelta(minutes=minutes)):
            tom.pull()
        noted = Device.objects.values_list("last_pull_at", flat=True).get(pk=tom.device.pk)
        assert noted == begin + timedelta(minutes=expected)


def test_a_page_of_devices_costs_as_many_queries_as_one_device_and_so_do_ten_thousand_in_the_summary(
    tom: Phone, visit: Visit, people: People, api: Any, django_assert_max_num_queries: Any
):
    in_trouble(tom, visit, people)
    desk = api(people.dispatcher)

    def ask(path: str, **query: Any) -> Any:
        with django_assert_max_num_queries(8):
            return desk.get(path, query).json()

    ask(DEVICES)
    ask(f"{DEVICES}/health")
    Device.objects.bulk_create(
        Device(user=people.technician, last_contact_at=datetime(2026, 1, 1, tzinfo=UTC)) for _ in range(10_000)
    )
    assert len(ask(DEVICES, ordering="last_contact_at", page_size=200)["results"]) == 200
    assert len(ask(DEVICES, waiting="true")["results"]) == 1
    [north] = ask(f"{DEVICES}/health")["teams"]
    assert (north["devices"], north["silent"]) == (10_001, 10_000)


@pytest.mark.parametrize(
    "pending",
    [7, {"operations": -1, "uploads": 0}, {"operations": 1}, {"operations": 2**31, "uploads": 0}, {"operations": "x"}],
)
def test_what_a_phone_says_to_have_pending_is_a_number(tom: Phone, pending: Any):
    answer = send(tom, pending=pending)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["field"].startswith("pending")


@pytest.mark.parametrize("oldest", ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", None])
def test_an_absurd_time_of_the_oldest_pending_operation_harms_nothing(tom: Phone, oldest: str | None):
    assert send(tom, pending={"operations": 1, "uploads": 0, "oldest": oldest}).status_code == 200
    told = Device.objects.get(pk=tom.device.pk).oldest_pending_at
    assert told is None if oldest is None else told is not None and told <= now()


def test_people_of_two_territories_count_in_both(tom: Phone, people: People, api: Any):
    RoleGrant.objects.create(user=people.technician, role="technician", territory=people.south)
    south = {team["id"]: team for team in api(people.southern_dispatcher).get(f"{DEVICES}/health").json()["teams"]}
    assert south[str(people.south.pk)]["devices"] == 1
    assert str(people.north.pk) not in south
    assert api(people.dispatcher).get(f"{DEVICES}/health").json()["teams"][0]["devices"] == 1


def test_a_phone_that_was_never_heard_of_is_silent(people: People, api: Any):
    Device.objects.create(id=uuid7(), user=people.technician)
    [north] = api(people.dispatcher).get(f"{DEVICES}/health").json()["teams"]
    assert (north["devices"], north["silent"]) == (1, 1)


@pytest.mark.parametrize("typed", ["tom", "TECHNICIAN", "Technician Tom", "  tom  "])
def test_a_dispatcher_finds_the_phones_of_somebody_by_what_people_call_them(
    tom: Phone, people: People, api: Any, typed: str
):
    Phone(people.colleague)
    found = api(people.dispatcher).get(DEVICES, {"user": typed}).json()["results"]
    assert [(row["id"], row["user_name"]) for row in found] == [(str(tom.device.pk), "Tom Technician")]


def test_the_phones_of_strangers_are_not_found_by_any_name(tom: Phone, people: People, api: Any):
    for typed in ("tom", str(people.technician.pk), "%", "nobody"):
        assert api(people.southern_dispatcher).get(DEVICES, {"user": typed}).json()["results"] == []
    desk = api(people.dispatcher)
    assert len(desk.get(DEVICES, {"user": str(people.technician.pk)}).json()["results"]) == 1
    assert desk.get(DEVICES, {"user": "_"}).json()["results"] == []


def test_a_scope_above_its_budget_is_named_to_those_who_look_after_whoever_carries_it(
    tom: Phone, people: People, api: Any, settings: Any
):
    mine = f"technician:{people.technician.pk}"
    assert api(people.dispatcher).get(f"{DEVICES}/health").json()["scopes_above_budget"] == []
    settings.SYNC = {**settings.SYNC, "BUDGET": 1}
    named = api(people.dispatcher).get(f"{DEVICES}/health").json()["scopes_above_budget"]
    [scope] = [scope for scope in named if scope["name"] == mine]
    assert (scope["documents"], scope["above_budget"]) == (3, True)  # the visit, its ticket, its site
    assert scope["bytes"] > 0
    for stranger in (people.southern_dispatcher, people.colleague):
        assert mine not in str(api(stranger).get(f"{DEVICES}/health").json()["scopes_above_budget"])
    shown = api(people.dispatcher).get(f"{DEVICES}/{tom.device.pk}").json()["scopes"]
    assert scope in shown
    assert all(scope["documents"] >= 0 for scope in shown)


def test_a_phone_that_introduces_itself_tells_what_it_has_still_to_send(tom: Phone, people: People, api: Any):
    Device.objects.filter(pk=tom.device.pk).update(skew_ms=600_000)
    oldest = now() - timedelta(hours=30) + timedelta(minutes=10)
    pending = {"operations": 12, "uploads": 3, "oldest": oldest.isoformat()}
    told = {"id": str(tom.device.pk), "app_version": "2.1", "schema": 2, "pending": pending}
    assert tom.client.post(DEVICES, told).status_code == 200
    shown = api(people.dispatcher).get(f"{DEVICES}/{tom.device.pk}").json()
    assert (shown["app_version"], shown["schema"]) == ("2.1", 2)
    assert (shown["pending_operations"], shown["pending_uploads"]) == (12, 3)
    assert abs(moment(shown["oldest_pending_at"]) - (now() - timedelta(hours=30))) < timedelta(minutes=1)
    assert tom.client.post(DEVICES, {"id": str(tom.device.pk), "app_version": "2.2"}).status_code == 200
    assert Device.objects.get(pk=tom.device.pk).pending_operations == 12
    assert tom.client.post(DEVICES, {**told, "pending": {"operations": -1}}).status_code == 400
