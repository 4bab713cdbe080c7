"""Residents sign in with the code that their phone was sent."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import OneTimeCode, Role, User
from sync.ids import uuid7
from tests.accounts.inbox import Text
from tests.people import People

PHONE = "+8613912345678"
Later = Callable[[float], AbstractContextManager[None]]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def ask(door: APIClient, phone: str = PHONE, **more: str) -> Any:
    return door.post("/api/v1/sign-in/code", {"phone": phone, **more})


def show(door: APIClient, code: str, phone: str = PHONE, **more: object) -> Any:
    return door.post("/api/v1/sign-in/code/verify", {"phone": phone, "code": code, **more})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_somebody_new_registers_with_the_code_and_is_a_resident(door: APIClient, texts: list[Text]) -> None:
    assert ask(door, language="zh").status_code == 202
    device = {"id": str(uuid7()), "name": "Rosa's phone", "platform": "android", "app_version": "1.0"}

    answer = show(door, texts[-1].code, name="Rosa", device=device, language="zh")

    assert answer.status_code == 200, answer.content
    assert answer.json()["user"]["roles"] == [Role.RESIDENT]
    assert answer.json()["device"]["name"] == "Rosa's phone"
    door.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    me = door.get("/api/v1/me").json()
    assert (me["name"], me["phone"], me["language"]) == ("Rosa", PHONE, "zh")


def test_a_resident_who_comes_again_is_the_same_person(
    door: APIClient, texts: list[Text], minutes_later: Later
) -> None:
    ask(door)
    first = show(door, texts[-1].code, name="Rosa").json()
    with minutes_later(2):
        ask(door)
        again = show(door, texts[-1].code, name="Somebody").json()
    assert again["user"] == first["user"]


def test_a_number_without_country_code_is_one_of_this_country(door: APIClient, texts: list[Text]) -> None:
    assert ask(door, "139 1234 5678").status_code == 202
    assert texts[-1].phone == PHONE
    assert show(door, texts[-1].code, phone="139-1234-5678").status_code == 200


@pytest.mark.parametrize("number", ["123", "not a number", "+8600000000000"])
def test_what_cannot_be_a_phone_number_is_refused_by_name(door: APIClient, texts: list[Text], number: str) -> None:
    for answer in (ask(door, number), show(door, "000000", phone=number)):
        assert answer.status_code == 400
        assert answer.json()["code"] == "phone_not_valid"
        assert answer.json()["errors"][0]["field"] == "phone"
    assert texts == []


def test_a_code_counts_once(door: APIClient, texts: list[Text]) -> None:
    ask(door)
    assert show(door, texts[-1].code).status_code == 200
    assert show(door, texts[-1].code).json()["code"] == "code_not_accepted"


def test_a_code_is_good_for_ten_minutes(door: APIClient, texts: list[Text], minutes_later: Later) -> None:
    ask(door)
    with minutes_later(10):
        assert show(door, texts[-1].code).status_code == 401
    with minutes_later(9.9):
        assert show(door, texts[-1].code).status_code == 200


def test_a_new_code_replaces_the_former(door: APIClient, texts: list[Text], minutes_later: Later) -> None:
    ask(door)
    with minutes_later(1):
        ask(door)
        former, newest = texts
        assert former.code == newest.code or show(door, former.code).status_code == 401
        assert show(door, newest.code).status_code == 200


def test_after_five_wrong_codes_the_right_one_comes_too_late(door: APIClient, texts: list[Text]) -> None:
    ask(door)
    code = texts[-1].code
    for _ in range(4):
        assert show(door, wrong(code)).json()["code"] == "code_not_accepted"
    assert OneTimeCode.objects.get().attempts == 4
    show(door, wrong(code))
    assert show(door, code).json()["code"] == "code_not_accepted"
    assert not User.objects.exists()


def test_four_wrong_codes_do_no_harm(door: APIClient, texts: list[Text]) -> None:
    ask(door)
    for _ in range(4):
        show(door, wrong(texts[-1].code))
    assert show(door, texts[-1].code).status_code == 200


def test_the_code_itself_is_not_in_the_database(door: APIClient, texts: list[Text]) -> None:
    ask(door)
    row = OneTimeCode.objects.values().get()
    assert texts[-1].code not in " ".join(str(value) for name, value in row.items() if name == "digest")
    assert len(row["digest"]) == 64


def test_a_code_is_good_for_its_own_phone_only(door: APIClient, texts: list[Text]) -> None:
    ask(door)
    ask(door, "+8613912345679")
    mine, other = texts
    assert mine.code == other.code or show(door, other.code, phone=mine.phone).status_code == 401


def test_the_next_code_can_be_asked_for_after_a_minute(
    door: APIClient, texts: list[Text], minutes_later: Later
) -> None:
    ask(door)
    answer = ask(door)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_codes")
    assert answer["Retry-After"] == "60"
    with minutes_later(1):
        assert ask(door).status_code == 202
    assert len(texts) == 2


def test_a_phone_gets_five_codes_in_an_hour(door: APIClient, texts: list[Text], minutes_later: Later) -> None:
    for minute in range(5):
        with minutes_later(2 * minute):
            assert ask(door).status_code == 202
    with minutes_later(20):
        assert ask(door)["Retry-After"] == str(40 * 60)
    with minutes_later(60):
        assert ask(door).status_code == 202
    assert len(texts) == 6


def test_an_address_gets_so_many_codes_in_an_hour_over_all_phones(door: APIClient, texts: list[Text]) -> None:
    for number in range(30):
        assert ask(door, f"+86139123456{number:02}").status_code == 202
    answer = ask(door, "+8613912345699")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_codes")
    elsewhere = APIClient(REMOTE_ADDR="192.0.2.7")
    assert ask(elsewhere, "+8613912345699").status_code == 202


def test_ipv6_addresses_of_one_customer_are_one_address(texts: list[Text]) -> None:
    for number in range(30):
        customer = APIClient(REMOTE_ADDR=f"2001:db8:1:2::{number + 1:x}")
        assert ask(customer, f"+86139123456{number:02}").status_code == 202
    assert ask(APIClient(REMOTE_ADDR="2001:db8:1:2:ffff::1")).status_code == 429
    assert ask(APIClient(REMOTE_ADDR="2001:db8:1:3::1")).status_code == 202


def test_clients_without_a_known_address_are_served_too(texts: list[Text]) -> None:
    hidden = APIClient(REMOTE_ADDR="")
    assert ask(hidden).status_code == 202
    assert show(hidden, texts[-1].code).status_code == 200


def test_an_address_cannot_try_codes_on_ever_more_phones(door: APIClient, texts: list[Text]) -> None:
    ask(APIClient(REMOTE_ADDR="192.0.2.7"))
    for number in range(30):
        assert show(door, "000000", phone=f"+86139987654{number:02}").status_code == 401
    answer = show(door, texts[-1].code)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert show(APIClient(REMOTE_ADDR="192.0.2.7"), texts[-1].code).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_processes_at_the_same_time_send_one_code(texts: list[Text]) -> None:
    start, statuses = threading.Barrier(6), []

    def process() -> None:
        start.wait()
        statuses.append(ask(APIClient()).status_code)
        connection.close()

    threads = [threading.Thread(target=process) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [202, 429, 429, 429, 429, 429]
    assert len(texts) == 1


# Nobody learns who is registered.


def body(answer: Any) -> tuple[int, object]:
    return answer.status_code, answer.json()


def test_asking_answers_the_same_whoever_the_phone_belongs_to(
    door: APIClient, texts: list[Text], people: People
) -> None:
    people.technician.phone = "+8613800000001"
    people.technician.save()
    people.neighbour.is_active = False
    people.neighbour.save()
    phones = {
        "unknown": PHONE,
        "resident": people.resident.phone,
        "staff": people.technician.phone,
        "left": people.neighbour.phone,
    }
    answers = {who: body(ask(door, str(phone))) for who, phone in phones.items()}
    again = {who: body(ask(door, str(phone))) for who, phone in phones.items()}
    wrong_code = {who: body(show(door, "12345x", str(phone))) for who, phone in phones.items()}

    for answered in (answers, again, wrong_code):
        assert len({str(answer) for answer in answered.values()}) == 1
    assert [text.phone for text in texts] == [PHONE, people.resident.phone]


def test_staff_with_a_phone_sign_in_by_code_only_when_they_are_residents_too(
    door: APIClient, texts: list[Text], people: People, minutes_later: Later
) -> None:
    technician = people.technician
    technician.phone = PHONE
    technician.save()
    ask(door)
    assert texts == []
    technician.role_grants.create(role=Role.RESIDENT)
    with minutes_later(1):
        ask(door)
        answer = show(door, texts[-1].code)
    assert answer.json()["user"]["roles"] == [Role.RESIDENT, Role.TECHNICIAN]


def test_who_was_deactivated_after_asking_is_not_let_in(door: APIClient, texts: list[Text], people: People) -> None:
    ask(door, str(people.resident.phone))
    people.resident.is_active = False
    people.resident.save()
    assert body(show(door, texts[-1].code, str(people.resident.phone))) == body(show(door, "000000"))


def test_a_person_is_written_to_in_their_own_language(door: APIClient, texts: list[Text], people: People) -> None:
    people.resident.language = "zh"
    people.resident.save()
    ask(door, str(people.resident.phone), language="en")
    assert texts[-1].language == "zh"


def test_an_old_token_does_not_bar_the_door(door: APIClient, texts: list[Text], noon: datetime) -> None:
    door.credentials(HTTP_AUTHORIZATION="Token " + "0" * 64)
    assert ask(door).status_code == 202
