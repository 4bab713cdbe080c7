"""Sites, contracts and equipment: kept by the desk, seen by whom they concern."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import People
from tests.tickets.conftest import Api, Desk, codes
from tickets.complaints.models import Ticket
from tickets.sites.models import Asset, ServiceAccount, Site

SITES, ACCOUNTS, ASSETS = "/api/v1/sites", "/api/v1/service-accounts", "/api/v1/assets"


@pytest.fixture
def site(people: People) -> Site:
    return Site.objects.create(
        territory=people.north, complex="Sunny Gardens", address="Building 1", access_notes="Key under the mat"
    )


@pytest.fixture
def account(people: People, site: Site) -> ServiceAccount:
    return ServiceAccount.objects.create(site=site, number="A-1", holder=people.resident, phone="+8613812345678")


@pytest.fixture
def asset(site: Site, account: ServiceAccount) -> Asset:
    return Asset.objects.create(site=site, account=account, kind="modem", model="X", serial="M-1")


def test_the_desk_enters_a_site_a_contract_and_equipment(api: Api, people: People) -> None:
    agent = api(people.agent)
    site = agent.post(
        SITES,
        {
            "territory_id": str(people.north.pk),
            "address": " Building  7 ",
            "latitude": 34.24,
            "longitude": 108.91,
            "radius_m": 80,
        },
    )
    assert site.status_code == 201
    assert site.json()["address"] == "Building 7"
    assert site.json()["radius_m"] == 80
    account = agent.post(
        ACCOUNTS,
        {
            "number": "A-7",
            "site_id": site.json()["id"],
            "holder_id": str(people.resident.pk),
            "phone": "13812345678",
        },
    )
    assert account.status_code == 201
    assert account.json()["phone"] == "+8613812345678"
    asset = agent.post(
        ASSETS, {"site_id": site.json()["id"], "account_id": account.json()["id"], "kind": "modem", "serial": "M-7"}
    )
    assert asset.status_code == 201
    for address, row in ((SITES, site), (ACCOUNTS, account), (ASSETS, asset)):
        assert agent.get(f"{address}/{row.json()['id']}").json() == row.json()


def test_the_desk_corrects_them(api: Api, people: People, site: Site, account: ServiceAccount, asset: Asset) -> None:
    dispatcher = api(people.dispatcher)
    elsewhere = Site.objects.create(territory=people.north, address="Building 9")
    changed = dispatcher.patch(f"{SITES}/{site.pk}", {"access_notes": "Ring twice", "name": "The Gardens"}).json()
    assert (changed["access_notes"], changed["name"], changed["address"]) == ("Ring twice", "The Gardens", "Building 1")
    moved = dispatcher.patch(f"{ACCOUNTS}/{account.pk}", {"site_id": str(elsewhere.pk), "phone": ""}).json()
    assert (moved["site_id"], moved["phone"], moved["number"]) == (str(elsewhere.pk), "", "A-1")
    body = {"site_id": str(elsewhere.pk), "installed_on": "2026-01-31"}
    assert dispatcher.patch(f"{ASSETS}/{asset.pk}", body).json()["installed_on"] == "2026-01-31"


@pytest.mark.parametrize(
    ("address", "body", "field", "code"),
    [
        (SITES, {"territory_id": "NORTH"}, "address", "address_required"),
        (SITES, {"territory_id": "NORTH", "address": "Here", "latitude": 34}, "latitude", "position_incomplete"),
        (SITES, {"territory_id": "NORTH", "address": "Here", "latitude": 91, "longitude": 0}, "latitude", "max_value"),
        (SITES, {"address": "Here"}, "territory_id", "required"),
        (ACCOUNTS, {"number": "A-9", "site_id": "NOBODY"}, "site_id", "site_unknown"),
        (ACCOUNTS, {"number": "A-9", "site_id": "SITE", "holder_id": "NOBODY"}, "holder_id", "resident_unknown"),
        (ACCOUNTS, {"number": "A-9", "site_id": "SITE", "phone": "12"}, "phone", "phone_not_valid"),
        (ASSETS, {"kind": "modem", "site_id": "SITE", "account_id": "NOBODY"}, "account_id", "account_elsewhere"),
        (ASSETS, {"kind": "modem", "site_id": "SITE", "installed_on": "soon"}, "installed_on", "invalid"),
        (ASSETS, {"site_id": "SITE"}, "kind", "required"),
    ],
)
def test_bad_input_is_named(
    api: Api, people: People, site: Site, address: str, body: dict[str, Any], field: str, code: str
) -> None:
    known = {
        "NORTH": str(people.north.pk),
        "SITE": str(site.pk),
        "NOBODY": "01990000-0000-7000-8000-000000000000",
    }
    response = api(people.agent).post(address, {name: known.get(value, value) for name, value in body.items()})
    assert response.status_code == 400
    assert codes(response) == {field: code}
    assert Site.objects.count() == 1
    assert not ServiceAccount.objects.exists()
    assert not Asset.objects.exists()


def test_the_same_thing_is_not_entered_twice(
    api: Api, people: People, site: Site, account: ServiceAccount, asset: Asset
) -> None:
    agent = api(people.agent)
    here = {"territory_id": str(people.north.pk)}
    for address, body, code in [
        (SITES, here | {"complex": "sunny gardens", "address": "BUILDING 1"}, "site_exists"),
        (SITES, here | {"id": str(site.pk), "address": "Elsewhere"}, "id_taken"),
        (ACCOUNTS, {"number": "A-1", "site_id": str(site.pk)}, "account_exists"),
        (ASSETS, {"kind": "modem", "model": "X", "serial": "M-1", "site_id": str(site.pk)}, "asset_exists"),
    ]:
        response = agent.post(address, body)
        assert (response.status_code, response.json()["code"]) == (409, code)
    other = Site.objects.create(territory=people.north, address="Building 2")
    response = agent.patch(f"{SITES}/{other.pk}", {"complex": "Sunny Gardens", "address": "Building 1"})
    assert (response.status_code, response.json()["code"]) == (409, "site_exists")


def test_who_sees_what(api: Api, people: People, desk: Desk, site: Site, account: ServiceAccount, asset: Asset) -> None:
    rows = {SITES: site, ACCOUNTS: account, ASSETS: asset}
    ticket = desk.opens(account_number="A-1")
    desk.sends(ticket, people.technician)
    for who in (people.agent, people.supervisor, people.administrator, people.technician, people.resident):
        for address, row in rows.items():
            assert [each["id"] for each in api(who).get(address).json()["results"]] == [str(row.pk)]
            assert api(who).get(f"{address}/{row.pk}").status_code == 200
    for who in (people.neighbour, people.colleague, people.storekeeper, people.southern_dispatcher):
        for address, row in rows.items():
            assert api(who).get(address).json()["results"] == []
            assert api(who).get(f"{address}/{row.pk}").status_code == 404
            assert api(who).patch(f"{address}/{row.pk}", {}).status_code == 404
    for address in rows:
        assert api(None).get(address).status_code == 401


def test_how_to_get_in_is_not_for_the_residents_eyes(api: Api, people: People, site: Site) -> None:
    ServiceAccount.objects.create(site=site, number="A-1", holder=people.resident)
    ServiceAccount.objects.create(site=site, number="A-2", holder=people.neighbour)
    resident = api(people.resident)
    assert set(resident.get(f"{SITES}/{site.pk}").json()) == {"id", "name", "complex", "address"}
    assert [row["number"] for row in resident.get(ACCOUNTS).json()["results"]] == ["A-1"]


def test_only_the_desk_writes(
    api: Api, people: People, desk: Desk, site: Site, account: ServiceAccount, asset: Asset
) -> None:
    desk.sends(desk.opens(account_number="A-1"), people.technician)
    here = {"territory_id": str(people.north.pk), "address": "Mine"}
    new = [(SITES, here), (ACCOUNTS, {"number": "A-9", "site_id": str(site.pk)})]
    new.append((ASSETS, {"kind": "modem", "site_id": str(site.pk)}))
    for who in (people.technician, people.resident):
        for address, row in ((SITES, site), (ACCOUNTS, account), (ASSETS, asset)):
            response = api(who).patch(f"{address}/{row.pk}", {})
            assert (response.status_code, response.json()["code"]) == (403, "role_required")
        for address, body in new:
            response = api(who).post(address, body)
            assert (response.status_code, response.json()["code"]) == (403, "role_required")
    assert Site.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "query", "hits"),
    [
        (SITES, "search=gardens", 1),
        (SITES, "search=palace", 0),
        (ACCOUNTS, "number=A-1", 1),
        (ACCOUNTS, "number=A-2", 0),
        (ACCOUNTS, "search=1381234", 1),
        (ASSETS, "serial=M-1", 1),
        (ASSETS, "kind=router", 0),
        (ASSETS, "search=m-1&ordering=serial", 1),
    ],
)
def test_they_are_found(api: Api, people: People, asset: Asset, address: str, query: str, hits: int) -> None:
    assert len(api(people.agent).get(f"{address}?{query}").json()["results"]) == hits


@pytest.mark.parametrize("address", [SITES, ACCOUNTS, ASSETS])
def test_a_list_costs_the_same_however_long_it_is(api: Api, people: People, site: Site, address: str) -> None:
    agent = api(people.agent)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            agent.get(address)
        return len(queries)

    few = cost()
    for number in range(20):
        other = Site.objects.create(territory=people.north, address=f"House {number}")
        ServiceAccount.objects.create(site=other, number=f"B-{number}", holder=people.resident)
        Asset.objects.create(site=other, kind="modem")
    assert cost() <= max(few, 5)


def test_a_site_with_many_tickets_is_listed_once(api: Api, people: People, desk: Desk) -> None:
    for _ in range(3):
        desk.opens()
    assert Ticket.objects.count() == 3
    for who in (people.agent, people.resident):
        assert len(api(who).get(SITES).json()["results"]) == 1
