"""Parts sent from a depot to a van: dispatched by the storekeeper, received by the technician, counted once."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from notifications.models import Notice
from parts.locations.services import change_location
from parts.models import Discrepancy, Location, StockMovement, Transfer, TransferReceipt
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, books_are_right, codes, ids, online
from tests.people import People
from tests.phone import fresh_phone

pytestmark = pytest.mark.django_db


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def stella(api, people: People):
    """The storekeeper's client."""
    return api(people.storekeeper)


@pytest.fixture
def draft(stella, store: Store):
    """A transfer from the depot to the technician's van, as the storekeeper writes it."""

    def write(*lines: dict[str, Any], target: Location | None = None) -> dict[str, Any]:
        for line in lines:
            store.receive(store.depot, line["part"], line.get("quantity", 1), line.get("serial", ""))
        body = {
            "from_location_id": str(store.depot.pk),
            "to_location_id": str((target or store.van).pk),
            "lines": [line | {"part": None, "part_id": str(line["part"].pk)} for line in lines],
        }
        response = stella.post("/api/v1/transfers", body)
        assert response.status_code == 201, response.content
        transfer: dict[str, Any] = response.json()
        return transfer

    return write


@pytest.fixture
def sent(draft, stella):
    """The same, dispatched."""

    def send(*lines: dict[str, Any], target: Location | None = None) -> dict[str, Any]:
        transfer = draft(*lines, target=target)
        response = stella.post(f"/api/v1/transfers/{transfer['id']}/dispatch")
        assert response.status_code == 200, response.content
        dispatched: dict[str, Any] = response.json()
        return dispatched

    return send


@pytest.fixture
def valves(sent, store: Store) -> dict[str, Any]:
    """Five valves on their way to the technician."""
    transfer: dict[str, Any] = sent({"part": store.valve, "quantity": "5"})
    return transfer


def words(transfer: dict[str, Any], *quantities: object, **more: Any) -> dict[str, Any]:
    """What a receipt says: so much of each line."""
    lines = [
        {"line_id": line["id"], "quantity": str(quantity), **more}
        for line, quantity in zip(transfer["lines"], quantities, strict=True)
    ]
    return {"lines": lines}


def receive(client, transfer: dict[str, Any], *quantities: object, **more: Any):
    return client.post(f"/api/v1/transfers/{transfer['id']}/receive", words(transfer, *quantities, **more))


def tells(phone, transfer: dict[str, Any], *quantities: object, **more: Any) -> None:
    phone.does("transfer.receive", hours_ago=2, transfer_id=transfer["id"], **words(transfer, *quantities, **more))


def in_transit(store: Store) -> Location:
    return Location.objects.get(kind="in_transit")


def state(transfer: dict[str, Any]) -> str:
    return Transfer.objects.get(pk=transfer["id"]).status


# The usual way


def test_parts_are_in_transit_between_dispatch_and_receipt(draft, stella, people, phone, store: Store):
    transfer = draft({"part": store.valve, "quantity": "5"}, {"part": store.modem, "serial": "X1", "quantity": "1"})
    assert (transfer["status"], store.on_hand(store.depot, store.valve)) == ("draft", Decimal(5))
    handset = phone(people.technician)
    handset.pull()
    assert handset.collection("transfers") == {}  # nothing is sent yet

    stella.post(f"/api/v1/transfers/{transfer['id']}/dispatch")
    assert store.on_hand(store.depot, store.valve) == 0
    assert store.on_hand(in_transit(store), store.valve) == 5
    handset.pull()
    document = handset.document("transfers", transfer["id"])
    assert (document["status"], document["from_location_name"]) == ("dispatched", "Northern depot")
    assert Notice.objects.get(kind="transfer_dispatched").user == people.technician

    tells(handset, document, 5, 1)
    assert handset.push(reply_is_lost=True) == []
    assert handset.push() == ["applied"]
    assert state(transfer) == "received"
    assert store.on_hand(store.van, store.valve) == 5
    assert store.place_of(store.modem, "X1") == (store.van.code, "good")
    assert store.on_hand(in_transit(store), store.valve) == 0
    assert not Discrepancy.objects.exists()
    handset.pull()
    assert handset.document("transfers", transfer["id"])["lines"][0]["arrived"] == "5"
    assert handset.replica() == fresh_phone(people.technician).replica()
    assert books_are_right()


