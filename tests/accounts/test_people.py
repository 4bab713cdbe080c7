"""Who sees whom, and what administrators change."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, Skill, User
from sync.audit.models import AuditEntry
from sync.ids import uuid7
from tests.accounts.conftest import PASSWORD
from tests.people import People
from tests.statements import statements

Api = Callable[[User | None], APIClient]


def names(client: APIClient, **query: Any) -> set[str]:
    answer = client.get("/api/v1/users", query)
    assert answer.status_code == 200, answer.content
    return {person["name"].split()[0] for person in answer.json()["results"]}


@pytest.fixture
def everybody(people: People) -> People:
    for who in ("agent", "technician", "storekeeper", "administrator", "southern_dispatcher", "resident"):
        getattr(people, who)
    return people


def test_technicians_see_the_staff_of_their_territory(api: Api, everybody: People) -> None:
    assert names(api(everybody.technician)) == {"Ada", "Tom", "Stella", "Alma"}


def test_the_desk_sees_residents_too(api: Api, everybody: People) -> None:
    assert names(api(everybody.agent)) == {"Ada", "Tom", "Stella", "Alma", "Rosa"}
    assert names(api(everybody.southern_dispatcher)) == {"Suna", "Alma", "Rosa"}


def test_administrators_see_everybody_also_who_has_left(api: Api, everybody: People) -> None:
    User.objects.filter(pk=everybody.storekeeper.pk).update(is_active=False)
    assert names(api(everybody.administrator)) == {"Ada", "Tom", "Stella", "Alma", "Suna", "Rosa"}
    assert names(api(everybody.administrator), is_active=False) == {"Stella"}
    assert "Stella" not in names(api(everybody.agent))


def test_residents_have_no_list_of_people_and_no_strangers(api: Api, everybody: People) -> None:
    resident = api(everybody.resident)
    answer = resident.get("/api/v1/users")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    assert resident.get(f"/api/v1/users/{everybody.technician.pk}").status_code == 404
    assert resident.get(f"/api/v1/users/{uuid7()}").status_code == 404
    assert resident.get("/api/v1/skills").status_code == 403
    assert resident.get("/api/v1/territories").status_code == 200


def test_a_stranger_of_another_territory_is_not_there(api: Api, everybody: People) -> None:
    southern = api(everybody.southern_dispatcher)
    assert southern.get(f"/api/v1/users/{everybody.technician.pk}").status_code == 404
    assert api(everybody.agent).get(f"/api/v1/users/{everybody.technician.pk}").status_code == 200


def test_people_are_found_by_role_place_skill_name_and_phone(api: Api, everybody: People) -> None:
    fibre = Skill.objects.create(code="fibre", name="Fibre")
    everybody.technician.skills.add(fibre)
    RoleGrant.objects.create(user=everybody.agent, role=Role.TECHNICIAN, territory=everybody.south)
    administrator = api(everybody.administrator)
    assert names(administrator, role="technician") == {"Tom", "Ada"}
    assert names(administrator, role="technician", territory=everybody.north.pk) == {"Tom"}
    assert names(administrator, territory=everybody.south.pk) == {"Ada", "Suna", "Alma"}
    assert names(administrator, skill="fibre") == {"Tom"}
    assert names(administrator, search="stella") == {"Stella"}
    assert names(administrator, search="13812345678") == set(), "they are shown it masked"
    assert names(api(everybody.agent), search="13812345678") == {"Rosa"}


def test_an_agent_corrects_for_a_caller_what_the_caller_may_correct(api: Api, everybody: People) -> None:
    agent, rosa = api(everybody.agent), f"/api/v1/users/{everybody.resident.pk}"
    told = {"name": "Rosa R.", "email": "rosa@example.org", "language": "zh", "time_zone": "Asia/Urumqi"}
    assert agent.patch(rosa, told).json().items() >= told.items()
    entry = AuditEntry.objects.latest("id")
    assert (entry.actor_id, entry.row_id) == (everybody.agent.pk, str(everybody.resident.pk))
    others: list[dict[str, Any]] = [{"phone": "+8613800000000"}, {"name": "R", "username": "rosa"}, {"skills": []}]
    for changes in others:
        assert agent.patch(rosa, changes).json()["code"] == "role_required"
    everybody.resident.refresh_from_db()
    assert everybody.resident.name == "Rosa R."
    RoleGrant.objects.create(user=everybody.resident, role=Role.TECHNICIAN, territory=everybody.north)
    assert agent.patch(rosa, {"name": "Colleague"}).json()["code"] == "role_required"


def test_the_list_runs_a_fixed_number_of_queries(api: Api, people: People) -> None:
    client = api(people.dispatcher)
    for number in range(60):
        user = User.objects.create_user(f"technician-{number}", name=f"Technician {number}")
        RoleGrant.objects.create(user=user, role=Role.TECHNICIAN, territory=people.north)
    with statements(4):  # who asks, people, their roles, their skills
        answer = client.get("/api/v1/users")
    assert len(answer.json()["results"]) == 50
    assert answer.json()["next"]


def test_the_lists_of_territories_and_skills(api: Api, people: People) -> None:
    Skill.objects.create(code="fibre", name="Fibre", name_zh="光纤")
    _ = people.south
    client = api(people.technician)
    with statements(2):
        territories = client.get("/api/v1/territories").json()["results"]
    with statements(2):
        skills = client.get("/api/v1/skills").json()["results"]
    assert [territory["code"] for territory in territories] == ["north", "south"]
    assert [(skill["code"], skill["name_zh"]) for skill in skills] == [("fibre", "光纤")]


def test_everybody_changes_their_own_profile_but_nothing_else(api: Api, people: People) -> None:
    client = api(people.resident)
    answer = client.patch("/api/v1/me", {"name": "Rosa R.", "language": "zh", "phone": "+8613911111111"})
    assert (answer.json()["name"], answer.json()["language"]) == ("Rosa R.", "zh")
    assert answer.json()["phone"] == "+8613812345678"
    refused = client.patch("/api/v1/me", {"time_zone": "Mars/Olympus"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0] | {"detail": ""} == {
        "field": "time_zone",
        "code": "time_zone_not_known",
        "detail": "",
    }


# What administrators do.


def new_technician(people: People, **more: Any) -> dict[str, Any]:
    return {
        "username": "Nora",
        "name": "Nora New",
        "password": PASSWORD,
        "phone": "139 1234 5678",
        "roles": [{"role": "technician", "territory_id": str(people.north.pk)}],
        **more,
    }


def test_an_administrator_creates_somebody_who_can_sign_in(api: Api, people: People, door: APIClient) -> None:
    Skill.objects.create(code="fibre", name="Fibre")
    answer = api(people.administrator).post("/api/v1/users", new_technician(people, id=str(uuid7()), skills=["fibre"]))
    assert answer.status_code == 201, answer.content
    created = answer.json()
    assert (created["username"], created["phone"], created["skills"]) == ("nora", "+8613912345678", ["fibre"])
    assert created["grants"] == [{"role": "technician", "territory_id": str(people.north.pk)}]
    assert door.post("/api/v1/sign-in", {"username": "nora", "password": PASSWORD}).status_code == 200
    grant = RoleGrant.objects.get(user_id=created["id"])
    assert grant.granted_by == people.administrator


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"username": "technician"}, 409, "username_taken"),
        ({"phone": "+8613812345678"}, 409, "phone_taken"),
        ({"username": None, "phone": None, "password": None}, 400, "invalid_input"),
        ({"username": None, "phone": None}, 400, "sign_in_missing"),
        ({"phone": "12"}, 400, "phone_not_valid"),
        ({"password": "12345678"}, 400, "password_not_valid"),
        ({"roles": []}, 409, "resident_without_password"),
        ({"roles": [{"role": "resident"}]}, 409, "resident_without_password"),
        ({"roles": [{"role": "king"}]}, 400, "invalid_input"),
        ({"roles": [{"role": "agent", "territory_id": str(uuid7())}]}, 400, "territory_not_known"),
        ({"skills": ["juggling"]}, 400, "skill_not_known"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    api: Api, people: People, change: dict[str, Any], status: int, code: str
) -> None:
    client = api(people.administrator)
    before = [people.technician, people.resident]
    answer = client.post("/api/v1/users", new_technician(people, **change))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert User.objects.count() == len(before) + 1


def test_the_same_id_twice_is_refused(api: Api, people: People) -> None:
    answer = api(people.administrator).post("/api/v1/users", new_technician(people, id=str(people.technician.pk)))
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


def test_an_administrator_changes_somebody(api: Api, people: People) -> None:
    client = api(people.administrator)
    url = f"/api/v1/users/{people.technician.pk}"
    answer = client.patch(url, {"name": "Tom T.", "username": "Tom", "phone": "13912345678"})
    assert (answer.json()["name"], answer.json()["username"]) == ("Tom T.", "tom")
    assert answer.json()["phone"] == "+8613912345678"
    assert client.patch(url, {"phone": None}).json()["phone"] is None
    assert client.patch(url, {"username": None}).json()["code"] == "sign_in_missing"


def test_roles_are_granted_and_revoked_by_place(api: Api, people: People) -> None:
    client, url = api(people.administrator), f"/api/v1/users/{people.agent.pk}"
    north, south = str(people.north.pk), str(people.south.pk)
    for _ in range(2):
        answer = client.post(f"{url}/grant-role", {"role": "agent", "territory_id": south})
    assert {grant["territory_id"] for grant in answer.json()["grants"]} == {north, south}
    answer = client.post(f"{url}/grant-role", {"role": "supervisor"})
    assert answer.json()["roles"] == ["agent", "supervisor"]
    for _ in range(2):
        answer = client.post(f"{url}/revoke-role", {"role": "agent", "territory_id": north})
    assert answer.json()["grants"] == [
        {"role": "agent", "territory_id": south},
        {"role": "supervisor", "territory_id": None},
    ]
    answer = client.post(f"{url}/revoke-role", {"role": "supervisor"})
    assert answer.json()["roles"] == ["agent"]


def test_who_is_deactivated_is_out_at_once_and_may_come_back(
    api: Api, people: People, door: APIClient, with_password: Callable[[User], User]
) -> None:
    administrator, technician = api(people.administrator), api(with_password(people.technician))
    url = f"/api/v1/users/{people.technician.pk}"
    sign_in = {"username": "technician", "password": PASSWORD}

    assert administrator.post(f"{url}/deactivate").json()["is_active"] is False
    assert technician.get("/api/v1/me").status_code == 401
    assert door.post("/api/v1/sign-in", sign_in).status_code == 401

    assert administrator.post(f"{url}/reactivate").json()["roles"] == ["technician"]
    assert technician.get("/api/v1/me").status_code == 401
    assert door.post("/api/v1/sign-in", sign_in).status_code == 200


def test_administrators_do_not_shut_themselves_out(api: Api, people: People) -> None:
    client, url = api(people.administrator), f"/api/v1/users/{people.administrator.pk}"
    for answer in (
        client.post(f"{url}/deactivate"),
        client.post(f"{url}/revoke-role", {"role": "administrator"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


def test_a_password_from_the_administrator_ends_the_old_one(
    api: Api, people: People, door: APIClient, with_password: Callable[[User], User]
) -> None:
    technician = api(with_password(people.technician))
    url = f"/api/v1/users/{people.technician.pk}/set-password"
    assert api(people.administrator).post(url, {"password": "staple battery horse"}).status_code == 200
    assert technician.get("/api/v1/me").status_code == 401
    for password, status in ((PASSWORD, 401), ("staple battery horse", 200)):
        answer = door.post("/api/v1/sign-in", {"username": "technician", "password": password})
        assert answer.status_code == status


@pytest.mark.parametrize("who", ["supervisor", "technician", "agent", "resident", "northern_administrator"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", ""),
        ("patch", "/{id}"),
        ("post", "/{id}/grant-role"),
        ("post", "/{id}/revoke-role"),
        ("post", "/{id}/set-password"),
        ("post", "/{id}/deactivate"),
        ("post", "/{id}/reactivate"),
    ],
)
def test_only_administrators_of_everything_change_people(
    api: Api, people: People, who: str, method: str, path: str
) -> None:
    if who == "northern_administrator":
        person = people._staff("northern", "Nina Northern", Role.ADMINISTRATOR, people.north)
    else:
        person = getattr(people, who)
    fits_all = {"name": "Own", "role": "administrator", "password": PASSWORD, "username": "own"}
    url = "/api/v1/users" + path.format(id=people.colleague.pk)
    answer = getattr(api(person), method)(url, fits_all)
    hidden = who == "resident" and path
    assert answer.status_code == (404 if hidden else 403), answer.content
    people.colleague.refresh_from_db()
    assert people.colleague.name == "Colin Colleague"
    assert people.colleague.is_active
