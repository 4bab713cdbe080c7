"""A price list, a visit of the technician's with parts aboard, and a customer who signs."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now
from sync.commands import Actor, command
from tests.people import People
from tests.standing import standing
from tests.world import World
from tickets.attachments.services import sign_visit
from tickets.models import Attachment, PriceItem, Quote, Visit
from tickets.prices.services import create_item, set_price
from tickets.visits.services import check_in, use_part

Api = Callable[[User | None], APIClient]
LONG_AGO = date(2020, 1, 1)
DONE = {"resolution_code": "repaired", "parts_answer": "used", "signed_by": "Rosa"}
ENDED = {"resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}


class Counter:
    """Whoever sells: makes prices, quotes and answers by the same commands as everybody's."""

    def __init__(self, people: People, world: World) -> None:
        self.people, self.world = people, world

    @command
    def item(self, code: str, amount: int, *, part: str = "", aboard: int = 9, **terms: Any) -> PriceItem:
        """Work, or a part of which some are aboard, at this price since long ago."""
        admin = Actor(self.people.administrator)
        part_id = self.world.part(part, aboard=aboard).pk if part else None
        item = create_item(
            actor=admin, occurred_at=now(), code=code, name=code.title(), name_zh="项目", unit="visit", part_id=part_id
        )
        self.costs(item, amount, **terms)
        return item

    def costs(self, item: PriceItem, amount: int, since: date = LONG_AGO, **terms: Any) -> Any:
        """What it costs from then on."""
        said: dict[str, Any] = {"currency": "CNY", "tax_rate": Decimal(13), "valid_from": since, **terms}
        return set_price(
            actor=Actor(self.people.administrator), occurred_at=now(), item_id=item.pk, amount=amount, **said
        )

    @command
    def visit(self, technician: User | None = None) -> Visit:
        """The technician stands in front of it."""
        visit = self.world.dispatched_visit(technician)
        check_in(actor=Actor(visit.technician), occurred_at=now(), visit_id=visit.pk)
        visit.refresh_from_db()
        return visit

    def fits(self, visit: Visit, item: PriceItem, quantity: int = 1) -> None:
        """A part from the van."""
        use_part(
            actor=Actor(visit.technician),
            occurred_at=now(),
            visit_id=visit.pk,
            part_id=item.part_id or item.pk,
            quantity=Decimal(quantity),
        )

    def signature(self, visit: Visit) -> Attachment:
        """Of the customer."""
        return sign_visit(actor=Actor(visit.technician), occurred_at=now(), visit_id=visit.pk, signed_by="Rosa")


@pytest.fixture
def counter(people: People, world: World) -> Counter:
    return Counter(people, world)


@pytest.fixture
@standing
def visit(counter: Counter) -> Visit:
    return counter.visit()


@pytest.fixture
@standing
def valve(counter: Counter) -> PriceItem:
    """A part at 12.50 yuan, nine of them aboard."""
    return counter.item("valve", 1250, part="VALVE")


@pytest.fixture
@standing
def labour(counter: Counter) -> PriceItem:
    """Half an hour at 80 yuan."""
    return counter.item("labour", 8000)


def line(item: PriceItem, quantity: Any = 1, **said: Any) -> dict[str, Any]:
    """Of a quote."""
    return {"item_id": str(item.pk), "quantity": str(quantity), **said}


@pytest.fixture
def quote(api: Api, people: People, visit: Visit) -> Callable[..., dict[str, Any]]:
    """`quote([line(valve)])` is shown to the customer by the technician at the visit; a refusal answers its problem."""

    def quote(lines: list[dict[str, Any]], person: User | None = None, **said: Any) -> dict[str, Any]:
        body = {"visit_id": visit.pk, "lines": lines, **said}
        answer = api(person or people.technician).post(f"/api/v1/tickets/{visit.ticket_id}/quotes", body)
        return dict(answer.json())

    return quote


@pytest.fixture
def agreed(api: Api, counter: Counter, visit: Visit, quote: Callable[..., dict[str, Any]]) -> Callable[..., Quote]:
    """`agreed([line(valve)])` is shown and signed."""

    def agreed(lines: list[dict[str, Any]]) -> Quote:
        shown = quote(lines)
        body = {"accepted": True, "signature_id": counter.signature(visit).pk}
        answer = api(visit.technician).post(f"/api/v1/quotes/{shown['id']}/answer", body)
        assert answer.json()["status"] == "accepted", answer.content
        return Quote.objects.get(pk=shown["id"])

    return agreed