def test_a_draft_is_changed_before_it_leaves(draft, stella, store: Store):
    transfer = draft({"part": store.valve, "quantity": "5"}, {"part": store.modem, "quantity": "1", "serial": "X1"})
    change = [{"part_id": str(store.modem.pk), "quantity": "2"}]
    path = f"/api/v1/transfers/{transfer['id']}"
    changed = stella.patch(path, {"lines": change, "note": "with the morning van"}).json()
    assert ([line["quantity"] for line in changed["lines"]], changed["note"]) == (["2"], "with the morning van")
    nameless = stella.post(f"{path}/dispatch")
    assert codes(nameless.json()["errors"]) == {"lines.0.serial": "serial_required"}
    assert stella.patch(path, {"lines": [change[0] | {"quantity": "1", "serial": "X1"}]}).status_code == 200
    assert stella.post(f"{path}/dispatch").status_code == 200
    assert stella.post(f"{path}/dispatch").status_code == 200  # the first reply was lost
    assert refusal(stella.patch(path, {"note": "late"})) == (409, "transfer_transition_not_allowed")
    assert StockMovement.objects.filter(reason="send").count() == 1


def test_nothing_is_sent_that_is_not_there(draft, stella, store: Store):
    transfer = draft({"part": store.valve, "quantity": "5"})
    store.move(store.depot, store.colleagues_van, store.valve, 1)
    short = stella.post(f"/api/v1/transfers/{transfer['id']}/dispatch")
    assert (refusal(short), short.json()["available"]) == ((409, "stock_short"), "4")
    assert state(transfer) == "draft"


def test_a_transfer_is_cancelled_until_something_has_arrived(valves, draft, stella, api, people, store: Store):
    path = f"/api/v1/transfers/{valves['id']}/cancel"
    assert codes(stella.post(path, {}).json()["errors"]) == {"reason": "required"}
    for _ in range(2):
        assert stella.post(path, {"reason": "the van broke down"}).json()["status"] == "cancelled"
    assert store.on_hand(store.depot, store.valve) == 5
    assert refusal(receive(api(people.technician), valves, 5)) == (409, "transfer_transition_not_allowed")
    other = draft({"part": store.hose, "quantity": "2"})
    assert stella.post(f"/api/v1/transfers/{other['id']}/cancel", {"reason": "twice"}).status_code == 200
    assert books_are_right()


def test_once_something_has_arrived_it_is_not_cancelled(valves, stella, api, people):
    receive(api(people.technician), valves, 2, reason="the box was open")
    response = stella.post(f"/api/v1/transfers/{valves['id']}/cancel", {"reason": "no"})
    assert refusal(response) == (409, "transfer_transition_not_allowed")
    assert response.json()["allowed"] == ["receive"]


def test_a_transfer_sent_again_under_its_id_is_the_same(stella, store: Store):
    body = {
        "id": str(uuid7()),
        "from_location_id": str(store.depot.pk),
        "to_location_id": str(store.van.pk),
        "lines": [{"part_id": str(store.valve.pk), "quantity": "1"}],
    }
    assert [stella.post("/api/v1/transfers", body).status_code for _ in range(2)] == [201, 201]
    assert Transfer.objects.count() == 1
    other = body | {"to_location_id": str(store.colleagues_van.pk)}
    assert refusal(stella.post("/api/v1/transfers", other)) == (409, "id_taken")


# Counted once


def test_two_phones_and_the_desk_receive_it_and_it_counts_once(valves, stella, people, phone, store: Store):
    first, second = phone(people.technician), phone(people.technician)
    for handset in (first, second):
        handset.pull()
        tells(handset, valves, 5)
        tells(handset, valves, 5)
    assert receive(stella, valves, 5).json()["status"] == "received"
    assert first.push() == second.push() == ["applied", "applied"]
    assert store.on_hand(store.van, store.valve) == 5
    assert TransferReceipt.objects.count() == 5  # each of them said so
    assert not Discrepancy.objects.exists()
    assert books_are_right()


def test_a_receipt_with_an_id_of_its_own_is_kept_once(valves, draft, api, people, store: Store):
    tom = api(people.technician)
    body = {"id": str(uuid7()), **words(valves, 5)}
    for _ in range(2):
        assert tom.post(f"/api/v1/transfers/{valves['id']}/receive", body).status_code == 200
    assert TransferReceipt.objects.get().pk == UUID(body["id"])
    assert store.on_hand(store.van, store.valve) == 5


