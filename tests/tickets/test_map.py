"""Open tickets on a map."""

from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest

from fieldsvc.time import now
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, Desk, codes
from tickets.clock.models import TicketClock
from tickets.complaints.models import Ticket
from tickets.complaints.services import cancel_ticket
from tickets.sites.models import Site

MAP = "/api/v1/tickets.geojson"

POINT = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"const": "Point"},
        "coordinates": {
            "type": "array",
            "prefixItems": [
                {"type": "number", "minimum": -180, "maximum": 180},
                {"type": "number", "minimum": -90, "maximum": 90},
            ],
            "minItems": 2,
            "maxItems": 2,
        },
    },
}
FEATURE = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": ["string", "number"]},
        "geometry": POINT,
        "properties": {"type": "object"},
    },
}
COLLECTION = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": FEATURE}},
    "not": {"anyOf": [{"required": [name]} for name in ("geometry", "properties", "coordinates", "geometries")]},
}
"""What RFC 7946, sections 3 and 7.1, ask of a collection of points."""


class Places:
    """Opens tickets of the resident's at places of the north."""

    def __init__(self, people: People, desk: Desk) -> None:
        self.people = people
        self.desk = desk

    def at(self, longitude: float, latitude: float, **told: Any) -> Ticket:
        name = f"{longitude} {latitude}"
        place = {"address": name, "longitude": longitude, "latitude": latitude}
        return self.desk.opens(site_id=Site.objects.create(territory=self.people.north, **place).pk, **told)


@pytest.fixture
def places(people: People, desk: Desk) -> Places:
    return Places(people, desk)


@pytest.fixture
def drawn(api: Api, people: People) -> Any:
    """`drawn(bbox=…)` is the map that the dispatcher sees."""
    client = api(people.dispatcher)

    def drawn(**query: Any) -> dict[str, Any]:
        answer = client.get(MAP, query)
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] == "application/geo+json"
        body: dict[str, Any] = answer.json()
        jsonschema.validate(body, COLLECTION)
        return body

    return drawn


def ids(drawn: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in drawn["features"]]


def test_a_ticket_stands_where_its_site_is(places: Places, drawn: Any) -> None:
    ticket = places.at(108.912345678, 34.2412345)
    due = min(clock.due_at for clock in TicketClock.objects.filter(ticket=ticket, met_at=None) if clock.due_at)
    [feature] = drawn()["features"]
    assert feature["id"] == str(ticket.pk)
    assert feature["geometry"] == {"type": "Point", "coordinates": [108.912346, 34.241234]}
    assert datetime.fromisoformat(feature["properties"].pop("due_at")) == due
    assert feature["properties"] == {
        "reference": ticket.reference,
        "status": "new",
        "priority": ticket.priority,
        "service_type": "broadband",
        "service_name": "Broadband",
        "service_name_zh": "宽带",
    }


def test_tickets_without_a_place_are_counted(desk: Desk, places: Places, people: People, drawn: Any) -> None:
    placed = places.at(108.9, 34.2)
    desk.opens()
    nowhere = Site.objects.create(territory=people.north, address="Nobody has been there")
    desk.opens(site_id=nowhere.pk)
    body = drawn()
    assert (ids(body), body["unplaced"], body["truncated"]) == ([str(placed.pk)], 2, False)
    assert drawn(bbox="0,0,1,1")["unplaced"] == 2
    assert drawn(q=placed.reference)["unplaced"] == 0


def test_only_open_tickets_are_on_the_map(desk: Desk, places: Places, drawn: Any) -> None:
    desk.resolves(places.at(108.9, 34.2))
    cancelled = places.at(108.8, 34.2)
    cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=cancelled.pk, reason="Filed twice.")
    assert drawn()["features"] == drawn(open=False)["features"] == drawn(status="cancelled")["features"] == []


