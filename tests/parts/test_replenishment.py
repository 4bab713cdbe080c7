"""Vans and depots are filled up to their levels: it is proposed by itself, and a storekeeper says how much of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fieldsvc.time import now, time_is
from notifications.models import Notice
from parts.jobs import propose_replenishment
from parts.levels.services import set_levels
from parts.models import Location, Part, Requisition, StockLevel, Transfer
from parts.requisitions.services import submit_requisition
from parts.transfers.receiving import receive_transfer
from sync.commands import Actor
from tests.parts.store import MORNING, Store, codes, ids, online
from tests.phone import fresh_phone
from tests.statements import sent

pytestmark = [pytest.mark.django_db, pytest.mark.at(MORNING)]

LEVELS = "/api/v1/stock/levels"


@pytest.fixture
def stella(api, people):
    return api(people.storekeeper)


def level(part: Part, par: object, minimum: object = None) -> dict[str, Any]:
    return {"part_id": str(part.pk), "par": par, "minimum": minimum}


def keep_at(location: Location, part: Part, par: int, minimum: int | None = None) -> None:
    lines = [{"part_id": part.pk, "par": Decimal(par), "minimum": minimum and Decimal(minimum)}]
    set_levels(actor=Actor.system(), occurred_at=MORNING, location_id=location.pk, lines=lines)


@pytest.fixture
def van(people, store: Store) -> Location:
    """A van that is to hold ten valves and two modems, and has four valves; the depot has enough of both."""
    assert people.storekeeper
    keep_at(store.van, store.valve, 10)
    keep_at(store.van, store.modem, 2, 1)
    store.receive(store.van, store.valve, 4)
    store.receive(store.depot, store.valve, 50)
    return store.van


def proposed(location: Location) -> dict[str, Decimal]:
    propose_replenishment()
    proposal = Requisition.objects.filter(location=location, status="proposed").first()
    return {} if proposal is None else dict(proposal.lines.values_list("part__number", "quantity"))


# Levels


def test_a_storekeeper_says_how_much_is_to_lie_there_and_sees_what_is_missing(stella, store: Store):
    store.receive(store.van, store.valve, 4)
    body = {"location_id": str(store.van.pk), "lines": [level(store.valve, "10"), level(store.hose, "5.5", "2")]}
    assert stella.post(f"{LEVELS}/set", body).status_code == 200
    shown = stella.get(LEVELS, {"location": store.van.pk, "part": store.valve.pk}).json()["results"]
    assert [(row["minimum"], row["par"], row["on_hand"], row["lacking"]) for row in shown] == [("10", "10", "4", "6")]
    body["lines"] = [level(store.valve, "8", "3")]
    [changed] = stella.post(f"{LEVELS}/set", body).json()
    assert (changed["minimum"], changed["lacking"]) == ("3", "0"), "four are enough as long as three will do"
    stella.post(f"{LEVELS}/set", body | {"lines": [level(store.valve, None)]})
    assert StockLevel.objects.get().part == store.hose


def test_a_level_that_makes_no_sense_is_named_with_its_line(stella, store: Store):
    def refused(*lines: dict[str, Any]) -> dict[str, str]:
        answer = stella.post(f"{LEVELS}/set", {"location_id": str(store.van.pk), "lines": list(lines)})
        assert answer.status_code == 400, answer.content
        return codes(answer.json()["errors"])

    fine = level(store.hose, "1")
    assert refused(fine, level(store.valve, "2", "3")) == {"lines.1.minimum": "minimum_above_par"}
    assert refused(level(store.valve, "1.5")) == {"lines.0.par": "quantity_not_valid"}
    assert refused(level(store.valve, "-1")) == {"lines.0.par": "quantity_not_valid"}
    assert refused(fine, fine) == {"lines.1.part_id": "part_twice"}
    assert refused({"part_id": str(store.van.pk), "par": "1"}) == {"lines.0.part_id": "part_not_known"}
    assert not StockLevel.objects.exists()
    with pytest.raises(IntegrityError, match="level_adds_up"), transaction.atomic():
        StockLevel.objects.create(location=store.van, part=store.valve, minimum=3, par=2)


def test_who_keeps_no_store_there_sets_no_level(api, people, store: Store, van):
    body = {"location_id": str(store.van.pk), "lines": [level(store.valve, "1")]}
    assert api(people.technician).post(f"{LEVELS}/set", body).status_code == 403
    assert api(store.southern_storekeeper).post(f"{LEVELS}/set", body).status_code == 404
    assert len(ids(api(people.technician).get(LEVELS))) == 2
    assert ids(api(store.southern_storekeeper).get(LEVELS)) == set()


def test_the_list_of_levels_costs_the_same_however_long_it_is(stella, store: Store, van):
    with sent() as few:
        assert len(stella.get(LEVELS).json()["results"]) == 2
    for number in range(5):
        keep_at(store.van, Part.objects.create(number=f"P-{number}", name="Part"), 1)
    with sent() as many:
        assert len(stella.get(LEVELS).json()["results"]) == 7
    assert len(many) == len(few)


# Proposals


def test_what_falls_below_its_minimum_is_proposed_and_comes_when_a_storekeeper_says_yes(
    stella, people, van, store: Store
):
    assert proposed(van) == {"GAS-VLV-15": 6, "FIB-ONT": 2}
    assert Notice.objects.get(kind="replenishment_proposed").user == people.storekeeper
    [row] = stella.get("/api/v1/requisitions", {"status": "proposed", "origin": "minimum"}).json()["results"]
    assert (row["requested_by"], row["depot"]["code"]) == (None, store.depot.code)
    valve = next(line for line in row["lines"] if line["part"]["number"] == "GAS-VLV-15")
    assert valve["reckoning"] == {"on_hand": "4", "coming": "0", "minimum": "10", "par": "10"}

    path = f"/api/v1/requisitions/{row['id']}"
    fewer = [{"line_id": line["id"], "quantity": "5" if line is valve else "0"} for line in row["lines"]]
    assert stella.post(f"{path}/approve", {"lines": fewer}).json()["status"] == "partly_approved"
    assert stella.post(f"{path}/release").json()["status"] == "released"
    transfer = Transfer.objects.get()
    assert stella.post(f"/api/v1/transfers/{transfer.pk}/dispatch").status_code == 200
    words = [{"line_id": line.pk, "quantity": line.quantity} for line in transfer.lines.all()]
    receive_transfer(actor=online(people.technician), occurred_at=MORNING, transfer_id=transfer.pk, lines=words)
    assert stella.get(path).json()["status"] == "closed"
    assert store.on_hand(van, store.valve) == 9


def test_the_technician_sees_what_is_proposed_for_the_van(people, van):
    proposed(van)
    [document] = fresh_phone(people.technician).collection("requisitions").values()
    assert (document["status"], document["origin"]) == ("proposed", "minimum")


def test_a_proposal_follows_the_stock_and_there_is_one(van, people, store: Store):
    first = proposed(van)
    line = Requisition.objects.get().lines.get(part=store.valve)
    store.use(online(people.technician), van, store.valve, 2)
    assert proposed(van) == first | {"GAS-VLV-15": 8}
    line.refresh_from_db()
    assert line.quantity == 8, "it is the same line"
    assert line.reckoning == {"on_hand": "2", "coming": "0", "minimum": "10", "par": "10"}
    store.receive(van, store.valve, 20)
    assert proposed(van) == {"FIB-ONT": 2}
    store.receive(van, store.modem, serial="X1")
    assert proposed(van) == {}, "one modem is enough"
    assert Requisition.objects.get().status == "cancelled"
    assert Notice.objects.filter(kind="replenishment_proposed").count() == 1
    again = {"location": van, "status": "proposed", "occurred_at": now(), "received_at": now()}
    Requisition.objects.create(**again)
    with pytest.raises(IntegrityError, match="one_proposal_for_a_place"), transaction.atomic():
        Requisition.objects.create(**again)


def test_what_is_asked_for_or_on_its_way_is_not_proposed(van, people, store: Store, stella):
    submit_requisition(
        actor=online(people.technician),
        occurred_at=MORNING,
        location_id=van.pk,
        lines=[{"part_id": store.valve.pk, "quantity": Decimal(4)}],
    )
    assert proposed(van) == {"GAS-VLV-15": 2, "FIB-ONT": 2}
    body = {
        "from_location_id": str(store.depot.pk),
        "to_location_id": str(van.pk),
        "lines": [{"part_id": str(store.valve.pk), "quantity": "2"}],
    }
    draft = stella.post("/api/v1/transfers", body).json()
    assert proposed(van) == {"FIB-ONT": 2}
    stella.post(f"/api/v1/transfers/{draft['id']}/cancel", {"reason": "no"})
    assert proposed(van) == {"GAS-VLV-15": 2, "FIB-ONT": 2}


def test_faulty_stock_does_not_count(van, people, store: Store):
    store.take_back(online(people.technician), van, store.valve, 20)
    assert proposed(van)["GAS-VLV-15"] == 6


def test_what_takes_the_place_of_a_part_is_sent_and_counts_as_the_part(van, store: Store):
    newer = Part.objects.create(number="GAS-VLV-16", name="Better valve", price=Decimal(30))
    Part.objects.filter(pk=store.valve.pk).update(status="superseded", superseded_by=newer)
    store.receive(van, newer, 3)
    assert proposed(van) == {"GAS-VLV-16": 3, "FIB-ONT": 2}
    Part.objects.filter(pk=newer.pk).update(status="retired")
    assert proposed(van) == {"FIB-ONT": 2}, "nobody receives it any more"


def test_whoever_has_said_no_is_not_asked_again_before_the_next_day(van, stella, store: Store):
    proposed(van)
    path = f"/api/v1/requisitions/{Requisition.objects.get().pk}/reject"
    assert stella.post(path, {"reason": "He is on leave."}).json()["status"] == "rejected"
    assert proposed(van) == {}
    with time_is(now() + timedelta(hours=25)):
        assert proposed(van) == {"GAS-VLV-15": 6, "FIB-ONT": 2}


def test_a_storekeeper_who_wants_to_know_now_is_told_at_once(van, stella, api, people, store: Store):
    ask = {"location_id": str(van.pk)}
    first = stella.post("/api/v1/requisitions/propose", ask)
    assert (first.status_code, len(first.json()["lines"])) == (201, 2)
    assert stella.post("/api/v1/requisitions/propose", ask).json()["id"] == first.json()["id"]
    assert api(people.technician).post("/api/v1/requisitions/propose", ask).status_code == 403
    full = stella.post("/api/v1/requisitions/propose", {"location_id": str(store.depot.pk)})
    assert (full.status_code, full.json()["code"]) == (409, "nothing_missing")


def test_a_closed_van_is_not_filled_up(van, store: Store):
    store.move(van, store.depot, store.valve, 4)
    Location.objects.filter(pk=van.pk).update(is_active=False)
    assert proposed(van) == {}


def test_to_look_at_many_vans_costs_what_looking_at_one_costs(van, people, store: Store):
    propose_replenishment()
    with sent() as one:
        propose_replenishment()
    store.receive(store.colleagues_van, store.valve, 1)
    keep_at(store.colleagues_van, store.valve, 1)
    with sent() as two:
        propose_replenishment()
    assert len(two) == len(one), "a full van costs nothing"
