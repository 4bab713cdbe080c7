"""What was approved is picked, sent in one go or several, from one depot or several; or the rest does not follow."""

from decimal import Decimal
from typing import Any

import pytest

from notifications.models import Notice
from parts.models import Part, Requisition, Transfer
from parts.requisitions.services import approve_requisition, submit_requisition
from parts.transfers.receiving import receive_transfer
from sync.ids import uuid7
from tests.parts.store import MORNING, Store, books_are_right, codes, online
from tests.phone import fresh_phone
from tests.statements import sent

pytestmark = [pytest.mark.django_db, pytest.mark.at(MORNING)]


@pytest.fixture
def stella(api, people):
    return api(people.storekeeper)


@pytest.fixture
def approved(people, store: Store) -> Requisition:
    """Ten valves and two modems for the technician's van."""
    requisition = submit_requisition(
        actor=online(people.technician),
        occurred_at=MORNING,
        location_id=store.van.pk,
        depot_id=store.depot.pk,
        lines=[
            {"part_id": store.valve.pk, "quantity": Decimal(10)},
            {"part_id": store.modem.pk, "quantity": Decimal(2)},
        ],
    )
    approve_requisition(actor=online(people.storekeeper), occurred_at=MORNING, requisition_id=requisition.pk)
    return requisition


def release(stella, requisition: Requisition, *lines: dict[str, Any], **body: Any):
    if lines:
        body["lines"] = list(lines)
    return stella.post(f"/api/v1/requisitions/{requisition.pk}/release", body)


def some(part: Part, quantity: object, **more: Any) -> dict[str, Any]:
    return {"part_id": str(part.pk), "quantity": str(quantity), **more}


def state(requisition: Requisition) -> str:
    return Requisition.objects.get(pk=requisition.pk).status


def arrives(transfer: Transfer, people) -> None:
    lines = [{"line_id": line.pk, "quantity": line.quantity} for line in transfer.lines.all()]
    receive_transfer(actor=online(people.technician), occurred_at=MORNING, transfer_id=transfer.pk, lines=lines)


def test_it_comes_from_two_depots_and_is_closed_when_all_has_arrived(stella, people, approved, store: Store):
    store.receive(store.depot, store.valve, 6)
    store.receive(store.central, store.valve, 9)
    store.receive(store.central, store.modem, serial="X1")
    store.receive(store.central, store.modem, serial="X2")
    first = release(stella, approved, some(store.valve, 6)).json()
    assert (first["status"], [line["sent"] for line in first["lines"]]) == ("approved", ["6", "0"])
    units = [some(store.modem, 1, serial=serial) for serial in ("X1", "X2")]
    second = release(stella, approved, some(store.valve, 4), *units, from_location_id=str(store.central.pk)).json()
    assert (second["status"], [line["sent"] for line in second["lines"]]) == ("released", ["10", "2"])
    for transfer in Transfer.objects.order_by("created_at"):
        assert state(approved) == "released"
        assert stella.post(f"/api/v1/transfers/{transfer.pk}/dispatch").status_code == 200
        arrives(transfer, people)
    assert state(approved) == "closed"
    assert store.on_hand(store.van, store.valve) == 10
    assert books_are_right()
    phone = fresh_phone(people.technician)
    [document] = phone.collection("requisitions").values()
    assert document["status"] == "closed"


def test_what_is_released_without_a_word_is_what_is_still_to_come(stella, approved, store: Store):
    release(stella, approved, some(store.valve, 7))
    release(stella, approved)
    drafts = [draft.lines.all() for draft in Transfer.objects.order_by("pk")]
    sent_by = [[f"{line.quantity.normalize():f} {line.part.number}" for line in lines] for lines in drafts]
    assert sent_by == [["7 GAS-VLV-15"], ["3 GAS-VLV-15", "2 FIB-ONT"]]
    again = release(stella, approved)
    assert (again.status_code, again.json()["code"]) == (409, "requisition_transition_not_allowed")


def test_nobody_sends_more_than_was_approved_or_what_nobody_asked_for(stella, approved, store: Store):
    release(stella, approved, some(store.valve, 7))
    more = release(stella, approved, some(store.valve, 4))
    assert codes(more.json()["errors"]) == {"lines.0.quantity": "more_than_approved"}
    assert more.json()["left"] == "3"
    twice = release(stella, approved, some(store.valve, 2), some(store.valve, 2))
    assert codes(twice.json()["errors"]) == {"lines.1.quantity": "more_than_approved"}
    other = release(stella, approved, some(store.hose, 1))
    assert codes(other.json()["errors"]) == {"lines.0.part_id": "not_asked_for"}
    draft = Transfer.objects.get()
    path = f"/api/v1/transfers/{draft.pk}"
    assert codes(stella.patch(path, {"lines": [some(store.valve, 11)]}).json()["errors"]) == {
        "lines.0.quantity": "more_than_approved"
    }
    assert stella.patch(path, {"lines": [some(store.valve, 10)]}).status_code == 200


