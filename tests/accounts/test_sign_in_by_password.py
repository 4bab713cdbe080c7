"""Staff sign in with a password, and are locked out after too many failures."""

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, User
from sync.ids import uuid7
from tests.accounts.conftest import PASSWORD
from tests.people import People

WithPassword = Callable[[User], User]


def sign_in(door: APIClient, username: str, password: str = PASSWORD, **more: object) -> Any:
    return door.post("/api/v1/sign-in", {"username": username, "password": password, **more})


def test_a_dispatcher_signs_in_and_is_known_by_the_token(
    door: APIClient, people: People, with_password: WithPassword
) -> None:
    with_password(people.dispatcher)
    device = {"id": str(uuid7()), "name": "Desk 1", "platform": "web", "app_version": "1.0"}

    answer = sign_in(door, "dispatcher", device=device)

    assert answer.status_code == 200, answer.content
    assert answer.json()["user"]["username"] == "dispatcher"
    assert answer.json()["device"]["id"] == device["id"]
    door.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert door.get("/api/v1/me").json()["grants"] == [
        {"role": "dispatcher", "territory_id": str(people.north.pk)},
    ]


def test_somebody_with_several_roles_has_them_all(door: APIClient, people: People, with_password: WithPassword) -> None:
    RoleGrant.objects.create(user=with_password(people.technician), role=Role.STOREKEEPER, territory=people.north)
    assert sign_in(door, "technician").json()["user"]["roles"] == ["storekeeper", "technician"]


def test_a_phone_keyboard_may_begin_the_username_with_a_capital(
    door: APIClient, people: People, with_password: WithPassword
) -> None:
    with_password(people.technician)
    assert sign_in(door, "Technician").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    door: APIClient, people: People, with_password: WithPassword
) -> None:
    with_password(people.dispatcher)
    people.technician.is_active = False
    with_password(people.technician).save()
    answers = [
        sign_in(door, "dispatcher", "wrong"),
        sign_in(door, "nobody"),
        sign_in(door, "technician"),
        sign_in(door, "agent", ""),
    ]
    assert {answer.status_code for answer in answers[:3]} == {401}
    assert len({answer.content for answer in answers[:3]}) == 1
    assert answers[0].json()["code"] == "password_not_accepted"
    assert answers[3].status_code == 400


def test_residents_and_people_without_a_role_have_no_password(
    door: APIClient, people: People, with_password: WithPassword
) -> None:
    people.resident.username = "rosa"
    with_password(people.resident).save()
    with_password(User.objects.create_user("nothing-yet"))
    assert sign_in(door, "rosa").status_code == 401
    assert sign_in(door, "nothing-yet").status_code == 401


def test_five_failures_lock_the_name_for_the_address_they_came_from(
    door: APIClient, people: People, with_password: WithPassword
) -> None:
    with_password(people.dispatcher)
    with_password(people.agent)
    for _ in range(4):
        assert sign_in(door, "dispatcher", "wrong").status_code == 401
    assert sign_in(door, "dispatcher", "wrong").json()["code"] == "locked_out"

    answer = sign_in(door, "Dispatcher")

    assert (answer.status_code, answer.json()["code"]) == (429, "locked_out")
    assert answer["Retry-After"] == str(15 * 60)
    assert sign_in(door, "agent").status_code == 200
    assert sign_in(APIClient(REMOTE_ADDR="192.0.2.7"), "dispatcher").status_code == 200


def test_signing_in_forgives_earlier_failures(door: APIClient, people: People, with_password: WithPassword) -> None:
    with_password(people.dispatcher)
    for _ in range(3):
        for _ in range(4):
            sign_in(door, "dispatcher", "wrong")
        assert sign_in(door, "dispatcher").status_code == 200


def test_a_new_password_ends_all_that_the_old_one_opened(
    door: APIClient, api: Callable[[User], APIClient], people: People, with_password: WithPassword
) -> None:
    desk, tablet = api(with_password(people.dispatcher)), api(people.dispatcher)
    new = "staple battery horse"

    refused = desk.post("/api/v1/me/password", {"present": "wrong", "password": new})
    too_easy = desk.post("/api/v1/me/password", {"present": PASSWORD, "password": "12345678"})
    changed = desk.post("/api/v1/me/password", {"present": PASSWORD, "password": new})

    assert (refused.status_code, refused.json()["code"]) == (401, "password_not_accepted")
    assert (too_easy.status_code, too_easy.json()["code"]) == (400, "password_not_valid")
    assert changed.status_code == 204
    assert {client.get("/api/v1/me").status_code for client in (desk, tablet)} == {401}
    assert sign_in(door, "dispatcher").status_code == 401
    assert sign_in(door, "dispatcher", new).status_code == 200
