"""Parts are kept for a planned visit: nobody else takes them, until it has used them or needs them no more."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fieldsvc.errors import DomainError
from fieldsvc.time import now
from parts.models import Allocation, Location, Part, StockBalance
from parts.requisitions.services import approve_requisition, release_requisition
from parts.stock.services import move_parts, receive_parts, use_part
from parts.transfers.services import dispatch_transfer
from sync.commands import Actor, OperationOrigin
from sync.ids import uuid7
from tests.at_once import at_once
from tests.phone import fresh_phone
from tests.statements import sent
from tests.visits.conftest import HERE, on_hand, window
from tickets.service_types.models import ServiceTypePart
from tickets.visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def depot(people) -> Location:
    return Location.objects.create(code="D-N", name="Depot", kind="depot", territory=people.north)


@pytest.fixture
def another_visit(complain, send) -> Visit:
    """The same technician's, later."""
    visit: Visit = send(complain(), **window(hours=8))
    return visit


@pytest.fixture
def stock(people):
    """So much of the valve comes to a place."""

    def receive(place: Location, part: Part, quantity: int) -> None:
        receive_parts(
            actor=Actor(people.storekeeper),
            occurred_at=now(),
            location_id=place.pk,
            lines=[{"part_id": part.pk, "quantity": Decimal(quantity)}],
        )

    return receive


def keep(client, visit, *lines: tuple[Part, int], **body: Any):
    if lines:
        body["lines"] = [{"part_id": str(part.pk), "quantity": str(quantity)} for part, quantity in lines]
    return client.post(f"/api/v1/visits/{visit.pk}/allocate-parts", body)


def kept(visit) -> dict[str, Decimal]:
    rows = Allocation.objects.filter(visit_id=visit.pk, ended_at=None)
    return {row.location.code: row.remaining for row in rows.select_related("location")}


def move(people, source: Location, target: Location, part: Part, quantity: int) -> str:
    lines = [{"part_id": part.pk, "quantity": Decimal(quantity)}]
    try:
        move_parts(
            actor=Actor(people.storekeeper),
            occurred_at=now(),
            from_location_id=source.pk,
            to_location_id=target.pk,
            lines=lines,
        )
    except DomainError as refusal:
        return f"{refusal.code} {refusal.extra['available']}"
    return ""


def test_what_is_kept_for_a_visit_is_not_available_to_others(api, people, visit, van, valve, depot):
    [told] = keep(api(people.dispatcher), visit, (valve, 2)).json()
    assert (told["location"]["code"], told["quantity"], told["remaining"]) == (van.code, "2", "2")
    [balance] = api(people.storekeeper).get("/api/v1/stock", {"location": van.pk, "part": valve.pk}).json()["results"]
    assert (balance["quantity"], balance["allocated"], balance["available"]) == ("3", "2", "1")
    assert move(people, van, depot, valve, 2) == "stock_allocated 1"
    assert move(people, van, depot, valve, 1) == ""
    assert move(people, van, depot, valve, 1) == "stock_allocated 0"


def test_of_what_is_faulty_or_in_quarantine_nothing_is_available(api, people, valve, stock):
    quarantine = Location.objects.create(code="Q", name="Quarantine", kind="quarantine", territory=people.north)
    stock(quarantine, valve, 4)
    [balance] = api(people.storekeeper).get("/api/v1/stock", {"location": quarantine.pk}).json()["results"]
    assert (balance["quantity"], balance["available"]) == ("4", "0")


def test_a_visit_uses_up_what_is_kept_for_it_and_another_one_does_not(api, people, do, visit, van, valve):
    keep(api(people.technician), visit, (valve, 2))
    do(people.technician, visit, "check-in", **HERE)
    with pytest.raises(DomainError, match="stock_allocated"):
        use_part(
            actor=Actor(people.technician),
            occurred_at=now(),
            location_id=van.pk,
            part_id=valve.pk,
            quantity=Decimal(2),
            visit_id=uuid7(),
        )
    do(people.technician, visit, "use-part", part_id=valve.pk, quantity=1)
    assert kept(visit) == {van.code: 1}
    do(people.technician, visit, "use-part", part_id=valve.pk, quantity=2)
    assert kept(visit) == {}
    ended = Allocation.objects.get()
    assert (ended.used, ended.released_by) == (Decimal(2), None)
    assert on_hand(valve, van) == 0


