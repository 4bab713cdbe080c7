"""Stock over HTTP: what storekeepers do with it, and who may look."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from parts.models import Location, Part, StockBalance, StockMovement
from parts.stock.services import use_part
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, books_are_right, codes, ids, offline, online

pytestmark = pytest.mark.django_db


def line(part: Part, quantity: object = 1, **more: Any) -> dict[str, Any]:
    return {"part_id": str(part.pk), "quantity": str(quantity), **more}


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def stella(api, people):
    """The storekeeper's client."""
    return api(people.storekeeper)


@pytest.fixture
def receive(stella, store: Store):
    return lambda *lines, at=None: stella.post(
        "/api/v1/stock/receive", {"location_id": str((at or store.depot).pk), "lines": list(lines), "note": "order 7"}
    )


@pytest.fixture
def move(stella, store: Store):
    return lambda *lines, source=None, target=None: stella.post(
        "/api/v1/stock/move",
        {
            "from_location_id": str((source or store.depot).pk),
            "to_location_id": str((target or store.van).pk),
            "lines": list(lines),
        },
    )


@pytest.fixture
def reverse(stella):
    return lambda movement: stella.post(
        f"/api/v1/stock/movements/{getattr(movement, 'pk', movement)}/reverse", {"note": "wrong shelf"}
    )


def test_a_delivery_is_received_and_carried_to_a_van(stella, store: Store, receive, move):
    received = receive(line(store.valve, 10), line(store.hose, "2.5"), line(store.modem, serial="X1"))
    assert received.status_code == 201, received.content
    assert [movement["quantity"] for movement in received.json()] == ["10", "2.5", "1"]
    assert {movement["reason"] for movement in received.json()} == {"receive"}
    moved = move(line(store.valve, 4), line(store.modem, serial="X1"))
    assert moved.status_code == 201, moved.content
    assert store.on_hand(store.depot, store.valve) == 6
    assert store.on_hand(store.van, store.valve) == 4
    assert store.place_of(store.modem, "X1") == (store.van.code, "good")
    listed = stella.get("/api/v1/stock", {"location": str(store.van.pk)}).json()["results"]
    assert {(row["part"]["number"], row["quantity"]) for row in listed} == {("GAS-VLV-15", "4"), ("FIB-ONT", "1")}
    assert books_are_right()


def test_all_lines_are_posted_or_none(store: Store, receive, move):
    receive(line(store.valve, 3), line(store.hose, 1))
    short = move(line(store.valve, 2), line(store.hose, 2))
    assert refusal(short) == (409, "stock_short")
    assert (short.json()["part"], short.json()["available"]) == ("GAS-HOS", "1")
    assert store.on_hand(store.depot, store.valve) == 3
    twice = move(line(store.valve, 2), line(store.valve, 2))
    assert (refusal(twice), twice.json()["available"]) == ((409, "stock_short"), "1")
    assert store.on_hand(store.van, store.valve) == 0


@pytest.mark.parametrize("quantity", ["0", "-1", "100001", "0.5", "1e3000", "NaN", "much"])
def test_a_quantity_that_makes_no_sense_is_named_with_its_line(store: Store, receive, quantity: str):
    response = receive(line(store.valve, 1), line(store.valve, quantity))
    assert response.status_code == 400
    assert set(codes(response.json()["errors"])) == {"lines.1.quantity"}
    assert not StockMovement.objects.exists()


def test_other_mistakes_are_named_with_their_line(store: Store, receive, move):
    def culprit(response) -> dict[str, str]:
        assert response.status_code == 400, response.content
        return codes(response.json()["errors"])

    assert culprit(receive(line(store.modem))) == {"lines.0.serial": "serial_required"}
    assert culprit(move(line(store.modem))) == {"lines.0.serial": "serial_required"}
    assert culprit(receive(line(store.modem, serial="X1"), line(store.modem, serial="X1"))) == {
        "lines.1.serial": "serial_repeated"
    }
    assert culprit(receive(line(store.modem, 2, serial="X1"))) == {"lines.0.quantity": "quantity_not_valid"}
    assert culprit(receive(line(Part(pk=uuid7())))) == {"lines.0.part_id": "part_not_known"}
    assert set(culprit(receive())) == {"lines"}
    assert set(culprit(receive(*[line(store.valve)] * 501))) == {"lines"}
    assert not StockMovement.objects.exists()


