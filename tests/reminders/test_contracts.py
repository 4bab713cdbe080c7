"""Whose contract ends hears of it in time, and the desk sees which contracts do."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from fieldsvc.time import now, time_is
from sync.commands import Actor
from tests.people import People
from tests.reminders.conftest import MONDAY_NOON, at, reminders, runs
from tests.statements import sent
from tests.tickets.conftest import Api, codes
from tests.world import World
from tickets.models import ContractReminder, ServiceAccount
from tickets.reminders.contracts import remind_of_contracts
from tickets.reminders.jobs import remind_of_ending_contracts

pytestmark = pytest.mark.at(MONDAY_NOON)

ACCOUNTS = "/api/v1/service-accounts"
END = date(2026, 12, 24)
"""Thirty days before it, it is Tuesday: `at(1, …)`; seven days before, `at(24, …)`; the day itself is `at(31, …)`."""


@pytest.fixture
def account(people: People, world: World) -> ServiceAccount:
    return ServiceAccount.objects.create(
        number="A-1", site=world.site, holder=people.resident, household=[people.neighbour.pk], contract_until=END
    )


def after(moments: Iterable[tuple[int, int, int]]) -> list[int]:
    """How many reminders there are after each of these moments."""
    return [runs(remind_of_ending_contracts, at(*moment)) for moment in moments]


def test_the_desk_enters_until_when_a_contract_runs_and_its_holder_reads_it(
    api: Api, people: People, world: World
) -> None:
    desk = api(people.agent)
    body = {"number": "A-7", "site_id": world.site.pk, "holder_id": people.resident.pk, "contract_until": "2026-12-24"}
    entered = desk.post(ACCOUNTS, body).json()
    address = f"{ACCOUNTS}/{entered['id']}"
    assert entered["contract_until"] == api(people.resident).get(address).json()["contract_until"] == "2026-12-24"
    assert desk.patch(address, {"contract_until": "2027-12-24"}).json()["contract_until"] == "2027-12-24"
    assert codes(desk.patch(address, {"contract_until": "some day"})) == {"contract_until": "invalid"}
    assert api(people.resident).patch(address, {"contract_until": None}).status_code == 403
    assert desk.patch(address, {"contract_until": None}).json()["contract_until"] is None


def test_the_desk_lists_the_contracts_that_end_in_a_span_of_days(api: Api, people: People, world: World) -> None:
    for number, until in (("A-0", None), ("A-23", date(2026, 12, 23)), ("A-24", END), ("A-25", date(2026, 12, 25))):
        ServiceAccount.objects.create(number=number, site=world.site, contract_until=until)

    def listed(**asked: Any) -> list[str]:
        rows = api(people.agent).get(ACCOUNTS, {"ordering": "number", **asked}).json()["results"]
        return [row["number"] for row in rows]

    assert listed(contract_until_before="2026-12-24") == ["A-23"]
    assert listed(contract_until_after="2026-12-24") == ["A-24", "A-25"]
    assert listed(contract_until_after="2026-12-24", contract_until_before="2026-12-25") == ["A-24"]
    assert len(listed()) == 4
    assert api(people.agent).get(ACCOUNTS, {"contract_until_before": "soon"}).status_code == 400


def test_the_holder_hears_thirty_days_and_a_week_before_in_the_morning(people: People, account: ServiceAccount) -> None:
    moments = (1, 8, 59), (1, 9, 0), (20, 9, 0), (24, 8, 59), (24, 9, 0), (31, 12, 0), (40, 9, 0)
    assert after(moments) == [0, 1, 1, 1, 2, 2, 2]
    first, second = reminders(people.resident)
    assert first.title == second.title == "Your contract A-1 ends on 2026-12-24"
    assert (first.title_zh, first.body_zh) == ("您的合同 A-1 将于 2026-12-24 到期", "如需续约,请在到期前联系我们。")
    assert (first.subject_collection, first.subject_id) == ("sites", account.site_id)
    assert reminders(people.neighbour) == []


def test_it_is_the_morning_where_the_customer_is(people: People, account: ServiceAccount) -> None:
    people.north.time_zone = "Europe/London"  # eight hours later
    people.north.save()
    assert after([(1, 16, 59), (1, 17, 0)]) == [0, 1]


def test_of_reminders_that_were_missed_the_last_alone_is_said_and_none_after_the_end(
    people: People, account: ServiceAccount
) -> None:
    ended = END - timedelta(days=1)
    ServiceAccount.objects.create(number="A-2", site=account.site, holder=people.resident, contract_until=ended)
    assert after([(31, 12, 0), (31, 13, 0)]) == [1, 1]
    assert ContractReminder.objects.get().days == -7


def test_a_contract_that_goes_on_is_reminded_of_anew(api: Api, people: People, account: ServiceAccount) -> None:
    assert after([(1, 9, 0)]) == [1]
    api(people.agent).patch(f"{ACCOUNTS}/{account.pk}", {"contract_until": "2027-12-24"})
    assert after([(24, 9, 0), (365, 9, 0), (366, 9, 0)]) == [1, 1, 2]
    assert reminders(people.resident)[-1].title == "Your contract A-1 ends on 2027-12-24"


@pytest.mark.parametrize("changes", [{"holder": None}, {"contract_until": None}])
def test_without_a_holder_or_an_end_there_is_no_reminder(account: ServiceAccount, changes: dict[str, None]) -> None:
    ServiceAccount.objects.update(**changes)
    assert after([(1, 9, 0), (24, 9, 0)]) == [0, 0]


def test_many_cost_the_statements_of_one(people: People, world: World) -> None:
    def cost(number: int, day: int) -> int:
        until = END + timedelta(days=day)
        for index in range(number):
            holder = people.neighbour if index % 2 else people.resident
            ServiceAccount.objects.create(number=f"{day}-{index}", site=world.site, holder=holder, contract_until=until)
        with time_is(at(day + 1, 10)), sent() as found:
            assert remind_of_contracts(actor=Actor.system(), occurred_at=now()) == number
        return len(found)

    assert cost(1, day=0) == cost(4, day=1)
