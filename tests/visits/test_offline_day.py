"""A visit worked on without signal, as the office hears of it later."""

from datetime import timedelta

import pytest

from fieldsvc.time import now, time_is
from notifications.models import Notice
from parts.models import Discrepancy, Location, Part, StockBalance, StockMovement
from sync.ids import uuid7
from tests.phone import fresh_phone
from tests.standing import standing
from tests.statements import sent
from tests.visits.conftest import DONE, HERE, on_hand, window
from tickets.clock.models import TicketClock
from tickets.complaints.models import Ticket, TicketEvent
from tickets.visits.models import CheckIn, PartUse


@pytest.fixture
@standing
def yesterday(people, complain, send, phone, valve):
    """Reported and dispatched 30 hours ago; the technician's phone has pulled since, and has lost its signal."""
    with time_is(now() - timedelta(hours=30)):
        ticket = complain()
        visit = send(ticket, **window(hours=1))
        handset = phone(people.technician)
        handset.pull()
    return ticket, visit, handset


def works(handset, visit, valve):
    """The day of the issue: two parts of which the van's books know one; the removed one comes along."""
    unknown = uuid7()
    handset.does("visit.accept", hours_ago=24, visit_id=visit)
    handset.does("visit.travel", hours_ago=23, visit_id=visit)
    handset.does("visit.check_in", hours_ago=22, visit_id=visit, id=uuid7(), **HERE)
    handset.does("visit.edit", hours_ago=21, visit_id=visit, diagnosis="Seal worn out.", base={"diagnosis": ""})
    handset.does("part.use", hours_ago=21, visit_id=visit, part_id=valve, quantity=1, removed_serial="OLD-7")
    named = handset.does("part.provisional", hours_ago=21, id=unknown, name="Odd hose", model="H-9")
    handset.does("part.use", hours_ago=21, visit_id=visit, part_id=unknown, quantity=2, depends_on=[named["id"]])
    handset.does(
        "part.return", hours_ago=21, visit_id=visit, part_id=valve, quantity=1, serial="OLD-7", condition="faulty"
    )
    handset.does(
        "visit.edit",
        hours_ago=20.5,
        visit_id=visit,
        checklist_answers={"tight": True},
        base={"checklist_answers": {}},
    )
    handset.does("visit.complete", hours_ago=20, visit_id=visit, **{**DONE, "parts_answer": "used"})
    handset.does("visit.check_out", hours_ago=20, visit_id=visit, id=uuid7(), **HERE)
    return unknown


def test_a_day_without_signal_counts_once_however_often_it_is_sent(people, yesterday, van, valve):
    ticket, visit, handset = yesterday
    unknown = works(handset, visit, valve)
    assert handset.push(reply_is_lost=True) == []
    assert handset.push() == ["applied"] * 11
    assert all(answer["duplicate"] for answer in handset.answers.values())

    visit.refresh_from_db()
    ticket.refresh_from_db()
    assert (visit.status, visit.diagnosis, ticket.status) == ("completed", "Seal worn out.", "resolved")
    assert CheckIn.objects.filter(visit=visit).count() == 2
    assert PartUse.objects.filter(visit=visit).count() == 3
    assert on_hand(valve, van) == 2
    assert on_hand(valve, van, "faulty") == 1
    hose = Part.objects.get(pk=unknown)
    assert on_hand(hose, van) == 0
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.part, discrepancy.location, float(discrepancy.quantity)) == (hose, van, 2)
    assert discrepancy.owner is not None

    handset.pull()
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_the_on_site_promise_is_judged_by_when_the_technician_stood_there(yesterday, valve):
    ticket, visit, handset = yesterday
    with time_is(now()):  # the target of 24 hours has passed before anybody heard of the arrival
        handset.does("visit.check_in", hours_ago=22, visit_id=visit, **HERE)
        handset.push()
        clock = TicketClock.objects.get(ticket=ticket, target="on_site")
        assert (clock.state, clock.judged_in_hindsight) == ("met", True)
        fact = CheckIn.objects.get()
        assert abs(fact.occurred_at - (now() - timedelta(hours=22))) < timedelta(seconds=1)
        assert (fact.occurred_at, fact.received_at) == (clock.met_at, now())
        assert fact.flags == ["late"]
        assert fact.captured["monotonic_ms"] > 0


