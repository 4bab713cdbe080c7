"""Sending somebody without being asked: only where it is configured, and never past a person."""

from typing import Any

import pytest

from accounts.models import User
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.routes.conftest import TODAY, District, at
from tests.suggestions.test_suggestions import at_work, wire
from tickets.models import AutoDispatchRule, Ticket, Visit
from tickets.suggestions.dispatching import dispatch_by_suggestion, dispatch_waiting
from tickets.suggestions.selectors import suggest
from tickets.visits.services import decline_visit

pytestmark = pytest.mark.at(TODAY)

RULES = "/api/v1/auto-dispatch-rules"


@pytest.fixture
def rule(district: District, api: Any) -> Any:
    """All day, from 50 of 100 on."""
    assert district.people.dispatcher
    told = {"service_type": district.world.service_type.code, "from_score": 50, "opens": "00:00", "closes": "00:00"}
    answer = api(district.people.administrator).post(RULES, told)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def the_worker_sends() -> list[str]:
    """Who has an active visit by now."""
    dispatch_waiting(at=now())
    active = Visit.objects.filter(status__in=Visit.ACTIVE).order_by("window_start")
    return list(active.values_list("technician__name", flat=True))


def decline(ticket: Ticket) -> None:
    visit = Visit.objects.get(ticket=ticket, status__in=Visit.ACTIVE)
    person = User.objects.get(pk=visit.technician_id)
    decline_visit(actor=Actor(person), occurred_at=now(), visit_id=visit.pk, reason="Too far")


def standing(district: District, ticket: Ticket) -> Any:
    return district.desk.get(f"/api/v1/tickets/{ticket.pk}/auto-dispatch").json()


def timeline(district: District, ticket: Ticket) -> list[Any]:
    events = district.desk.get(f"/api/v1/tickets/{ticket.pk}/timeline").json()["results"]
    return [event for event in events if event["kind"].startswith("auto_")]


def given_up() -> list[str]:
    return list(Notice.objects.filter(kind="auto_dispatch_gave_up").values_list("user__name", flat=True))


def test_nothing_is_dispatched_automatically_unless_it_is_configured(district: District, api: Any) -> None:
    at_work(district, "Tom")
    ticket = district.ticket(km=0)
    assert the_worker_sends() == []
    assert (standing(district, ticket)["rule"], standing(district, ticket)["waits"]) == (None, False)


def test_the_best_suggestion_gets_the_ticket_and_the_timeline_says_why(district: District, rule: Any) -> None:
    at_work(district, "Far", km=20), at_work(district, "Near", km=1)
    ticket = district.ticket(km=0)
    assert standing(district, ticket)["waits"] is True
    assert the_worker_sends() == the_worker_sends() == ["Near"]
    [event] = timeline(district, ticket)
    assert (event["kind"], event["public"]) == ("auto_dispatched", False)
    assert "Dispatched automatically to Near" in event["texts"]["en"]
    assert "minutes on the way" in event["texts"]["en"]
    assert "自动派单给Near" in event["texts"]["zh"]
    [visit] = standing(district, ticket)["visits"]
    assert (visit["status"], visit["technician"]["name"]) == ("dispatched", "Near")


def test_what_is_declined_goes_to_the_next_and_after_the_last_to_the_dispatchers(district: District, rule: Any) -> None:
    at_work(district, "Near"), at_work(district, "Far", km=5)
    ticket = district.ticket(km=0)
    assert the_worker_sends() == ["Near"]
    decline(ticket)
    assert the_worker_sends() == ["Far"]
    assert given_up() == []
    decline(ticket)
    assert the_worker_sends() == the_worker_sends() == []
    assert given_up() == ["Dora Dispatcher"]
    assert [event["kind"] for event in timeline(district, ticket)][-1] == "auto_dispatch_gave_up"
    assert standing(district, ticket)["stop"]["stopped_by"] is None


def test_nobody_is_sent_by_a_suggestion_that_is_not_good_enough(district: District, rule: Any) -> None:
    AutoDispatchRule.objects.update(from_score=99)
    at_work(district, "Far", km=20)
    district.ticket(km=0)
    assert the_worker_sends() == []
    assert given_up() == ["Dora Dispatcher"]


