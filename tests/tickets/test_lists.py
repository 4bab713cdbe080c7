"""Finding tickets: who sees which, by what they are found, at what cost."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts import searching
from fieldsvc.time import now
from tests.people import People
from tests.tickets.conftest import Api, Desk, url
from tickets.complaints import access, selectors, services
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit

TICKETS = "/api/v1/tickets"


def found(response_json: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["id"] for row in response_json["results"]]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("agent", True),
        ("dispatcher", True),
        ("supervisor", True),
        ("administrator", True),
        ("resident", True),
        ("technician", True),
        ("colleague", False),
        ("neighbour", False),
        ("storekeeper", False),
        ("southern_dispatcher", False),
    ],
)
def test_people_see_the_tickets_that_concern_them(
    api: Api, people: People, desk: Desk, ticket: Ticket, who: str, sees: bool
) -> None:
    desk.sends(ticket, people.technician)
    client = api(getattr(people, who))
    assert found(client.get(TICKETS).json()) == ([str(ticket.pk)] if sees else [])
    for address in (url(ticket), url(ticket, "timeline")):
        assert client.get(address).status_code == (200 if sees else 404)


def test_a_technician_whose_visit_was_called_off_sees_the_ticket_no_more(
    api: Api, people: People, desk: Desk, ticket: Ticket
) -> None:
    visit = desk.sends(ticket, people.technician)
    Visit.objects.filter(pk=visit.pk).update(status="cancelled")
    assert api(people.technician).get(url(ticket)).status_code == 404


INTERNAL = {"flags", "opened_by", "responsible", "resident", "priority", "source", "clocks", "external_key", "allowed"}


def test_the_resident_sees_their_side_of_the_ticket(api: Api, people: People, desk: Desk, ticket: Ticket) -> None:
    answer = api(people.resident).get(url(ticket)).json()
    assert not INTERNAL & answer.keys()
    assert answer["contact_phone"] == "+8613812345678"
    services.edit_ticket(actor=desk.agent, occurred_at=now(), ticket_id=ticket.pk, contact_phone="13912345678")
    assert api(people.resident).get(url(ticket)).json()["contact_phone"] == "…5678"
    assert api(people.dispatcher).get(url(ticket)).json()["contact_phone"] == "+8613912345678"


def test_the_technician_sees_whom_to_call(api: Api, people: People, desk: Desk, ticket: Ticket) -> None:
    desk.sends(ticket, people.technician)
    answer = api(people.technician).get(url(ticket)).json()
    assert answer["contact_phone"] == "+8613812345678"
    assert answer.keys() >= INTERNAL


def test_a_list_costs_the_same_however_long_it_is(api: Api, people: People, desk: Desk) -> None:
    dispatcher = api(people.dispatcher)
    desk.opens()
    dispatcher.get(TICKETS)
    with CaptureQueriesContext(connection) as few:
        assert len(found(dispatcher.get(TICKETS).json())) == 1
    for _ in range(49):
        desk.opens()
    with CaptureQueriesContext(connection) as many:
        assert len(found(dispatcher.get(TICKETS).json())) == 50
    assert len(many) == len(few) <= 6


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("", 2),
        ("q=rosa", 1),
        ("q=sunny flat", 2),
        ("q=sunny moon", 0),
        ("q=12345678", 1),
        ("q=张三", 1),
        ("q=没有人", 0),
        ("search=张三", 1),
        ("search=sunny moon", 0),
        ("reference=nonsense", 0),
        ("status=new", 1),
        ("status=new&status=triaged", 2),
        ("status=closed", 0),
        ("open=true", 2),
        ("open=false", 0),
        ("priority=1", 1),
        ("source=phone", 2),
        ("source=web", 0),
        ("service_type=broadband", 2),
        ("service_type=gas", 0),
        ("clock=running", 2),
        ("clock=met&target=first_reply", 1),
        ("clock=met&target=on_site", 0),
        ("target=on_site&clock=overdue", 1),
        ("target=first_reply&clock=overdue", 1),
        ("clock=paused", 0),
    ],
)
def test_tickets_are_found_by_what_is_known_of_them(
    api: Api, people: People, desk: Desk, query: str, hits: int
) -> None:
    desk.triages(desk.opens(priority=1))
    desk.opens(contact_name="张三", contact_phone="13987654321", reported_at=now() - timedelta(hours=30))
    assert len(found(api(people.dispatcher).get(f"{TICKETS}?{query}").json())) == hits


def test_a_reference_is_found_as_it_was_heard(api: Api, people: People, desk: Desk) -> None:
    desk.opens()
    ticket = desk.opens()
    heard = ticket.reference.replace("-", " ").lower().replace("0", "o").replace("1", "i")
    for spoken in (heard, ticket.reference[:5], ticket.reference):
        assert str(ticket.pk) in found(api(people.dispatcher).get(TICKETS, {"q": spoken}).json())
    for spoken in (heard, ticket.reference):
        assert found(api(people.dispatcher).get(TICKETS, {"reference": spoken}).json()) == [str(ticket.pk)]


def test_a_resident_finds_their_own_tickets_by_reference_by_words_and_by_their_own_number(
    api: Api, people: People, desk: Desk
) -> None:
    own, about_mother = desk.opens(), desk.opens(contact_name="妈妈家里", contact_phone="13900003333")
    neighbours = desk.opens()
    Ticket.objects.filter(pk=neighbours.pk).update(resident=people.neighbour)

    def finds(**query: str) -> set[str]:
        return {*found(api(people.resident).get(TICKETS, query).json())}

    for name in ("reference", "search", "q"):
        assert finds(**{name: own.reference.replace("-", " ").lower()}) == {str(own.pk)}
        assert finds(**{name: neighbours.reference}) == set()
    assert finds(search="sunny flat") == {str(own.pk), str(about_mother.pk)}
    assert finds(search="爸爸") == set()
    assert finds(search="妈妈") == {str(about_mother.pk)}
    for typed in ("13812345678", "138 1234 5678", "12345678"):
        assert finds(search=typed) == {str(own.pk)}
    assert finds(search="13900003333") == set(), "of a number that is not theirs they are shown the end alone"


def test_tickets_are_found_by_who_and_where_and_when(api: Api, people: People, desk: Desk, ticket: Ticket) -> None:
    old = desk.opens(reported_at=now() - timedelta(days=2))
    Ticket.objects.filter(pk=old.pk).update(responsible=people.supervisor)
    client = api(people.dispatcher)
    yesterday = (now() - timedelta(days=1)).isoformat()
    assert found(client.get(TICKETS, {"reported_after": yesterday}).json()) == [str(ticket.pk)]
    assert found(client.get(TICKETS, {"reported_before": yesterday}).json()) == [str(old.pk)]
    assert found(client.get(TICKETS, {"responsible": str(people.supervisor.pk)}).json()) == [str(old.pk)]
    assert len(found(client.get(TICKETS, {"territory": str(people.north.pk)}).json())) == 2
    assert found(client.get(TICKETS, {"territory": str(people.south.pk)}).json()) == []
    assert len(found(client.get(TICKETS, {"resident": str(people.resident.pk)}).json())) == 2
    assert len(found(client.get(TICKETS, {"site": str(ticket.site_id)}).json())) == 2


@pytest.mark.parametrize("query", ["status=lost", "priority=9", "territory=north", "reported_after=soon", "clock=late"])
def test_a_filter_that_makes_no_sense_is_named(api: Api, people: People, query: str) -> None:
    response = api(people.dispatcher).get(f"{TICKETS}?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == query.split("=")[0]


def test_tickets_come_in_the_asked_order(api: Api, people: People, desk: Desk) -> None:
    late = desk.opens(priority=3, reported_at=now() - timedelta(hours=5))
    urgent = desk.opens(priority=1)
    client = api(people.dispatcher)
    newest, oldest = [str(urgent.pk), str(late.pk)], [str(late.pk), str(urgent.pk)]
    assert found(client.get(TICKETS).json()) == newest
    assert found(client.get(TICKETS, {"ordering": "reported_at"}).json()) == oldest
    assert found(client.get(TICKETS, {"ordering": "priority"}).json()) == newest
    assert found(client.get(TICKETS, {"ordering": "due_at"}).json()) == oldest
    assert client.get(TICKETS, {"ordering": "contact_phone"}).status_code == 400


@pytest.mark.parametrize("ordering", ["reported_at", "-reported_at", "priority", "-due_at", "due_at"])
def test_pages_skip_and_repeat_nothing(api: Api, people: People, desk: Desk, ordering: str) -> None:
    moment = now() - timedelta(hours=1)
    opened = {str(desk.opens(reported_at=moment).pk) for _ in range(7)}
    Ticket.objects.filter(pk=next(iter(opened))).update(priority=1)
    client = api(people.dispatcher)
    page = client.get(TICKETS, {"ordering": ordering, "page_size": "3"}).json()
    seen = found(page)
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += found(page)
    assert len(seen) == 7
    assert set(seen) == opened


def plan_of(tickets: QuerySet[Ticket]) -> str:
    """How PostgreSQL would go about it if there were very many."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return tickets.explain()


