"""Who is sent where, and what stands in the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import RoleGrant
from fieldsvc.errors import DomainError
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.visits.conftest import window
from tickets.visits.models import Visit
from tickets.visits.selectors import active_technician, technicians_of
from tickets.visits.services import dispatch_visit


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def test_a_dispatched_technician_has_to_acknowledge_and_the_resident_hears_when_somebody_comes(people, ticket, visit):
    told = Notice.objects.get(user=people.technician)
    assert (told.kind, told.wants_ack, told.urgent, told.subject_id) == ("visit_dispatched", True, True, visit.pk)
    assert ticket.reference in told.title
    assert Notice.objects.filter(user=people.resident, kind="visit_scheduled").count() == 1
    ticket.refresh_from_db()
    assert (visit.status, ticket.status) == ("dispatched", "dispatched")
    assert active_technician(ticket.pk) == people.technician
    assert technicians_of([ticket.pk]) == {ticket.pk: {people.technician.pk}}


def test_a_technician_without_the_skill_is_sent_only_with_a_reason(api, people, ticket, skill):
    people.technician.skills.clear()
    body = {"technician_id": people.technician.pk, **window()}
    dispatch = f"/api/v1/tickets/{ticket.pk}/dispatch"
    answer = api(people.dispatcher).post(dispatch, body)
    assert refusal(answer) == (409, "technician_lacks_skill")
    assert answer.json()["missing"] == ["gas"]
    answer = api(people.dispatcher).post(dispatch, body | {"override_reason": "Learns it from the gas company today."})
    assert answer.status_code == 201
    assert answer.json()["override_reason"] == "Learns it from the gas company today."


def test_a_technician_of_another_territory_is_sent_only_with_a_reason(api, people, ticket):
    RoleGrant.objects.filter(user=people.technician).update(territory=people.south)
    body = {"technician_id": people.technician.pk, **window()}
    dispatch = f"/api/v1/tickets/{ticket.pk}/dispatch"
    assert refusal(api(people.dispatcher).post(dispatch, body)) == (409, "technician_outside_territory")
    assert api(people.dispatcher).post(dispatch, body | {"override_reason": "Flood"}).status_code == 201


@pytest.mark.parametrize("person", ["storekeeper", "resident"])
def test_only_technicians_are_sent(api, people, ticket, person):
    body = {"technician_id": getattr(people, person).pk, "override_reason": "why not", **window()}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)
    assert refusal(answer) == (400, "not_a_technician")


def test_a_window_ends_after_it_starts(api, people, ticket):
    body = {"technician_id": people.technician.pk, **window(length=0)}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)
    assert refusal(answer) == (400, "window_not_valid")
    assert answer.json()["errors"][0]["field"] == "window_end"


@pytest.mark.parametrize("door", ["reschedule", "reassign", "add-companion"])
def test_so_it_does_wherever_somebody_promises_one(api, people, visit, door):
    body = {"technician_id": people.colleague.pk, "reason": "Ill.", **window(hours=5, length=-1)}
    answer = api(people.dispatcher).post(f"/api/v1/visits/{visit.pk}/{door}", body)
    assert refusal(answer) == (400, "window_not_valid")
    assert answer.json()["errors"][0]["field"] == "window_end"
    assert list(Visit.objects.values_list("pk", "status", "window_end")) == [(visit.pk, "dispatched", visit.window_end)]


def test_work_is_given_to_somebody_without_the_skill_only_with_a_reason(api, people, visit, skill):
    people.colleague.skills.clear()
    body = {"technician_id": people.colleague.pk, "reason": "Ill."}
    url = f"/api/v1/visits/{visit.pk}/reassign"
    answer = api(people.dispatcher).post(url, body)
    assert (refusal(answer), answer.json()["missing"]) == ((409, "technician_lacks_skill"), ["gas"])
    visit.refresh_from_db()
    assert visit.status == "dispatched", "the first one keeps it"
    answer = api(people.dispatcher).post(url, body | {"override_reason": "The gas company is there, too."})
    assert (answer.status_code, answer.json()["override_reason"]) == (201, "The gas company is there, too.")


def test_a_window_of_more_than_a_month_is_no_appointment(api, people, ticket):
    body = {"technician_id": people.technician.pk, **window(length=24 * 31 + 1)}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)
    assert refusal(answer) == (400, "window_too_long")
    assert (answer.json()["errors"][0]["field"], answer.json()["limit"]) == ("window_end", 31)
    body |= window(length=24 * 31)
    assert api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body).status_code == 201


def test_nobody_is_promised_to_two_places_at_once(api, people, visit, complain):
    other = complain()
    body = {
        "technician_id": people.technician.pk,
        "window_start": visit.window_end - timedelta(minutes=1),
        "window_end": visit.window_end + timedelta(hours=1),
    }
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{other.pk}/dispatch", body)
    assert refusal(answer) == (409, "visit_overlaps")
    assert answer.json()["visit"] == str(visit.pk)
    # One visit may begin the moment another ends.
    body["window_start"] = visit.window_end
    assert api(people.dispatcher).post(f"/api/v1/tickets/{other.pk}/dispatch", body).status_code == 201


def test_a_cancelled_visit_leaves_its_window_free(people, do, visit, complain, send):
    do(people.dispatcher, visit, "cancel", reason="The resident called it off.")
    again = send(complain(), window_start=visit.window_start, window_end=visit.window_end)
    assert again.status == "dispatched"


def test_whoever_is_second_hears_who_has_the_ticket(api, people, visit):
    body = {"technician_id": people.colleague.pk, **window()}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{visit.ticket_id}/dispatch", body)
    assert refusal(answer) == (409, "ticket_has_visit")
    assert answer.json()["technician"] == "Tom Technician"
    assert answer.json()["planned_by"] == people.dispatcher.name
    assert answer.json()["planned_at"]


def test_a_repeated_request_is_the_same_visit(api, people, ticket):
    body = {"id": uuid7(), "technician_id": people.technician.pk, **window()}
    dispatch = f"/api/v1/tickets/{ticket.pk}/dispatch"
    first, second = (api(people.dispatcher).post(dispatch, body) for _ in range(2))
    assert first.json()["id"] == second.json()["id"] == str(body["id"])
    assert Notice.objects.filter(kind="visit_dispatched").count() == 1
    taken = api(people.dispatcher).post(dispatch, body | {"technician_id": people.colleague.pk})
    assert refusal(taken) == (409, "id_taken")


def test_a_planned_visit_is_sent_by_a_step_of_its_own(api, people, ticket, do):
    body = {"technician_id": people.technician.pk, **window()}
    planned = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/visits", body).json()
    assert planned["status"] == "scheduled"
    assert not Notice.objects.filter(user=people.technician).exists()
    visit = Visit.objects.get(pk=planned["id"])
    assert do(people.technician, visit, "accept")["code"] == "visit_transition_not_allowed"
    assert do(people.dispatcher, visit, "dispatch")["status"] == "dispatched"
    assert do(people.dispatcher, visit, "dispatch")["status"] == "dispatched"
    assert Notice.objects.filter(user=people.technician).count() == 1


def test_nothing_is_planned_for_a_ticket_that_has_ended(api, people, ticket):
    api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/cancel", {"reason": "Filed twice."})
    body = {"technician_id": people.technician.pk, **window()}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)
    assert refusal(answer) == (409, "ticket_not_open")


def test_the_first_stays_responsible_until_the_next_has_accepted(people, do, visit, ticket):
    do(people.technician, visit, "accept")
    ticket.refresh_from_db()
    assert ticket.responsible == people.technician

    new = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Nearer by.")
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, new["status"], new["replaces_id"]) == ("cancelled", "dispatched", str(visit.pk))
    assert (new["window_start"], ticket.status) == (visit.window_start.isoformat().replace("+00:00", "Z"), "dispatched")
    assert ticket.responsible == people.technician
    assert Notice.objects.filter(user=people.technician, kind="visit_cancelled").count() == 1
    assert Notice.objects.filter(user=people.colleague, kind="visit_dispatched", wants_ack=True).count() == 1
    assert active_technician(ticket.pk) == people.colleague
    assert technicians_of([ticket.pk]) == {ticket.pk: {people.colleague.pk}}

    do(people.colleague, Visit.objects.get(pk=new["id"]), "accept")
    ticket.refresh_from_db()
    assert ticket.responsible == people.colleague


def test_a_visit_is_not_given_to_the_one_who_has_it_nor_after_it_has_ended(people, do, visit):
    again = do(people.dispatcher, visit, "reassign", technician_id=people.technician.pk, reason="?")
    assert again["code"] == "same_technician"
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    late = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="?")
    assert (late["code"], late["allowed"]) == ("visit_transition_not_allowed", [])


def test_a_reassignment_that_fails_leaves_everything_as_it_was(people, do, visit, complain, send):
    send(complain(), technician=people.colleague, window_start=visit.window_start, window_end=visit.window_end)
    answer = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Nearer by.")
    visit.refresh_from_db()
    assert (answer["code"], visit.status) == ("visit_overlaps", "dispatched")
    assert not Notice.objects.filter(kind="visit_cancelled").exists()


def test_cancelling_brings_the_ticket_back_to_planning_and_nobody_waits_for_an_answer(people, do, visit, ticket):
    assert do(people.dispatcher, visit, "cancel", reason="Filed twice.")["status"] == "cancelled"
    assert do(people.dispatcher, visit, "cancel", reason="Filed twice.")["status"] == "cancelled"
    ticket.refresh_from_db()
    assert ticket.status == "triaged"
    assert Notice.objects.get(user=people.technician, kind="visit_dispatched").escalate_at is None
    assert Notice.objects.filter(user=people.technician, kind="visit_cancelled").count() == 1


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("agent", 403),
        ("technician", 403),
        ("resident", 403),
        ("administrator", 403),
        ("storekeeper", 404),
        ("colleague", 404),
        ("neighbour", 404),
        ("southern_dispatcher", 404),
        (None, 401),
    ],
)
def test_only_dispatchers_of_the_territory_plan(api, people, visit, person, status):
    client = api(getattr(people, person) if person else None)
    for step in ["dispatch", "cancel", "reassign"]:
        body = {"reason": "?", "technician_id": people.colleague.pk}
        assert client.post(f"/api/v1/visits/{visit.pk}/{step}", body).status_code == status
    body = {"technician_id": people.colleague.pk, **window()}
    assert client.post(f"/api/v1/tickets/{visit.ticket_id}/dispatch", body).status_code == status


@pytest.mark.django_db(transaction=True)
def test_eight_dispatchers_at_once_assign_a_ticket_once(people, ticket):
    technician = people.technician
    actor = Actor(user=people.dispatcher)

    def assign(number: int) -> str:
        try:
            dispatch_visit(
                actor=actor,
                occurred_at=ticket.reported_at,
                ticket_id=ticket.pk,
                technician_id=technician.pk,
                **window(),
            )
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()
        return "dispatched"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(assign, range(8)))
    assert outcomes == ["dispatched"] + ["ticket_has_visit"] * 7


@pytest.mark.django_db(transaction=True)
def test_eight_dispatchers_drag_the_same_tickets_and_each_is_assigned_once(people, complain):
    tickets = [complain() for _ in range(6)]
    times = [window(2 + 3 * number) for number in range(len(tickets))]
    technicians = [people.technician, people.colleague]
    actor = Actor(user=people.dispatcher)

    def drag(number: int) -> list[str]:
        """Every second one for the other technician, and from the other end."""
        outcomes = []
        for ticket, when in list(zip(tickets, times, strict=True))[:: -1 if number % 2 else 1]:
            who = technicians[number % 2].pk
            try:
                dispatch_visit(
                    actor=actor, occurred_at=ticket.reported_at, ticket_id=ticket.pk, technician_id=who, **when
                )
                outcomes.append("dispatched")
            except DomainError as refused:
                outcomes.append(f"{refused.code}: {refused.extra['planned_by']}")
        connection.close()
        return outcomes

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(outcome for one in pool.map(drag, range(8)) for outcome in one)
    assert outcomes == ["dispatched"] * 6 + [f"ticket_has_visit: {people.dispatcher.name}"] * 42
    assert set(Visit.objects.values_list("ticket", flat=True)) == {ticket.pk for ticket in tickets}
    assert Notice.objects.filter(kind="visit_dispatched").count() == 6


@pytest.mark.django_db(transaction=True)
def test_eight_tickets_at_once_for_one_window_of_a_technician_go_to_one(people, complain):
    tickets = [complain() for _ in range(8)]
    technician, actor, when = people.technician, Actor(user=people.dispatcher), window()

    def assign(ticket) -> str:
        try:
            dispatch_visit(
                actor=actor, occurred_at=ticket.reported_at, ticket_id=ticket.pk, technician_id=technician.pk, **when
            )
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()
        return "dispatched"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(assign, tickets))
    assert outcomes == ["dispatched"] + ["visit_overlaps"] * 7
