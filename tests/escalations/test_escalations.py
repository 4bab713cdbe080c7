"""Three days in vain: a ticket whose fault nobody can find goes to the supervisors."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.statements import statements
from tests.tickets.conftest import Api
from tests.world import World
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.services import resolve_ticket
from tickets.escalations.models import Escalation
from tickets.visits.services import check_in, leave_incomplete

URL = "/api/v1/escalations"
MONDAY = datetime(2031, 3, 3, 4, tzinfo=UTC)
"""Noon in Shanghai."""
InVain = Callable[..., None]


def at(day: int, hours: float = 0) -> datetime:
    """So many days and hours after Monday noon."""
    return MONDAY + timedelta(days=day, hours=hours)


@pytest.fixture
def ticket(people: People, world: World) -> Ticket:
    people.supervisor  # noqa: B018  # made here
    with time_is(at(-1)):
        return world.ticket()


@pytest.fixture
def in_vain(people: People, world: World, ticket: Ticket) -> InVain:
    """`in_vain(moment)`: somebody was there then, and left without knowing what is wrong."""

    def in_vain(moment: datetime, technician: User | None = None, *, undiagnosed: bool = True) -> None:
        actor = Actor(technician or people.technician)
        with time_is(moment):
            visit = world.dispatched_visit(actor.user, ticket)
            check_in(actor=actor, occurred_at=now(), visit_id=visit.pk)
            leave_incomplete(
                actor=actor,
                occurred_at=now(),
                visit_id=visit.pk,
                reason="No fault to be found.",
                next_visit_wanted=True,
                undiagnosed=undiagnosed,
            )

    return in_vain


@pytest.fixture
def escalation(in_vain: InVain) -> Escalation:
    for day in range(3):
        in_vain(at(day))
    return Escalation.objects.get()


def take_up(api: Api, person: User, escalation: Escalation, note: str = "Ask the maker.") -> Any:
    return api(person).post(f"{URL}/{escalation.pk}/take-up", {"note": note})


def give_back(api: Api, person: User, escalation: Escalation) -> Any:
    return api(person).post(f"{URL}/{escalation.pk}/give-back", {"reason": "On leave."})


def waiting(api: Api, people: People) -> list[str]:
    """The tickets that the desk sees waiting for a supervisor."""
    found = api(people.dispatcher).get("/api/v1/tickets", {"escalated": True}).json()["results"]
    return [ticket["reference"] for ticket in found]


# When


def test_on_the_third_day_in_vain_the_supervisors_hear_of_it_and_the_ticket_stands_on_their_list(
    api: Api, people: People, ticket: Ticket, in_vain: InVain
) -> None:
    """Whoever it was that went there."""
    in_vain(at(0))
    in_vain(at(1), people.colleague)
    assert waiting(api, people) == []
    in_vain(at(2))
    assert waiting(api, people) == [ticket.reference]
    [shown] = api(people.dispatcher).get(URL, {"waiting": True}).json()["results"]
    assert (shown["ticket_reference"], shown["days"], shown["taken_up_by"]) == (ticket.reference, 3, None)
    [notice] = Notice.objects.filter(kind="ticket_escalated")
    assert notice.user == people.supervisor
    assert "3 days" in notice.body
    assert "3 天" in notice.body_zh
    assert not TicketEvent.objects.get(ticket=ticket, kind="ticket_escalated").public
    assert "escalated_at" not in api(people.resident).get(f"/api/v1/tickets/{ticket.pk}").json()


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param([at(0), at(0, 3), at(1)], id="twice on one day"),
        pytest.param([at(0, -5), at(0), at(1)], id="three days of UTC, two of the territory"),
        pytest.param([at(0), at(7)], id="on two days"),
    ],
)
def test_as_long_as_it_was_not_on_three_different_days_it_stays_where_it_is(
    in_vain: InVain, moments: list[datetime]
) -> None:
    for moment in moments:
        in_vain(moment)
    assert not Escalation.objects.exists()


def test_a_visit_that_was_left_for_another_reason_does_not_count(in_vain: InVain) -> None:
    for day in range(4):
        in_vain(at(day), undiagnosed=day < 2)
    assert not Escalation.objects.exists()


def test_how_many_days_are_too_many_is_configured(settings: Settings, in_vain: InVain) -> None:
    settings.UNDIAGNOSED_DAYS = 1
    in_vain(at(0))
    assert Escalation.objects.get().days == 1


def test_what_a_phone_tells_late_counts_for_the_day_on_which_it_was(
    people: People, world: World, ticket: Ticket, in_vain: InVain, phone: Callable[[User], Phone]
) -> None:
    """The colleague was there on Tuesday, without signal; somebody else on Monday. We hear of both on Wednesday."""
    with time_is(at(1)):
        visit = world.dispatched_visit(people.colleague, ticket)
        handset = phone(people.colleague)
        handset.pull()
    with time_is(at(2)):
        handset.does("visit.check_in", hours_ago=25, visit_id=visit)
        told: dict[str, Any] = {"reason": "?", "next_visit_wanted": True, "undiagnosed": True}
        handset.does("visit.leave_incomplete", hours_ago=24, visit_id=visit, **told)
        handset.push(reply_is_lost=True)
        assert handset.push() == ["applied"] * 2
    in_vain(at(2, 1))
    assert not Escalation.objects.exists()
    in_vain(at(3))
    assert (Escalation.objects.get().days, Escalation.objects.get().escalated_at) == (3, at(3))
    handset.pull()
    assert handset.replica() == fresh_phone(people.colleague).replica()


# Who sees to it


def test_a_supervisor_takes_it_up_and_answers_for_it_from_then_on(
    api: Api, people: People, ticket: Ticket, escalation: Escalation
) -> None:
    answer = take_up(api, people.supervisor, escalation)
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["taken_up_by"]["name"], shown["note"]) == (people.supervisor.name, "Ask the maker.")
    assert waiting(api, people) == []
    ticket.refresh_from_db()
    assert ticket.responsible == people.supervisor
    assert take_up(api, people.supervisor, escalation, "Again.").json()["note"] == "Ask the maker."


def test_only_one_sees_to_it_and_the_others_read_who(api: Api, people: People, escalation: Escalation) -> None:
    take_up(api, people.supervisor, escalation)
    RoleGrant.objects.create(user=people.dispatcher, role=Role.SUPERVISOR, territory=people.north)
    refused = take_up(api, people.dispatcher, escalation)
    assert refused.status_code == 409
    assert (refused.json()["code"], refused.json()["taken_up_by"]) == ("escalation_taken_up", people.supervisor.name)


def test_what_is_given_back_waits_again_and_all_supervisors_hear_of_it(
    api: Api, people: People, ticket: Ticket, escalation: Escalation
) -> None:
    take_up(api, people.supervisor, escalation)
    for _ in range(2):
        back = give_back(api, people.supervisor, escalation)
        assert (back.status_code, back.json()["taken_up_by"], back.json()["note"]) == (200, None, "")
    assert waiting(api, people) == [ticket.reference]
    assert Notice.objects.filter(kind="ticket_escalated").count() == 2
    kinds = TicketEvent.objects.filter(ticket=ticket, kind__startswith="escalation").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["escalation_taken_up", "escalation_given_back"]


def test_one_that_waits_is_not_escalated_again_and_after_it_was_taken_up_the_days_are_counted_anew(
    api: Api, people: People, escalation: Escalation, in_vain: InVain
) -> None:
    in_vain(at(3))
    assert Escalation.objects.count() == 1
    take_up(api, people.supervisor, escalation)
    for day in (4, 5):
        in_vain(at(day))
    again = Escalation.objects.get(taken_up_at=None)
    assert (again.days, again.escalated_at) == (3, at(5))
    assert give_back(api, people.supervisor, escalation).json()["code"] == "escalated_again"


def test_what_is_solved_waits_for_nobody(api: Api, people: People, ticket: Ticket, escalation: Escalation) -> None:
    with time_is(at(3)):
        resolve_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=ticket.pk, resolution_code="repaired")
    assert waiting(api, people) == []
    assert api(people.dispatcher).get(URL, {"waiting": True}).json()["results"] == []
    refused = take_up(api, people.supervisor, escalation)
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_not_open")


def test_many_escalations_cost_what_one_costs(api: Api, people: People, world: World, escalation: Escalation) -> None:
    reader = api(people.dispatcher)
    reader.get(URL)
    for _ in range(2):
        with statements(2):  # who asks, escalations
            reader.get(URL)
        same = {"visit": escalation.visit, "days": 3, "escalated_at": now(), "received_at": now()}
        Escalation.objects.create(ticket=world.ticket(), **same)
