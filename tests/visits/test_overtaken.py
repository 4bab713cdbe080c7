"""A technician works without signal while the office changes its mind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from sync.conflicts.models import Conflict
from sync.conflicts.services import resolve_conflict
from sync.sql import execute
from tests.phone import fresh_phone
from tests.standing import standing
from tests.visits.conftest import DONE, HERE, on_hand, window
from tickets.clock.models import TicketClock
from tickets.complaints.models import Note, TicketEvent
from tickets.visits.models import CheckIn, PartUse, Visit


@pytest.fixture
@standing
def handset(people, phone, visit):
    """The technician's phone, with the visit on it."""
    handset = phone(people.technician)
    handset.pull()
    return handset


def does_the_whole_job(handset, visit, *, hours_ago=3.0):
    """Everything from travelling to the signature, spread over an hour and a half."""
    handset.does("visit.travel", hours_ago=hours_ago, visit_id=visit)
    handset.does("visit.check_in", hours_ago=hours_ago - 0.5, visit_id=visit, **HERE)
    handset.does(
        "visit.edit",
        hours_ago=hours_ago - 1,
        visit_id=visit,
        diagnosis="Seal worn out.",
        checklist_answers={"tight": True},
        base={"diagnosis": "", "checklist_answers": {}},
    )
    handset.does("visit.complete", hours_ago=hours_ago - 1.5, visit_id=visit, **DONE)


def resolve(api, person, conflict, keep, **value):
    return api(person).post(f"/api/v1/sync/conflicts/{conflict.pk}/resolve", {"keep": keep, **value})


def test_work_after_the_visit_was_given_away_is_kept_and_the_dispatcher_decides(people, do, handset, visit, ticket):
    new = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Tom does not answer.")
    does_the_whole_job(handset, visit)
    handset.does("note.add", hours_ago=1, ticket_id=ticket, visit_id=visit, text="The dog bites.")
    assert handset.push() == ["conflict", "conflict", "applied", "conflict", "applied"]

    arrival = CheckIn.objects.get()
    assert (arrival.technician, arrival.flags) == (people.technician, ["overtaken"])
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, visit.diagnosis, visit.flags) == ("cancelled", "Seal worn out.", ["overtaken"])
    assert ticket.status == "dispatched"
    assert Note.objects.get().text == "The dog bites."

    conflict = Conflict.objects.get()
    assert (conflict.kind, conflict.doc_id, conflict.device_by) == ("overtaken", visit.pk, people.technician)
    ours, theirs = conflict.server_value or {}, conflict.device_value or {}
    assert (ours["reason"], ours["given_to"]) == ("Tom does not answer.", "Colin Colleague")
    assert (theirs["status"], theirs["resolution_code"]) == ("completed", "repaired")
    assert theirs["arrived_at"] < theirs["completed_at"]
    assert Notice.objects.filter(user=people.dispatcher, kind="conflict_opened").count() == 1
    assert Visit.objects.get(pk=new["id"]).status == "dispatched"


def test_the_dispatcher_can_let_the_work_stand(api, people, do, handset, visit, ticket):
    new = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Tom does not answer.")
    does_the_whole_job(handset, visit)
    handset.push()
    assert resolve(api, people.dispatcher, Conflict.objects.get(), "device").status_code == 200

    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, visit.resolution_code, visit.cancelled_at) == ("completed", "repaired", None)
    assert (ticket.status, ticket.resolution_code, ticket.responsible) == ("resolved", "repaired", people.technician)
    assert visit.arrived_at == CheckIn.objects.get().occurred_at
    clock = TicketClock.objects.get(ticket=ticket, target="on_site")
    assert clock.met_at == max(visit.arrived_at, ticket.reported_at)
    replaced = Visit.objects.get(pk=new["id"])
    assert (replaced.status, replaced.cancel_reason) == ("cancelled", "Tom Technician had been there already.")
    assert Notice.objects.filter(user=people.colleague, kind="visit_cancelled").count() == 1
    kinds = list(TicketEvent.objects.filter(ticket=ticket).values_list("kind", flat=True))
    assert kinds.count("technician_arrived") == kinds.count("visit_completed") == kinds.count("ticket_resolved") == 1
    handset.pull()
    assert handset.document("visits", visit)["status"] == "completed"
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_the_dispatcher_can_let_the_cancellation_stand(api, people, do, handset, visit, ticket):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    does_the_whole_job(handset, visit)
    handset.push()
    assert resolve(api, people.supervisor, Conflict.objects.get(), "server").status_code == 200
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, visit.cancel_reason, ticket.status) == ("cancelled", "Filed twice.", "triaged")