def test_a_person_takes_over_and_gives_back(district: District, rule: Any) -> None:
    at_work(district, "Tom")
    ticket = district.ticket(km=0)
    url = f"/api/v1/tickets/{ticket.pk}/auto-dispatch"
    for _ in range(2):
        assert district.desk.post(f"{url}/stop", {"reason": "A friend of mine"}).json()["waits"] is False
    assert the_worker_sends() == []
    assert standing(district, ticket)["stop"]["stopped_by"]["name"] == "Dora Dispatcher"
    for _ in range(2):
        assert district.desk.post(f"{url}/resume").json()["waits"] is True
    assert the_worker_sends() == ["Tom"]
    told = ["auto_dispatch_stopped", "auto_dispatch_resumed", "auto_dispatched"]
    assert [event["kind"] for event in timeline(district, ticket)] == told
    assert given_up() == []


@pytest.mark.parametrize("step", ["cancel", "reassign"])
def test_who_calls_off_or_gives_away_such_a_visit_has_taken_over(district: District, rule: Any, step: str) -> None:
    at_work(district, "Tom", km=0)
    ann = at_work(district, "Ann", km=9)
    ticket = district.ticket(km=0)
    assert the_worker_sends() == ["Tom"]
    visit = Visit.objects.get(ticket=ticket)
    other = {"technician_id": str(ann.pk)} if step == "reassign" else {}
    assert district.desk.post(f"/api/v1/visits/{visit.pk}/{step}", {"reason": "No", **other}).status_code < 300
    if step == "reassign":
        decline(ticket)
    assert the_worker_sends() == []
    assert standing(district, ticket)["waits"] is False


def test_what_a_person_has_planned_is_never_touched(district: District, rule: Any) -> None:
    tom = at_work(district, "Tom")
    at_work(district, "Ann")
    visit = district.visit(tom, 0, (10, 11))
    district.desk.post(f"/api/v1/visits/{visit.pk}/dispatch")
    assert the_worker_sends() == ["Tom"]
    decline(visit.ticket)
    assert the_worker_sends() == []


def test_whoever_was_quicker_than_the_worker_keeps_the_ticket(district: District, rule: Any) -> None:
    tom, ann = at_work(district, "Tom"), at_work(district, "Ann", km=9)
    ticket = district.ticket(km=0)
    suggestions = suggest(ticket, at=now()).found
    window = {"window_start": wire(at(14)), "window_end": wire(at(15))}
    district.desk.post(f"/api/v1/tickets/{ticket.pk}/dispatch", {"technician_id": str(ann.pk), **window})
    sent = dispatch_by_suggestion(actor=Actor.system(), occurred_at=now(), ticket_id=ticket.pk, suggestions=suggestions)
    assert (sent, Visit.objects.get(ticket=ticket).technician_id) == (None, ann.pk)
    # And who was promised to others since, is passed over.
    other = district.ticket(km=0)
    suggestions = suggest(other, at=now()).found
    assert suggestions[0].technician.pk == tom.pk
    district.visit(tom, 0, (8, 10))
    sent = dispatch_by_suggestion(actor=Actor.system(), occurred_at=now(), ticket_id=other.pk, suggestions=suggestions)
    assert sent is not None
    assert sent.technician_id == ann.pk


def test_it_happens_in_its_hours_by_the_wall_clock_of_the_territory(district: District, rule: Any) -> None:
    at_work(district, "Tom", hours=(8, 23))
    district.ticket(km=0)
    AutoDispatchRule.objects.update(opens="18:00", closes="08:00")  # over night
    assert the_worker_sends() == []
    AutoDispatchRule.objects.update(opens="09:00", closes="12:00")
    assert the_worker_sends() == []
    with time_is(at(9)):
        assert the_worker_sends() == ["Tom"]


def test_the_desk_sees_the_rules_and_takes_one_back(district: District, rule: Any, api: Any) -> None:
    [row] = district.desk.get(RULES).json()["results"]
    assert (row["service_type"], row["from_score"]) == ("leak", 50)
    administrator = api(district.people.administrator)
    assert administrator.delete(f"{RULES}/{row['id']}").status_code == 204
    assert administrator.delete(f"{RULES}/{row['id']}").status_code == 404
    at_work(district, "Tom")
    district.ticket(km=0)
    assert the_worker_sends() == []
