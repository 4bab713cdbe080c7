"""One view of a customer: what the agent needs to know before the caller has to explain it again."""

from typing import Any

import pytest

from fieldsvc.time import now
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, Desk
from tickets.complaints.models import Ticket
from tickets.complaints.services import send_message
from tickets.sites.models import Asset, ServiceAccount, Site

CUSTOMERS = "/api/v1/customers"
STATEMENTS = 22


@pytest.fixture
def account(people: People) -> ServiceAccount:
    site = Site.objects.create(territory=people.north, complex="Sunny Gardens", address="Building 3, flat 12")
    return ServiceAccount.objects.create(number="BB-200417", site=site, holder=people.resident)


@pytest.fixture
def asset(account: ServiceAccount) -> Asset:
    return Asset.objects.create(site=account.site, account=account, kind="modem", model="HG-8245", serial="SN4711X")


def addresses(account: ServiceAccount) -> list[str]:
    """Of the same customer, by each way to find them."""
    return [
        f"{CUSTOMERS}/people/{account.holder_id}",
        f"{CUSTOMERS}/accounts/{account.pk}",
        f"{CUSTOMERS}/sites/{account.site_id}",
    ]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_all_that_is_known_of_a_customer_is_shown_at_once(
    api: Api, people: People, desk: Desk, account: ServiceAccount, asset: Asset
) -> None:
    past, present = (desk.opens(site_id=account.site_id, account_number=account.number) for _ in range(2))
    desk.resolves(past)
    visit = desk.sends(present, people.technician)
    message = send_message(actor=Actor(people.resident), occurred_at=now(), ticket_id=present.pk, text="When?")
    told = Notice.objects.filter(user=people.resident, ticket_id__in=[past.pk, present.pk])
    assert told
    for address in addresses(account):
        answer = api(people.agent).get(address).json()
        assert ids(answer["people"]) == [str(people.resident.pk)]
        assert ids(answer["sites"]) == [str(account.site_id)]
        assert ids(answer["accounts"]) == [str(account.pk)]
        assert ids(answer["assets"]) == [str(asset.pk)]
        assert ids(answer["tickets"]) == [str(present.pk), str(past.pk)]
        assert (answer["open_tickets"], answer["past_tickets"]) == (1, 1)
        assert ids(answer["visits"]) == [str(visit.pk)]
        assert ids(answer["messages"]) == [str(message.pk)]
        assert {*ids(answer["notices"])} == {str(notice.pk) for notice in told}
        assert answer["people"][0]["phone"] == "+8613812345678"
        assert answer["tickets"][0]["clocks"]


def test_a_resident_who_has_bound_nothing_has_their_complaints(api: Api, people: People, desk: Desk) -> None:
    ticket = desk.opens()
    answer = api(people.agent).get(f"{CUSTOMERS}/people/{people.resident.pk}").json()
    assert ids(answer["tickets"]) == [str(ticket.pk)]
    assert ids(answer["sites"]) == [str(ticket.site_id)]
    assert answer["accounts"] == answer["assets"] == []


def test_another_desk_learns_nothing_but_who_the_resident_is(
    api: Api, people: People, desk: Desk, account: ServiceAccount, asset: Asset
) -> None:
    desk.opens(site_id=account.site_id, account_number=account.number)
    by_person, by_account, by_site = addresses(account)
    stranger = api(people.southern_dispatcher)
    assert stranger.get(by_account).status_code == stranger.get(by_site).status_code == 404
    answer = stranger.get(by_person).json()
    assert ids(answer.pop("people")) == [str(people.resident.pk)]
    assert not any(answer.values())


def test_what_is_not_there_is_not_found(api: Api, people: People) -> None:
    agent = api(people.agent)
    for kind in ("people", "accounts", "sites"):
        assert agent.get(f"{CUSTOMERS}/{kind}/{uuid7()}").status_code == 404
    assert agent.get(f"{CUSTOMERS}/people/{people.technician.pk}").status_code == 404


@pytest.mark.parametrize("who", ["resident", "neighbour", "technician", "storekeeper"])
def test_only_the_desk_looks_at_customers(api: Api, people: People, account: ServiceAccount, who: str) -> None:
    for address in addresses(account):
        assert api(getattr(people, who)).get(address).status_code == 403


def test_twenty_of_each_cost_what_one_costs(
    api: Api, people: People, desk: Desk, account: ServiceAccount, asset: Asset
) -> None:
    agent = api(people.agent)

    def happens() -> None:
        ticket = desk.opens(site_id=account.site_id, account_number=account.number)
        desk.sends(ticket, people.technician)
        send_message(actor=Actor(people.resident), occurred_at=now(), ticket_id=ticket.pk, text="When?")

    happens()
    agent.get(addresses(account)[1])
    with statements(STATEMENTS):
        agent.get(addresses(account)[1])
    for _ in range(21):
        happens()
    with statements(STATEMENTS):
        answer = agent.get(addresses(account)[1]).json()
    assert answer["open_tickets"] == Ticket.objects.count() == 22
    assert len(answer["tickets"]) == len(answer["visits"]) == len(answer["messages"]) == 20
