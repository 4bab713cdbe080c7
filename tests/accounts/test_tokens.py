"""What a device shows with every request: how long it is good, and how it ends."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import DeviceToken, User
from accounts.signin import services
from accounts.signin.authentication import user_for_token
from accounts.signin.services import issue_token
from fieldsvc.errors import Unauthenticated
from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.devices.services import cut_off_device, register_device
from sync.ids import uuid7
from tests.people import People
from tests.statements import statements

Api = Callable[[User | None], APIClient]
Later = Callable[[float], AbstractContextManager[None]]
DAY = 24 * 60


def works(client: APIClient) -> bool:
    return client.get("/api/v1/me").status_code == 200


def with_token(raw: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {raw}")
    return client


def test_nobody_gets_in_without_a_token(api: Api, db: None) -> None:
    answer = api(None).get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("raw", ["0" * 64, "short", "two words", "", "ünï"])
def test_an_unknown_token_is_nobody(db: None, raw: str) -> None:
    answer = with_token(raw).get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


def test_the_token_itself_is_not_in_the_database(people: People) -> None:
    raw = issue_token(people.technician)
    row = DeviceToken.objects.values().get()
    assert raw not in str(row)
    assert len(row["digest"]) == 128


def test_knowing_who_asks_takes_one_statement(people: People) -> None:
    raw = issue_token(people.technician, register_device(user=people.technician, device_id=uuid7()))
    with statements(1):
        user, token = user_for_token(raw)
        assert user.roles == {"technician"}
        assert user.has_role("technician", "agent")
        assert token.device is not None
        assert token.device.user_id == user.pk


@pytest.mark.parametrize(("who", "days"), [("technician", 30), ("resident", 180)])
def test_a_token_ends_when_it_was_not_used_for_long(
    people: People, noon: datetime, minutes_later: Later, who: str, days: int
) -> None:
    client = with_token(issue_token(getattr(people, who)))
    with minutes_later(days * DAY - 1):
        assert works(client)
    with minutes_later(2 * days * DAY - 2):
        assert works(client)
    with minutes_later(3 * days * DAY):
        assert not works(client)


def test_using_a_token_writes_only_once_a_day(people: People, noon: datetime, minutes_later: Later) -> None:
    raw = issue_token(people.technician)
    with minutes_later(DAY), statements(1):
        user_for_token(raw)
    with minutes_later(DAY + 1), statements(2):
        user_for_token(raw)
    with minutes_later(DAY + 2), statements(1):
        user_for_token(raw)


def test_signing_in_on_a_device_again_ends_its_former_token(people: People) -> None:
    phone = register_device(user=people.technician, device_id=uuid7())
    tablet = register_device(user=people.technician, device_id=uuid7())
    former, other, newest = (with_token(issue_token(people.technician, d)) for d in (phone, tablet, phone))
    assert [works(client) for client in (former, other, newest)] == [False, True, True]


def test_signing_out_ends_this_token_and_no_other(api: Api, people: People) -> None:
    phone, tablet = api(people.technician), api(people.technician)
    assert phone.post("/api/v1/sign-out").status_code == 204
    assert not works(phone)
    assert works(tablet)


def test_signing_out_everywhere_ends_tokens_and_browser_sessions_of_this_person(api: Api, people: People) -> None:
    phone, tablet, colleague = api(people.technician), api(people.technician), api(people.colleague)
    administrator = people.administrator
    administrator.is_staff = True
    administrator.save()
    browser = Client()
    browser.force_login(administrator)
    assert browser.get("/admin/").status_code == 200

    assert phone.post("/api/v1/sign-out-everywhere").status_code == 204
    assert [works(client) for client in (phone, tablet, colleague)] == [False, False, True]
    assert browser.get("/admin/").status_code == 200

    assert api(administrator).post("/api/v1/sign-out-everywhere").status_code == 204
    assert browser.get("/admin/").status_code == 302


def test_a_lost_phone_is_told_to_wipe_itself_and_nothing_else(people: People, noon: datetime) -> None:
    device = register_device(user=people.technician, device_id=uuid7())
    raw = issue_token(people.technician, device)
    cut_off_device(actor=Actor(people.technician), occurred_at=now(), device_id=device.pk)

    for _ in range(2):
        answer = with_token(raw).get("/api/v1/me")
        assert (answer.status_code, answer.json()["code"], answer.json()["wipe"]) == (401, "device_cut_off", True)
    device.refresh_from_db()
    assert device.wipe_told_at == noon


def test_a_lost_phone_is_told_to_wipe_itself_also_when_its_token_has_expired(people: People) -> None:
    device = register_device(user=people.technician, device_id=uuid7())
    raw = issue_token(people.technician, device)
    cut_off_device(actor=Actor(people.technician), occurred_at=now(), device_id=device.pk)
    with time_is(now() + timedelta(days=400)):
        services.prune(before=now())
        with pytest.raises(Unauthenticated, match="device_cut_off"):
            user_for_token(raw)
        services.prune(before=now())
        with pytest.raises(Unauthenticated, match="token_not_valid"):
            user_for_token(raw)


def test_a_lost_phone_cannot_sign_in_again(
    people: People, door: APIClient, with_password: Callable[[User], User]
) -> None:
    device = register_device(user=with_password(people.technician), device_id=uuid7())
    cut_off_device(actor=Actor(people.technician), occurred_at=now(), device_id=device.pk)
    answer = door.post(
        "/api/v1/sign-in",
        {"username": "technician", "password": "correct horse battery", "device": {"id": str(device.pk)}},
    )
    assert answer.json()["code"] == "device_cut_off"
    assert not DeviceToken.objects.exists()


def test_nobody_signs_in_on_somebody_elses_device(
    people: People, door: APIClient, with_password: Callable[[User], User]
) -> None:
    device = register_device(user=people.colleague, device_id=uuid7())
    with_password(people.technician)
    answer = door.post(
        "/api/v1/sign-in",
        {"username": "technician", "password": "correct horse battery", "device": {"id": str(device.pk)}},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "device_id_taken")


def test_what_has_ended_is_forgotten_in_time(people: People, noon: datetime, minutes_later: Later) -> None:
    issue_token(people.technician)
    with minutes_later(20 * DAY):
        issue_token(people.colleague)
    with minutes_later(40 * DAY):
        assert services.prune(before=now()) == 1
    assert DeviceToken.objects.get().user == people.colleague
