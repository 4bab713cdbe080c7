"""Somebody with another number gets in again: after questions, a second look or a wait, and a word to the old one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import time_passes
from notifications.models import Message, Notice
from sync.ids import uuid7
from tests.people import People
from tests.tickets.conftest import Api, codes
from tickets.models import Recovery
from tickets.recoveries.jobs import recover_due

URL = "/api/v1/recoveries"
NEW = "+8613900004444"
CHECKS = [{"question": "What was repaired last?", "passed": True}, {"question": "Which flat?", "passed": True}]


def ask(api: Api, people: People, **told: Any) -> Any:
    asked = {"person_id": people.resident.pk, "new_phone": NEW, "checks": CHECKS, "reason": "SIM lost.", **told}
    return api(people.agent).post(URL, asked)


@pytest.fixture
def asked(api: Api, people: People) -> str:
    answer = ask(api, people)
    assert answer.status_code == 201, answer.content
    recovery: str = answer.json()["id"]
    return recovery


def test_a_supervisor_lets_them_in_whoever_was_signed_in_is_out_and_both_numbers_hear_of_it(
    api: Api, people: People, asked: str
) -> None:
    old = people.resident.phone
    signed_in = api(people.resident)
    assert signed_in.get("/api/v1/me").status_code == 200
    for _ in range(2):
        answer = api(people.supervisor).post(f"{URL}/{asked}/approve")
        assert (answer.status_code, answer.json()["status"]) == (200, "done")
    people.resident.refresh_from_db()
    assert people.resident.phone == NEW
    assert signed_in.get("/api/v1/me").status_code == 401
    assert [(message.address, "4444" in message.text) for message in Message.objects.order_by("created_at")] == [
        (old, True),
        (old, True),
        (NEW, True),
    ]
    assert {notice.kind for notice in Notice.objects.filter(user=people.resident)} == {
        "recovery_asked",
        "recovery_done",
    }
    row = api(people.supervisor).get(f"{URL}/{asked}").json()
    assert (row["asked_by"]["name"], row["decided_by"]["name"]) == ("Ada Agent", "Sam Supervisor")
    assert row["checks"] == CHECKS


def test_without_a_second_look_it_takes_two_days(api: Api, people: People, asked: str) -> None:
    with time_passes(timedelta(hours=47)):
        recover_due(timestamp=0)
    people.resident.refresh_from_db()
    assert people.resident.phone != NEW
    with time_passes(timedelta(hours=49)):
        recover_due(timestamp=0)
        recover_due(timestamp=0)
    people.resident.refresh_from_db()
    assert people.resident.phone == NEW
    assert Recovery.objects.get().decided_by is None


def test_whoever_still_has_the_old_phone_stops_it(api: Api, people: People, asked: str) -> None:
    resident = api(people.resident)
    (shown,) = resident.get(URL).json()["results"]
    assert (shown["new_phone"], shown["checks"], shown["reason"]) == ("…4444", [], "")
    assert resident.post(f"{URL}/{asked}/stop", {"reason": "That is not me."}).status_code == 200
    late = api(people.supervisor).post(f"{URL}/{asked}/approve")
    assert (late.status_code, late.json()["code"]) == (409, "recovery_over")
    with time_passes(timedelta(days=9)):
        recover_due(timestamp=0)
    people.resident.refresh_from_db()
    assert people.resident.phone != NEW
    assert resident.get("/api/v1/me").status_code == 200


def test_nobody_approves_what_they_have_asked_themselves(api: Api, people: People) -> None:
    told = {"person_id": people.resident.pk, "new_phone": NEW, "checks": CHECKS, "reason": "SIM lost."}
    asked = api(people.supervisor).post(URL, told).json()["id"]
    answer = api(people.supervisor).post(f"{URL}/{asked}/approve")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_recovery")
    assert api(people.agent).post(f"{URL}/{asked}/approve").json()["code"] == "role_required"


def test_a_number_that_somebody_has_taken_meanwhile_stops_it(api: Api, people: People, asked: str) -> None:
    people.neighbour.phone = NEW
    people.neighbour.save()
    answer = api(people.supervisor).post(f"{URL}/{asked}/approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "phone_taken")
    with time_passes(timedelta(days=3)):
        recover_due(timestamp=0)
    recovery = Recovery.objects.get()
    assert (recovery.status, recovery.stop_reason) == ("stopped", "phone_taken")


def works_here_by_now(people: People) -> None:
    RoleGrant.objects.create(user=people.resident, role=Role.AGENT, territory=people.north)


def has_another_number_by_now(people: People) -> None:
    User.objects.filter(pk=people.resident.pk).update(phone="+8613900007777")


def is_gone(people: People) -> None:
    User.objects.filter(pk=people.resident.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (works_here_by_now, "staff_account"),
        (has_another_number_by_now, "phone_changed"),
        (is_gone, "person_deactivated"),
    ],
)
def test_what_was_asked_of_somebody_else_than_they_are_by_now_lets_nobody_in(
    api: Api, people: People, asked: str, change: Callable[[People], None], code: str
) -> None:
    change(people)
    answer = api(people.supervisor).post(f"{URL}/{asked}/approve")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    with time_passes(timedelta(days=3)):
        recover_due(timestamp=0)
    recovery = Recovery.objects.get()
    assert (recovery.status, recovery.stop_reason) == ("stopped", code)
    people.resident.refresh_from_db()
    assert people.resident.phone != NEW


def test_one_at_a_time(api: Api, people: People, asked: str) -> None:
    again = ask(api, people, new_phone="+8613900005555")
    assert (again.status_code, again.json()["code"]) == (409, "recovery_waiting")
    api(people.agent).post(f"{URL}/{asked}/stop")
    assert ask(api, people, new_phone="+8613900005555").status_code == 201


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"checks": CHECKS[:1]}, {"checks": "checks_not_passed"}),
        ({"new_phone": "12"}, {"new_phone": "phone_not_valid"}),
        ({"person_id": str(uuid7())}, {"person_id": "resident_unknown"}),
        ({"reason": " "}, {"reason": "blank"}),
    ],
)
def test_bad_input_names_the_field_and_warns_nobody(
    api: Api, people: People, told: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = ask(api, people, **told)
    assert (answer.status_code, codes(answer)) == (400, expected)
    assert not Recovery.objects.exists()
    assert not Message.objects.exists()


def test_a_number_in_use_is_nobodys_new_one(api: Api, people: People) -> None:
    answer = ask(api, people, new_phone=people.neighbour.phone)
    assert (answer.status_code, answer.json()["code"]) == (409, "phone_taken")


def test_strangers_see_nothing_of_it(api: Api, people: People, asked: str) -> None:
    for person in (people.neighbour, people.technician, people.storekeeper):
        assert api(person).get(URL).json()["results"] == []
        assert api(person).get(f"{URL}/{asked}").status_code == 404
        assert api(person).post(f"{URL}/{asked}/stop").status_code == 404
    told = {"person_id": people.resident.pk, "new_phone": NEW, "checks": CHECKS, "reason": "Mine."}
    assert api(people.neighbour).post(URL, told).json()["code"] == "role_required"


def test_what_was_asked_and_answered_is_never_rewritten(api: Api, people: People, asked: str) -> None:
    for change in (
        lambda: Recovery.objects.update(checks=[]),
        lambda: Recovery.objects.update(new_phone="+8613900009999"),
        lambda: Recovery.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change()
