"""A visit from acceptance to the end, while there is signal."""

import json
from datetime import timedelta

import pytest

from fieldsvc.time import now, time_is
from notifications.models import Notice
from tests.visits.conftest import DONE, HERE
from tickets.clock.models import TicketClock
from tickets.complaints.models import TicketEvent
from tickets.visits.models import Visit


def timeline(ticket):
    return list(TicketEvent.objects.filter(ticket=ticket).order_by("id").values_list("kind", flat=True))


@pytest.fixture
def on_site(people, do, visit):
    do(people.technician, visit, "check-in", **HERE)
    return visit


def test_a_visit_goes_its_way_and_the_resident_follows_each_step(people, do, visit, ticket):
    technician = people.technician
    assert do(technician, visit, "accept")["status"] == "accepted"
    assert do(technician, visit, "travel")["status"] == "travelling"
    assert do(technician, visit, "check-in", **HERE)["kind"] == "arrival"
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    answered = do(technician, visit, "edit", diagnosis="Seal worn out.", checklist_answers={"tight": True})
    assert answered["diagnosis"] == "Seal worn out."
    done = do(technician, visit, "complete", **DONE)
    assert (done["status"], done["resolution_code"], done["allowed"]) == ("completed", "repaired", [])
    assert do(technician, visit, "check-out", **HERE)["kind"] == "departure"

    ticket.refresh_from_db()
    visit.refresh_from_db()
    assert (ticket.status, ticket.resolution_code, ticket.responsible) == ("resolved", "repaired", technician)
    assert visit.accepted_at < visit.travelling_at < visit.arrived_at < visit.completed_at < visit.departed_at
    assert timeline(ticket) == [
        "ticket_opened",
        "visit_scheduled",
        "visit_dispatched",
        "visit_accepted",
        "technician_travelling",
        "technician_arrived",
        "visit_completed",
        "ticket_resolved",
        "technician_left",
    ]
    heard = Notice.objects.filter(user=people.resident).values_list("kind", flat=True)
    assert {"visit_scheduled", "technician_travelling", "technician_arrived", "ticket_resolved"} <= set(heard)


def test_nobody_waits_for_an_acknowledgement_of_an_accepted_visit(people, do, visit):
    do(people.technician, visit, "accept")
    assert Notice.objects.get(user=people.technician, kind="visit_dispatched").escalate_at is None


def test_a_declined_visit_goes_back_to_planning_and_only_the_desk_reads_why(people, do, visit, ticket):
    declined = do(people.technician, visit, "decline", reason="No ladder.")
    assert (declined["status"], declined["decline_reason"]) == ("cancelled", "No ladder.")
    ticket.refresh_from_db()
    assert ticket.status == "triaged"
    event = TicketEvent.objects.get(ticket=ticket, kind="visit_declined")
    assert (event.public, event.data["reason"]) == (False, "No ladder.")
    assert Notice.objects.get(user=people.technician).escalate_at is None


def test_once_on_the_way_a_visit_is_not_declined_but_left(people, do, visit, ticket):
    do(people.technician, visit, "travel")
    refused = do(people.technician, visit, "decline", reason="Flat tyre.")
    assert (refused["code"], refused["status"]) == ("visit_transition_not_allowed", 409)
    assert "leave_incomplete" in refused["allowed"]
    left = do(people.technician, visit, "leave-incomplete", reason="Flat tyre.", next_visit_wanted=True)
    assert (left["status"], left["incomplete_reason"], left["next_visit_wanted"]) == ("incomplete", "Flat tyre.", True)
    ticket.refresh_from_db()
    assert ticket.status == "triaged"


def test_saying_it_twice_changes_nothing(people, do, visit):
    for step in ["accept", "travel", "accept"]:
        answer = do(people.technician, visit, step)
    assert answer["status"] == "travelling"
    assert TicketEvent.objects.filter(ticket=visit.ticket, kind="visit_accepted").count() == 1


def test_whoever_sets_out_has_accepted(people, do, visit, ticket):
    do(people.technician, visit, "travel")
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert visit.accepted_at is not None
    assert ticket.responsible == people.technician


def test_work_is_not_finished_before_it_has_begun(people, do, visit):
    refused = do(people.technician, visit, "complete", **DONE)
    assert (refused["code"], refused["status"]) == ("visit_not_on_site", 409)
    assert "check_in" in refused["allowed"]
    assert do(people.technician, visit, "check-out", **HERE)["code"] == "visit_not_on_site"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"resolution_code": "magic"}, "resolution_code_unknown", "resolution_code"),
        ({"signed_by": ""}, "signature_missing", "signed_by"),
        ({"parts_answer": "used"}, "parts_answer_wrong", "parts_answer"),
        ({"parts_answer": "maybe"}, "invalid_input", "parts_answer"),
    ],
)
def test_a_record_that_lacks_something_names_it(people, do, on_site, change, code, field):
    do(people.technician, on_site, "edit", checklist_answers={"tight": True})
    refused = do(people.technician, on_site, "complete", **{**DONE, **change})
    assert (refused["code"], refused["errors"][0]["field"]) == (code, field)
    on_site.refresh_from_db()
    assert on_site.status == "on_site"


