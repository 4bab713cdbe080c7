"""The resident chooses when somebody comes, among what can be kept, and changes it while it can be changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Skill, User
from fieldsvc.time import time_is
from notifications.models import Notice
from sync.ids import uuid7
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, Desk, codes, url
from tests.world import World
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit
from tickets.windows.models import ChosenWindow, OfferedWindow

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""A Monday, twelve o'clock in the north."""
pytestmark = pytest.mark.at(NOON)
OFFERED = "/api/v1/offered-windows"
STATEMENTS = 13


def at(day: int, hour: int) -> datetime:
    """So many days from Monday, by the wall clock of the north."""
    return datetime(2026, 11, 23 + day, hour, tzinfo=UTC) - timedelta(hours=8)


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def window(day: int, hour: int) -> dict[str, str]:
    return {"window_start": wire(at(day, hour)), "window_end": wire(at(day, hour + 2))}


@pytest.fixture(autouse=True)
def _week(people: People) -> None:
    """Two windows on Mondays, one on Tuesdays; one technician."""
    assert people.technician
    assert people.dispatcher
    for weekday, hour in ((0, 14), (0, 18), (1, 9)):
        OfferedWindow.objects.create(territory=people.north, weekday=weekday, opens=time(hour), closes=time(hour + 2))
    OfferedWindow.objects.create(territory=people.south, weekday=2, opens=time(9), closes=time(11))


def offered(api: Api, person: User, ticket: Ticket) -> list[dict[str, str]]:
    windows: list[dict[str, str]] = api(person).get(url(ticket, "windows")).json()["offered"]
    return windows


def chooses(api: Api, person: User, ticket: Ticket, chosen: dict[str, Any]) -> Any:
    return api(person).post(url(ticket, "windows"), chosen)


def sent(desk: Desk, ticket: Ticket, people: People, day: int, hour: int) -> Visit:
    """The technician is to come at that time."""
    visit = desk.sends(ticket, people.technician)
    Visit.objects.filter(pk=visit.pk).update(window_start=at(day, hour), window_end=at(day, hour + 2))
    visit.refresh_from_db()
    return visit


class TestOnOffer:
    def test_the_windows_of_the_next_week_in_which_somebody_is_free(
        self, api: Api, people: People, desk: Desk, ticket: Ticket
    ) -> None:
        assert offered(api, people.resident, ticket) == [window(0, 18), window(1, 9)]
        sent(desk, desk.opens(), people, 0, 19)
        assert offered(api, people.resident, ticket) == [window(1, 9)]
        assert people.colleague
        assert offered(api, people.resident, ticket) == [window(0, 18), window(1, 9)]

    def test_only_those_count_who_can_do_it(self, api: Api, people: People, ticket: Ticket) -> None:
        skill = Skill.objects.create(code="fibre", name="Fibre")
        ticket.service_type.skills.add(skill)
        assert offered(api, people.resident, ticket) == []
        people.technician.skills.add(skill)
        assert offered(api, people.resident, ticket) == [window(0, 18), window(1, 9)]

    def test_for_a_planned_visit_those_in_which_its_technician_is_free(
        self, api: Api, people: People, desk: Desk, ticket: Ticket
    ) -> None:
        assert people.colleague
        sent(desk, ticket, people, 1, 9)
        sent(desk, desk.opens(), people, 0, 18)
        answer = api(people.resident).get(url(ticket, "windows")).json()
        assert answer["offered"] == [window(1, 9)]
        assert answer["current"] == window(1, 9)
        assert (answer["planned"], answer["change_until"]) == (True, wire(at(1, 5)))

    def test_nothing_is_offered_for_what_has_ended(self, api: Api, people: People, resolved: Ticket) -> None:
        assert offered(api, people.resident, resolved) == []

    def test_hours_go_by_the_wall_clock_when_it_changes(self, api: Api, people: People, ticket: Ticket) -> None:
        people.north.time_zone = "Europe/Berlin"
        people.north.save()
        with time_is(datetime(2026, 10, 24, 12, tzinfo=UTC)):
            starts = [row["window_start"] for row in offered(api, people.resident, ticket)]
        assert starts == ["2026-10-26T13:00:00Z", "2026-10-26T17:00:00Z", "2026-10-27T08:00:00Z"]

    def test_it_takes_as_many_statements_however_much_is_planned(
        self, api: Api, people: People, desk: Desk, ticket: Ticket
    ) -> None:
        resident = api(people.resident)
        resident.get(url(ticket, "windows"))
        with statements(STATEMENTS):
            resident.get(url(ticket, "windows"))
        for _ in range(3):
            desk.sends(desk.opens(), people.technician)
        with statements(STATEMENTS):
            resident.get(url(ticket, "windows"))


