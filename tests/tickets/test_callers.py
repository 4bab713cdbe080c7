"""Who is calling: found by the first thing they say, written as the agent happens to write it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from accounts.models import User
from accounts.people.models import PERSON_TEXT
from accounts.searching import Typed, fits
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, Desk, codes
from tickets.complaints.models import Ticket
from tickets.sites.models import ACCOUNT_TEXT, ASSET_TEXT, SITE_TEXT, Asset, ServiceAccount, Site

CALLERS = "/api/v1/callers"
FEW = 9
"""Statements: who asks, how much there is in the five tables, the two that have something, where the people live."""

Search = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def search(api: Api, people: People) -> Search:
    """What an agent of the north, or somebody else, is shown for what they have typed."""

    def shown(typed: str, who: User | None = None) -> list[dict[str, Any]]:
        answer = api(who or people.agent).get(CALLERS, {"q": typed})
        assert answer.status_code == 200, answer.content
        hits: list[dict[str, Any]] = answer.json()
        return hits

    return shown


@pytest.fixture
def site(people: People) -> Site:
    return Site.objects.create(territory=people.north, complex="Sunny Gardens", address="Building 3, flat 12")


@pytest.fixture
def account(people: People, site: Site) -> ServiceAccount:
    return ServiceAccount.objects.create(
        number="BB-200417", site=site, holder=people.resident, holder_name="Rosa Resident", phone="+8613812345678"
    )


@pytest.fixture
def asset(site: Site, account: ServiceAccount) -> Asset:
    return Asset.objects.create(site=site, account=account, kind="modem", model="HG-8245", serial="SN4711X")


@pytest.fixture
def chinese(people: People) -> ServiceAccount:
    """A customer whose record is in Chinese."""
    site = Site.objects.create(territory=people.north, complex="阳光花园小区", address="3号楼二单元501")
    return ServiceAccount.objects.create(number="BB-300900", site=site, holder_name="欧阳明月", phone="+8613900001111")


def kinds(hits: list[dict[str, Any]]) -> list[str]:
    return [hit["kind"] for hit in hits]


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "008613812345678",
        "１３８１２３４５６７８",
        "12345678",
        "5678",
    ],
)
def test_a_caller_is_found_by_their_number_however_it_is_written(
    search: Search, account: ServiceAccount, people: People, written: str
) -> None:
    person, contract = search(written)
    assert (person["kind"], person["id"]) == ("person", str(people.resident.pk))
    assert (contract["kind"], contract["id"]) == ("account", str(account.pk))
    assert person["matched"] == contract["matched"] == ["phone"]
    assert person["account_number"] == "BB-200417"
    assert person["address"] == "Building 3, flat 12"


@pytest.mark.parametrize(
    ("typed", "kind", "matched"),
    [
        ("bb-2004", "account", ["account_number"]),
        ("Rosa", "person", ["name"]),
        ("sunny", "site", ["complex"]),
        ("flat 12 sunny", "site", ["complex", "address"]),
        ("su", "site", ["complex"]),
        ("sn4711x", "asset", ["serial"]),
        ("8245", "asset", ["model"]),
    ],
)
def test_a_caller_is_found_by_whatever_they_say_first(
    search: Search, asset: Asset, typed: str, kind: str, matched: list[str]
) -> None:
    best = search(typed)[0]
    assert (best["kind"], best["matched"]) == (kind, matched)
    assert best["site_id"] == str(asset.site_id)
    assert best["territory_id"] == str(asset.site.territory_id)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("Rosa Residnt", "person"),
        ("Roza Resident", "person"),
        ("suny gardns", "site"),
        ("13812345670", "person"),
        ("欧阳明日", "account"),
        ("阳光花圆小区", "site"),
    ],
)
def test_a_wrong_spelling_is_forgiven(
    search: Search, asset: Asset, chinese: ServiceAccount, typed: str, kind: str
) -> None:
    best = search(typed)[0]
    assert best["kind"] == kind
    assert 0 < best["score"] < 0.8
    assert best["matched"]


def test_what_is_found_as_it_was_typed_is_not_mixed_with_other_spellings(search: Search, people: People) -> None:
    assert people.resident.name == "Rosa Resident"
    User.objects.filter(pk=people.neighbour.pk).update(name="Rosa Resident-Smith")
    assert {hit["name"] for hit in search("Rosa Resident")} == {"Rosa Resident", "Rosa Resident-Smith"}
    assert [hit["name"] for hit in search("Rosa Resident-")] == ["Rosa Resident-Smith"]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("欧阳", "account"), ("明月", "account"), ("花园", "site"), ("3号楼", "site"), ("阳光花园 501", "site")],
)
def test_two_chinese_characters_from_anywhere_are_enough(
    search: Search, chinese: ServiceAccount, typed: str, kind: str
) -> None:
    assert kinds(search(typed)) == [kind]


def test_what_fits_better_comes_first(search: Search, people: People) -> None:
    for name in ("Annabel Li", "Joanna", "Anna", "Hanna Anna"):
        site = Site.objects.create(territory=people.north, address=f"House of {name}")
        ServiceAccount.objects.create(number=f"N-{name}", site=site, holder_name=name)
    hits = [hit for hit in search("anna") if hit["kind"] == "account"]
    assert [hit["name"] for hit in hits][:2] == ["Anna", "Annabel Li"]
    assert [hit["score"] for hit in hits] == [1.0, 0.9, 0.8, 0.8]


def test_whoever_called_before_without_being_registered_is_found_once_by_their_newest_ticket(
    search: Search, people: People, desk: Desk
) -> None:
    mei = {"contact_name": "Mei Lin", "contact_phone": "13700002222", "address": "Mill Lane 4"}
    first, second = desk.opens(**mei), desk.opens(**mei)
    Ticket.objects.update(resident=None)
    for typed in ("Mei Lin", "137 0000 2222", "mei mill"):
        [hit] = search(typed)
        assert (hit["kind"], hit["id"]) == ("ticket", str(second.pk))
        assert (hit["name"], hit["phone"]) == ("Mei Lin", "+8613700002222")
    [heard] = search(first.reference.replace("-", " ").lower())
    assert (heard["id"], heard["matched"], heard["score"]) == (str(first.pk), ["reference"], 1.0)


def test_the_tickets_of_a_caller_who_is_found_are_not_listed_besides(
    search: Search, people: People, desk: Desk
) -> None:
    desk.opens()
    assert "ticket" not in kinds(search("Rosa Resident"))


def test_another_territory_s_customers_do_not_exist(
    search: Search, people: People, asset: Asset, chinese: ServiceAccount, desk: Desk
) -> None:
    ticket = desk.opens(contact_name="Mei Lin", contact_phone="13700002222")
    Ticket.objects.filter(pk=ticket.pk).update(resident=None)
    for typed in ("sunny", "bb-200417", "sn4711x", "欧阳", "花圆小区", "suny gardns", ticket.reference, "13700002222"):
        assert search(typed), typed
        assert search(typed, people.southern_dispatcher) == [], typed
    # A resident may call any desk, which does not learn from that where they live.
    [person] = search("13812345678", people.southern_dispatcher)
    assert (person["kind"], person["name"]) == ("person", "Rosa Resident")
    assert person["account_number"] == person["complex"] == person["address"] == ""
    assert person["site_id"] is None


@pytest.mark.parametrize("who", ["resident", "neighbour", "technician", "storekeeper"])
def test_only_the_desk_looks_for_callers(api: Api, people: People, account: ServiceAccount, who: str) -> None:
    answer = api(getattr(people, who)).get(CALLERS, {"q": "Rosa"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "role_required"


def test_staff_and_those_who_have_left_are_no_callers(search: Search, people: People) -> None:
    assert people.technician.name == "Tom Technician"
    assert search("Tom Technician") == []
    assert kinds(search("13812345679", people.supervisor)) == []
    assert people.neighbour.phone == "+8613812345679"
    assert kinds(search("13812345679")) == ["person"]
    User.objects.filter(pk=people.neighbour.pk).update(is_active=False)
    assert search("13812345679", people.supervisor) == []


@pytest.mark.parametrize(("typed", "code"), [("阳", "query_too_short"), ("a b c", "query_too_short")])
def test_a_single_character_finds_nobody_and_says_so(api: Api, people: People, typed: str, code: str) -> None:
    answer = api(people.agent).get(CALLERS, {"q": typed})
    assert (answer.status_code, codes(answer)) == (400, {"q": code})


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", f"?q={'x' * 101}", "?q=ab%00c"])
def test_a_question_that_makes_no_sense_is_named(api: Api, people: People, query: str) -> None:
    answer = api(people.agent).get(CALLERS + query)
    assert answer.status_code == 400
    assert [*codes(answer)] == ["q"]


@pytest.mark.parametrize("typed", ["100%", "%%", "__", "'; --", "\\\\", "((", "!!", "<->"])
def test_signs_of_the_database_are_only_signs(search: Search, asset: Asset, typed: str) -> None:
    assert search(typed) == []


def test_at_most_twenty_are_shown_at_the_same_cost(
    api: Api, people: People, search: Search, site: Site, account: ServiceAccount
) -> None:
    agent = api(people.agent)
    agent.get(CALLERS, {"q": "Rosa"})
    with statements(FEW):
        assert len(agent.get(CALLERS, {"q": "Resident"}).json()) == 2
    for number in range(30):
        ServiceAccount.objects.create(number=f"M-{number}", site=site, holder_name="Rosa Resident")
    with statements(FEW):
        assert len(agent.get(CALLERS, {"q": "Resident"}).json()) == 20


@pytest.mark.parametrize(
    ("rows", "text", "plural"),
    [
        (User.objects.all(), PERSON_TEXT, "people"),
        (Site.objects.all(), SITE_TEXT, "sites"),
        (ServiceAccount.objects.all(), ACCOUNT_TEXT, "accounts"),
        (Asset.objects.all(), ASSET_TEXT, "assets"),
        (Ticket.objects.all(), F("search_text"), "tickets"),
    ],
    ids=["people", "sites", "accounts", "assets", "tickets"],
)
def test_every_search_goes_through_an_index(db: None, rows: Any, text: Any, plural: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for typed, index in [("sunny", "search"), ("su", "search"), ("1234 5678", "search"), ("花园", "search_pairs")]:
        asked = Typed.of(typed, field="q")
        plan = fits(rows, asked.as_it_stands(), text).order_by().explain()
        assert f"{plural}_{index} " in plan, plan
    otherwise = Typed.of("suny gardns", field="q").spelled_otherwise()
    assert otherwise
    assert f"{plural}_search " in fits(rows, otherwise, text).order_by().explain()