def test_work_half_done_can_be_taken_up_again(api, people, do, handset, visit, ticket):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    handset.does("visit.check_in", hours_ago=0.2, visit_id=visit, **HERE)
    handset.push()
    assert resolve(api, people.dispatcher, Conflict.objects.get(), "device").status_code == 200
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    handset.does("visit.edit", visit_id=visit, checklist_answers={"tight": True}, base={"checklist_answers": {}})
    handset.does("visit.complete", visit_id=visit, **DONE)
    assert handset.push() == ["applied", "applied"]
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


def test_a_technician_does_not_let_their_own_overtaken_work_stand(api, people, do, handset, visit):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    does_the_whole_job(handset, visit)
    handset.push()
    conflict = Conflict.objects.get()
    assert resolve(api, people.technician, conflict, "device").json()["code"] == "role_required"
    for person in (people.technician, people.agent):
        assert resolve(api, person, conflict, "server").json()["code"] == "role_required"
    assert (
        resolve(api, people.technician, conflict, "edit", value={"diagnosis": "Mine"}).json()["code"] == "role_required"
    )
    conflict.refresh_from_db()
    assert conflict.status == "open"
    assert resolve(api, people.colleague, conflict, "device").status_code == 404
    assert resolve(api, people.southern_dispatcher, conflict, "device").status_code == 404


def test_taking_work_up_again_needs_a_free_window(api, people, do, handset, visit, complain, send):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    other = send(complain(), window_start=visit.window_start, window_end=visit.window_end)
    handset.does("visit.check_in", hours_ago=0.2, visit_id=visit, **HERE)
    handset.push()
    refused = resolve(api, people.dispatcher, Conflict.objects.get(), "device").json()
    assert (refused["code"], refused["visit"]) == ("visit_overlaps", str(other.pk))


def test_a_resolution_that_makes_no_sense_is_refused(api, people, do, handset, visit):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    does_the_whole_job(handset, visit)
    handset.push()
    conflict = Conflict.objects.get()
    refused = resolve(api, people.dispatcher, conflict, "edit", value={"status": "completed"}).json()
    assert refused["errors"][0]["field"] == "resolution_code"
    refused = resolve(api, people.dispatcher, conflict, "edit", value={"status": "on_the_moon"}).json()
    assert refused["errors"][0]["field"] == "status"
    refused = resolve(api, people.dispatcher, conflict, "edit", value={"diagnosis": "Seal worn."}).json()
    assert refused["errors"][0]["field"] == "status"
    assert Conflict.objects.get().status == "open"


def test_parts_used_on_an_overtaken_visit_are_gone_from_the_van(people, do, handset, visit, van, valve):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    handset.does("part.use", hours_ago=1, visit_id=visit, part_id=valve, quantity=2)
    assert handset.push() == ["applied"]
    assert on_hand(valve, van) == 1
    assert PartUse.objects.get().flags == ["overtaken"]


