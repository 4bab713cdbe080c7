"""Law 6: the inbox tells all of each conflict, is searched and paged, and is emptied one by one or by the page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fieldsvc.time import now
from sync.feed.services import catch_up
from sync.ids import uuid7
from sync.models import Conflict
from sync.sql import execute
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import Ticket, Visit

pytestmark = pytest.mark.django_db
INBOX = "/api/v1/sync/conflicts"
SHOWN = {"contact_name": "Rosa", "access_notes": "", "contact_phone": ""}
"""What phones saw before they lost the signal."""


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


@pytest.fixture
def clashes(tom: Phone, visit: Visit, people: People, api: Any) -> list[Conflict]:
    """The desk wrote two fields; the technician, without signal, wrote others."""
    desk = {"contact_name": "Sister", "access_notes": "Side door"}
    assert api(people.dispatcher).patch(f"/api/v1/tickets/{visit.ticket_id}", desk).status_code == 200
    for field, wanted in (("contact_name", "Brother"), ("access_notes", "Back door")):
        edit: dict[str, Any] = {field: wanted, "base": {field: "before"}}
        tom.does("ticket.edit", hours_ago=6, ticket_id=visit.ticket_id, **edit)
    assert tom.push() == ["conflict", "conflict"]
    tom.pull()
    return list(Conflict.objects.order_by("id"))


def ids(answer: Any) -> list[UUID]:
    assert answer.status_code == 200, answer.content
    return [UUID(row["id"]) for row in answer.json()["results"]]


def many(visit: Visit, count: int) -> None:
    """That many open conflicts of the ticket, that no desk has looked at for a month."""
    moment = now() - timedelta(days=30)
    rows = [
        Conflict(
            kind="field",
            collection="tickets",
            doc_id=visit.ticket_id,
            field="access_notes",
            device_value=f"Gate {number}",
            device_by=visit.technician,
            device_id=uuid7(),
            occurred_at=moment,
            received_at=moment + timedelta(seconds=number),
            scopes=[],
        )
        for number in range(count)
    ]
    for start in range(0, count, 1_000):
        Conflict.objects.bulk_create(rows[start : start + 1_000])
        catch_up()
        execute("ANALYZE sync_feedentry, sync_conflict")  # autovacuum does so where work is committed


def test_it_tells_both_stories_with_who_when_and_by_which_clock(
    clashes: list[Conflict], tom: Phone, people: People, api: Any
):
    shown = api(people.dispatcher).get(f"{INBOX}/{clashes[0].pk}").json()
    assert (shown["base"], shown["server_value"], shown["device_value"]) == ("before", "Sister", "Brother")
    assert (shown["server_by_id"], shown["server_by_name"]) == (str(people.dispatcher.pk), str(people.dispatcher))
    assert (shown["device_by_id"], shown["device_by_name"]) == (str(people.technician.pk), str(people.technician))
    assert set(shown["captured"]) == {"wall", "monotonic_ms", "boot"}
    assert shown["flags"] == ["late"]
    assert shown["occurred_at"] < shown["received_at"]
    assert shown["resolved_by_name"] is None
    api(people.supervisor).post(f"{INBOX}/{clashes[0].pk}/resolve", {"keep": "device"})
    shown = api(people.dispatcher).get(f"{INBOX}/{clashes[0].pk}").json()
    assert (shown["keep"], shown["resolved_by_name"]) == ("device", str(people.supervisor))


def test_it_is_narrowed_to_what_a_supervisor_looks_for(
    clashes: list[Conflict], tom: Phone, visit: Visit, people: People, api: Any
):
    first, second = (clash.pk for clash in clashes)
    desk = api(people.dispatcher)
    desk.post(f"{INBOX}/{first}/resolve", {"keep": "server"})

    def found(**query: Any) -> set[UUID]:
        return set(ids(desk.get(INBOX, query)))

    assert found(status="open") == {second}
    assert found(status="resolved") == found(field="contact_name") == found(search="brother") == {first}
    assert found(collection="tickets", doc_id=visit.ticket_id) == found(kind="field") == {first, second}
    assert found(device=tom.device.pk) == found(device_by=people.technician.pk) == {first, second}
    assert found(device=uuid7()) == found(device_by=people.colleague.pk) == found(kind="overtaken") == set()
    assert found(received_after=(now() - timedelta(hours=1)).isoformat()) == {first, second}
    assert found(received_before=(now() - timedelta(hours=1)).isoformat()) == set()


def test_a_search_does_not_tell_the_author_what_they_may_not_see(
    clashes: list[Conflict], visit: Visit, people: People, api: Any
):
    """The technician has lost the ticket; asking for what the desk wrote answers as if it had written nothing."""
    Ticket.objects.filter(pk=visit.ticket_id).update(archived=True, status="cancelled", closed_at=now())
    catch_up()
    author = api(people.technician)
    assert len(ids(author.get(INBOX, {"search": "Brother"}))) == 1
    assert ids(author.get(INBOX, {"search": "Sister"})) == []


@pytest.mark.parametrize(
    "query", [{"status": "lost"}, {"kind": "x"}, {"device": "mine"}, {"received_after": "soon"}, {"ordering": "base"}]
)
def test_a_filter_that_makes_no_sense_is_named(clashes: list[Conflict], people: People, api: Any, query: Any):
    assert api(people.dispatcher).get(INBOX, query).status_code == 400


def test_a_page_of_conflicts_costs_as_many_queries_as_one_conflict(
    clashes: list[Conflict], visit: Visit, people: People, api: Any, django_assert_max_num_queries: Any
):
    desk = api(people.dispatcher)
    many(visit, 60)
    for size in (1, 60):
        with django_assert_max_num_queries(6):
            assert len(ids(desk.get(INBOX, {"page_size": size}))) == size


def test_a_page_of_conflicts_is_resolved_at_once_and_the_phone_hears_of_each(
    clashes: list[Conflict], tom: Phone, visit: Visit, people: People, api: Any
):
    named = [str(clash.pk) for clash in clashes]
    answer = api(people.supervisor).post(f"{INBOX}/resolve", {"ids": named, "keep": "device"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["results"] == [{"id": pk, "status": "resolved"} for pk in named]
    visit.ticket.refresh_from_db()
    assert (visit.ticket.contact_name, visit.ticket.access_notes) == ("Brother", "Back door")
    tom.pull()
    for pk in named:
        document = tom.document("conflicts", pk)
        assert document is not None
        assert (document["keep"], document["resolved_by_id"]) == ("device", str(people.supervisor.pk))
    assert tom.replica() == fresh_phone(people.technician).replica()


def test_one_that_cannot_be_resolved_stops_no_other(clashes: list[Conflict], visit: Visit, people: People, api: Any):
    desk = api(people.dispatcher)
    first, second = (str(clash.pk) for clash in clashes)
    desk.post(f"{INBOX}/{first}/resolve", {"keep": "server"})
    nowhere = str(uuid7())
    results = desk.post(f"{INBOX}/resolve", {"ids": [first, nowhere, second], "keep": "device"}).json()["results"]
    assert [(result["id"], result["status"], result.get("code")) for result in results] == [
        (first, "refused", "conflict_already_resolved"),
        (nowhere, "refused", "not_found"),
        (second, "resolved", None),
    ]
    assert (results[0]["keep"], results[0]["by"]) == ("server", str(people.dispatcher.pk))
    again = desk.post(f"{INBOX}/resolve", {"ids": [second], "keep": "device"}).json()["results"]
    assert again == [{"id": second, "status": "resolved"}]


def test_a_value_that_has_changed_since_is_not_overwritten_by_resolving_many(
    clashes: list[Conflict], visit: Visit, people: People, api: Any
):
    api(people.dispatcher).patch(f"/api/v1/tickets/{visit.ticket_id}", {"contact_name": "Grandmother"})
    named = [str(clash.pk) for clash in clashes]
    results = api(people.supervisor).post(f"{INBOX}/resolve", {"ids": named, "keep": "device"}).json()["results"]
    assert [result.get("code") for result in results] == ["changed_meanwhile", None]
    visit.ticket.refresh_from_db()
    assert (visit.ticket.contact_name, visit.ticket.access_notes) == ("Grandmother", "Back door")


def test_strangers_resolve_none_of_many(clashes: list[Conflict], people: People, api: Any):
    named = [str(clash.pk) for clash in clashes]
    for stranger in (people.colleague, people.resident, people.southern_dispatcher, people.storekeeper):
        results = api(stranger).post(f"{INBOX}/resolve", {"ids": named, "keep": "server"}).json()["results"]
        assert {result["code"] for result in results} == {"not_found"}
    assert not Conflict.objects.filter(status="resolved").exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": [], "keep": "server"},
        {"ids": ["one"], "keep": "server"},
        {"ids": [str(uuid7())], "keep": "edit"},
        {"ids": [str(uuid7()) for _ in range(201)], "keep": "server"},
    ],
)
def test_a_resolution_of_many_that_says_nothing_is_named(people: People, api: Any, body: Any):
    answer = api(people.dispatcher).post(f"{INBOX}/resolve", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_many_are_resolved_by_one_push_of_a_phone(clashes: list[Conflict], tom: Phone, visit: Visit):
    for clash in clashes:
        tom.does("conflict.resolve", conflict_id=clash, keep="device")
    assert tom.push() == ["applied", "applied"]
    visit.ticket.refresh_from_db()
    assert visit.ticket.contact_name == "Brother"


def test_ten_thousand_conflicts_are_listed_and_resolved_by_the_page(visit: Visit, people: People, api: Any):
    many(visit, 10_000)
    desk = api(people.dispatcher)
    page = ids(desk.get(INBOX, {"status": "open", "page_size": 200}))
    assert len(page) == 200
    results = desk.post(f"{INBOX}/resolve", {"ids": page, "keep": "server"}).json()["results"]
    assert {result["status"] for result in results} == {"resolved"}
    rest = ids(desk.get(INBOX, {"status": "open", "page_size": 200}))
    assert not {*rest} & {*page}
    assert Conflict.objects.filter(status="open").count() == 9_800