@pytest.mark.parametrize(
    ("ordering", "index"),
    [
        (("-reported_at", "-id"), "tickets_of_a_territory"),
        (("priority", "id"), "tickets_most_urgent_first"),
    ],
)
def test_a_page_is_a_walk_along_an_index(desk: Desk, people: People, ordering: tuple[str, ...], index: str) -> None:
    desk.opens()
    plan = plan_of(access.visible_tickets(people.agent).order_by(*ordering)[:51])
    assert re.search(rf"Index Scan using {index} ", plan)
    assert "Sort" not in plan


def test_a_page_of_what_is_due_is_a_walk_along_the_open_clocks(desk: Desk, people: People) -> None:
    desk.opens()
    parts: list[Any] = selectors.by_due(Ticket.objects.all())
    promised, others = (part.order_by("due_at", "id")[:51] for part in parts)
    assert "using open_clocks_by_due" in plan_of(promised)
    assert "using tickets_ticket_pkey" in plan_of(others)


@pytest.mark.parametrize("newest", [1_000, 1])
def test_what_has_many_pages_is_found_whole(
    api: Api, people: People, desk: Desk, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    """More than are named by the index: they are met on the way or, where hardly any is recent, read and sorted."""
    monkeypatch.setattr(searching, "FEW", 2)
    monkeypatch.setattr(searching, "NEWEST", newest)
    opened = {str(desk.opens().pk) for _ in range(4)}
    for typed in ("sunny fl", "rosa", "12345678", "张三"):
        assert len(found(api(people.dispatcher).get(TICKETS, {"q": typed}).json())) == (0 if typed == "张三" else 4)
    page = api(people.dispatcher).get(TICKETS, {"q": "sunny", "page_size": "3"}).json()
    rest = api(people.dispatcher).get(page["next"]).json()
    assert {*found(page), *found(rest)} == opened
    assert len(found(rest)) == 1


def test_ids_that_were_made_by_chance_are_not_taken_for_the_newest(
    api: Api, people: People, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", 1)
    monkeypatch.setattr(searching, "NEWEST", 2)
    for _ in range(2):
        desk.opens()
        desk.opens(id=UUID(f"ff{uuid4().hex[2:]}"), address="Elsewhere")
    with CaptureQueriesContext(connection) as said:
        page = api(people.dispatcher).get(TICKETS, {"q": "flat", "ordering": "-reported_at"}).json()
    assert len(found(page)) == 2
    assert not any('U0."search_text"' in query["sql"] for query in said), "all were read and sorted"


@pytest.mark.parametrize("few", [0, 1_000])
def test_what_is_late_is_found_however_much_of_it_there_is(
    api: Api, people: People, desk: Desk, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    desk.opens()
    late = [str(desk.opens(reported_at=now() - timedelta(hours=hours)).pk) for hours in (30, 50)]
    for ordering, expected in (("-reported_at", late), ("due_at", late[::-1])):
        asked = {"clock": "overdue", "target": "first_reply", "ordering": ordering}
        assert found(api(people.dispatcher).get(TICKETS, asked).json()) == expected
        assert found(api(people.southern_dispatcher).get(TICKETS, asked).json()) == []


def test_who_waits_for_an_answer_is_found_the_longest_waiting_first(api: Api, people: People, desk: Desk) -> None:
    tickets = [desk.opens() for _ in range(5)]
    asked = {"reply_owed": "true", "ordering": "reply_owed_since"}

    def waiting() -> list[int]:
        ids = [str(ticket.pk) for ticket in tickets]
        return [ids.index(pk) for pk in found(api(people.agent).get(TICKETS, asked).json())]

    def says(person: Any, number: int, door: str = "messages", **more: Any) -> None:
        told = {"text": "When?", **more}
        assert api(person).post(url(tickets[number], door), told).status_code == 201

    for number in (1, 0, 1, 2, 3, 4):
        says(people.resident, number)
    assert waiting() == [1, 0, 2, 3, 4]
    says(people.agent, 1, on_behalf_of=str(people.resident.pk))
    says(people.agent, 1, "notes", internal=True)
    assert waiting() == [1, 0, 2, 3, 4], "neither what we write for them nor what we write for us is an answer"
    says(people.agent, 1)
    says(people.agent, 0, "notes", internal=False)
    call = {"direction": "out", "result": "answered", "ticket_id": str(tickets[2].pk), "answer": "At six."}
    assert api(people.agent).post("/api/v1/calls", call).status_code == 201
    assert waiting() == [3, 4]
    desk.resolves(tickets[3])
    api(people.agent).post(url(tickets[4], "cancel"), {"reason": "Filed twice"})
    assert waiting() == []
    says(people.resident, 4)
    assert waiting() == [4]


def test_one_character_is_not_enough_to_search(api: Api, people: People) -> None:
    answer = api(people.dispatcher).get(TICKETS, {"q": "张"})
    assert (answer.status_code, answer.json()["code"]) == (400, "query_too_short")