def test_a_visit_given_away_leaves_the_phone_once_its_work_was_taken(people, do, handset, visit, ticket):
    assert handset.document("visits", visit)
    assert handset.document("tickets", ticket)
    do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Nearer by.")
    does_the_whole_job(handset, visit)
    handset.push()
    handset.pull()
    for collection, row in [("visits", visit), ("tickets", ticket), ("sites", ticket.site_id)]:
        assert handset.document(collection, row) is None
    assert len(handset.collection("check_ins")) == 1
    assert len(handset.collection("conflicts")) == 1
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_the_new_technician_receives_everything_and_not_the_other_ones_work(people, do, phone, handset, visit, ticket):
    colleague = phone(people.colleague)
    colleague.pull()
    assert not colleague.collection("tickets")
    new = do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Nearer by.")
    does_the_whole_job(handset, visit)
    handset.push()
    colleague.pull()
    assert list(colleague.collection("visits")) == [new["id"]]
    assert colleague.document("tickets", ticket)
    assert colleague.document("sites", ticket.site_id)
    assert not colleague.collection("check_ins")
    assert not colleague.collection("conflicts")
    assert colleague.replica() == fresh_phone(people.colleague).replica()


def test_somebody_elses_visit_does_not_exist_for_a_phone(people, phone, visit):
    colleague = phone(people.colleague)
    colleague.does("visit.check_in", visit_id=visit, **HERE)
    colleague.does("visit.accept", visit_id=visit)
    assert colleague.push() == ["refused", "refused"]
    assert {answer["code"] for answer in colleague.answers.values()} == {"not_found"}
    assert not CheckIn.objects.exists()


def test_declining_a_visit_that_was_called_off_is_nothing_to_decide(people, do, handset, visit):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    handset.does("visit.decline", hours_ago=1, visit_id=visit, reason="No ladder.")
    assert handset.push() == ["applied"]
    assert not Conflict.objects.exists()


def test_work_on_a_ticket_that_ended_meanwhile_is_kept_beside_that(api, people, handset, visit, ticket):
    """No command of the desk ends a ticket with a visit, but an import or a console may."""
    handset.does("visit.check_in", hours_ago=0.5, visit_id=visit, **HERE)
    type(ticket).objects.filter(pk=ticket.pk).update(status="cancelled", closed_at=now())
    assert handset.push() == ["conflict"]
    assert CheckIn.objects.get().flags == ["overtaken"]
    conflict = Conflict.objects.get()
    assert conflict.server_value
    assert conflict.server_value["ticket_status"] == "cancelled"
    assert resolve(api, people.dispatcher, conflict, "device").status_code == 200
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, ticket.status) == ("on_site", "cancelled")


def test_field_conflicts_of_a_visit_are_resolved_with_either_text(api, people, do, handset, visit):
    do(people.technician, visit, "check-in", **HERE)
    do(people.technician, visit, "edit", diagnosis="Seal worn.", checklist_answers={"tight": True})
    handset.does(
        "visit.edit",
        visit_id=visit,
        diagnosis="Pipe broken.",
        checklist_answers={"tight": False},
        base={"diagnosis": "Leaks.", "checklist_answers": {"tight": None}},
    )
    assert handset.push() == ["conflict"]
    for conflict in Conflict.objects.all():
        assert resolve(api, people.technician, conflict, "device").status_code == 200
    visit.refresh_from_db()
    assert (visit.diagnosis, visit.checklist_answers) == ("Pipe broken.", {"tight": False})


def test_an_answer_that_changed_since_is_not_overwritten_by_a_resolution(api, people, do, handset, visit):
    do(people.technician, visit, "check-in", **HERE)
    do(people.technician, visit, "edit", checklist_answers={"tight": True})
    handset.does("visit.edit", visit_id=visit, checklist_answers={"tight": False}, base={"checklist_answers": {}})
    assert handset.push() == ["conflict"]
    do(people.technician, visit, "edit", checklist_answers={"tight": "nearly"})
    refused = resolve(api, people.dispatcher, Conflict.objects.get(), "device").json()
    assert refused["code"] == "changed_meanwhile"
    assert refused["fields"] == [{"field": "checklist_answers.tight", "yours": False, "theirs": "nearly"}]
    visit.refresh_from_db()
    assert visit.checklist_answers == {"tight": "nearly"}


