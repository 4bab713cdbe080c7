"""First sync: how much it will be, in pages bounded by rows and bytes; and law 12, cost follows change."""

from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import override_settings
from structlog.testing import capture_logs

from accounts.models import Role, RoleGrant
from parts.models import Part
from sync.feed import services
from sync.feed.models import FeedEntry
from tests.people import People
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.statements import statements
from tests.world import World

pytestmark = pytest.mark.django_db


def stock_catalogue(count: int, name: str = "阀") -> None:
    Part.objects.bulk_create(Part(number=f"P{number}", name=name * 40) for number in range(count))
    services.catch_up()


def page(phone: Phone, **query: Any) -> dict[str, Any]:
    answer = phone.client.get("/api/v1/sync/changes", {"schema": SCHEMA, **query})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def weight(change: dict[str, Any]) -> int:
    return len(orjson.dumps(change))


@pytest.mark.parametrize("max_bytes", [1, 2_000, 10_000])
def test_a_page_ends_with_the_document_that_passes_its_size_in_bytes_not_characters(people: People, max_bytes: int):
    stock_catalogue(30)
    phone, cursor, pages = Phone(people.technician), "", []
    while True:
        came = page(phone, max_bytes=max_bytes, **({"cursor": cursor} if cursor else {}))
        pages.append(came)
        cursor = came["cursor"]
        if not came["more"]:
            break
    for earlier in pages[:-1]:
        weights = [weight(change) for change in earlier["changes"]]
        assert sum(weights[:-1]) < max_bytes <= sum(weights)
    held = {change["id"]: change["doc"] for came in pages for change in came["changes"]}
    assert held == {doc_id: doc for (_, doc_id), doc in fresh_phone(people.technician).replica().items()}


@pytest.mark.parametrize("bounds", [{}, {"limit": 70}, {"limit": 300}, {"max_bytes": 40_000}, {"max_bytes": 90_001}])
def test_a_first_sync_keeps_bounds_and_order_however_many_numbers_are_gaps(people: People, bounds: dict[str, int]):
    stock_catalogue(400)
    for start in (0, 100, 380):
        Part.objects.filter(number__in=[f"P{number}" for number in range(start, start + 20)]).update(name="新")
        services.catch_up()
    Part.objects.filter(number="P200").delete()
    phone, cursor = Phone(people.storekeeper), ""
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["more"]:
        pages.append(page(phone, **bounds, **({"cursor": cursor} if cursor else {})))
        cursor = pages[-1]["cursor"]
        if len(pages) == 1:
            Part.objects.filter(number="P399").update(name="changed while it is read")
            services.catch_up()
    for earlier in pages[:-1]:
        weights = [weight(change) for change in earlier["changes"]]
        assert len(weights) == bounds.get("limit", len(weights))
        assert sum(weights[:-1]) < bounds.get("max_bytes", 10**9)
        assert "limit" in bounds or sum(weights) >= bounds["max_bytes"]
    changed = str(Part.objects.get(number="P399").pk)
    came = [change["id"] for each in pages for change in each["changes"] if change["collection"] == "parts"]
    entries = FeedEntry.objects.filter(scope__name="catalogue", collection="parts", deleted=False).order_by("seq")
    standing = [str(doc_id) for doc_id in entries.values_list("doc_id", flat=True)]
    assert [doc_id for doc_id in came if doc_id != changed] == [doc_id for doc_id in standing if doc_id != changed]
    phone.cursor = cursor
    phone.documents = {(c["collection"], c["id"]): c["doc"] for each in pages for c in each["changes"] if c["doc"]}
    phone.pull()
    assert phone.replica() == fresh_phone(people.storekeeper).replica()


@pytest.mark.parametrize("max_bytes", ["0", "-5", "4000001", "all", "²"])
def test_an_impossible_size_is_named(people: People, max_bytes: str):
    answer = Phone(people.technician).client.get("/api/v1/sync/changes", {"max_bytes": max_bytes})
    assert (answer.status_code, answer.json()["code"]) == (400, "max_bytes_not_valid")