def test_what_was_not_there_when_it_was_picked_may_follow(stella, people, approved, store: Store):
    store.receive(store.depot, store.valve, 9)
    release(stella, approved)
    assert state(approved) == "released"
    draft = Transfer.objects.get()
    stella.patch(f"/api/v1/transfers/{draft.pk}", {"lines": [some(store.valve, 9)]})
    assert state(approved) == "approved"
    stella.post(f"/api/v1/transfers/{draft.pk}/dispatch")
    arrives(draft, people)
    assert state(approved) == "approved", "one valve and two modems are still to come"
    rest = release(stella, approved).json()
    assert [line["sent"] for line in rest["lines"]] == ["10", "2"]


def test_the_rest_does_not_follow_once_somebody_has_said_so_and_whoever_asked_hears_why(
    stella, people, approved, store: Store
):
    store.receive(store.depot, store.valve, 9)
    release(stella, approved, some(store.valve, 9))
    path = f"/api/v1/requisitions/{approved.pk}/drop-rest"
    assert codes(stella.post(path, {}).json()["errors"]) == {"reason": "required"}
    assert stella.post(path, {"reason": "No longer made."}).json()["status"] == "released"
    told = Notice.objects.filter(kind="requisition_decided", user=people.technician).latest("pk")
    assert (told.body, "未发部分" in told.title_zh) == ("No longer made.", True)
    draft = Transfer.objects.get()
    stella.post(f"/api/v1/transfers/{draft.pk}/dispatch")
    arrives(draft, people)
    closed = stella.get(f"/api/v1/requisitions/{approved.pk}").json()
    assert (closed["status"], closed["drop_reason"]) == ("closed", "No longer made.")


def test_of_what_was_never_sent_the_rest_is_all(stella, approved):
    body = {"reason": "The depot burned down."}
    assert stella.post(f"/api/v1/requisitions/{approved.pk}/drop-rest", body).json()["status"] == "closed"
    assert stella.post(f"/api/v1/requisitions/{approved.pk}/drop-rest", body).status_code == 409


def test_what_is_partly_on_its_way_is_not_withdrawn(stella, api, people, approved, store: Store):
    release(stella, approved, some(store.valve, 1))
    refused = api(people.technician).post(f"/api/v1/requisitions/{approved.pk}/cancel")
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["release", "drop_rest"])
    stella.post(f"/api/v1/transfers/{Transfer.objects.get().pk}/cancel", {"reason": "not yet"})
    assert api(people.technician).post(f"/api/v1/requisitions/{approved.pk}/cancel").json()["status"] == "cancelled"


# The pick list


def test_the_pick_list_says_what_to_take_what_is_missing_and_what_there_is_instead(stella, approved, store: Store):
    newer = Part.objects.create(number="GAS-VLV-16", name="Better valve", price=Decimal(30))
    Part.objects.filter(pk=store.valve.pk).update(status="superseded", superseded_by=newer)
    store.receive(store.depot, store.valve, 8)
    store.receive(store.depot, newer, 3)
    store.receive(store.depot, store.modem, serial="X2")
    store.receive(store.depot, store.modem, serial="X1")
    release(stella, approved)
    path = f"/api/v1/transfers/{Transfer.objects.get().pk}"
    modem, valve = stella.get(f"{path}/pick-list").json()
    assert (modem["part"]["number"], modem["on_hand"], modem["missing"]) == ("FIB-ONT", "2", "0")
    assert (modem["units"], modem["instead"]) == (["X1", "X2"], [])
    assert (valve["quantity"], valve["on_hand"], valve["missing"]) == ("10", "8", "2")
    assert [(other["part"]["number"], other["on_hand"]) for other in valve["instead"]] == [("GAS-VLV-16", "3")]

    picked = [
        some(store.valve, 8),
        some(newer, 2),
        some(store.modem, 1, serial="X1"),
        some(store.modem, 1, serial="X2"),
    ]
    assert stella.patch(path, {"lines": picked}).status_code == 200
    assert {line["missing"] for line in stella.get(f"{path}/pick-list").json()} == {"0"}
    assert stella.post(f"{path}/dispatch").status_code == 200
    assert state(approved) == "released"


def test_two_lines_of_one_part_share_what_is_there(stella, store: Store):
    store.receive(store.depot, store.valve, 5)
    body = {
        "from_location_id": str(store.depot.pk),
        "to_location_id": str(store.van.pk),
        "lines": [some(store.valve, 3), some(store.valve, 3), some(store.modem, 1, serial="X9")],
    }
    draft = stella.post("/api/v1/transfers", body).json()
    lines = stella.get(f"/api/v1/transfers/{draft['id']}/pick-list").json()
    assert [(line["on_hand"], line["missing"]) for line in lines] == [("0", "1"), ("5", "0"), ("2", "1")]


def test_a_long_pick_list_costs_what_a_short_one_costs(stella, store: Store):
    def statements(parts: int) -> int:
        lines = []
        for number in range(parts):
            part = Part.objects.create(number=f"P-{number}-{uuid7()}", name="Part")
            lines.append(some(part, 1))
        body = {"from_location_id": str(store.depot.pk), "to_location_id": str(store.van.pk), "lines": lines}
        path = f"/api/v1/transfers/{stella.post('/api/v1/transfers', body).json()['id']}/pick-list"
        with sent() as found:
            assert len(stella.get(path).json()) == parts
        return len(found)

    statements(1)
    assert statements(1) == statements(6) <= 8


def test_an_unknown_transfer_has_no_pick_list(stella):
    assert stella.get(f"/api/v1/transfers/{uuid7()}/pick-list").status_code == 404
