"""A plan is accepted as a whole or in part; what has moved since is refused by itself; what was accepted is undone."""

import pytest

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.routes.conftest import TODAY, District, at
from tickets.models import RoutePlan, TicketEvent, Visit
from tickets.visits.services import (
    accept_visit,
    cancel_visit,
    dispatch_scheduled_visit,
    reschedule_visit,
    schedule_visit,
    start_travel,
)

pytestmark = pytest.mark.at(TODAY)


def decide(district: District, plan, what: str = "accept", **told):
    answer = district.desk.post(f"/api/v1/route-plans/{plan['id']}/{what}", told)
    assert answer.status_code == 200, answer.json()
    return {stop["id"]: stop for stop in answer.json()}


def states(decided) -> list[str]:
    return [stop["status"] for stop in decided.values()]


def active(ticket) -> Visit:
    return Visit.objects.get(ticket=ticket, status__in=Visit.ACTIVE)


@pytest.fixture
def crossed(district: District):
    """Tom and Ann are each promised where the other one lives, at the same time."""
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom, km=0)
    district.shift(ann, km=60)
    return tom, ann, district.visit(tom, 59, (10, 12)), district.visit(ann, 1, (10, 12))


def test_accepted_as_a_whole_everybody_is_planned_promised_and_told(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    tickets = [district.ticket(km) for km in (1, 2, 3)]
    plan = district.plan()
    decided = decide(district, plan)
    assert states(decided) == ["accepted"] * 3
    for ticket in tickets:
        visit = active(ticket)
        (stop,) = [stop for stop in decided.values() if stop["ticket_id"] == str(ticket.pk)]
        assert (visit.technician, visit.status, str(visit.pk)) == (tom, "scheduled", stop["accepted_visit_id"])
        assert visit.window_start.isoformat().replace("+00:00", "Z") == stop["window_start"]
        assert TicketEvent.objects.filter(ticket=ticket, kind="visit_scheduled", actor=district.people.dispatcher)
        assert Notice.objects.filter(ticket_id=ticket.pk, kind="visit_scheduled", user=district.people.resident)
    assert states(decide(district, plan)) == ["accepted"] * 3, "the same again changes nothing"
    assert Visit.objects.count() == 3


def test_visits_change_places_though_their_windows_are_the_same(district: District, crossed):
    tom, ann, far, near = crossed
    decided = decide(district, district.plan(), reason="Less driving")
    assert states(decided) == ["accepted", "accepted"]
    assert (active(far.ticket).technician, active(near.ticket).technician) == (ann, tom)
    assert active(far.ticket).window_start == at(10), "the resident's window is kept"
    far.refresh_from_db()
    assert (far.status, far.cancel_reason) == ("cancelled", "Less driving")


def test_half_of_an_exchange_would_be_in_two_places_at_once(district: District, crossed):
    tom, _, _, near = crossed
    plan = district.plan()
    (mine,) = [stop for stop in district.stops(plan) if stop["technician_id"] == str(tom.pk)]
    (refused,) = decide(district, plan, stop_ids=[mine["id"]]).values()
    assert (refused["status"], refused["refusal"]["code"]) == ("refused", "visit_overlaps")
    assert active(near.ticket) == near
    assert states(decide(district, plan)) == ["accepted", "accepted"], "together they can"


def test_the_day_of_one_technician_is_accepted_by_itself(district: District):
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom, km=0)
    district.shift(ann, km=40)
    here, there = district.ticket(1), district.ticket(39)
    decided = decide(district, district.plan(), technician_ids=[str(tom.pk)])
    assert states(decided) == ["accepted"]
    assert active(here).technician == tom
    assert not there.visits.exists()


