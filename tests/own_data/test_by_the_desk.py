"""Whoever has no app calls: an agent asks for a copy of their data, or deletes their account, by the same rules."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Role, RoleGrant
from fieldsvc.time import time_passes
from notifications.models import Notice
from tests.people import People
from tests.tickets.conftest import Api, codes
from tests.world import World
from tickets.data_copies.jobs import make_data_copies
from tickets.erasures.jobs import erase_due
from tickets.models import DataCopy, Erasure

CHECKS = {"checks": [{"question": question, "passed": True} for question in ("What was repaired?", "Which flat?")]}
WRONG = {"checks": [{"question": "Which flat?", "passed": False}]}


def of_resident(people: People, what: str) -> str:
    return f"/api/v1/users/{people.resident.pk}/{what}"


def test_an_agent_asks_for_a_copy_that_the_resident_alone_reads_and_both_are_recorded(api: Api, people: People) -> None:
    asked = api(people.agent).post(of_resident(people, "data-copies"), CHECKS)
    assert asked.status_code == 202, asked.content
    assert asked.json()["asked_by"]["name"] == "Ada Agent"
    copy = DataCopy.objects.get()
    assert (copy.person, copy.asked_by, copy.checks) == (people.resident, people.agent, CHECKS["checks"])
    make_data_copies(timestamp=0)
    [seen] = api(people.agent).get(of_resident(people, "data-copies")).json()
    assert seen["status"] == "ready"
    content = f"/api/v1/me/data-copies/{copy.pk}/content"
    assert api(people.agent).get(content).status_code == 404
    assert api(people.resident).get(content).getvalue().startswith(b"PK")
    assert Notice.objects.filter(user=people.resident, kind="data_copy_ready").exists()
    again = api(people.agent).post(of_resident(people, "data-copies"), CHECKS)
    assert (again.status_code, again.json()["code"]) == (429, "too_many_copies")


def test_an_agent_deletes_an_account_after_as_many_days_in_which_the_resident_may_undo_it(
    api: Api, people: People
) -> None:
    asked = api(people.agent).post(of_resident(people, "erasure"), CHECKS)
    assert asked.status_code == 202, asked.content
    assert (asked.json()["status"], asked.json()["asked_by"]["name"]) == ("waiting", "Ada Agent")
    assert Notice.objects.filter(user=people.resident, kind="erasure_asked").exists()
    assert api(people.resident).get("/api/v1/me/erasure").json()["asked_by"]["name"] == "Ada Agent"
    with time_passes(timedelta(days=29)):
        erase_due(timestamp=0)
        assert api(people.resident).delete("/api/v1/me/erasure").json()["status"] == "undone"
    api(people.agent).post(of_resident(people, "erasure"), CHECKS)
    with time_passes(timedelta(days=30, minutes=1)):
        erase_due(timestamp=0)
    erasure = Erasure.objects.get(status="done")
    assert (erasure.asked_by, erasure.checks) == (people.agent, [])
    people.resident.refresh_from_db()
    assert people.resident.name == ""


def test_an_agent_undoes_it_for_whoever_has_changed_their_mind(api: Api, people: People) -> None:
    api(people.resident).post("/api/v1/me/erasure")
    assert api(people.agent).delete(of_resident(people, "erasure")).json()["status"] == "undone"
    assert Erasure.objects.get().decided_by == people.agent
    assert api(people.agent).get(of_resident(people, "erasure")).json()["asked_by"] is None
    assert api(people.agent).delete(of_resident(people, "erasure")).status_code == 404


def test_what_stands_in_the_way_of_the_resident_stands_in_the_way_of_the_agent(
    api: Api, people: People, world: World
) -> None:
    ticket = world.ticket()
    refused = api(people.agent).post(of_resident(people, "erasure"), CHECKS)
    assert (refused.status_code, refused.json()["code"]) == (409, "tickets_open")
    assert refused.json()["references"] == [ticket.reference]


@pytest.mark.parametrize("what", ["data-copies", "erasure"])
@pytest.mark.parametrize(("body", "code"), [(WRONG, "checks_not_passed"), ({"checks": []}, "empty"), ({}, "required")])
def test_who_has_not_shown_who_they_are_gets_nothing(
    api: Api, people: People, what: str, body: dict[str, Any], code: str
) -> None:
    refused = api(people.agent).post(of_resident(people, what), body)
    assert refused.status_code == 400
    assert code in codes(refused).values()
    assert not DataCopy.objects.exists()
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("what", ["data-copies", "erasure"])
def test_nobody_asks_for_themselves_in_this_way_nor_for_who_works_here(api: Api, people: People, what: str) -> None:
    RoleGrant.objects.create(user=people.agent, role=Role.RESIDENT)
    RoleGrant.objects.create(user=people.technician, role=Role.RESIDENT)
    for person, code in ((people.agent, "own_account"), (people.technician, "staff_account")):
        refused = api(people.agent).post(f"/api/v1/users/{person.pk}/{what}", CHECKS)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    for stranger in (people.storekeeper.pk, people.second_agent.pk):
        assert api(people.agent).post(f"/api/v1/users/{stranger}/{what}", CHECKS).status_code == 404