def test_a_serial_is_not_received_twice(store: Store, receive):
    receive(line(store.modem, serial="X1"))
    again = receive(line(store.modem, serial="X1"), at=store.van)
    assert refusal(again) == (409, "serial_elsewhere")
    assert again.json()["location"] == "D-N"


def test_a_retired_part_is_not_received(store: Store, receive):
    Part.objects.filter(pk=store.valve.pk).update(status="retired")
    assert refusal(receive(line(store.valve))) == (409, "part_retired")


def test_faulty_stock_is_carried_back_as_faulty(people, store: Store, move):
    store.take_back(online(people.technician), store.van, store.valve, 2)
    assert refusal(move(line(store.valve), source=store.van, target=store.depot)) == (409, "stock_short")
    moved = move(line(store.valve, 2, condition="faulty"), source=store.van, target=store.depot)
    assert moved.status_code == 201
    assert store.on_hand(store.depot, store.valve, "faulty") == 2


def test_units_that_nobody_read_can_be_carried_away(people, store: Store, move):
    store.receive(store.van, store.modem, serial="X1")
    store.take_back(offline(people.technician), store.van, store.modem)  # the label was gone
    back = {"source": store.van, "target": store.depot}
    assert refusal(move(line(store.modem, 2, condition="faulty"), **back)) == (400, "serial_required")
    assert refusal(move(line(store.modem), **back)) == (400, "serial_required")  # X1 was read
    assert move(line(store.modem, condition="faulty"), **back).status_code == 201
    assert store.on_hand(store.depot, store.modem, "faulty") == 1
    assert books_are_right()


def test_a_request_sent_again_counts_once(store: Store, receive):
    delivery = [line(store.valve, 3, id=str(uuid7())), line(store.modem, serial="X1", id=str(uuid7()))]
    first, second = receive(*delivery), receive(*delivery)
    assert first.status_code == second.status_code == 201
    assert [row["id"] for row in first.json()] == [row["id"] for row in second.json()]
    assert store.on_hand(store.depot, store.valve) == 3
    other = receive(delivery[0] | {"quantity": "4"}, delivery[1])
    assert refusal(other) == (409, "id_taken")
    assert receive(delivery[0]).json() == first.json()[:1]
    assert refusal(receive(*[line(store.valve, id=str(uuid7()))] * 2)) == (409, "id_taken")
    assert refusal(receive(delivery[0], line(store.valve))) == (409, "id_taken")


def test_parts_stay_where_storekeepers_put_them(people, store: Store, receive, move):
    store.take_back(online(people.technician), store.van, store.valve)
    store.receive(store.depot, store.valve)
    assert refusal(move(line(store.valve), target=store.depot)) == (409, "same_location")
    scrap = Location.objects.create(code="SCRAP", name="Scrap", kind="scrap", territory=people.north)
    assert refusal(move(line(store.valve), target=scrap)) == (409, "location_not_stocked")
    Location.objects.filter(pk=store.van.pk).update(is_active=False)
    assert refusal(move(line(store.valve))) == (409, "location_closed")
    assert refusal(receive(line(store.valve), at=store.customer))[0] == 404


# Reversal


