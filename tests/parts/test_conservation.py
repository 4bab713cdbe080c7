"""Law 7, conservation: after any history the books equal an independent model, and nothing appears or vanishes.

The model below shares no code with the ledger. It is a dict that is told what people did, and says what the books must
answer to it: done, or refused, and why.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsvc.errors import DomainError
from parts.models import Discrepancy, Location, Part, SerialPosition, StockBalance, StockMovement
from parts.stock import services
from parts.stock.ledger import held_everywhere
from parts.stocktakes.services import count_stock
from parts.transfers.receiving import receive_transfer
from parts.transfers.services import cancel_transfer, create_transfer, dispatch_transfer
from tests.laws import examples
from tests.parts.store import MORNING, Store, books_are_right, offline, online
from tests.people import People

CUSTOMER, OUTSIDE = "CUSTOMER", None
Where = str | None


@dataclass
class Posted:
    """What the model knows of a movement."""

    source: Where
    target: Where
    part: str
    condition: str
    quantity: Decimal
    serial: str
    reason: str
    is_reversed: bool = False


@dataclass
class Model:
    """What must be where. A serial is '' when nobody believes it, or there is none."""

    held: dict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    serials: dict[str, tuple[Where, str]] = field(default_factory=dict)
    came_in: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    movements: list[Posted] = field(default_factory=list)
    discrepancies: int = 0

    def post(self, movement: Posted) -> None:
        key = movement.part, movement.condition
        for place, change in ((movement.source, -movement.quantity), (movement.target, movement.quantity)):
            if place is OUTSIDE:
                self.came_in[movement.part] -= change
            else:
                self.held[(place, *key)] += change
        if movement.serial:
            self.serials[movement.serial] = movement.target, movement.condition
        self.movements.append(movement)

    def why_not(self, movement: Posted) -> str:
        """The code with which the movement is refused; empty if it can be done."""
        if movement.serial:
            place, condition = self.serials.get(movement.serial, (OUTSIDE, ""))
            at_source = place == movement.source and (condition == movement.condition or place == CUSTOMER)
            if place is not OUTSIDE and not at_source:
                return "serial_elsewhere"
            if place is OUTSIDE and movement.source not in (OUTSIDE, CUSTOMER):
                return "stock_short"
        if movement.source in (OUTSIDE, CUSTOMER):
            return ""
        here = self.held[(movement.source, movement.part, movement.condition)]
        return "stock_short" if here < movement.quantity else ""

    def do(self, movement: Posted) -> str:
        refusal = self.why_not(movement)
        if not refusal:
            self.post(movement)
        return refusal

    def keep(self, movement: Posted) -> str:
        """The same when it happened without signal: it cannot be refused."""
        refusal = self.why_not(movement)
        if refusal == "serial_elsewhere":
            movement.serial = ""
        if refusal:
            self.discrepancies += 1
        if refusal and movement.source != CUSTOMER:
            lacking = movement.quantity
            if refusal == "stock_short" and not movement.serial:
                lacking -= self.held[(str(movement.source), movement.part, movement.condition)]
            found = Posted(
                OUTSIDE, movement.source, movement.part, movement.condition, lacking, movement.serial, "found"
            )
            self.post(found)
        self.post(movement)
        return ""

    def reverse(self, index: int) -> str:
        movement = self.movements[index]
        if movement.reason in ("found", "reverse"):
            return "movement_not_reversible"
        if movement.is_reversed:
            return "movement_reversed"
        refusal = self.do(
            Posted(
                movement.target,
                movement.source,
                movement.part,
                movement.condition,
                movement.quantity,
                movement.serial,
                "reverse",
            )
        )
        movement.is_reversed = not refusal
        return refusal


VANS = st.sampled_from(["van", "other van"])
PLACES = st.sampled_from(["depot", "van", "other van"])
CONDITIONS = st.sampled_from(["good", "faulty"])
GOODS = st.one_of(
    st.tuples(st.just("valve"), st.integers(1, 4).map(Decimal), st.just("")),
    st.tuples(st.just("hose"), st.integers(1, 4000).map(lambda steps: Decimal(steps).scaleb(-3)), st.just("")),
    st.tuples(st.just("modem"), st.just(Decimal(1)), st.sampled_from(["X1", "X2", "X3"])),
)
STEPS = st.one_of(
    st.tuples(st.just("receive"), GOODS, PLACES, CONDITIONS),
    st.tuples(st.just("move"), GOODS, PLACES, PLACES, CONDITIONS),
    st.tuples(st.just("use"), GOODS, VANS, st.booleans()),
    st.tuples(st.just("return"), GOODS, VANS, st.booleans(), CONDITIONS),
    st.tuples(st.just("reverse"), st.integers(0, 20)),
)

BEFORE = [
    ("receive", ("valve", Decimal(3), ""), "van", "good"),
    ("receive", ("valve", Decimal(2), ""), "depot", "good"),
    ("receive", ("hose", Decimal("2.5"), ""), "other van", "good"),
    ("receive", ("modem", Decimal(1), "X1"), "van", "good"),
    ("receive", ("modem", Decimal(1), "X2"), "depot", "good"),
]
"""What every history begins with, so that there is something to take, and to lack."""


class Books:
    """The same steps, done to the real thing."""

    def __init__(self, store: Store) -> None:
        self.people = store.people
        self.places: dict[str, Location] = {
            "depot": store.depot,
            "van": store.van,
            "other van": store.colleagues_van,
        }
        self.parts: dict[str, Part] = {"valve": store.valve, "hose": store.hose, "modem": store.modem}
        self.store = store

    def line(self, goods: tuple[str, Decimal, str], condition: str) -> dict[str, Any]:
        part, quantity, serial = goods
        return {"part_id": self.parts[part].pk, "quantity": quantity, "serial": serial, "condition": condition}

    def actor(self, van: str, without_signal: bool):
        driver = self.people.technician if van == "van" else self.people.colleague
        return offline(driver) if without_signal else online(driver)

    def do(self, step: tuple[Any, ...], order: list[UUID]) -> str:
        stella = online(self.people.storekeeper)
        before = set(StockMovement.objects.values_list("pk", flat=True))
        try:
            match step:
                case "receive", goods, place, condition:
                    services.receive_parts(
                        actor=stella,
                        occurred_at=MORNING,
                        location_id=self.places[place].pk,
                        lines=[self.line(goods, condition)],
                    )
                case "move", goods, source, target, condition:
                    services.move_parts(
                        actor=stella,
                        occurred_at=MORNING,
                        from_location_id=self.places[source].pk,
                        to_location_id=self.places[target].pk,
                        lines=[self.line(goods, condition)],
                    )
                case "use", goods, van, without_signal:
                    line = self.line(goods, "good")
                    line.pop("condition")
                    services.use_part(
                        actor=self.actor(van, without_signal),
                        occurred_at=MORNING,
                        location_id=self.places[van].pk,
                        **line,
                    )
                case "return", goods, van, without_signal, condition:
                    services.return_part(
                        actor=self.actor(van, without_signal),
                        occurred_at=MORNING,
                        location_id=self.places[van].pk,
                        **self.line(goods, condition),
                    )
                case "reverse", index:
                    services.reverse_movement(
                        actor=stella, occurred_at=MORNING, movement_id=order[index % len(order)], note="wrong"
                    )
        except DomainError as refusal:
            return refusal.code
        new = StockMovement.objects.exclude(pk__in=before)
        order += [movement.pk for movement in sorted(new, key=lambda movement: movement.reason != "found")]
        return ""

    def held(self) -> dict[tuple[str, str, str], Decimal]:
        names = {place.pk: name for name, place in self.places.items()}
        parts = {part.pk: name for name, part in self.parts.items()}
        booked = {
            (names[row.location_id], parts[row.part_id], row.condition): row.quantity
            for row in StockBalance.objects.exclude(quantity=0)
        }
        at_customers = {
            (CUSTOMER, name, condition): quantity
            for name, part in self.parts.items()
            for (place, condition), quantity in held_everywhere(part).items()
            if place not in names
        }
        return booked | at_customers

    def serials(self) -> dict[str, Where]:
        names = {place.pk: name for name, place in self.places.items()}
        return {
            row.serial: OUTSIDE if row.location_id is None else names.get(row.location_id, CUSTOMER)
            for row in SerialPosition.objects.all()
        }


def imagine(model: Model, step: tuple[Any, ...]) -> str:
    """What the books must answer."""
    match step:
        case "receive", (part, quantity, serial), place, condition:
            return model.do(Posted(OUTSIDE, place, part, condition, quantity, serial, "receive"))
        case "move", (part, quantity, serial), source, target, condition:
            if source == target:
                return "same_location"
            return model.do(Posted(source, target, part, condition, quantity, serial, "move"))
        case "use", (part, quantity, serial), van, without_signal:
            act = model.keep if without_signal else model.do
            return act(Posted(van, CUSTOMER, part, "good", quantity, serial, "use"))
        case "return", (part, quantity, serial), van, without_signal, condition:
            act = model.keep if without_signal else model.do
            return act(Posted(CUSTOMER, van, part, condition, quantity, serial, "return"))
        case "reverse", index:
            return model.reverse(index % len(model.movements))
    raise AssertionError(step)


@pytest.mark.django_db
@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=5, max_size=25))
def test_after_any_history_the_books_equal_the_model_and_nothing_appears_or_vanishes(steps: list[tuple[Any, ...]]):
    with transaction.atomic():
        books, model = Books(Store(People())), Model()
        order: list[UUID] = []
        for step in [*BEFORE, *steps]:
            assert books.do(step, order) == imagine(model, step), step
        held = {key: quantity for key, quantity in model.held.items() if quantity}
        assert books.held() == held
        assert all(quantity >= 0 for (place, _, _), quantity in held.items() if place != CUSTOMER)
        assert books.serials() == {serial: place for serial, (place, _) in model.serials.items()}
        for part in books.parts:
            there = sum((quantity for (_, name, _), quantity in books.held().items() if name == part), Decimal(0))
            assert there == model.came_in[part]
        assert Discrepancy.objects.count() == model.discrepancies
        assert books_are_right()
        transaction.set_rollback(True)


SENT = Decimal(5)
WORDS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(["toms phone", "another phone", "desk"]), st.integers(0, 7)),
    st.tuples(st.just("use"), st.integers(1, 3)),
    st.tuples(st.just("count"), st.integers(0, 9)),
    st.just(("cancel",)),
)


@pytest.mark.django_db
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=8))
def test_whatever_people_say_of_a_transfer_and_count_meanwhile_nothing_of_it_appears_or_vanishes(
    steps: list[tuple[Any, ...]],
):
    """All that was sent has arrived, is in transit, or went back; what came beyond it was found, and stands there."""
    with transaction.atomic():
        store = Store(People())
        tom, stella = offline(store.people.technician), online(store.people.storekeeper)
        Part.objects.filter(pk=store.valve.pk).update(price=0)
        store.receive(store.depot, store.valve, SENT)
        transfer = create_transfer(
            actor=stella,
            occurred_at=MORNING,
            from_location_id=store.depot.pk,
            to_location_id=store.van.pk,
            lines=[{"part_id": store.valve.pk, "quantity": SENT}],
        )
        dispatch_transfer(actor=stella, occurred_at=MORNING, transfer_id=transfer.pk)
        line = transfer.lines.get()
        said, cancelled = Decimal(0), False
        for step in steps:
            match step:
                case "receive", who, quantity:
                    words = [{"line_id": line.pk, "quantity": Decimal(quantity), "reason": "as it came"}]
                    actor = stella if who == "desk" and not cancelled else tom
                    receive_transfer(actor=actor, occurred_at=MORNING, transfer_id=transfer.pk, lines=words)
                    said = max(said, Decimal(quantity))
                case "use", quantity:
                    store.use(tom, store.van, store.valve, quantity)
                case "count", quantity:
                    counted = [{"part_id": store.valve.pk, "quantity": Decimal(quantity)}]
                    count_stock(actor=tom, occurred_at=MORNING, location_id=store.van.pk, kind="full", lines=counted)
                case _:
                    try:
                        cancel_transfer(actor=stella, occurred_at=MORNING, transfer_id=transfer.pk, reason="no")
                        cancelled = True
                    except DomainError:
                        assert said > 0
        line.refresh_from_db()
        assert line.arrived == said
        in_transit = store.on_hand(transfer.in_transit, store.valve)
        assert in_transit == (0 if cancelled else max(SENT - said, Decimal(0)))
        arrivals = StockMovement.objects.filter(reason="arrive", to_location=store.van)
        arrived = sum(arrivals.values_list("quantity", flat=True), Decimal(0))
        assert arrived == (said if cancelled else min(said, SENT))
        found_at_depot = StockMovement.objects.filter(reason="found", to_location=store.depot)
        found = sum(found_at_depot.values_list("quantity", flat=True), Decimal(0))
        assert SENT + found == arrived + in_transit + store.on_hand(store.depot, store.valve)
        assert books_are_right()
        transaction.set_rollback(True)
