"""Pages of lists (fieldsvc/paging.py), shown on the catalogue of parts and on discrepancies."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from parts.models import Part
from tests.people import People
from tests.world import World
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(people: People, api: Callable[[User], APIClient]) -> APIClient:
    return api(people.dispatcher)


def walk(client: APIClient, path: str, link: str = "next", **query: Any) -> tuple[list[str], str | None]:
    """The ids of all pages, and the address of the last of them."""
    page, ids, last = client.get(path, query).json(), [], None
    while True:
        rows = [row["id"] for row in page["results"]]
        ids += rows if link == "next" else rows[::-1]
        if not page[link]:
            return ids, last
        last = page[link]
        page = client.get(page[link]).json()


@pytest.mark.parametrize("order", ["number", "-number", "name", "-name"])
def test_every_row_comes_once_also_among_more_equal_values_than_fit_on_a_page(desk: APIClient, order: str):
    Part.objects.bulk_create(Part(number=f"P{n:02}", name=f"Part {n % 3}") for n in range(25))
    ids, _ = walk(desk, "/api/v1/parts", ordering=order, page_size=4)
    field = order.lstrip("-")
    sign = "-" if order.startswith("-") else ""
    assert ids == [str(pk) for pk in Part.objects.order_by(order, f"{sign}id").values_list("pk", flat=True)]
    assert len(ids) == len(set(ids)) == 25
    assert field in {"number", "name"}


def test_the_way_back_is_the_way_there(desk: APIClient):
    Part.objects.bulk_create(Part(number=f"P{n:02}", name="Same") for n in range(9))
    there, last_page = walk(desk, "/api/v1/parts", ordering="name", page_size=2)
    assert last_page
    back = desk.get(last_page).json()
    ids = [row["id"] for row in back["results"]][::-1]
    while back["previous"]:
        back = desk.get(back["previous"]).json()
        ids += [row["id"] for row in back["results"]][::-1]
    assert ids[::-1] == there


def test_rows_that_come_while_somebody_pages_are_neither_skipped_nor_doubled(desk: APIClient):
    Part.objects.bulk_create(Part(number=f"P{n:02}", name="Part") for n in range(4))
    first = desk.get("/api/v1/parts", {"page_size": 2}).json()
    Part.objects.create(number="A", name="Before")
    second = desk.get(first["next"]).json()
    assert [row["number"] for row in (*first["results"], *second["results"])] == ["P00", "P01", "P02", "P03"]


@pytest.mark.parametrize("order", ["due_at", "-due_at"])
def test_rows_without_a_value_have_their_place_too(desk: APIClient, world: World, order: str):
    for _ in range(5):
        world.ticket()
    Ticket.objects.filter(pk__in=[world.ticket().pk for _ in range(3)]).update(status="new")
    for ticket in Ticket.objects.all()[:3]:
        ticket.clocks.all().update(due_at=None, met_at=None, stopped_at=None)
    ids, _ = walk(desk, "/api/v1/tickets", ordering=order, page_size=2)
    assert len(ids) == len(set(ids)) == 8


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"cursor": "made up"}, "cursor_not_valid"),
        ({"page_size": "0"}, "page_size_not_valid"),
        ({"page_size": "201"}, "page_size_not_valid"),
        ({"page_size": "all"}, "page_size_not_valid"),
        ({"ordering": "price"}, "ordering_not_valid"),
        ({"ordering": "--name"}, "ordering_not_valid"),
    ],
)
def test_what_makes_no_sense_is_named(desk: APIClient, query: dict[str, str], code: str):
    answer = desk.get("/api/v1/parts", query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_cursor_of_another_order_is_not_taken(desk: APIClient):
    Part.objects.bulk_create(Part(number=f"P{n}", name="Part") for n in range(3))
    link = desk.get("/api/v1/parts", {"page_size": "1", "ordering": "name"}).json()["next"]
    assert desk.get(link.replace("ordering=name", "ordering=number")).json()["code"] == "cursor_not_valid"
