"""A resident binds a service account with a code that is sent to the phone on its record, and to no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_is, time_passes
from notifications.models import Message, Notice
from tests.people import People
from tests.tickets.conftest import Api, codes
from tickets.households.jobs import forget_binding_codes
from tickets.models import AccountEvent, Asset, BindingCode, ServiceAccount, Site

ON_RECORD = "+8613900001111"
URL = "/api/v1/service-accounts"


@pytest.fixture
def account(people: People) -> ServiceAccount:
    site = Site.objects.create(territory=people.north, complex="Sunny Gardens", address="3-12")
    account = ServiceAccount.objects.create(number="A-77", site=site, holder_name="R. Resident", phone=ON_RECORD)
    Asset.objects.create(site=site, account=account, kind="router")
    return account


@pytest.fixture(autouse=True)
def _same_moment() -> Any:
    with time_is(now()):
        yield


def ask(client: APIClient, number: str = "A-77") -> Any:
    return client.post(f"{URL}/bind-code", {"number": number})


def bind(client: APIClient, code: str, number: str = "A-77") -> Any:
    return client.post(f"{URL}/bind", {"number": number, "code": code})


def sent() -> str:
    """The code that was sent last."""
    return Message.objects.order_by("-created_at", "-id")[0].text.split()[0]


Bind = Callable[[User], None]


@pytest.fixture
def bound(api: Api, account: ServiceAccount) -> Bind:
    """`bound(person)` has bound the account."""
    passed = iter(range(1, 100))

    def bound(person: User) -> None:
        with time_passes(timedelta(minutes=2 * next(passed))):
            assert ask(api(person)).status_code == 202
            answer = bind(api(person), sent())
        assert answer.status_code == 200, answer.content

    return bound


def test_whoever_knows_the_code_that_the_phone_on_record_was_sent_holds_the_account(
    api: Api, people: People, account: ServiceAccount
) -> None:
    resident = api(people.resident)
    assert resident.get(f"{URL}/{account.pk}").status_code == 404
    assert ask(resident).status_code == 202
    message = Message.objects.get()
    assert (message.address, message.kind) == (ON_RECORD, "code")
    assert "links your service account" in message.text
    answer = bind(resident, sent())
    assert (answer.status_code, answer.json()["holder_id"]) == (200, str(people.resident.pk))
    assert resident.get(f"{URL}/{account.pk}").status_code == 200
    assert [asset["kind"] for asset in resident.get("/api/v1/assets").json()["results"]] == ["router"]
    event = AccountEvent.objects.get()
    assert (event.kind, event.person, event.actor, event.data) == (
        "bound",
        people.resident,
        people.resident,
        {"how": "code"},
    )


def test_the_code_goes_to_nobody_where_no_phone_is_on_record_and_the_answer_is_the_same(
    api: Api, people: People, account: ServiceAccount
) -> None:
    ServiceAccount.objects.update(phone="")
    resident = api(people.resident)
    answers = [ask(resident, number) for number in ("A-77", "no such account")]
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].json() == answers[1].json()
    assert not Message.objects.exists()
    refused = [bind(resident, "000000", number) for number in ("A-77", "no such account", "never asked")]
    assert len({answer.content for answer in refused}) == 1
    assert codes(refused[0]) == {"code": "binding_code_not_accepted"}


def test_a_code_is_good_once_for_ten_minutes_and_for_whoever_asked(
    api: Api, people: People, account: ServiceAccount
) -> None:
    resident, neighbour = api(people.resident), api(people.neighbour)
    ask(resident)
    code = sent()
    assert bind(neighbour, code).status_code == 400
    with time_passes(timedelta(minutes=10)):
        assert bind(resident, code).status_code == 400
    assert bind(resident, code).status_code == 200
    assert bind(resident, code).status_code == 400
    assert not BindingCode.objects.exists()


def test_codes_that_nobody_used_are_forgotten_at_night(api: Api, people: People, account: ServiceAccount) -> None:
    ask(api(people.resident))
    forget_binding_codes(timestamp=0)
    assert BindingCode.objects.count() == 1
    with time_passes(timedelta(hours=1)):
        forget_binding_codes(timestamp=0)
    assert not BindingCode.objects.exists()


def test_a_code_to_bind_lets_nobody_sign_in(api: Api, people: People, account: ServiceAccount) -> None:
    ask(api(people.resident))
    door = api(None).post("/api/v1/sign-in/code/verify", {"phone": ON_RECORD, "code": sent()})
    assert (door.status_code, door.json()["code"]) == (401, "code_not_accepted")


def test_after_five_wrong_codes_the_right_one_comes_too_late_and_ten_are_too_many(
    api: Api, people: People, account: ServiceAccount
) -> None:
    resident = api(people.resident)
    ask(resident)
    right = sent()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        assert bind(resident, wrong).status_code == 400
    assert bind(resident, right).status_code == 400
    for _ in range(4):
        bind(resident, wrong)
    answer = bind(resident, right)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")


def test_codes_are_rationed_by_number_and_by_person(api: Api, people: People, account: ServiceAccount) -> None:
    resident = api(people.resident)
    assert ask(resident).status_code == 202
    again = ask(api(people.neighbour))
    assert (again.status_code, again.json()["code"], again["Retry-After"]) == (429, "too_many_codes", "60")
    for number in range(9):
        assert ask(resident, f"B-{number}").status_code == 202
    assert ask(resident, "B-9").status_code == 429
    assert Message.objects.count() == 1


def test_the_id_of_somebody_else_given_as_a_number_is_counted_apart_from_what_they_ask(
    api: Api, people: People
) -> None:
    assert ask(api(people.neighbour)).status_code == 202
    assert ask(api(people.resident), str(people.neighbour.pk)).status_code == 202


def test_the_next_one_to_bind_it_is_of_the_household_and_the_holder_hears_of_it(
    api: Api, people: People, account: ServiceAccount, bound: Bind
) -> None:
    bound(people.resident)
    bound(people.neighbour)
    account.refresh_from_db()
    assert (account.holder, account.household) == (people.resident, [people.neighbour.pk])
    assert Notice.objects.get(kind="account_joined").user == people.resident
    shown = api(people.neighbour).get(f"{URL}/{account.pk}/household").json()
    assert (shown["holder"]["name"], [member["name"] for member in shown["members"]]) == (
        "Rosa Resident",
        ["Nils Neighbour"],
    )
    customer = api(people.agent).get(f"/api/v1/customers/accounts/{account.pk}").json()
    assert {person["name"] for person in customer["people"]} == {"Rosa Resident", "Nils Neighbour"}
    assert len(api(people.neighbour).get("/api/v1/assets").json()["results"]) == 1
    assert len(api(people.neighbour).get("/api/v1/sites").json()["results"]) == 1


def test_the_household_has_site_and_equipment_on_its_phones_and_loses_them_with_the_account(
    api: Api, people: People, account: ServiceAccount, bound: Bind, phone: Any
) -> None:
    bound(people.resident)
    handset = phone(people.neighbour)
    handset.pull()
    assert not handset.collection("sites")
    bound(people.neighbour)
    handset.pull()
    assert (len(handset.collection("sites")), len(handset.collection("assets"))) == (1, 1)
    api(people.neighbour).post(f"{URL}/{account.pk}/leave")
    handset.pull()
    assert (len(handset.collection("sites")), len(handset.collection("assets"))) == (0, 0)


def test_the_holder_removes_one_of_the_household_who_removes_nobody(
    api: Api, people: People, account: ServiceAccount, bound: Bind
) -> None:
    bound(people.resident)
    bound(people.neighbour)
    refused = api(people.neighbour).post(f"{URL}/{account.pk}/leave", {"person_id": people.resident.pk})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_account")
    removed = {"person_id": people.neighbour.pk}
    for _ in range(2):
        assert api(people.resident).post(f"{URL}/{account.pk}/leave", removed).status_code == 200
    assert api(people.neighbour).get(f"{URL}/{account.pk}").status_code == 404
    assert Notice.objects.get(kind="account_left").user == people.neighbour
    assert AccountEvent.objects.filter(kind="left").count() == 1


def test_when_the_holder_leaves_whoever_binds_it_next_holds_it(
    api: Api, people: People, account: ServiceAccount, bound: Bind
) -> None:
    bound(people.resident)
    api(people.resident).post(f"{URL}/{account.pk}/leave")
    bound(people.neighbour)
    account.refresh_from_db()
    assert (account.holder, account.household) == (people.neighbour, [])


CHECKS = [{"question": "What was repaired last?", "passed": True}, {"question": "Which flat?", "passed": True}]


def test_an_agent_binds_it_for_somebody_who_has_answered_what_was_asked(
    api: Api, people: People, account: ServiceAccount
) -> None:
    told = {"person_id": people.resident.pk, "checks": [*CHECKS, {"question": "Last bill?", "passed": False}]}
    answer = api(people.agent).post(f"{URL}/{account.pk}/bind-by-desk", told)
    assert (answer.status_code, answer.json()["holder_id"]) == (200, str(people.resident.pk))
    (event,) = api(people.supervisor).get(f"{URL}/{account.pk}/history").json()["results"]
    assert (event["kind"], event["actor"]["name"], event["person"]["name"]) == ("bound", "Ada Agent", "Rosa Resident")
    assert event["data"] == {"how": "desk", "checks": told["checks"]}


@pytest.mark.parametrize(
    "checks",
    [
        [],
        CHECKS[:1],
        [CHECKS[0], CHECKS[0]],
        [CHECKS[0], {"question": "Which flat?", "passed": False}],
        [*CHECKS, *({"question": f"Number {number}?", "passed": False} for number in range(3))],
    ],
)
def test_who_has_not_answered_enough_is_refused_and_nothing_is_bound(
    api: Api, people: People, account: ServiceAccount, checks: list[dict[str, Any]]
) -> None:
    told = {"person_id": people.resident.pk, "checks": checks}
    answer = api(people.agent).post(f"{URL}/{account.pk}/bind-by-desk", told)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"checks"}
    assert not AccountEvent.objects.exists()


def test_staff_and_strangers_are_not_bound(api: Api, people: People, account: ServiceAccount) -> None:
    told = {"person_id": people.technician.pk, "checks": CHECKS}
    assert codes(api(people.agent).post(f"{URL}/{account.pk}/bind-by-desk", told)) == {"person_id": "resident_unknown"}
    for person in (people.agent, people.technician):
        assert ask(api(person)).json()["code"] == bind(api(person), "000000").json()["code"] == "role_required"
    assert api(people.southern_dispatcher).post(f"{URL}/{account.pk}/bind-by-desk", told).status_code == 404