def test_the_first_page_says_how_much_will_come_and_no_other_does(people: People, world: World):
    world.dispatched_visit()
    stock_catalogue(10)
    phone = Phone(people.technician)
    first = page(phone, limit=3)
    rest = page(phone, cursor=first["cursor"])
    changes = first["changes"] + rest["changes"]
    documents = [change["doc"] for change in changes]
    # The service type stands in two scopes, so it counts twice; in that of residents without what technicians need.
    documents += [
        {name: value for name, value in change["doc"].items() if name not in ("likely_parts", "paid_work_id")}
        for change in changes
        if change["collection"] == "service_types"
    ]
    assert first["total"] == {
        "documents": len(documents),
        "bytes": sum(len(orjson.dumps(document)) for document in documents),
    }
    assert "total" not in rest


def test_the_announced_size_follows_what_changes_and_leaves(people: People):
    stock_catalogue(5)
    Part.objects.filter(number="P0").delete()
    Part.objects.filter(number="P1").update(name="A")
    first = page(Phone(people.technician))
    assert (
        first["total"]["documents"]
        == len(first["changes"])
        == 4 + len([change for change in first["changes"] if change["collection"] != "parts"])
    )
    assert first["total"]["bytes"] == sum(len(orjson.dumps(change["doc"])) for change in first["changes"])


@override_settings(SYNC=settings.SYNC | {"BUDGET": 3})
def test_a_scope_that_outgrows_its_budget_is_reported_once(people: People):
    with capture_logs() as said:
        stock_catalogue(3)
        assert "scope_above_budget" not in {line["event"] for line in said}
        Part.objects.create(number="A", name="A")
        services.catch_up()
        Part.objects.create(number="B", name="B")
        services.catch_up()
    reports = [line for line in said if line["event"] == "scope_above_budget" and line["scope"] == "catalogue"]
    assert [(report["documents"], report["budget"]) for report in reports] == [(4, 3)]


def test_a_document_in_two_scopes_of_a_person_comes_once(people: People, world: World):
    RoleGrant.objects.create(user=people.technician, role=Role.DISPATCHER, territory=people.north)
    world.dispatched_visit()
    phone = Phone(people.technician)
    assert phone.pull() == len(phone.documents)


def test_who_lost_a_scope_does_not_hear_of_what_was_made_in_it_since(people: People):
    stock_catalogue(2)
    phone = fresh_phone(people.technician)
    known = {doc_id for _, doc_id in phone.documents}
    RoleGrant.objects.filter(user=people.technician).delete()
    Part.objects.create(number="NEW", name="New")
    services.catch_up()
    named = {change["id"] for change in page(phone, cursor=phone.cursor)["changes"]}
    assert named
    assert named <= known


def test_a_document_made_and_withdrawn_between_two_pages_leaves_no_gap(people: People, world: World):
    """The desk shows it better, so the technician's copy is passed over; then the desk is left before it was read."""
    stock_catalogue(20)
    desk = RoleGrant.objects.create(user=people.technician, role=Role.DISPATCHER, territory=people.north)
    phone = fresh_phone(people.technician)
    visit = world.dispatched_visit()
    first = page(phone, cursor=phone.cursor, limit=1)
    phone.cursor = first["cursor"]
    for change in first["changes"]:
        phone.documents[change["collection"], change["id"]] = change["doc"]
    desk.delete()
    phone.pull()
    assert phone.document("visits", visit) is not None
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_a_pull_costs_two_statements_when_nothing_is_new_and_one_more_for_each_scope_with_news(people: People):
    """Who asks and what they may see; where the phone stands and where the feed."""
    stock_catalogue(3)
    phone = Phone(people.technician)
    cursor = page(phone)["cursor"]
    with statements(2):
        assert page(phone, cursor=cursor)["changes"] == []
    Part.objects.update(name="new")
    services.catch_up()
    with statements(3):
        assert len(page(phone, cursor=cursor)["changes"]) == 3