def test_a_second_delivery_brings_the_rest(valves, people, phone, store: Store):
    handset = phone(people.technician)
    handset.pull()
    tells(handset, valves, 3, reason="one box only")
    assert handset.push() == ["applied"]
    assert state(valves) == "partly_received"
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity, discrepancy.reason) == ("short_receipt", Decimal(2), "one box only")
    assert discrepancy.owner == people.storekeeper
    assert store.on_hand(in_transit(store), store.valve) == 2
    tells(handset, valves, 5)
    assert handset.push() == ["applied"]
    assert state(valves) == "received"
    assert store.on_hand(store.van, store.valve) == 5
    discrepancy.refresh_from_db()
    assert (discrepancy.status, discrepancy.settlement) == ("settled", "explained_by_receipt")
    assert books_are_right()


def test_a_smaller_number_than_somebody_else_said_is_another_story(valves, stella, people, phone, store: Store):
    handset = phone(people.technician)
    handset.pull()
    receive(stella, valves, 5)
    for _ in range(2):
        tells(handset, valves, 4, reason="counted twice")
    assert handset.push() == ["applied", "applied"]
    assert store.on_hand(store.van, store.valve) == 5
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity, discrepancy.reason) == (
        "receipt_differs",
        Decimal(1),
        "counted twice",
    )
    settle = f"/api/v1/discrepancies/{discrepancy.pk}/settle"
    refused = stella.post(settle, {"settlement": "explained_by_receipt", "note": "?"})
    assert (refusal(refused), refused.json()["allowed"]) == (
        (409, "settlement_not_possible"),
        ["accepted", "written_off"],
    )
    assert stella.post(settle, {"settlement": "written_off", "note": "gone"}).status_code == 200
    assert store.on_hand(store.van, store.valve) == 4
    assert books_are_right()


# What does not fit


@pytest.mark.parametrize(("settlement", "at_the_depot"), [("returned", 2), ("written_off", 0)])
def test_what_is_missing_stays_in_transit_until_it_is_settled(
    valves, stella, people, phone, store: Store, settlement: str, at_the_depot: int
):
    handset = phone(people.technician)
    tells(handset, valves, 3)
    assert handset.push() == ["applied"]
    assert store.on_hand(in_transit(store), store.valve) == 2
    discrepancy = Discrepancy.objects.get()
    settle = f"/api/v1/discrepancies/{discrepancy.pk}/settle"
    assert stella.post(settle, {"settlement": "accepted", "note": "?"}).json()["allowed"] == [
        "returned",
        "written_off",
    ]
    assert stella.post(settle, {"settlement": settlement, "note": "asked the driver"}).status_code == 200
    assert state(valves) == "received"
    assert store.on_hand(in_transit(store), store.valve) == 0
    assert store.on_hand(store.depot, store.valve) == at_the_depot
    assert books_are_right()
    tells(handset, valves, 5)  # and then it lies under the seat after all
    assert handset.push() == ["applied"]
    assert store.on_hand(store.van, store.valve) == 5
    assert Discrepancy.objects.get(status="open").kind == "surplus_receipt"
    assert books_are_right()


def test_what_arrives_damaged_is_faulty_and_has_a_reason(valves, api, people, store: Store):
    tom = api(people.technician)
    nameless = receive(tom, valves, 5, damaged="2")
    assert codes(nameless.json()["errors"]) == {"lines.0.reason": "reason_required"}
    for _ in range(2):
        assert receive(tom, valves, 5, damaged="2", reason="wet").json()["status"] == "received"
    assert store.on_hand(store.van, store.valve) == 3
    assert store.on_hand(store.van, store.valve, "faulty") == 2
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity, discrepancy.reason) == ("damaged", Decimal(2), "wet")
    assert books_are_right()


def test_a_unit_that_arrives_damaged_stays_the_same_unit(sent, people, phone, store: Store):
    transfer = sent({"part": store.modem, "serial": "X1", "quantity": "1"}, {"part": store.valve, "quantity": "1"})
    handset = phone(people.technician)
    tells(handset, transfer, 1, 1, damaged="1")
    assert handset.push() == ["applied"], handset.answers
    assert store.place_of(store.modem, "X1") == (store.van.code, "faulty")
    assert {row.serial for row in Discrepancy.objects.filter(kind="damaged")} == {"X1", ""}
    assert books_are_right()


