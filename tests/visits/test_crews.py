"""Several technicians on one visit: who leads answers for it, who goes along has a visit of their own."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import RoleGrant
from fieldsvc.time import now
from notifications.models import Notice
from sync.conflicts.models import Conflict
from sync.ids import uuid7
from tests.phone import fresh_phone
from tests.sync.truth import differences
from tests.visits.conftest import DONE, HERE, on_hand, window
from tests.visits.test_dispatch import refusal
from tests.visits.test_overtaken import does_the_whole_job, resolve
from tickets.clock.models import TicketClock
from tickets.complaints.models import TicketEvent
from tickets.models import Absence
from tickets.visits.models import NO_OVERLAP, CheckIn, PartUse, Visit
from tickets.visits.selectors import active_technician

CHECKED = {"checklist_answers": {"tight": True}}


@pytest.fixture
def companion(people, do, visit):
    """The colleague goes along with the technician."""
    return Visit.objects.get(pk=do(people.dispatcher, visit, "add-companion", technician_id=people.colleague.pk)["id"])


@pytest.fixture
def both_on_site(people, do, visit, companion):
    do(people.technician, visit, "check-in", **HERE)
    do(people.colleague, companion, "check-in", **HERE)
    visit.refresh_from_db()
    companion.refresh_from_db()


def events(ticket):
    return list(TicketEvent.objects.filter(ticket=ticket).order_by("id").values_list("kind", flat=True))


def test_a_companion_is_told_to_go_along_and_has_to_acknowledge(people, visit, companion, ticket):
    told = Notice.objects.get(user=people.colleague)
    assert (told.kind, told.wants_ack, told.urgent, told.subject_id) == (
        "companion_dispatched",
        True,
        True,
        companion.pk,
    )
    assert "Tom Technician" in told.body
    assert (companion.companion_of, companion.status, companion.leads) == (visit, "dispatched", False)
    assert (companion.window_start, companion.window_end) == (visit.window_start, visit.window_end)
    assert events(ticket)[-1] == "companion_added"
    assert active_technician(ticket.pk) == people.technician


def test_everybody_of_a_crew_sees_who_goes_and_the_resident_their_first_names(api, people, visit, companion):
    for person in (people.dispatcher, people.technician, people.colleague):
        crew = api(person).get(f"/api/v1/visits/{visit.pk}").json()["companions"]
        assert [(one["visit_id"], one["technician_name"], one["status"]) for one in crew] == [
            (str(companion.pk), "Colin Colleague", "dispatched")
        ]
    assert api(people.colleague).get(f"/api/v1/visits/{companion.pk}").json()["companion_of_id"] == str(visit.pk)
    seen = api(people.resident).get("/api/v1/visits").json()["results"]
    assert [(one["id"], one["technician_name"], one["companion_names"]) for one in seen] == [
        (str(visit.pk), "Tom", ["Colin"])
    ]
    assert api(people.resident).get(f"/api/v1/visits/{companion.pk}").status_code == 404
    led = api(people.dispatcher).get("/api/v1/visits?leads=true").json()["results"]
    assert [one["id"] for one in led] == [str(visit.pk)]


def test_the_lead_answers_for_the_ticket_and_a_companion_for_themselves(people, do, visit, companion, ticket):
    assert do(people.colleague, companion, "accept")["status"] == "accepted"
    ticket.refresh_from_db()
    assert ticket.responsible != people.colleague
    do(people.technician, visit, "accept")
    assert do(people.colleague, companion, "travel")["status"] == "travelling"
    do(people.colleague, companion, "check-in", **HERE)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.responsible) == ("dispatched", people.technician)
    arrival = CheckIn.objects.get()
    assert (arrival.technician, arrival.visit, arrival.outside_fence) == (people.colleague, companion, False)
    # The promise that somebody would be there is kept by the first who is.
    assert TicketClock.objects.get(ticket=ticket, target="on_site").met_at == arrival.occurred_at
    do(people.technician, visit, "check-in", **HERE)
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"


def test_only_the_lead_says_that_the_work_is_done_or_not(people, do, visit, companion, both_on_site, api):
    for step, body in (("complete", DONE), ("leave-incomplete", {"reason": "No access", "next_visit_wanted": True})):
        answer = api(people.colleague).post(f"/api/v1/visits/{companion.pk}/{step}", body)
        assert refusal(answer) == (409, "not_the_lead")
        assert refusal(api(people.colleague).post(f"/api/v1/visits/{visit.pk}/{step}", body)) == (403, "not_your_visit")
    allowed = api(people.colleague).get(f"/api/v1/visits/{companion.pk}").json()["allowed"]
    assert not {"complete", "leave_incomplete"} & set(allowed)


def test_what_the_crew_has_done_together_completes_the_visit_of_all(people, do, visit, companion, both_on_site, ticket):
    do(people.colleague, companion, "edit", diagnosis="Seal worn out.", **CHECKED)
    done = do(people.technician, visit, "complete", **DONE)
    assert (done["status"], done["companions"][0]["status"]) == ("completed", "completed")
    companion.refresh_from_db()
    ticket.refresh_from_db()
    visit.refresh_from_db()
    assert (companion.completed_at, ticket.status) == (visit.completed_at, "resolved")
    assert companion.diagnosis == "Seal worn out."


def test_a_companion_uses_parts_from_their_own_van(people, do, companion, both_on_site, valve, van):
    own = type(van).objects.create(
        code="VAN-2", name="Van 2", kind="van", territory=people.north, keeper=people.colleague
    )
    do(people.colleague, companion, "return-part", part_id=valve.pk, quantity=2, condition="good")
    do(people.colleague, companion, "use-part", part_id=valve.pk, quantity=1)
    assert [(use.kind, use.visit) for use in PartUse.objects.order_by("id")] == [
        ("returned", companion),
        ("used", companion),
    ]
    assert (on_hand(valve, own), on_hand(valve, van)) == (1, 3)


def test_a_companion_who_leaves_is_done_and_the_others_go_on(people, do, visit, companion, both_on_site, ticket):
    do(people.colleague, companion, "check-out", **HERE)
    companion.refresh_from_db()
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (companion.status, visit.status, ticket.status) == ("completed", "on_site", "in_progress")


def test_a_companion_declines_for_themselves_and_the_dispatchers_hear_of_it(people, do, visit, companion, ticket):
    assert do(people.colleague, companion, "decline", reason="My back.")["status"] == "cancelled"
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, ticket.status) == ("dispatched", "dispatched")
    told = Notice.objects.get(user=people.dispatcher, kind="companion_declined")
    assert "My back." in told.body
    declined = TicketEvent.objects.get(kind="companion_declined")
    assert not declined.public


def test_what_the_lead_declines_nobody_goes_along_to(people, do, visit, companion, ticket):
    do(people.technician, visit, "decline", reason="Flat tyre.")
    companion.refresh_from_db()
    ticket.refresh_from_db()
    assert (companion.status, companion.cancel_reason, ticket.status) == ("cancelled", "", "triaged")
    assert Notice.objects.filter(user=people.colleague, kind="visit_cancelled").count() == 1


def test_whoever_never_accepted_need_not_come_any_more_when_the_work_is_done(people, do, visit, companion):
    do(people.technician, visit, "check-in", **HERE)
    do(people.technician, visit, "edit", **CHECKED)
    do(people.technician, visit, "complete", **DONE)
    companion.refresh_from_db()
    assert companion.status == "cancelled"


def test_who_goes_along_is_promised_to_nobody_else_meanwhile(api, people, do, visit, companion, complain, send):
    body = {
        "technician_id": people.colleague.pk,
        "window_start": visit.window_start + timedelta(minutes=30),
        "window_end": visit.window_end + timedelta(hours=1),
    }
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{complain().pk}/dispatch", body)
    assert refusal(answer) == (409, "visit_overlaps")
    assert answer.json()["visit"] == str(companion.pk)
    other = send(complain(), technician=people.colleague, **window(5))
    refused = api(people.dispatcher).post(
        f"/api/v1/visits/{other.pk}/add-companion", {"technician_id": people.technician.pk, **window(1.5)}
    )
    assert refusal(refused) == (409, "visit_overlaps")
    with pytest.raises(IntegrityError, match=NO_OVERLAP), transaction.atomic():
        Visit.objects.filter(pk=other.pk).update(window_start=companion.window_start, window_end=companion.window_end)


def test_who_may_go_along(api, people, visit, skill):
    add = f"/api/v1/visits/{visit.pk}/add-companion"
    dispatcher = api(people.dispatcher)
    assert refusal(dispatcher.post(add, {"technician_id": people.storekeeper.pk})) == (400, "not_a_technician")
    assert refusal(dispatcher.post(add, {"technician_id": people.technician.pk})) == (409, "already_in_crew")
    past = {"technician_id": people.colleague.pk, **window(-5)}
    assert refusal(dispatcher.post(add, past)) == (400, "window_in_past")
    RoleGrant.objects.filter(user=people.colleague).update(territory=people.south)
    outside = {"technician_id": people.colleague.pk}
    assert refusal(dispatcher.post(add, outside)) == (409, "technician_outside_territory")
    Absence.objects.create(
        technician=people.colleague,
        territory=people.north,
        kind=Absence.Kind.values[0],
        starts_at=visit.window_start,
        ends_at=visit.window_end,
        state=Absence.State.APPROVED,
        asked_by=people.technician,
        asked_at=now(),
        decided_by=people.dispatcher,
        decided_at=now(),
    )
    RoleGrant.objects.filter(user=people.colleague).update(territory=people.north)
    assert refusal(dispatcher.post(add, outside)) == (409, "technician_absent")
    people.colleague.skills.clear()  # who goes along need not be able to do it alone
    told = dispatcher.post(add, {"id": uuid7(), **outside, "override_reason": "Comes in to carry."})
    assert (told.status_code, told.json()["override_reason"]) == (201, "Comes in to carry.")
    assert refusal(dispatcher.post(add, outside)) == (409, "already_in_crew")
    again = dispatcher.post(add, {"id": told.json()["id"], **outside})
    assert again.json()["id"] == told.json()["id"]
    assert refusal(
        dispatcher.post(f"/api/v1/visits/{told.json()['id']}/add-companion", {"technician_id": people.technician.pk})
    ) == (409, "not_the_lead")


def test_a_crew_together_has_the_skills_that_are_wanted(api, people, do, ticket, skill):
    people.technician.skills.clear()
    body = {"technician_id": people.technician.pk, **window()}
    dispatch = f"/api/v1/tickets/{ticket.pk}/dispatch"
    assert refusal(api(people.dispatcher).post(dispatch, body)) == (409, "technician_lacks_skill")
    sent = api(people.dispatcher).post(dispatch, {**body, "companion_ids": [people.colleague.pk]}).json()
    companion = Visit.objects.get(companion_of=sent["id"])
    assert (companion.technician, companion.status, sent["flags"]) == (people.colleague, "dispatched", [])
    do(people.colleague, companion, "decline", reason="My back.")
    assert api(people.dispatcher).get(f"/api/v1/visits/{sent['id']}").json()["flags"] == ["crew_lacks_skill"]


def test_a_crew_moves_together(people, do, visit, companion):
    later = {"window_start": visit.window_start + timedelta(days=1), "window_end": visit.window_end + timedelta(days=1)}
    assert "code" not in do(people.dispatcher, visit, "reschedule", **later)
    companion.refresh_from_db()
    assert (companion.window_start, companion.window_end) == (later["window_start"], later["window_end"])
    assert Notice.objects.filter(user=people.colleague, kind="visit_moved").count() == 1


def test_who_goes_along_stays_when_the_lead_is_given_to_somebody_else(api, people, do, visit, companion, ticket):
    third = people._staff("third", "Thea Third", "technician", people.north)
    answer = api(people.dispatcher).post(
        f"/api/v1/visits/{visit.pk}/reassign", {"technician_id": people.colleague.pk, "reason": "Nearer."}
    )
    assert refusal(answer) == (409, "already_in_crew")
    new = do(
        people.dispatcher, visit, "reassign", technician_id=third.pk, reason="Tom is ill.", override_reason="Learns."
    )
    companion.refresh_from_db()
    assert (companion.status, str(companion.companion_of_id)) == ("dispatched", new["id"])
    assert [one["visit_id"] for one in new["companions"]] == [str(companion.pk)]
    swapped = do(people.dispatcher, companion, "reassign", technician_id=people.technician.pk, reason="Colin is ill.")
    assert (swapped["companion_of_id"], swapped["technician_name"]) == (new["id"], "Tom Technician")
    assert Visit.objects.filter(ticket=ticket, status="dispatched", companion_of=None).count() == 1


def test_a_companion_is_taken_out_of_the_crew(api, people, do, visit, companion, phone, ticket):
    handset = phone(people.colleague)
    handset.pull()
    assert handset.document("visits", visit)["companions"][0]["visit_id"] == str(companion.pk)
    assert do(people.dispatcher, companion, "cancel", reason="One is enough.")["status"] == "cancelled"
    handset.pull()
    for collection in ("visits", "tickets", "sites"):
        assert not handset.replica().get(collection)
    assert api(people.colleague).get(f"/api/v1/visits/{visit.pk}").status_code == 404
    assert differences() == []
    visit.refresh_from_db()
    assert visit.status == "dispatched"


def test_who_was_there_was_there_also_when_they_are_not_needed_any_more(people, do, companion, both_on_site):
    assert do(people.dispatcher, companion, "cancel", reason="Needed elsewhere.")["status"] == "completed"


# Handing over the lead


def test_the_lead_stays_responsible_until_the_companion_has_taken_over(people, do, visit, companion, ticket):
    do(people.technician, visit, "accept")
    offered = do(
        people.technician, visit, "hand-over-lead", companion_id=companion.pk, reason="I have to leave at four."
    )
    assert offered["lead_offered_to_id"] == str(companion.pk)
    asked = Notice.objects.get(user=people.colleague, kind="lead_offered")
    assert (asked.wants_ack, "four" in asked.body) == (True, True)
    ticket.refresh_from_db()
    assert ticket.responsible == people.technician

    leads = do(people.colleague, companion, "take-lead")
    assert (leads["companion_of_id"], leads["status"]) == (None, "accepted")
    assert [one["visit_id"] for one in leads["companions"]] == [str(visit.pk)]
    assert do(people.colleague, companion, "take-lead")["companion_of_id"] is None
    ticket.refresh_from_db()
    visit.refresh_from_db()
    assert (ticket.responsible, visit.companion_of, visit.status) == (people.colleague, companion, "accepted")
    assert Notice.objects.filter(user=people.technician, kind="lead_taken").count() == 1
    assert active_technician(ticket.pk) == people.colleague
    assert differences() == []

    do(people.colleague, companion, "check-in", **HERE)
    do(people.colleague, companion, "edit", **CHECKED)
    do(people.colleague, companion, "complete", **DONE)
    visit.refresh_from_db()
    assert visit.status == "completed"


def test_an_offer_of_the_lead_can_be_declined_or_taken_back(people, do, visit, companion):
    do(people.dispatcher, visit, "hand-over-lead", companion_id=companion.pk)
    assert "code" not in do(people.colleague, companion, "decline-lead", reason="Not yet.")
    visit.refresh_from_db()
    assert visit.lead_offered_to is None
    assert "Not yet." in Notice.objects.get(user=people.technician, kind="lead_declined").body
    do(people.dispatcher, visit, "hand-over-lead", companion_id=companion.pk)
    do(people.dispatcher, visit, "hand-over-lead", companion_id=None)
    assert do(people.colleague, companion, "take-lead")["code"] == "lead_not_offered"
    assert do(people.colleague, companion, "decline-lead", reason="No.")["code"] == "lead_not_offered"
    assert do(people.dispatcher, visit, "hand-over-lead", companion_id=visit.pk)["code"] == "companion_unknown"
    assert do(people.dispatcher, companion, "hand-over-lead", companion_id=visit.pk)["code"] == "not_the_lead"


def test_who_has_left_the_crew_is_not_asked_to_lead_it(people, do, visit, companion):
    do(people.dispatcher, visit, "hand-over-lead", companion_id=companion.pk)
    do(people.colleague, companion, "decline", reason="My back.")
    visit.refresh_from_db()
    assert visit.lead_offered_to is None


# Without signal


def test_a_companion_works_without_signal_and_both_phones_agree_afterwards(people, phone, visit, companion, ticket):
    lead, along = phone(people.technician), phone(people.colleague)
    lead.pull(), along.pull()
    along.does("visit.accept", hours_ago=2, visit_id=companion)
    along.does("visit.check_in", hours_ago=1, visit_id=companion, **HERE)
    along.does(
        "visit.edit", hours_ago=0.9, visit_id=companion, **CHECKED, base={"checklist_answers": {}}, diagnosis="Loose."
    )
    along.does("note.add", hours_ago=0.8, ticket_id=ticket, visit_id=companion, text="Second door on the left.")
    along.push(reply_is_lost=True)
    assert set(along.push()) == {"applied"}
    lead.does("visit.check_in", hours_ago=1, visit_id=visit, **HERE)
    lead.does("visit.hand_over_lead", hours_ago=0.7, visit_id=visit, companion_id=companion)
    lead.does("visit.complete", hours_ago=0.5, visit_id=visit, **DONE)
    assert set(lead.push()) == {"applied"}
    lead.pull(), along.pull()
    assert lead.replica() == fresh_phone(people.technician).replica()
    assert along.replica() == fresh_phone(people.colleague).replica()
    assert differences() == []
    companion.refresh_from_db()
    assert companion.status == "completed"


def test_a_companion_whose_phone_was_silent_is_credited_with_having_been_there(people, do, phone, visit, companion):
    do(people.colleague, companion, "accept")
    along = phone(people.colleague)
    along.pull()
    along.does("visit.check_in", hours_ago=0.5, visit_id=companion, **HERE)
    do(people.technician, visit, "check-in", **HERE)
    do(people.technician, visit, "edit", **CHECKED)
    do(people.technician, visit, "complete", **DONE)
    assert along.push() == ["applied"]
    companion.refresh_from_db()
    arrival = CheckIn.objects.get(visit=companion)
    assert (companion.status, companion.arrived_at, arrival.flags) == ("completed", arrival.occurred_at, [])


def test_work_of_a_companion_who_was_called_off_meanwhile_is_kept_and_can_stand(
    api, people, do, phone, visit, companion, ticket
):
    along = phone(people.colleague)
    along.pull()
    do(people.dispatcher, companion, "cancel", reason="One is enough.")
    along.does("visit.travel", hours_ago=1, visit_id=companion)
    along.does("visit.check_in", hours_ago=0.5, visit_id=companion, **HERE)
    assert along.push() == ["conflict", "conflict"]
    assert resolve(api, people.dispatcher, Conflict.objects.get(), "device").status_code == 200
    companion.refresh_from_db()
    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (companion.status, companion.companion_of, companion.flags) == (
        "on_site",
        visit,
        ["overtaken", "reinstated"],
    )
    assert (visit.status, ticket.status) == ("dispatched", "dispatched")


def test_a_lead_who_was_replaced_without_knowing_has_their_work_kept_for_the_dispatcher(
    api, people, do, phone, visit, companion, ticket
):
    handset = phone(people.technician)
    handset.pull()
    do(people.dispatcher, visit, "hand-over-lead", companion_id=companion.pk, reason="Tom does not answer.")
    do(people.colleague, companion, "take-lead")
    does_the_whole_job(handset, visit)
    assert handset.push() == ["applied", "applied", "applied", "conflict"]
    ticket.refresh_from_db()
    assert (ticket.status, ticket.responsible) == ("dispatched", people.colleague)
    assert resolve(api, people.dispatcher, Conflict.objects.get(), "device").status_code == 200
    visit.refresh_from_db()
    companion.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, visit.companion_of, visit.resolution_code) == ("completed", None, "repaired")
    assert (companion.companion_of, companion.status) == (visit, "completed")
    assert (ticket.status, ticket.responsible) == ("resolved", people.technician)
    assert differences() == []


def test_a_lead_who_was_replaced_cannot_end_what_the_next_has_ended(api, people, do, phone, visit, companion):
    handset = phone(people.technician)
    handset.pull()
    do(people.dispatcher, visit, "hand-over-lead", companion_id=companion.pk)
    do(people.colleague, companion, "take-lead")
    do(people.colleague, companion, "check-in", **HERE)
    do(people.colleague, companion, "leave-incomplete", reason="No access.", next_visit_wanted=True)
    does_the_whole_job(handset, visit)
    assert "refused" not in handset.push()
    answer = resolve(api, people.dispatcher, Conflict.objects.get(), "device")
    assert refusal(answer) == (409, "visit_ended_otherwise")
