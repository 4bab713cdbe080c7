"""What nobody has in the van is fetched at a depot on the way: planned, asked for with the plan, and taken back."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from fieldsvc.time import now
from notifications.models import Notice
from parts.models import Location, Part, Requisition
from parts.requisitions.services import approve_requisition, release_requisition, submit_requisition
from parts.stock.services import receive_parts
from sync.commands import Actor
from tests.phone import fresh_phone
from tests.routes.conftest import TODAY, District, at, latitude
from tickets.models import ServiceTypePart, Visit

pytestmark = pytest.mark.at(TODAY)

COUNTERS = "/api/v1/depot-counters"


@pytest.fixture
def valve(district: District) -> Part:
    """What every visit takes one of."""
    part = Part.objects.create(number="V-1", name="Valve", price=Decimal(9))
    ServiceTypePart.objects.create(service_type=district.world.service_type, part=part, quantity=Decimal(1))
    return part


@pytest.fixture
def depot(district: District, api: Any, valve: Part) -> Location:
    """At kilometre 4 of the road, with two valves."""
    depot = Location.objects.create(code="DEP-N", name="North depot", kind="depot", territory=district.people.north)
    stock(district, depot, valve, 2)
    told = {"depot_id": str(depot.pk), "latitude": latitude(4), "longitude": 108.9, "minutes": 15}
    assert api(district.people.administrator).post(COUNTERS, told).status_code == 200
    return depot


@pytest.fixture
def tom(district: District) -> User:
    """Works from kilometre 0 on, with an empty van."""
    tom = district.technician("Tom")
    district.shift(tom, km=0)
    district.world.van(tom)
    return tom


def stock(district: District, place: Location, part: Part, quantity: int) -> None:
    lines = [{"part_id": part.pk, "quantity": Decimal(quantity)}]
    receive_parts(actor=Actor(district.people.storekeeper), occurred_at=now(), location_id=place.pk, lines=lines)


def places(stops: list[dict[str, Any]]) -> list[str]:
    return ["visit" if stop["ticket_id"] else "depot" if stop["depot_id"] else "break" for stop in stops]


def test_who_has_not_the_parts_goes_by_way_of_the_depot_once_for_all_of_them(
    district: District, tom: User, depot: Location, valve: Part
) -> None:
    tickets = {str(district.ticket(km).pk) for km in (6, 8)}
    plan = district.plan(parts_required=True)
    stops = district.stops(plan)
    assert (places(stops), plan["left_out"]) == (["depot", "visit", "visit"], [])
    fetching, *visits = stops
    assert (fetching["depot_id"], fetching["depot_name"]) == (str(depot.pk), "North depot")
    assert fetching["parts"] == [{"part_id": str(valve.pk), "number": "V-1", "quantity": "2"}]
    assert (fetching["change"], fetching["window_start"]) == ("none", None)
    assert fetching["begins_at"] < fetching["leaves_at"] <= visits[0]["arrives_at"]
    assert {stop["ticket_id"] for stop in visits} == tickets
    assert all(stop["depot_id"] == str(depot.pk) and stop["parts"][0]["quantity"] == "1" for stop in visits)
    assert plan["figures"]["plan"]["visits"] == 2, "fetching is no visit"


def test_who_has_them_in_the_van_is_sent_to_no_depot(
    district: District, tom: User, depot: Location, valve: Part
) -> None:
    stock(district, district.world.van(tom), valve, 1)
    district.ticket(6)
    assert places(district.stops(district.plan(parts_required=True))) == ["visit"]


def test_unless_the_desk_wants_the_parts_nobody_fetches_any(district: District, tom: User, depot: Location) -> None:
    district.ticket(6)
    assert places(district.stops(district.plan())) == ["visit"]


def test_a_depot_gives_what_it_has_to_whom_it_is_worth_most(
    district: District, tom: User, depot: Location, valve: Part
) -> None:
    least, most, middle = (district.ticket(km, priority=priority) for km, priority in ((1, 4), (9, 1), (5, 2)))
    plan = district.plan(parts_required=True)
    assert {stop["ticket_id"] for stop in district.stops(plan)} == {str(most.pk), str(middle.pk), None}
    [left] = plan["left_out"]
    assert (left["ticket_id"], left["reason"], left["missing"]) == (str(least.pk), "no_part", ["V-1"])


def test_what_others_have_asked_for_is_theirs(district: District, tom: User, depot: Location, valve: Part) -> None:
    other = district.technician("Ann")
    asked = submit_requisition(
        actor=Actor(other),
        occurred_at=now(),
        location_id=district.world.van(other).pk,
        depot_id=depot.pk,
        lines=[{"part_id": valve.pk, "quantity": Decimal(1)}],
    )
    district.ticket(6), district.ticket(8)
    assert len(district.plan(parts_required=True)["left_out"]) == 1
    storekeeper = Actor(district.people.storekeeper)
    approve_requisition(actor=storekeeper, occurred_at=now(), requisition_id=asked.pk)
    release_requisition(actor=storekeeper, occurred_at=now(), requisition_id=asked.pk)
    assert len(district.plan(parts_required=True)["left_out"]) == 1, "a draft of a transfer takes it, too"


def test_a_depot_without_a_counter_is_none_to_drive_to(
    district: District, tom: User, depot: Location, api: Any
) -> None:
    district.ticket(6)
    [counter] = api(district.people.dispatcher).get(COUNTERS).json()["results"]
    assert (counter["depot_code"], counter["minutes"]) == ("DEP-N", 15)
    assert api(district.people.administrator).delete(f"{COUNTERS}/{counter['id']}").status_code == 204
    assert [left["reason"] for left in district.plan(parts_required=True)["left_out"]] == ["no_part"]


def test_without_a_van_nobody_fetches_anything(district: District, depot: Location) -> None:
    district.shift(district.technician("Ann"))
    district.ticket(6)
    assert [left["reason"] for left in district.plan(parts_required=True)["left_out"]] == ["no_part"]


def test_with_the_plan_the_parts_are_asked_for_in_the_name_of_who_fetches_them(
    district: District, tom: User, depot: Location, valve: Part
) -> None:
    ticket = district.ticket(6)
    plan = district.plan(parts_required=True)
    [fetching, visit] = district.stops(plan)
    answer = district.desk.post(f"/api/v1/route-plans/{plan['id']}/accept", {"stop_ids": [visit["id"]]})
    [accepted] = answer.json()
    requisition = Requisition.objects.get()
    assert (accepted["status"], accepted["requisition_id"]) == ("accepted", str(requisition.pk))
    assert (requisition.location, requisition.depot) == (district.world.van(tom), depot)
    assert (requisition.requested_by, requisition.ticket_id) == (tom, ticket.pk)
    assert requisition.visit_id == Visit.objects.get().pk
    assert requisition.needed_by
    assert requisition.needed_by.isoformat().replace("+00:00", "Z") == fetching["begins_at"]
    assert [(line.part, line.quantity) for line in requisition.lines.all()] == [(valve, Decimal(1))]
    assert Notice.objects.get(kind="requisition_submitted").user == district.people.storekeeper
    carried = fresh_phone(tom).document("requisitions", requisition.pk)
    assert carried
    assert ticket.reference in carried["reason"]
    again = district.desk.post(f"/api/v1/route-plans/{plan['id']}/accept", {})
    assert {stop["status"] for stop in again.json() if stop["ticket_id"]} == {"accepted"}
    assert Requisition.objects.count() == 1


def test_a_visit_that_stays_as_it_is_has_its_parts_asked_for_too(
    district: District, tom: User, depot: Location
) -> None:
    visit = district.visit(tom, 6, (10, 12))
    plan = district.plan(parts_required=True)
    stops = district.stops(plan)
    assert [(stop["visit_id"], stop["change"]) for stop in stops] == [(None, "none"), (str(visit.pk), "none")]
    district.desk.post(f"/api/v1/route-plans/{plan['id']}/accept", {})
    assert Requisition.objects.get().visit_id == visit.pk
    visit.refresh_from_db()
    assert (visit.status, visit.window_start) == ("scheduled", at(10))


def test_what_is_taken_back_is_asked_for_no_more_unless_it_is_on_its_way(
    district: District, tom: User, depot: Location
) -> None:
    district.ticket(6), district.ticket(8)
    plan = district.plan(parts_required=True)
    url = f"/api/v1/route-plans/{plan['id']}"
    district.desk.post(f"{url}/accept", {})
    first, second = Requisition.objects.order_by("pk")
    storekeeper = Actor(district.people.storekeeper)
    approve_requisition(actor=storekeeper, occurred_at=now(), requisition_id=second.pk)
    release_requisition(actor=storekeeper, occurred_at=now(), requisition_id=second.pk)
    undone = district.desk.post(f"{url}/undo", {}).json()
    assert {stop["status"] for stop in undone if stop["ticket_id"]} == {"undone"}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("cancelled", "released")


def test_who_has_no_van_any_more_cannot_fetch_what_was_planned(district: District, tom: User, depot: Location) -> None:
    district.ticket(6)
    plan = district.plan(parts_required=True)
    Location.objects.filter(keeper=tom).update(keeper=None)
    district.desk.post(f"/api/v1/route-plans/{plan['id']}/accept", {})
    [stop] = [stop for stop in district.stops(plan) if stop["ticket_id"]]
    assert (stop["status"], stop["refusal"]["code"]) == ("refused", "van_missing")
    assert not Requisition.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"latitude": 91}, "latitude"),
        ({"longitude": -181}, "longitude"),
        ({"latitude": "NaN"}, "latitude"),
        ({"minutes": 241}, "minutes"),
        ({"depot_id": "01930000-0000-7000-8000-000000000001"}, "depot_id"),
    ],
    ids=lambda value: str(value),
)
def test_a_counter_that_is_nowhere_is_refused_by_name(
    district: District, depot: Location, api: Any, change: dict[str, Any], field: str
) -> None:
    told = {"depot_id": str(depot.pk), "latitude": 34.2, "longitude": 108.9, **change}
    answer = api(district.people.administrator).post(COUNTERS, told)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