def test_more_than_was_sent_is_found_and_somebody_owns_the_question(valves, people, phone, store: Store):
    handset = phone(people.technician)
    for _ in range(2):
        tells(handset, valves, 7)
    assert handset.push() == ["applied", "applied"]
    assert store.on_hand(store.van, store.valve) == 7
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity) == ("surplus_receipt", Decimal(2))
    assert books_are_right()


def test_another_unit_in_the_box_is_kept_and_the_one_that_was_sent_stays_on_the_way(sent, people, phone, store: Store):
    transfer = sent({"part": store.modem, "serial": "X1", "quantity": "1"})
    handset = phone(people.technician)
    for _ in range(2):
        tells(handset, transfer, 1, serial="X9", reason="the label says X9")
    assert handset.push() == ["applied", "applied"]
    assert store.place_of(store.modem, "X9") == (store.van.code, "good")
    assert store.place_of(store.modem, "X1") == (in_transit(store).code, "good")
    assert set(Discrepancy.objects.values_list("kind", "serial")) == {
        ("surplus_receipt", "X9"),
        ("short_receipt", "X1"),
    }
    assert store.on_hand(store.van, store.modem) == 1
    assert books_are_right()


def test_what_arrives_although_it_was_cancelled_is_kept_as_it_happened(valves, stella, people, phone, store: Store):
    handset = phone(people.technician)
    handset.pull()
    stella.post(f"/api/v1/transfers/{valves['id']}/cancel", {"reason": "twice"})
    for _ in range(2):
        tells(handset, valves, 5)
    assert handset.push() == ["applied", "applied"]
    assert store.on_hand(store.van, store.valve) == 5
    assert store.on_hand(store.depot, store.valve) == 0
    assert Discrepancy.objects.get().kind == "cancelled_transfer"
    assert state(valves) == "cancelled"
    assert books_are_right()


def test_what_was_cancelled_and_sent_elsewhere_meanwhile_is_still_kept(valves, stella, people, phone, store: Store):
    handset = phone(people.technician)
    handset.pull()
    stella.post(f"/api/v1/transfers/{valves['id']}/cancel", {"reason": "twice"})
    store.move(store.depot, store.colleagues_van, store.valve, 5)
    tells(handset, valves, 5)
    assert handset.push() == ["applied"]
    assert store.on_hand(store.van, store.valve) == 5
    assert StockMovement.objects.get(reason="found").quantity == 5
    assert books_are_right()


def test_a_van_given_away_meanwhile_still_receives_what_its_driver_took(valves, people, phone, store: Store):
    handset = phone(people.technician)
    handset.pull()
    change_location(
        actor=online(people.administrator),
        occurred_at=MORNING,
        location_id=store.van.pk,
        keeper_id=people.colleague.pk,
    )
    tells(handset, valves, 5)
    assert handset.push() == ["applied"]
    assert TransferReceipt.objects.get().flags == ["not_keeper"]
    assert store.on_hand(store.van, store.valve) == 5
    handset.pull()
    assert handset.collection("transfers") == {}
    assert set(fresh_phone(people.colleague).collection("transfers")) == {valves["id"]}


def test_a_movement_of_a_transfer_is_not_reversed_by_itself(valves, stella):
    movement = StockMovement.objects.get(reason="send")
    response = stella.post(f"/api/v1/stock/movements/{movement.pk}/reverse", {"note": "no"})
    assert refusal(response) == (409, "movement_not_reversible")


def test_a_provisional_part_that_was_merged_on_the_way_arrives_as_what_it_is(sent, stella, api, people, store: Store):
    transfer = sent({"part": store.unheard_of, "quantity": "2"})
    stella.post(f"/api/v1/parts/{store.unheard_of.pk}/merge", {"into_id": str(store.valve.pk)})
    assert receive(api(people.technician), transfer, 2).status_code == 200
    assert store.on_hand(store.van, store.valve) == 2
    assert books_are_right()