def test_the_timeline_tells_when_it_happened_not_when_it_was_heard(yesterday, valve):
    ticket, visit, handset = yesterday
    works(handset, visit, valve)
    handset.push()
    told = TicketEvent.objects.filter(ticket=ticket, received_at__gt=now() - timedelta(hours=1), public=True)
    kinds = [event.kind for event in told.order_by("occurred_at", "id")]
    assert kinds == [
        "visit_accepted",
        "technician_travelling",
        "technician_arrived",
        "part_used",
        "part_used",
        "visit_completed",
        "ticket_resolved",
        "technician_left",
    ]


def test_a_resident_is_told_news_not_history(people, yesterday):
    _, visit, handset = yesterday
    handset.does("visit.travel", hours_ago=3, visit_id=visit)
    handset.does("visit.check_in", hours_ago=0.2, visit_id=visit, **HERE)
    handset.push()
    heard = Notice.objects.filter(user=people.resident, kind__startswith="technician_")
    assert [notice.kind for notice in heard] == ["technician_arrived"]


def test_a_wrong_wall_clock_is_corrected_and_said(yesterday):
    _, visit, handset = yesterday
    handset.wall_error = timedelta(days=-400)
    handset.does("visit.check_in", hours_ago=22, visit_id=visit, **HERE)
    handset.push()
    fact = CheckIn.objects.get()
    assert abs(fact.occurred_at - (now() - timedelta(hours=22))) < timedelta(minutes=1)
    assert fact.flags == ["clock_corrected", "late"]


def test_an_arrival_before_the_complaint_is_kept_and_flagged(ticket, visit, phone, people):
    handset = phone(people.technician)
    handset.does("visit.check_in", hours_ago=7, visit_id=visit, **HERE)
    assert handset.push() == ["applied"]
    assert "before_ticket" in CheckIn.objects.get().flags
    assert TicketClock.objects.get(ticket=ticket, target="on_site").met_at == ticket.reported_at


def test_an_arrival_in_the_future_is_kept_and_flagged(visit, phone, people):
    handset = phone(people.technician)
    handset.does("visit.check_in", hours_ago=-5, visit_id=visit, **HERE)
    assert handset.push() == ["applied"]
    fact = CheckIn.objects.get()
    assert "in_future" in fact.flags
    assert fact.occurred_at <= fact.received_at


def test_completing_twice_from_two_phones_is_completing_once(people, phone, yesterday, valve):
    ticket, visit, first = yesterday
    second = phone(people.technician)
    second.pull()
    works(first, visit, valve)
    first.push()
    second.does("visit.complete", hours_ago=19, visit_id=visit, **{**DONE, "parts_answer": "used"})
    assert second.push() == ["applied"]
    second.does("visit.complete", visit_id=visit, **{**DONE, "parts_answer": "used", "signed_by": "Somebody else"})
    assert second.push() == ["refused"]
    assert [answer.get("code") for answer in second.answers.values()] == [None, "visit_ended_otherwise"]
    assert TicketEvent.objects.filter(ticket=ticket, kind="visit_completed").count() == 1


def test_a_record_that_lacks_something_is_refused_so_that_the_phone_can_complete_it(yesterday):
    _, visit, handset = yesterday
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **HERE)
    handset.does("visit.complete", hours_ago=2, visit_id=visit, **DONE)
    assert handset.push() == ["applied", "refused"]
    assert list(handset.answers.values())[-1]["code"] == "checklist_incomplete"
    handset.does(
        "visit.edit", hours_ago=2, visit_id=visit, checklist_answers={"tight": True}, base={"checklist_answers": {}}
    )
    handset.does("visit.complete", hours_ago=2, visit_id=visit, **DONE)
    assert handset.push() == ["applied", "applied"]


def test_facts_that_come_after_the_end_are_kept_and_flagged(yesterday, people, do, van, valve):
    _, visit, handset = yesterday
    do(people.technician, visit, "travel")
    do(people.technician, visit, "leave-incomplete", reason="Nobody at home.", next_visit_wanted=True)
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **HERE)
    handset.does("part.use", hours_ago=3, visit_id=visit, part_id=valve, quantity=1)
    handset.does("visit.edit", hours_ago=3, visit_id=visit, diagnosis="Door closed.", base={"diagnosis": ""})
    assert handset.push() == ["applied", "applied", "applied"]
    assert CheckIn.objects.get().flags == ["after_visit"]
    assert PartUse.objects.get().flags == ["after_visit"]
    visit.refresh_from_db()
    assert (visit.status, visit.diagnosis, visit.flags) == ("incomplete", "Door closed.", ["after_visit"])
    assert on_hand(valve, van) == 2