def test_every_check_of_the_list_is_answered(people, do, on_site):
    refused = do(people.technician, on_site, "complete", **DONE)
    assert (refused["code"], refused["missing"]) == ("checklist_incomplete", ["tight"])
    do(people.technician, on_site, "edit", checklist_answers={"tight": False})
    assert do(people.technician, on_site, "complete", **DONE)["status"] == "completed"


def test_a_reason_may_stand_in_for_a_signature(people, do, on_site):
    do(people.technician, on_site, "edit", checklist_answers={"tight": True})
    unsigned = {**DONE, "signed_by": "", "no_signature_reason": "Nobody at home, the porter let me in."}
    assert do(people.technician, on_site, "complete", **unsigned)["status"] == "completed"


def test_a_visit_ends_with_one_result(people, do, on_site):
    do(people.technician, on_site, "edit", checklist_answers={"tight": True})
    do(people.technician, on_site, "complete", **DONE)
    assert do(people.technician, on_site, "complete", **DONE)["status"] == "completed"
    other = do(people.technician, on_site, "complete", **{**DONE, "signed_by": "Nils"})
    assert other["code"] == "visit_ended_otherwise"
    left = do(people.technician, on_site, "leave-incomplete", reason="?", next_visit_wanted=False)
    assert left["code"] == "visit_transition_not_allowed"
    assert do(people.technician, on_site, "edit", diagnosis="Later thought.")["code"] == "visit_ended"


def test_two_windows_of_one_technician_that_edit_the_same_line_hear_of_each_other(people, do, on_site):
    do(people.technician, on_site, "edit", diagnosis="Seal worn.")
    stale = do(people.technician, on_site, "edit", diagnosis="Seal missing.", base={"diagnosis": ""})
    assert stale["diagnosis"] == "Seal worn.\nSeal missing."
    stale = do(people.technician, on_site, "edit", diagnosis="Pipe broken.", base={"diagnosis": "Seal worn."})
    assert stale["code"] == "changed_meanwhile"


@pytest.mark.parametrize("answer", ["a\u0000b", "\ud800", 10**30, 1e999, ["yes"], {"deep": 1}, "x" * 2001])
def test_an_answer_that_nobody_can_keep_is_refused(api, people, on_site, answer):
    body = json.dumps({"checklist_answers": {"tight": answer}})
    edit = f"/api/v1/visits/{on_site.pk}/edit"
    refused = api(people.technician).post(edit, body.encode(), content_type="application/json")
    assert refused.status_code == 400
    body = json.dumps({"diagnosis": "Seal.", "base": {"checklist_answers": {"tight": answer}}})
    refused = api(people.technician).post(edit, body.encode(), content_type="application/json")
    assert refused.status_code == 400


def test_the_arrival_is_what_the_promise_is_judged_by(people, do, visit, ticket):
    with time_is(now() + timedelta(hours=3)):
        do(people.technician, visit, "check-in", **HERE)
        clock = TicketClock.objects.get(ticket=ticket, target="on_site")
        assert (clock.state, clock.met_at, clock.judged_in_hindsight) == ("met", now(), False)


def test_an_unfinished_visit_leaves_the_ticket_to_be_planned_again(people, do, on_site, ticket, send):
    do(people.technician, on_site, "leave-incomplete", reason="Needs a pump.", next_visit_wanted=True)
    ticket.refresh_from_db()
    assert ticket.status == "triaged"
    again = send(ticket, window_start=now() + timedelta(days=1), window_end=now() + timedelta(days=1, hours=1))
    assert again.status == "dispatched"


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("colleague", 404),
        ("neighbour", 404),
        ("southern_dispatcher", 404),
        ("storekeeper", 404),
        ("dispatcher", 403),
        ("supervisor", 403),
        ("administrator", 403),
        ("resident", 403),
        (None, 401),
    ],
)
@pytest.mark.parametrize(
    "step",
    ["accept", "decline", "travel", "check-in", "check-out", "edit", "use-part", "return-part", "complete",
     "leave-incomplete"],
)  # fmt: skip
def test_only_its_technician_works_on_a_visit(api, people, visit, valve, person, status, step):
    body = {**DONE, "reason": "?", "next_visit_wanted": True, "part_id": valve.pk, "quantity": 1, "condition": "faulty"}
    answer = api(getattr(people, person) if person else None).post(f"/api/v1/visits/{visit.pk}/{step}", body)
    assert answer.status_code == status
    visit.refresh_from_db()
    assert visit.status == Visit.Status.DISPATCHED