@pytest.mark.django_db(transaction=True)
def test_work_that_arrives_while_the_dispatcher_is_deciding_waits_for_another_decision(people, do, handset, visit):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    handset.does("visit.check_in", hours_ago=2, visit_id=visit, **HERE)
    handset.push()
    seen = Conflict.objects.get()
    handset.does("visit.complete", hours_ago=1, visit_id=visit, **DONE)
    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            resolve_conflict(actor=Actor(people.dispatcher), occurred_at=now(), conflict_id=seen.pk, keep="server")
            pushing = elsewhere.submit(push_from_elsewhere, handset)
            while not (pushing.done() or somebody_waits_for_us()):
                pass
        assert pushing.result(20) == ["conflict"]
    seen.refresh_from_db()
    opened = Conflict.objects.get(status="open")
    assert seen.status == "resolved"
    assert [conflict.device_value and conflict.device_value["status"] for conflict in (seen, opened)] == [
        "on_site",
        "completed",
    ]


def push_from_elsewhere(handset):
    try:
        return handset.push()
    finally:
        connections.close_all()


def somebody_waits_for_us():
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return execute(f"SELECT EXISTS ({waiting})")[0][0]


def test_two_promised_windows_do_not_collide_when_work_was_done_already(
    api, people, do, handset, visit, complain, send
):
    """Completed work occupies nobody, so it can stand whatever was promised in that window since."""
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    send(complain(), window_start=visit.window_start, window_end=visit.window_end)
    does_the_whole_job(handset, visit)
    handset.push()
    assert resolve(api, people.dispatcher, Conflict.objects.get(), "device").status_code == 200
    visit.refresh_from_db()
    assert visit.status == "completed"


def test_a_late_arrival_is_judged_in_hindsight_when_it_is_let_stand(api, people, do, complain, send, phone):
    with time_is(now() - timedelta(hours=30)):
        ticket = complain()
        visit = send(ticket, **window(hours=1))
        handset = phone(people.technician)
        handset.pull()
    do(people.dispatcher, visit, "cancel", reason="Nobody heard of Tom.")
    handset.does("visit.check_in", hours_ago=20, visit_id=visit, **HERE)
    handset.push()
    clock = TicketClock.objects.get(ticket=ticket, target="on_site")
    assert clock.met_at is None
    resolve(api, people.dispatcher, Conflict.objects.get(), "device")
    clock.refresh_from_db()
    assert (clock.state, clock.judged_in_hindsight) == ("met", True)
    assert clock.met_at == CheckIn.objects.get().occurred_at


def test_why_they_would_not_have_come_is_for_the_desk_to_read(people, do, handset, visit, ticket):
    do(people.dispatcher, visit, "reassign", technician_id=people.colleague.pk, reason="Nearer by.")
    handset.does("visit.decline", hours_ago=1, visit_id=visit, reason="No ladder.")
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"]
    event = TicketEvent.objects.get(ticket=ticket, kind="visit_declined")
    assert (event.public, event.data["reason"], event.actor) == (False, "No ladder.", people.technician)
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == ("cancelled", "Nearer by.")
    assert Visit.objects.get(replaces=visit).status == "dispatched"


def test_work_left_undone_on_an_overtaken_visit_says_what_is_needed_next(api, people, do, handset, visit):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    wished = now() + timedelta(days=1)
    handset.does("visit.check_in", hours_ago=1, visit_id=visit, **HERE)
    handset.does(
        "visit.leave_incomplete",
        hours_ago=0.5,
        visit_id=visit,
        reason="No pump.",
        next_visit_wanted=True,
        next_window_start=wished,
        next_window_end=wished + timedelta(hours=2),
        parts_needed="A pump",
    )
    assert handset.push() == ["conflict", "conflict"]
    assert resolve(api, people.dispatcher, Conflict.objects.get(), "device").status_code == 200
    visit.refresh_from_db()
    assert (visit.status, visit.parts_needed, visit.next_window_start) == ("incomplete", "A pump", wished)
