"""Several people at once: nobody takes what somebody else took, and nobody waits for ever."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections

from fieldsvc.errors import DomainError
from parts.catalogue.services import merge_provisional_part
from parts.models import Discrepancy, Part, TransferReceipt
from parts.stock.services import move_parts, receive_parts
from parts.transfers.receiving import receive_transfer
from parts.transfers.services import create_transfer, dispatch_transfer
from sync.commands import Actor
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, books_are_right, offline, online

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all of it at the same moment, each on a connection of its own; the codes of the refusals, '' for done."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        try:
            start.wait(20)
            act()
        except DomainError as refusal:
            return f"{refusal.code} {refusal.extra.get('available', '')}".strip()
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_at_once_for_the_last_unit_and_one_gets_it(store: Store, people):
    store.receive(store.depot, store.valve)
    vans = [store.van, store.colleagues_van]
    answers = at_once(*[lambda van=van: store.move(store.depot, van, store.valve) for van in vans])
    assert sorted(answers) == ["", "stock_short 0"]
    assert store.on_hand(store.depot, store.valve) == 0
    assert books_are_right()


def test_two_at_once_for_the_last_unit_over_http(api, store: Store, people):
    store.receive(store.depot, store.valve)
    body = {
        "from_location_id": str(store.depot.pk),
        "to_location_id": str(store.van.pk),
        "lines": [{"part_id": str(store.valve.pk), "quantity": "1"}],
    }
    clients = [api(people.storekeeper), api(people.storekeeper)]
    answers: list[tuple[int, str | None]] = []

    def move(client) -> None:
        response = client.post("/api/v1/stock/move", body)
        answers.append((response.status_code, response.json()["available"] if response.status_code == 409 else None))

    at_once(*[lambda client=client: move(client) for client in clients])
    assert sorted(answers) == [(201, None), (409, "0")]


def test_the_same_request_sent_twice_at_once_counts_once(store: Store, people):
    store.receive(store.depot, store.valve, 1)
    lines = [{"id": uuid7(), "part_id": store.valve.pk, "quantity": Decimal(1)}]
    delivery = [{"id": uuid7(), "part_id": store.hose.pk, "quantity": Decimal(1)}]
    system, depot, van = Actor.system(), store.depot.pk, store.van.pk

    def move() -> None:
        move_parts(actor=system, occurred_at=MORNING, from_location_id=depot, to_location_id=van, lines=lines)

    def receive() -> None:
        receive_parts(actor=system, occurred_at=MORNING, location_id=depot, lines=delivery)

    answers = at_once(move, move, receive, receive)
    assert answers == [""] * 4
    assert store.on_hand(store.van, store.valve) == 1
    assert store.on_hand(store.depot, store.hose) == 1


def test_many_takes_never_take_more_than_there_was(store: Store, people):
    toms = online(people.technician)
    store.receive(store.van, store.valve, 50)

    def take() -> None:
        for _ in range(20):
            try:
                store.use(toms, store.van, store.valve)
            except DomainError:
                refused.append(1)

    refused: list[int] = []
    at_once(*[take] * 4)
    assert len(refused) == 30
    assert store.on_hand(store.van, store.valve) == 0
    assert store.on_hand(store.customer, store.valve) == 50
    assert books_are_right()


def test_a_new_serial_received_twice_at_once_is_received_once(store: Store, people):
    assert store.modem
    places = [store.depot, store.van, store.colleagues_van]
    answers = at_once(*[lambda place=place: store.receive(place, store.modem, serial="X1") for place in places])
    assert Counter(answers) == {"": 1, "serial_elsewhere": 2}
    assert books_are_right()


def test_opposite_batches_in_random_order_do_not_stop_each_other(store: Store, people):
    """Each batch locks balances in one order; a deadlock would show as an error after three attempts."""
    parts = [Part.objects.create(number=f"P{number}", name="Part") for number in range(6)]
    places = [store.depot, store.van, store.colleagues_van]
    for place in places:
        for part in parts:
            store.receive(place, part, 1000)

    def carry(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(10):
            source, target = chance.sample(places, 2)
            move_parts(
                actor=Actor.system(),
                occurred_at=MORNING,
                from_location_id=source.pk,
                to_location_id=target.pk,
                lines=[{"part_id": part.pk, "quantity": Decimal(1)} for part in chance.sample(parts, 4)],
            )

    assert at_once(*[lambda seed=seed: carry(seed) for seed in range(4)]) == [""] * 4
    assert books_are_right()


def test_a_part_is_used_while_it_is_being_merged(store: Store, people):
    """Whichever comes first, nothing stays behind on the provisional part."""
    part, toms, stella = store.unheard_of, offline(people.technician), online(people.storekeeper)
    store.use(toms, store.van, part, 2)
    target = store.valve
    answers = at_once(
        lambda: store.use(toms, store.van, part, 3),
        lambda: merge_provisional_part(actor=stella, occurred_at=MORNING, part_id=part.pk, into_id=target.pk),
        lambda: store.use(toms, store.van, part, 4),
    )
    assert answers == ["", "", ""]
    assert store.on_hand(store.customer, part) == 0
    assert store.on_hand(store.customer, target) == 9
    assert Discrepancy.objects.count() == 3
    assert books_are_right()


def test_two_people_receive_a_transfer_at_once_and_it_counts_once(store: Store, people):
    store.receive(store.depot, store.valve, 5)
    system = Actor.system()
    transfer = create_transfer(
        actor=system,
        occurred_at=MORNING,
        from_location_id=store.depot.pk,
        to_location_id=store.van.pk,
        lines=[{"part_id": store.valve.pk, "quantity": Decimal(5)}],
    )
    dispatch_transfer(actor=system, occurred_at=MORNING, transfer_id=transfer.pk)
    line = transfer.lines.get()

    def receive(actor: Actor, quantity: int) -> Callable[[], object]:
        said = [{"line_id": line.pk, "quantity": Decimal(quantity), "reason": "as it came"}]
        return lambda: receive_transfer(actor=actor, occurred_at=MORNING, transfer_id=transfer.pk, lines=said)

    tom, stella = people.technician, people.storekeeper
    answers = at_once(
        receive(offline(tom), 5), receive(offline(tom), 5), receive(online(stella), 5), receive(offline(tom), 3)
    )
    assert answers == [""] * 4
    assert store.on_hand(store.van, store.valve) == 5
    assert TransferReceipt.objects.count() == 4
    transfer.refresh_from_db()
    assert transfer.status == "received"
    assert books_are_right()