@pytest.mark.parametrize("how", ["cancelled", "declined", "left", "reassigned"])
def test_however_a_visit_ends_what_was_kept_in_the_van_is_free(api, people, do, visit, van, valve, how):
    keep(api(people.dispatcher), visit, (valve, 2))
    match how:
        case "cancelled":
            do(people.dispatcher, visit, "cancel", reason="It works again.")
        case "declined":
            do(people.technician, visit, "decline", reason="Too far.")
        case "left":
            do(people.technician, visit, "check-in", **HERE)
            do(people.technician, visit, "leave-incomplete", reason="Nobody there.", next_visit_wanted=True)
        case "reassigned":
            do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="He is ill.")
    visit.refresh_from_db()
    ended = Allocation.objects.get()
    assert ended.ended_at == (visit.cancelled_at or visit.completed_at)
    assert (ended.used, ended.remaining) == (Decimal(0), Decimal(0))


def test_what_is_kept_in_the_depot_is_kept_for_whoever_goes_there_instead(api, people, do, visit, valve, depot, stock):
    stock(depot, valve, 5)
    keep(api(people.dispatcher), visit, (valve, 4), location_id=str(depot.pk))
    new = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="He is ill.")
    moved = Allocation.objects.get(ended_at=None)
    assert (str(moved.visit_id), moved.technician, moved.remaining) == (new["id"], people.colleague, Decimal(4))


def test_what_is_asked_for_a_visit_is_sent_from_what_is_kept_for_it(api, people, visit, van, valve, depot, stock):
    assert people.supervisor
    Part.objects.filter(pk=valve.pk).update(price=1)
    stock(depot, valve, 5)
    keep(api(people.dispatcher), visit, (valve, 4), location_id=str(depot.pk))
    other, own = (
        api(people.technician)
        .post(
            "/api/v1/requisitions",
            {
                "location_id": str(van.pk),
                "depot_id": str(depot.pk),
                "lines": [{"part_id": str(valve.pk), "quantity": "4"}],
                "visit_id": visit_id,
            },
        )
        .json()["id"]
        for visit_id in (None, str(visit.pk))
    )
    stella: dict[str, Any] = {"actor": Actor(people.storekeeper), "occurred_at": now()}
    for requisition in (other, own):
        approve_requisition(**stella, requisition_id=requisition)
        release_requisition(**stella, requisition_id=requisition)
    drafts = api(people.storekeeper).get("/api/v1/transfers", {"status": "draft"}).json()["results"]
    by_requisition = {draft["requisition"]: draft["id"] for draft in drafts}
    [pick] = api(people.storekeeper).get(f"/api/v1/transfers/{by_requisition[other]}/pick-list").json()
    assert (pick["on_hand"], pick["missing"]) == ("1", "3")
    with pytest.raises(DomainError, match="stock_allocated"):
        dispatch_transfer(**stella, transfer_id=by_requisition[other])
    dispatch_transfer(**stella, transfer_id=by_requisition[own])
    assert kept(visit) == {}
    assert on_hand(valve, depot) == 1


def test_what_happened_without_signal_is_kept_whoever_it_was_promised_to(api, people, visit, van, valve):
    keep(api(people.dispatcher), visit, (valve, 3))
    use_part(
        actor=Actor(people.technician, operation=OperationOrigin(id=uuid7(), captured={})),
        occurred_at=now(),
        location_id=van.pk,
        part_id=valve.pk,
        quantity=Decimal(2),
        visit_id=uuid7(),
    )
    [balance] = api(people.storekeeper).get("/api/v1/stock", {"location": van.pk}).json()["results"]
    assert (balance["quantity"], balance["allocated"], balance["available"]) == ("1", "3", "0")


def test_no_more_is_kept_than_is_free(api, people, visit, another_visit, van, valve):
    keep(api(people.dispatcher), visit, (valve, 2))
    refused = keep(api(people.dispatcher), another_visit, (valve, 2))
    assert (refused.status_code, refused.json()["code"], refused.json()["available"]) == (409, "stock_allocated", "1")
    assert keep(api(people.dispatcher), visit, (valve, 1)).json()[0]["quantity"] == "3"
    short = keep(api(people.dispatcher), visit, (valve, 1))
    assert (short.json()["code"], short.json()["available"]) == ("stock_short", "3")
    with pytest.raises(IntegrityError, match="allocation_adds_up"), transaction.atomic():
        Allocation.objects.update(used=9)