class TestChoosing:
    def test_where_nobody_is_planned_the_dispatchers_plan_by_it(self, api: Api, people: People, ticket: Ticket) -> None:
        answer = chooses(api, people.resident, ticket, window(1, 9)).json()
        assert (answer["current"], answer["planned"]) == (window(1, 9), False)
        assert "09:00" in Notice.objects.get(user=people.dispatcher, kind="window_chosen").body
        assert chooses(api, people.resident, ticket, window(1, 9)).status_code == 200
        assert chooses(api, people.resident, ticket, window(0, 18)).json()["current"] == window(0, 18)
        assert ChosenWindow.objects.get().chosen_by == people.resident
        assert Notice.objects.filter(kind="window_chosen").count() == 2

    def test_a_planned_visit_moves_and_its_technician_hears_of_it(
        self, api: Api, people: People, desk: Desk, ticket: Ticket
    ) -> None:
        visit = sent(desk, ticket, people, 1, 9)
        chooses(api, people.resident, ticket, window(0, 18))
        visit.refresh_from_db()
        assert (visit.window_start, visit.window_end, visit.status) == (at(0, 18), at(0, 20), "dispatched")
        assert "18:00" in Notice.objects.get(user=people.technician, kind="visit_moved").body
        events = api(people.resident).get(url(ticket, "timeline")).json()["results"]
        assert events[-1]["texts"]["zh"] == "上门时间已更改。"

    def test_the_last_technician_is_promised_once(self, api: Api, people: People, desk: Desk, ticket: Ticket) -> None:
        neighbours = desk.opens()
        Ticket.objects.filter(pk=neighbours.pk).update(resident=people.neighbour)
        assert chooses(api, people.neighbour, neighbours, window(1, 9)).status_code == 200
        answer = chooses(api, people.resident, ticket, window(1, 9))
        assert (answer.status_code, answer.json()["code"]) == (409, "window_not_offered")
        assert offered(api, people.resident, ticket) == [window(0, 18)]
        sent(desk, neighbours, people, 0, 18)
        assert offered(api, people.resident, ticket) == [window(1, 9)]

    def test_an_agent_chooses_for_somebody_without_the_app(self, api: Api, people: People, ticket: Ticket) -> None:
        chosen = {**window(1, 9), "on_behalf_of": str(people.resident.pk)}
        assert chooses(api, people.agent, ticket, chosen).status_code == 200
        assert ChosenWindow.objects.get().chosen_by == people.resident

    @pytest.mark.parametrize(
        ("chosen", "status", "code"),
        [
            (window(-1, 9), 400, "window_in_past"),
            (window(0, 14), 409, "window_not_offered"),
            (window(1, 10), 409, "window_not_offered"),
            ({**window(1, 9), "window_end": wire(at(1, 10))}, 409, "window_not_offered"),
            (window(2, 9), 409, "window_not_offered"),
            ({"window_start": "noon"}, 400, "invalid_input"),
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(
        self, api: Api, people: People, ticket: Ticket, chosen: dict[str, str], status: int, code: str
    ) -> None:
        answer = chooses(api, people.resident, ticket, chosen)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert not ChosenWindow.objects.exists()

    def test_a_visit_is_fixed_some_hours_before_and_once_somebody_has_set_out(
        self, api: Api, people: People, desk: Desk, ticket: Ticket
    ) -> None:
        visit = sent(desk, ticket, people, 0, 18)
        with time_is(at(0, 14) + timedelta(seconds=1)):
            answer = chooses(api, people.resident, ticket, window(1, 9))
        assert (answer.status_code, answer.json()["code"]) == (409, "window_fixed")
        assert answer.json()["until"].startswith("2026-11-23T06:00:00")
        Visit.objects.filter(pk=visit.pk).update(status="travelling", window_start=at(1, 18), window_end=at(1, 20))
        assert chooses(api, people.resident, ticket, window(1, 9)).json()["code"] == "window_fixed"
        assert offered(api, people.resident, ticket) == []

    def test_nobody_chooses_for_a_ticket_that_has_ended_or_is_not_theirs(
        self, api: Api, people: People, resolved: Ticket
    ) -> None:
        assert chooses(api, people.resident, resolved, window(1, 9)).json()["code"] == "ticket_not_open"
        assert chooses(api, people.neighbour, resolved, window(1, 9)).status_code == 404
        assert api(people.neighbour).get(url(resolved, "windows")).status_code == 404


class TestOffering:
    def test_administrators_say_what_there_is(self, api: Api, people: People) -> None:
        administrator = api(people.administrator)
        told = {"territory_id": str(people.north.pk), "weekday": 5, "opens": "09:00", "closes": "12:00"}
        made = administrator.post(OFFERED, told)
        assert made.status_code == 201
        assert administrator.post(OFFERED, told).json()["id"] == made.json()["id"]
        assert administrator.delete(f"{OFFERED}/{made.json()['id']}").status_code == 204
        assert administrator.delete(f"{OFFERED}/{made.json()['id']}").status_code == 404

    def test_what_makes_no_sense_is_refused(self, api: Api, people: People) -> None:
        administrator = api(people.administrator)
        told = {"territory_id": str(people.north.pk), "weekday": 5, "opens": "09:00", "closes": "12:00"}
        assert codes(administrator.post(OFFERED, {**told, "closes": "09:00"})) == {"closes": "window_not_valid"}
        assert codes(administrator.post(OFFERED, {**told, "weekday": 7})) == {"weekday": "max_value"}
        assert codes(administrator.post(OFFERED, {**told, "territory_id": str(uuid7())})) == {
            "territory_id": "territory_unknown"
        }


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_the_same_moment_do_not_both_get_the_last_technician(
    api: Api, people: People, world: World
) -> None:
    tickets = [world.ticket(resident) for resident in (people.resident, people.neighbour)]
    clients = [api(people.resident), api(people.neighbour)]

    def choose(number: int) -> int:
        try:
            return int(clients[number].post(url(tickets[number], "windows"), window(1, 9)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as residents:
        assert sorted(residents.map(choose, range(2))) == [200, 409]