# Bad input


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ({"quantity": "-1"}, "quantity", "min_value"),
        ({"quantity": "NaN"}, "quantity", "invalid"),
        ({"quantity": "1e400"}, "quantity", "max_digits"),
        ({"quantity": "0.5"}, "quantity", "quantity_not_valid"),
        ({"quantity": "100001"}, "quantity", "quantity_not_valid"),
        ({"quantity": "1", "damaged": "2"}, "damaged", "quantity_not_valid"),
        ({"quantity": "5", "line_id": "019abcde-0000-7000-8000-000000000000"}, "line_id", "transfer_line_unknown"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place_and_changes_nothing(
    valves, api, people, phone, line: dict[str, str], field: str, code: str
):
    word = {"line_id": valves["lines"][0]["id"], "reason": "x", **line}
    response = api(people.technician).post(f"/api/v1/transfers/{valves['id']}/receive", {"lines": [word]})
    assert response.status_code == 400, response.content
    assert set(codes(response.json()["errors"])) == {f"lines.0.{field}"}
    handset = phone(people.technician)
    handset.does("transfer.receive", transfer_id=valves["id"], lines=[word])
    assert handset.push() == ["refused"]
    assert state(valves) == "dispatched"
    assert not TransferReceipt.objects.exists()


def test_a_line_is_named_once(valves, api, people):
    line = words(valves, 5)["lines"][0]
    response = api(people.technician).post(f"/api/v1/transfers/{valves['id']}/receive", {"lines": [line, line]})
    assert codes(response.json()["errors"]) == {"lines.1.line_id": "transfer_line_repeated"}


def test_a_receipt_of_an_id_that_belongs_to_another_transfer_is_refused(sent, api, people, store: Store):
    first, second = sent({"part": store.valve, "quantity": "1"}), sent({"part": store.hose, "quantity": "1"})
    tom, receipt = api(people.technician), {"id": str(uuid7())}
    assert tom.post(f"/api/v1/transfers/{first['id']}/receive", receipt | words(first, 1)).status_code == 200
    taken = tom.post(f"/api/v1/transfers/{second['id']}/receive", receipt | words(second, 1))
    assert refusal(taken) == (409, "id_taken")


# Who may


def test_only_whoever_keeps_the_place_receives(valves, api, people, phone, store: Store):
    assert refusal(receive(api(people.dispatcher), valves, 5)) == (403, "not_your_stock")
    for person in (people.colleague, store.southern_storekeeper, people.resident):
        assert refusal(receive(api(person), valves, 5)) == (404, "not_found")
        assert ids(api(person).get("/api/v1/transfers")) == set()
        assert fresh_phone(person).collection("transfers") == {}
        stranger = phone(person)
        tells(stranger, valves, 5)
        stranger.push()
    assert state(valves) == "dispatched"


def test_a_storekeeper_who_only_sends_does_not_receive_for_the_other(stella, people, store: Store):
    """The central store is everybody's; the depot in the south is not."""
    store.receive(store.central, store.valve, 5)
    southern = {
        "from_location_id": str(store.central.pk),
        "to_location_id": str(store.southern_depot.pk),
        "lines": [{"part_id": str(store.valve.pk), "quantity": "1"}],
    }
    assert refusal(stella.post("/api/v1/transfers", southern)) == (404, "not_found")


def test_a_storekeeper_carries_the_transfers_of_the_territory(valves, people):
    assert set(fresh_phone(people.storekeeper).collection("transfers")) == {valves["id"]}
    assert fresh_phone(people.dispatcher).collection("transfers") == {}


def test_the_list_is_narrowed(valves, stella, people, store: Store):
    def found(**query: object) -> set[UUID]:
        return ids(stella.get("/api/v1/transfers", query))

    one = {UUID(valves["id"])}
    assert found(status="dispatched") == found(part=store.valve.pk) == found(territory=people.north.pk) == one
    assert found(from_location=store.depot.pk, to_location=store.van.pk) == found(search="d-n") == one
    assert found(status="received") == found(part=store.hose.pk) == found(territory=people.south.pk) == set()
    assert found(created_after="2100-01-01T00:00:00Z") == set()


def test_a_list_of_transfers_costs_the_same_however_long_it_is(sent, stella, store: Store):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert stella.get("/api/v1/transfers").status_code == 200
        return len(captured)

    receive(stella, sent({"part": store.valve, "quantity": "1"}), 1)
    few = queries()
    for number in range(4):
        van = store.van_for(User.objects.create_user(f"driver{number}"))
        receive(stella, sent({"part": store.valve, "quantity": "1"}, target=van), 1)
    assert queries() == few <= 8