def test_what_has_moved_since_is_refused_with_who_did_what_and_the_rest_is_done(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    taken, gone, fine = (district.ticket(km) for km in (1, 2, 3))
    plan = district.plan()
    with time_is(at(8, 10)):
        supervisor = Actor(user=district.people.supervisor)
        schedule_visit(
            actor=supervisor,
            occurred_at=now(),
            ticket_id=taken.pk,
            technician_id=tom.pk,
            window_start=at(15),
            window_end=at(16),
        )
        district.desk.post(f"/api/v1/tickets/{gone.pk}/cancel", {"reason": "It was nothing"})
        decided = {stop["ticket_id"]: stop for stop in decide(district, plan).values()}
    refusal = decided[str(taken.pk)]["refusal"]
    assert (refusal["code"], refusal["changed_by"]) == ("ground_moved", "Sam Supervisor")
    assert refusal["changed"]["visit"]["technician"] == "Tom"
    refusal = decided[str(gone.pk)]["refusal"]
    assert refusal["changed"]["ticket_status"] == {"was": "triaged", "is": "cancelled"}
    assert refusal["changed_by"] == "Dora Dispatcher"
    assert decided[str(fine.pk)]["status"] == "accepted"


def test_a_visit_that_was_moved_or_begun_meanwhile_is_no_ground_to_stand_on(district: District, crossed):
    tom, _, far, near = crossed
    plan = district.plan()
    desk = Actor(user=district.people.dispatcher)
    reschedule_visit(actor=desk, occurred_at=now(), visit_id=near.pk, window_start=at(14), window_end=at(15))
    dispatch_scheduled_visit(actor=desk, occurred_at=now(), visit_id=far.pk)
    start_travel(actor=Actor(user=tom), occurred_at=now(), visit_id=far.pk)
    changed = [set(stop["refusal"]["changed"]) for stop in decide(district, plan).values()]
    assert sorted(changed, key=len) == [{"status"}, {"window_start", "window_end"}]


def test_who_has_accepted_meanwhile_keeps_the_visit(district: District, crossed):
    tom, _, far, _ = crossed
    plan = district.plan()
    dispatch_scheduled_visit(actor=Actor(user=district.people.dispatcher), occurred_at=now(), visit_id=far.pk)
    accept_visit(actor=Actor(user=tom), occurred_at=now(), visit_id=far.pk)
    decided = decide(district, plan)
    codes = {stop["visit_id"]: stop["refusal"]["code"] for stop in decided.values()}
    assert codes[str(far.pk)] == "ground_moved"
    assert set(codes.values()) == {"ground_moved", "visit_overlaps"}, "the other half cannot be done alone"


def test_who_has_fallen_ill_meanwhile_is_sent_nowhere(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    district.ticket(1)
    plan = district.plan()
    district.falls_ill(tom)
    (stop,) = decide(district, plan).values()
    assert stop["refusal"]["code"] == "technician_away"


def test_a_wide_window_becomes_the_part_in_which_somebody_comes(district: District):
    tom = district.technician("Tom")
    district.shift(tom, hours=(9, 12))
    wide, other = district.visit(tom, 1, (9, 12)), district.ticket(2)
    plan = district.plan()
    assert {stop["change"] for stop in district.stops(plan)} == {"narrowed", "new"}
    assert plan["figures"]["plan"]["windows_changed"] == 0, "it is a part of what was promised"
    alone = next(stop for stop in district.stops(plan) if stop["change"] == "new")
    (refused,) = decide(district, plan, stop_ids=[alone["id"]]).values()
    assert refused["refusal"]["code"] == "visit_overlaps", "unless the other is accepted, too"
    assert states(decide(district, plan)) == ["accepted", "accepted"]
    kept = active(wide.ticket)
    assert kept.pk == wide.pk
    assert at(9) <= kept.window_start < kept.window_end <= at(12)
    assert active(other).technician == tom


def test_what_was_accepted_is_undone_as_long_as_nothing_has_happened(district: District, crossed):
    tom, ann, far, near = crossed
    ticket = district.ticket(2)
    plan = district.plan()
    assert states(decide(district, plan)) == ["accepted"] * 3
    assert states(decide(district, plan, "undo")) == ["undone"] * 3
    assert (active(far.ticket).technician, active(near.ticket).technician) == (tom, ann)
    assert (active(far.ticket).window_start, active(far.ticket).window_end) == (at(10), at(12))
    assert not ticket.visits.filter(status__in=Visit.ACTIVE).exists()
    ticket.refresh_from_db()
    assert ticket.status == "triaged"


def test_what_has_begun_is_not_undone(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    begun, waiting = district.ticket(1), district.ticket(2)
    plan = district.plan()
    decide(district, plan)
    visit = active(begun)
    dispatch_scheduled_visit(actor=Actor(user=district.people.dispatcher), occurred_at=now(), visit_id=visit.pk)
    start_travel(actor=Actor(user=tom), occurred_at=now(), visit_id=visit.pk)
    decided = {stop["ticket_id"]: stop for stop in decide(district, plan, "undo").values()}
    assert decided[str(begun.pk)]["status"] == "accepted"
    assert decided[str(begun.pk)]["refusal"]["changed"]["status"]["is"] == "travelling"
    assert decided[str(waiting.pk)]["status"] == "undone"


def test_a_visit_that_was_cancelled_since_needs_no_undoing(district: District):
    district.shift(district.technician("Tom"))
    ticket = district.ticket(1)
    plan = district.plan()
    decide(district, plan)
    desk = Actor(user=district.people.dispatcher)
    cancel_visit(actor=desk, occurred_at=now(), visit_id=active(ticket).pk, reason="Rain")
    (stop,) = decide(district, plan, "undo").values()
    assert (stop["status"], stop["refusal"]["code"]) == ("accepted", "ground_moved")


def test_only_what_is_made_can_be_accepted_and_only_its_own_stops(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    asked = district.ask()
    answer = district.desk.post(f"/api/v1/route-plans/{asked['id']}/accept", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_not_ready")
    RoutePlan.objects.filter(pk=asked["id"]).delete()
    plan = district.plan()
    answer = district.desk.post(f"/api/v1/route-plans/{plan['id']}/accept", {"stop_ids": [plan["id"]]})
    assert (answer.status_code, answer.json()["code"]) == (400, "stop_unknown")


def test_another_desk_decides_about_nothing(district: District, api):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    plan = district.plan()
    for step in ("accept", "undo", "cancel"):
        answer = api(district.people.southern_dispatcher).post(f"/api/v1/route-plans/{plan['id']}/{step}", {})
        assert answer.status_code == 404
    assert not Visit.objects.exists()


def test_the_desk_moves_a_visit_that_nobody_has_set_out_to(district: District):
    tom = district.technician("Tom")
    visit, other = district.visit(tom, 1, (9, 10)), district.visit(tom, 2, (11, 12))

    def move(to: tuple[int, int]):
        told = {"window_start": at(to[0]).isoformat(), "window_end": at(to[1]).isoformat()}
        return district.desk.post(f"/api/v1/visits/{visit.pk}/reschedule", told)

    assert move((14, 15)).json()["window_start"] == at(14).isoformat().replace("+00:00", "Z")
    for person, kind in ((tom, "visit_moved"), (district.people.resident, "visit_scheduled")):
        assert Notice.objects.filter(user=person, kind=kind, ticket_id=visit.ticket_id).exists()
    assert move((11, 12)).json()["visit"] == str(other.pk)
    assert move((15, 14)).json()["code"] == "window_not_valid"
    dispatch_scheduled_visit(actor=Actor(user=district.people.dispatcher), occurred_at=now(), visit_id=visit.pk)
    start_travel(actor=Actor(user=tom), occurred_at=now(), visit_id=visit.pk)
    assert move((16, 17)).json()["code"] == "visit_transition_not_allowed"