def test_without_a_word_it_is_what_the_visit_is_likely_to_need_and_what_is_free_of_it(
    api, people, visit, another_visit, service_type, van, valve
):
    hose = Part.objects.create(number="HOSE", name="Hose")
    ServiceTypePart.objects.create(service_type=service_type, part=valve, position=0, quantity=2)
    ServiceTypePart.objects.create(service_type=service_type, part=hose, position=1)
    assert [row["quantity"] for row in keep(api(people.dispatcher), visit).json()] == ["2"]
    assert [row["quantity"] for row in keep(api(people.dispatcher), another_visit).json()] == ["1"]
    refused = keep(api(people.dispatcher), visit)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_keep")


def test_nothing_is_kept_where_it_makes_no_sense(api, people, do, visit, valve):
    odd = Part.objects.create(number="NEW-1", name="Odd", status="provisional")
    assert keep(api(people.dispatcher), visit, (odd, 1)).json()["code"] == "part_provisional"
    assert keep(api(people.dispatcher), visit, (valve, 1), location_id=str(uuid7())).status_code == 404
    scrap = Location.objects.create(code="S", name="Scrap", kind="scrap", territory=people.north)
    refused = keep(api(people.dispatcher), visit, (valve, 1), location_id=str(scrap.pk))
    assert refused.json()["code"] == "location_not_stocked"
    do(people.dispatcher, visit, "cancel", reason="It works again.")
    assert keep(api(people.dispatcher), visit, (valve, 1)).json()["code"] == "visit_ended"


def test_those_who_see_to_the_place_give_it_free(api, people, visit, van, valve):
    keep(api(people.dispatcher), visit, (valve, 2))
    path = f"/api/v1/stock/allocations/{Allocation.objects.get().pk}/release"
    assert api(people.colleague).post(path).status_code == 404
    assert api(people.agent).post(path).status_code == 403
    for _ in range(2):
        told = api(people.storekeeper).post(path).json()
        assert (told["remaining"], told["released_by"]) == ("0", str(people.storekeeper.pk))
    assert keep(api(people.dispatcher), visit, (valve, 3)).status_code == 201


def test_phones_carry_what_is_kept_as_long_as_it_is(api, people, visit, van, valve, depot, stock):
    stock(depot, valve, 5)
    keep(api(people.dispatcher), visit, (valve, 2))
    keep(api(people.dispatcher), visit, (valve, 4), location_id=str(depot.pk))
    toms, stellas = fresh_phone(people.technician), fresh_phone(people.storekeeper)
    assert sorted(row["quantity"] for row in toms.collection("allocations").values()) == ["2", "4"]
    [document] = stellas.collection("allocations").values()
    assert (document["location_id"], document["visit_id"]) == (str(depot.pk), str(visit.pk))
    api(people.storekeeper).post(f"/api/v1/stock/allocations/{document['id']}/release")
    for phone in (toms, stellas):
        phone.pull()
        assert phone.replica() == fresh_phone(phone.user).replica()
    assert len(toms.collection("allocations")) == 1
    assert fresh_phone(people.colleague).collection("allocations") == {}


def test_the_list_of_what_is_kept_costs_the_same_however_long_it_is(api, people, visit, another_visit, van, valve):
    stella = api(people.storekeeper)

    def statements() -> int:
        with sent() as found:
            assert stella.get("/api/v1/stock/allocations", {"open": True}).status_code == 200
        return len(found)

    keep(api(people.dispatcher), visit, (valve, 1))
    few = statements()
    keep(api(people.dispatcher), another_visit, (valve, 1))
    assert statements() == few


@pytest.mark.django_db(transaction=True)
def test_two_at_once_for_the_last_one_a_visit_and_a_storekeeper(api, people, visit, van, valve, depot):
    """Whoever is second finds out, whichever of them it is."""
    dispatcher = api(people.dispatcher)
    balances = StockBalance.objects.filter(location=van, part=valve)
    answers = at_once(
        balances,
        lambda: str(keep(dispatcher, visit, (valve, 3)).status_code),
        lambda: move(people, van, depot, valve, 3),
    )
    kept_it, moved_it = answers
    assert (kept_it, moved_it) in {("201", "stock_allocated 0"), ("409", "")}