def test_the_map_has_the_filters_of_the_list(desk: Desk, places: Places, drawn: Any) -> None:
    urgent, other = places.at(108.9, 34.2, priority=1), places.at(108.8, 34.2, priority=3)
    desk.triages(other)
    assert ids(drawn()) == [str(urgent.pk), str(other.pk)], "the most urgent first"
    assert ids(drawn(priority=1)) == [str(urgent.pk)]
    assert ids(drawn(status="triaged")) == [str(other.pk)]
    assert ids(drawn(q=other.reference)) == [str(other.pk)]
    assert ids(drawn(clock="running")) == [str(urgent.pk), str(other.pk)]


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ("108,34,109,35", True),
        ("108.9,34.2,108.9,34.2", True),
        ("108.91,34,109,35", False),
        ("108,34.21,109,35", False),
        ("-180,-90,180,90", True),
        ("170,-90,-170,90", False),
        ("100,-90,-170,90", True),
    ],
)
def test_a_box_holds_what_lies_in_it(places: Places, drawn: Any, box: str, inside: bool) -> None:
    ticket = places.at(108.9, 34.2)
    assert ids(drawn(bbox=box)) == ([str(ticket.pk)] if inside else [])


def test_a_box_may_lie_across_the_antimeridian(places: Places, drawn: Any) -> None:
    fiji, samoa, elsewhere = places.at(178.4, -18.1), places.at(-171.8, -13.8), places.at(108.9, 34.2)
    assert set(ids(drawn(bbox="170,-30,-170,0"))) == {str(fiji.pk), str(samoa.pk)}
    assert ids(drawn(bbox="-170,-30,170,40")) == [str(elsewhere.pk)]


@pytest.mark.parametrize(
    "box",
    [
        "",
        "here",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,0,3,4,0",
        "1,2,3,x",
        "1,,3,4",
        "nan,0,1,1",
        "0,0,inf,1",
        "-181,0,1,1",
        "0,-91,1,1",
        "0,2,1,1",
        "1e999,0,1,1",
        "0,0,1,1\x00",
    ],
)
def test_a_box_that_makes_no_sense_is_named(api: Api, people: People, box: str) -> None:
    answer = api(people.dispatcher).get(MAP, {"bbox": box})
    assert (answer.status_code, codes(answer)) == (400, {"bbox": "bbox_not_valid"})


@pytest.mark.parametrize("limit", ["", "0", "-1", "2001", "many", "1.5", "٣", "9" * 400])
def test_a_limit_that_makes_no_sense_is_named(api: Api, people: People, limit: str) -> None:
    answer = api(people.dispatcher).get(MAP, {"limit": limit})
    assert (answer.status_code, codes(answer)) == (400, {"limit": "limit_not_valid"})


def test_a_filter_that_makes_no_sense_is_named(api: Api, people: People) -> None:
    assert "territory" in codes(api(people.dispatcher).get(MAP, {"territory": "north"}))


def test_what_is_cut_off_is_said(places: Places, drawn: Any) -> None:
    later = places.at(108.9, 34.2, reported_at=now() - timedelta(hours=1))
    first = places.at(108.8, 34.2, reported_at=now() - timedelta(hours=2))
    body = drawn(limit=1)
    assert (ids(body), body["truncated"]) == ([str(first.pk)], True), "who waits longer comes first"
    body = drawn(limit=2)
    assert (ids(body), body["truncated"]) == ([str(first.pk), str(later.pk)], False)


def test_people_see_on_the_map_what_is_their_work(api: Api, people: People, desk: Desk, places: Places) -> None:
    ticket = places.at(108.9, 34.2)
    desk.opens()
    desk.sends(ticket, people.technician)

    def sees(who: str) -> tuple[list[str], int]:
        body = api(getattr(people, who)).get(MAP).json()
        return ids(body), body["unplaced"]

    assert sees("agent") == sees("supervisor") == sees("administrator") == ([str(ticket.pk)], 1)
    assert sees("technician") == ([str(ticket.pk)], 0)
    assert sees("colleague") == sees("storekeeper") == sees("southern_dispatcher") == ([], 0)


def test_residents_are_told_of_no_coordinates(api: Api, people: People, places: Places) -> None:
    places.at(108.9, 34.2)
    answer = api(people.resident).get(MAP)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


def test_it_is_found_by_the_name_that_maps_ask_for(api: Api, people: People) -> None:
    for accepted in ("application/geo+json", "application/json", "*/*"):
        assert api(people.dispatcher).get(MAP, headers={"Accept": accepted}).status_code == 200


def test_a_map_costs_the_same_however_full_it_is(api: Api, people: People, places: Places) -> None:
    """One statement says who asks, one reads the tickets, one counts those without a place."""
    dispatcher = api(people.dispatcher)
    for step in range(4):
        places.at(108.9 + step / 100, 34.2)
    with statements(3):
        assert len(ids(dispatcher.get(MAP).json())) == 4
