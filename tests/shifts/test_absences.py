"""Technicians ask to be away, also without signal; somebody else decides, and hears of visits that are in the way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.phone import Phone
from tests.shifts.conftest import MONDAY, WEEK_BEFORE, Away, at
from tests.world import World
from tickets.models import Absence
from tickets.shifts.services import archive_plan

pytestmark = pytest.mark.at(WEEK_BEFORE)

Api = Callable[[User | None], APIClient]
URL = "/api/v1/absences"


def days(first: int = 0, last: int = 0, **other: Any) -> dict[str, Any]:
    told = {"first_day": MONDAY + timedelta(days=first), "last_day": MONDAY + timedelta(days=last)}
    return {"kind": "leave", **told, **other}


def kinds(person: User) -> list[str]:
    return sorted(Notice.objects.filter(user=person).values_list("kind", flat=True))


def test_leave_is_asked_without_signal_and_decided_by_a_supervisor(people: People, api: Api) -> None:
    supervisor = people.supervisor
    phone = Phone(people.technician)
    asked: dict[str, Any] = {"first_day": str(MONDAY), "last_day": str(MONDAY), "kind": "leave", "reason": "Wedding."}
    phone.does("absence.ask", hours_ago=5, id=uuid7(), **asked)
    phone.push(reply_is_lost=True)
    assert phone.push() == ["applied"]
    [absence] = Absence.objects.all()
    assert (absence.state, absence.asked_at) == ("asked", now() - timedelta(hours=5))
    assert (absence.starts_at, absence.ends_at) == (at("00:00"), at("00:00", MONDAY + timedelta(days=1)))
    assert kinds(supervisor) == ["absence_asked"]

    answer = api(supervisor).post(f"{URL}/{absence.pk}/approve", {"answer": "Have fun."})
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    phone.pull()
    carried = phone.document("absences", absence)
    assert carried is not None
    assert (carried["state"], carried["decided_by_name"]) == ("approved", "Sam Supervisor")
    notice = Notice.objects.get(user=people.technician)
    assert (notice.title, notice.title_zh) == ("Leave: approved", "休假已批准")


def test_visits_that_are_planned_meanwhile_are_listed_and_the_dispatchers_hear_of_them(
    people: People, api: Api, world: World, absence: Away
) -> None:
    with time_is(at("09:00")):
        visit = world.dispatched_visit()
        asked = absence("00:00", "23:00", state="asked", decided_by=None, decided_at=None)
        answer = api(people.supervisor).post(f"{URL}/{asked.pk}/approve", {})
        [shown] = answer.json()["planned_visits"]
        assert (shown["id"], shown["ticket_reference"]) == (str(visit.pk), visit.ticket.reference)
        assert api(people.technician).get(f"{URL}/{asked.pk}").json()["planned_visits"] == [shown]
        [notice] = Notice.objects.filter(user=people.dispatcher, kind="absence_conflicts")
        assert notice.title == "Tom Technician is away, and visits are planned: 1"
        visit.refresh_from_db()
        assert visit.is_active, "who is sent instead is for somebody to decide"


def test_nobody_approves_their_own(people: People, api: Api) -> None:
    RoleGrant.objects.create(user=people.technician, role=Role.SUPERVISOR, territory=people.north)
    tom = User.objects.get(pk=people.technician.pk)
    made = api(tom).post(URL, days()).json()
    for step, told in (("approve", {}), ("reject", {"answer": "No."})):
        answer = api(tom).post(f"{URL}/{made['id']}/{step}", told)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_absence")
    entered = {**days(), "territory_id": people.north.pk, "technician_id": tom.pk}
    assert api(tom).post(f"{URL}/enter", entered).json()["code"] == "own_absence"
    assert api(people.dispatcher).post(f"{URL}/{made['id']}/approve", {}).json()["code"] == "role_required"
    assert api(people.supervisor).post(f"{URL}/{made['id']}/approve", {}).status_code == 200


def test_what_was_told_on_the_phone_is_entered_and_stands(people: People, api: Api) -> None:
    sick = {"kind": "sick", "starts_at": now() - timedelta(days=2), "ends_at": now() - timedelta(days=1)}
    entered = {**sick, "territory_id": people.north.pk, "technician_id": people.technician.pk}
    answer = api(people.dispatcher).post(f"{URL}/enter", entered)
    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
    assert kinds(people.technician) == ["absence_decided"]
    southern = api(people.southern_dispatcher).post(f"{URL}/enter", entered)
    assert southern.json()["code"] == "role_required"


def test_a_no_says_why_and_may_become_a_yes(people: People, api: Api, absence: Away) -> None:
    asked = absence("08:00", "12:00", state="asked", decided_by=None, decided_at=None)
    sam = api(people.supervisor)
    assert sam.post(f"{URL}/{asked.pk}/reject", {}).status_code == 400
    assert sam.post(f"{URL}/{asked.pk}/reject", {"answer": "Too many are away."}).json()["state"] == "rejected"
    assert Notice.objects.get(user=people.technician).body.endswith("Too many are away.")
    assert sam.post(f"{URL}/{asked.pk}/approve", {}).json()["state"] == "approved"
    assert sam.post(f"{URL}/{asked.pk}/reject", {"answer": "No."}).json()["code"] == "absence_ended"


def test_of_an_absence_that_has_begun_only_the_rest_is_cancelled(people: People, api: Api, absence: Away) -> None:
    coming = absence("08:00", "12:00")
    phone = Phone(people.technician)
    phone.does("absence.cancel", absence_id=coming.pk, reason="It rains.")
    phone.does("absence.cancel", absence_id=coming.pk)
    assert phone.push() == ["applied", "applied"]
    coming.refresh_from_db()
    assert (coming.state, coming.cancel_reason) == ("cancelled", "It rains.")
    assert api(people.supervisor).post(f"{URL}/{coming.pk}/approve", {}).json()["code"] == "absence_ended"

    running = absence("13:00", "17:00")
    with time_is(at("15:00")):
        answer = api(people.dispatcher).post(f"{URL}/{running.pk}/cancel", {"reason": "Needed."})
        assert (answer.json()["state"], answer.json()["ends_at"]) == ("approved", "2026-11-30T07:00:00Z")
        again = api(people.dispatcher).post(f"{URL}/{running.pk}/cancel", {})
        assert (again.status_code, again.json()["code"]) == (409, "absence_ended")


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({}, "absence_time_incomplete", "starts_at"),
    ({"first_day": "2026-12-01"}, "absence_time_incomplete", "last_day"),
    ({"starts_at": at("08:00")}, "absence_time_incomplete", "ends_at"),
    ({"starts_at": at("08:00"), "ends_at": at("08:00")}, "absence_not_valid", "ends_at"),
    ({"first_day": "2026-12-02", "last_day": "2026-12-01"}, "absence_not_valid", "last_day"),
    ({"first_day": "2026-12-01", "last_day": "2027-12-31"}, "absence_too_long", "last_day"),
    ({"first_day": "2026-11-02", "last_day": "2026-11-03"}, "absence_in_past", "last_day"),
    (
        {"first_day": "2026-12-01", "last_day": "2026-12-01", "ends_at": at("08:00")},
        "absence_time_incomplete",
        "ends_at",
    ),
]


@pytest.mark.parametrize(("wrong", "code", "field"), NONSENSE)
def test_what_makes_no_sense_is_refused_by_name(
    people: People, api: Api, wrong: dict[str, Any], code: str, field: str
) -> None:
    answer = api(people.technician).post(URL, {"kind": "leave", **wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Absence.objects.exists()


def test_only_technicians_ask_and_strangers_read_nothing(people: People, api: Api, absence: Away) -> None:
    assert api(people.agent).post(URL, days()).json()["code"] == "role_required"
    hidden = absence("08:00", "12:00")
    for stranger in (people.colleague, people.southern_dispatcher, people.agent, people.resident):
        assert api(stranger).get(f"{URL}/{hidden.pk}").status_code == 404
        assert api(stranger).get(URL).json()["results"] == []
        assert api(stranger).post(f"{URL}/{hidden.pk}/cancel", {}).status_code == 404


def test_long_afterwards_the_plan_leaves_the_phone(people: People, absence: Away, shift: Any) -> None:
    past, work = absence("08:00", "12:00"), shift("13:00", "17:00")
    phone = Phone(people.technician)
    phone.pull()
    assert phone.document("absences", past)
    later = at("18:00") + timedelta(days=14)
    with time_is(later):
        assert archive_plan(actor=Actor.system(), occurred_at=later) == 2
        assert archive_plan(actor=Actor.system(), occurred_at=later) == 0
        phone.pull()
    assert (phone.document("absences", past), phone.document("shifts", work)) == (None, None)