def test_a_mistake_is_reversed_and_stays_readable(stella, store: Store, receive, reverse):
    [wrong] = receive(line(store.valve, 10)).json()
    response = reverse(wrong["id"])
    assert response.status_code == 201, response.content
    assert (response.json()["reverses"], response.json()["note"]) == (wrong["id"], "wrong shelf")
    assert store.on_hand(store.depot, store.valve) == 0
    assert stella.get(f"/api/v1/stock/movements/{wrong['id']}").json()["reversed_by"] == response.json()["id"]
    assert refusal(reverse(wrong["id"])) == (409, "movement_reversed")
    assert refusal(reverse(response.json()["id"])) == (409, "movement_not_reversible")
    assert books_are_right()


def test_a_use_and_a_return_are_reversed_with_their_serials(people, store: Store, reverse):
    toms = online(people.technician)
    store.receive(store.van, store.modem, serial="X1")
    use = store.use(toms, store.van, store.modem, serial="X1")
    assert reverse(use).status_code == 201
    assert store.place_of(store.modem, "X1") == (store.van.code, "good")
    store.use(toms, store.van, store.modem, serial="X1")
    back = store.take_back(toms, store.van, store.modem, serial="X1")
    assert reverse(back).status_code == 201
    assert store.place_of(store.modem, "X1")[0] == "CUSTOMER"
    assert books_are_right()


def test_what_is_not_there_any_more_cannot_go_back(store: Store, receive, move, reverse):
    [wrong] = receive(line(store.valve, 10)).json()
    move(line(store.valve, 4))
    response = reverse(wrong["id"])
    assert (refusal(response), response.json()["available"]) == ((409, "stock_short"), "6")


def test_what_was_found_is_settled_and_not_reversed(people, store: Store, reverse):
    store.use(offline(people.technician), store.van, store.valve)
    assert refusal(reverse(StockMovement.objects.get(reason="found"))) == (409, "movement_not_reversible")


def test_a_reversal_needs_a_reason(stella, store: Store):
    movement = store.receive(store.depot, store.valve)
    response = stella.post(f"/api/v1/stock/movements/{movement.pk}/reverse", {"note": " "})
    assert codes(response.json()["errors"]) == {"note": "blank"}


# Who may


@pytest.mark.parametrize("role", ["technician", "dispatcher", "agent", "supervisor", "administrator"])
def test_only_storekeepers_move_stock(api, people, store: Store, role: str):
    movement = store.receive(store.van, store.valve)
    client = api(getattr(people, role))
    van = str(store.van.pk)
    receiving = client.post("/api/v1/stock/receive", {"location_id": van, "lines": [line(store.valve)]})
    assert refusal(receiving) == (403, "role_required")
    reversing = client.post(f"/api/v1/stock/movements/{movement.pk}/reverse", {"note": "no"})
    assert refusal(reversing) == (403, "role_required")


def test_a_storekeeper_of_elsewhere_finds_nothing(api, people, store: Store):
    movement = store.receive(store.depot, store.valve, 3)
    use = store.use(offline(people.technician), store.van, store.valve)
    client = api(store.southern_storekeeper)
    north, south = str(store.depot.pk), str(store.southern_depot.pk)
    lines = [line(store.valve)]
    assert client.post("/api/v1/stock/receive", {"location_id": north, "lines": lines}).status_code == 404
    for source, target in ((north, south), (south, north)):
        body = {"from_location_id": source, "to_location_id": target, "lines": lines}
        assert client.post("/api/v1/stock/move", body).status_code == 404
    assert client.post(f"/api/v1/stock/movements/{movement.pk}/reverse", {"note": "no"}).status_code == 404
    assert client.get(f"/api/v1/stock/movements/{use.pk}").status_code == 404
    assert ids(client.get("/api/v1/stock/movements")) == set()
    assert ids(client.get("/api/v1/stock")) == set()


