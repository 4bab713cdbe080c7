"""The dispatcher's board and map: they follow the work over a WebSocket, by the feed alone, and ask only when poked."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.signin.services import issue_token
from fieldsvc.time import now
from notifications import bus
from sync.commands import Actor
from tests.notifications.eavesdropping import LISTENERS, break_bus_connections
from tests.notifications.line import Line, poked_until
from tests.people import People
from tests.phone import Phone
from tests.world import World
from tickets.models import Visit
from tickets.visits.services import accept_visit, check_in, start_travel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(people: People) -> Phone:
    """A browser at the dispatcher's desk, which holds what a pull has brought."""
    return Phone(people.dispatcher)


@pytest.fixture
def socket(people: People, connect: Callable[..., Line]) -> Callable[[], Line]:
    """Opens one for that browser."""
    return lambda: connect(issue_token(people.dispatcher))


def arrives(visit: Visit) -> None:
    """The technician says yes, sets off, and stands in front of the fault."""
    actor = Actor(user=visit.technician)
    accept_visit(actor=actor, occurred_at=now(), visit_id=visit.pk)
    start_travel(actor=actor, occurred_at=now(), visit_id=visit.pk)
    check_in(actor=actor, occurred_at=now(), visit_id=visit.pk, latitude=34.24, longitude=108.91, accuracy_m=8)


def drawn(board: Phone) -> dict[str, tuple[Any, ...]]:
    """What a map can draw from the documents alone: of each open ticket with a place, where it is and how it stands."""
    points = {}
    for ticket_id, ticket in board.collection("tickets").items():
        site = board.document("sites", ticket["site_id"])
        if site and site["latitude"] is not None:
            points[ticket_id] = (site["longitude"], site["latitude"], ticket["status"], ticket["reference"])
    return points


def on_the_map(board: Phone) -> dict[str, tuple[Any, ...]]:
    """The same as the API draws it."""
    answer = board.client.get("/api/v1/tickets.geojson").json()
    return {
        feature["id"]: (
            *feature["geometry"]["coordinates"],
            feature["properties"]["status"],
            feature["properties"]["reference"],
        )
        for feature in answer["features"]
    }


def test_the_board_and_the_map_follow_the_work_by_pokes_and_pulls_alone(
    people: People, world: World, board: Phone, socket: Callable[[], Line]
):
    line = socket()
    desk = f"desk:{people.north.pk}"
    board.pull()

    visit = world.dispatched_visit()
    poked_until(line, desk)
    bus.close()  # and with it goes out what there was to say
    board.pull()
    assert board.collection("visits")[str(visit.pk)]["status"] == "dispatched"

    arrives(visit)
    poked_until(line, desk)
    bus.close()
    assert board.pull() < 10, "only what has changed"
    assert board.collection("visits")[str(visit.pk)]["status"] == "on_site"
    assert drawn(board) == on_the_map(board) != {}


def test_a_board_that_was_away_gets_what_it_missed_by_one_pull_after_it_is_back(
    people: People, world: World, board: Phone, socket: Callable[[], Line]
):
    visit = world.dispatched_visit()
    board.pull()
    before = len(board.documents)
    socket().connection.close()

    arrives(visit)
    found = world.ticket()
    line = socket()
    board.pull()
    assert board.collection("visits")[str(visit.pk)]["status"] == "on_site"
    assert str(found.pk) in board.collection("tickets")
    assert len(board.documents) > before
    assert drawn(board) == on_the_map(board)

    world.ticket()
    poked_until(line, f"desk:{people.north.pk}")
    board.pull()
    assert drawn(board) == on_the_map(board)


def test_a_board_whose_server_lost_the_bus_is_poked_to_look_again(
    people: People, world: World, board: Phone, socket: Callable[[], Line]
):
    visit = world.dispatched_visit()
    board.pull()
    line = socket()
    bus.close()

    assert break_bus_connections(LISTENERS) == 1
    arrives(visit)
    poked_until(line, f"desk:{people.north.pk}", f"person:{people.dispatcher.pk}", "catalogue")
    board.pull()
    assert board.collection("visits")[str(visit.pk)]["status"] == "on_site"


def test_a_desk_hears_nothing_of_the_work_of_another(
    people: People, world: World, connect: Callable[..., Line], socket: Callable[[], Line]
):
    south, north = connect(issue_token(people.southern_dispatcher)), socket()
    arrives(world.dispatched_visit())
    poked_until(north, f"desk:{people.north.pk}")
    bus.close()
    bus.poke([f"person:{people.southern_dispatcher.pk}"])

    heard = poked_until(south, f"person:{people.southern_dispatcher.pk}")
    assert heard <= {f"person:{people.southern_dispatcher.pk}", "catalogue", "public"}, "of its service type all hear"