def test_a_departure_without_an_arrival_is_kept_and_flagged(yesterday):
    _, visit, handset = yesterday
    handset.does("visit.check_out", hours_ago=3, visit_id=visit)
    assert handset.push() == ["applied"]
    assert CheckIn.objects.get().flags == ["no_arrival", "no_position"]


def test_the_same_fact_in_two_operations_counts_once(yesterday, van, valve):
    _, visit, handset = yesterday
    arrival, use = uuid7(), uuid7()
    for _ in range(2):
        handset.does("visit.check_in", hours_ago=3, visit_id=visit, id=arrival, **HERE)
        handset.does("part.use", hours_ago=3, visit_id=visit, id=use, part_id=valve, quantity=1)
    assert handset.push() == ["applied"] * 4
    assert (CheckIn.objects.count(), PartUse.objects.count()) == (1, 1)
    assert StockMovement.objects.filter(visit_id=visit.pk).count() == 1
    assert on_hand(valve, van) == 2


def test_what_a_technician_without_a_van_did_is_booked_on_what_they_carry(api, people, yesterday, van, valve):
    _, visit, handset = yesterday
    type(van).objects.update(keeper=None)
    body = {"part_id": str(valve.pk), "quantity": "1"}
    handset.does("visit.check_in", hours_ago=4, visit_id=visit, **HERE)
    assert handset.push() == ["applied"]
    online = api(people.technician).post(f"/api/v1/visits/{visit.pk}/use-part", body)
    assert (online.status_code, online.json()["code"]) == (409, "van_missing")
    handset.does("part.use", hours_ago=3, visit_id=visit, **body)
    handset.does("part.return", hours_ago=3, visit_id=visit, **body, condition="faulty")
    assert handset.push(reply_is_lost=True) == []
    assert handset.push() == ["applied", "applied"]
    carried = Location.objects.get(keeper=people.technician)
    assert carried.code.startswith("CARRIED-")
    used, returned = PartUse.objects.order_by("kind").reverse()
    assert (used.flags, returned.flags) == (["van_missing"], [])  # by then there was one
    assert Discrepancy.objects.get().location == carried
    assert StockBalance.objects.get(location=carried, condition="faulty").quantity == 1
    handset.pull()
    assert set(handset.collection("locations")) == {str(carried.pk)}
    renamed = api(people.storekeeper).patch(f"/api/v1/locations/{carried.pk}", {"code": "V-9", "name": "Van 9"})
    assert renamed.status_code == 200


def test_both_phones_of_a_technician_merge_what_they_wrote(people, phone, yesterday, do):
    _, visit, first = yesterday
    do(people.technician, visit, "edit", diagnosis="Leaks.\nSeal?\n", checklist_answers={})
    second = phone(people.technician)
    for handset in [first, second]:
        handset.pull()
    seen = {"diagnosis": "Leaks.\nSeal?\n", "checklist_answers": {}}
    first.does("visit.edit", visit_id=visit, diagnosis="Leaks badly.\nSeal?\n", base=seen)
    second.does(
        "visit.edit",
        visit_id=visit,
        diagnosis="Leaks.\nSeal?\nReplaced it.\n",
        checklist_answers={"tight": True},
        base=seen,
    )
    assert first.push() == ["applied"]
    assert second.push() == ["merged"]
    visit.refresh_from_db()
    assert visit.diagnosis == "Leaks badly.\nSeal?\nReplaced it.\n"
    assert visit.checklist_answers == {"tight": True}


def test_the_desk_reads_what_is_needed_the_next_time(api, people, yesterday):
    ticket, visit, handset = yesterday
    wished = now() + timedelta(days=1)
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **HERE)
    handset.does(
        "visit.leave_incomplete",
        hours_ago=2,
        visit_id=visit,
        reason="No pump.",
        next_visit_wanted=True,
        next_window_start=wished,
        next_window_end=wished + timedelta(hours=2),
        parts_needed="A pump",
    )
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied", "applied"]
    document = fresh_phone(people.dispatcher).document("visits", visit)
    assert document
    assert (document["status"], document["incomplete_reason"]) == ("incomplete", "No pump.")
    assert (document["next_visit_wanted"], document["parts_needed"]) == (True, "A pump")
    assert document["next_window_start"] < document["next_window_end"]
    ticket.refresh_from_db()
    assert ticket.status == "triaged"
    left = TicketEvent.objects.get(ticket=ticket, kind="visit_left_open")
    assert (left.public, left.data["parts_needed"]) == (False, "A pump")
    listed = api(people.dispatcher).get("/api/v1/visits?next_visit_wanted=true").json()["results"]
    assert [row["id"] for row in listed] == [str(visit.pk)]
    resident = fresh_phone(people.resident).document("visits", visit)
    assert "parts_needed" not in (resident or {"parts_needed": "nothing at all"})