def test_everybody_sees_the_stock_that_concerns_them(api, people, store: Store):
    for place in (store.depot, store.van, store.colleagues_van, store.southern_depot, store.central):
        store.receive(place, store.valve)
    north = {store.depot, store.van, store.colleagues_van, store.central}
    seen = {
        people.technician: {store.van},
        people.resident: set(),
        people.agent: north,
        people.dispatcher: north,
        people.storekeeper: north,
        people.southern_dispatcher: {store.southern_depot, store.central},
        people.administrator: north | {store.southern_depot},
    }
    for person, places in seen.items():
        client = api(person)
        rows = client.get("/api/v1/stock").json()["results"]
        assert {row["location"]["code"] for row in rows} == {place.code for place in places}, person
        movements = client.get("/api/v1/stock/movements").json()["results"]
        assert {row["to_location"]["code"] for row in movements} == {place.code for place in places}, person
        for balance in StockBalance.objects.select_related("location"):
            expected = 200 if balance.location in places else 404
            assert client.get(f"/api/v1/stock/{balance.pk}").status_code == expected
    assert api(None).get("/api/v1/stock").status_code == 401


# Lists


def test_balances_are_narrowed(stella, people, store: Store):
    store.receive(store.depot, store.valve, 10)
    store.receive(store.van, store.valve, 2)
    store.take_back(online(people.technician), store.van, store.hose, 1)

    def found(**query: object) -> set[tuple[str, str]]:
        rows = stella.get("/api/v1/stock", query).json()["results"]
        return {(row["location"]["code"], row["quantity"]) for row in rows}

    van = store.van.code
    assert found(part=store.valve.pk) == {("D-N", "10"), (van, "2")}
    assert found(below=5, part=store.valve.pk) == {(van, "2")}
    assert found(above=5) == {("D-N", "10")}
    assert found(condition="faulty") == {(van, "1")}
    assert found(kind="depot") == {("D-N", "10")}
    assert found(territory=people.south.pk) == set()
    assert found(search="hose") == {(van, "1")}
    assert [row["quantity"] for row in stella.get("/api/v1/stock", {"ordering": "-quantity"}).json()["results"]] == [
        "10",
        "2",
        "1",
    ]


def test_movements_are_narrowed(stella, people, store: Store):
    received = store.receive(store.van, store.modem, serial="X1")
    ticket, visit = uuid7(), uuid7()
    used = use_part(
        actor=online(people.technician),
        occurred_at=MORNING + timedelta(hours=2),
        location_id=store.van.pk,
        part_id=store.modem.pk,
        quantity=received.quantity,
        serial="X1",
        ticket_id=ticket,
        visit_id=visit,
    )
    other = store.receive(store.depot, store.valve)

    def found(**query: object) -> set[object]:
        return set(ids(stella.get("/api/v1/stock/movements", query)))

    assert found() == {received.pk, used.pk, other.pk}
    assert found(serial="X1") == {received.pk, used.pk}
    assert found(part=store.valve.pk) == {other.pk}
    assert found(location=store.van.pk) == {received.pk, used.pk}
    assert found(ticket=ticket) == found(visit=visit) == found(reason="use") == {used.pk}
    hour = (MORNING + timedelta(hours=1)).isoformat()
    assert found(occurred_after=hour) == {used.pk}
    assert found(occurred_before=hour) == {received.pk, other.pk}
    assert found(search="ball") == {other.pk}


@pytest.mark.parametrize(
    "path",
    [
        "parts?search=a",
        "locations",
        "stock?search=a",
        "stock/movements",
        "stock/movements?location={van}",
        "discrepancies",
    ],
)
def test_a_list_costs_the_same_however_long_it_is(stella, people, store: Store, path: str):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert stella.get(f"/api/v1/{path.format(van=store.van.pk)}").status_code == 200
        return len(captured)

    toms = offline(people.technician)
    store.use(toms, store.van, store.valve)
    few = queries()
    for number in range(20):
        part = Part.objects.create(number=f"P{number}", name="Another valve")
        store.use(toms, store.van, part)
        store.van_for(User.objects.create_user(f"driver{number}"))
    assert queries() == few <= 5