def test_a_phone_that_knows_nothing_of_wishes_leaves_a_visit_as_before(yesterday):
    _, visit, handset = yesterday
    handset.does("visit.travel", hours_ago=3, visit_id=visit)
    handset.does("visit.leave_incomplete", hours_ago=2, visit_id=visit, reason="Nobody home.", next_visit_wanted=False)
    assert handset.push() == ["applied", "applied"]
    visit.refresh_from_db()
    assert (visit.next_window_start, visit.parts_needed) == (None, "")


def test_a_wished_window_ends_after_it_starts(yesterday):
    _, visit, handset = yesterday
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **HERE)
    handset.does(
        "visit.leave_incomplete",
        visit_id=visit,
        reason="No pump.",
        next_visit_wanted=True,
        next_window_start=now(),
        next_window_end=now() - timedelta(hours=1),
    )
    assert handset.push() == ["applied", "refused"]
    assert list(handset.answers.values())[-1]["code"] == "window_not_valid"


def test_a_place_off_the_earth_is_named_and_the_arrival_told_again_counts_from_when_it_was(yesterday):
    """What was refused the phone still has: with the position left out it is the same arrival, and work goes on."""
    _, visit, handset = yesterday
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, **{**HERE, "latitude": 134.24})
    handset.does("visit.edit", hours_ago=2, visit_id=visit, base={"diagnosis": ""}, diagnosis="A worn hose.")
    handset.does("visit.complete", hours_ago=1, visit_id=visit, **DONE)
    assert handset.push() == ["refused", "applied", "refused"]
    said = list(handset.answers.values())
    assert (said[0]["code"], said[0]["errors"][0]["field"]) == ("position_not_valid", "latitude")
    assert said[2]["code"] == "visit_not_on_site"
    handset.does("visit.check_in", hours_ago=3, visit_id=visit, accuracy_m=12)
    handset.does("visit.edit", hours_ago=2, visit_id=visit, base={}, checklist_answers={"tight": True})
    handset.does("visit.complete", hours_ago=1, visit_id=visit, **DONE)
    assert handset.push() == ["applied"] * 3
    visit.refresh_from_db()
    arrival = visit.check_ins.get()
    assert (visit.status, visit.diagnosis) == ("completed", "A worn hose.")
    assert abs(visit.arrived_at - (now() - timedelta(hours=3))) < timedelta(minutes=1)
    assert (arrival.latitude, "no_position" in arrival.flags) == (None, True)


def test_answers_to_checks_that_the_list_has_no_more_are_kept_and_flagged(people, do, yesterday):
    _, visit, handset = yesterday
    answers = {"tight": True, "colour": "blue", "old": None}
    handset.does("visit.edit", visit_id=visit, checklist_answers=answers, base={"checklist_answers": {}})
    assert handset.push() == ["applied"]
    visit.refresh_from_db()
    assert visit.checklist_answers == {"tight": True, "colour": "blue"}
    assert visit.flags == ["check_unknown"]
    refused = do(people.technician, visit, "edit", checklist_answers={"shape": "round"})
    assert (refused["code"], refused["errors"][0]["field"]) == ("check_unknown", "checklist_answers.shape")


def test_whole_days_are_written_together_however_many_visits_they_have(people, complain, send, phone, valve):
    tickets = [complain() for _ in range(6)]
    assert Ticket.objects.filter(outage__isnull=False).count() == 6
    visits = [send(ticket, **window(hours=3 * number)) for number, ticket in enumerate(tickets, start=1)]
    handset = phone(people.technician)
    handset.pull()
    costs = []
    for day in (visits[:2], visits[2:]):
        for visit in day:
            works(handset, visit.pk, valve.pk)
        with sent() as statements:
            assert set(handset.push()) == {"applied"}
        costs.append(len(statements))
    assert costs[1] <= costs[0]
