"""A day is planned: who goes where, when; what is kept, what is late, what is left out and why."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from accounts.models import Skill
from fieldsvc.time import now, time_is, time_passes
from notifications.models import Notice
from parts.models import Part
from sync.commands import Actor
from tests.routes.conftest import TODAY, District, at
from tickets.models import ChosenWindow, RoutePlan, ServiceTypePart, ServiceTypeSkill, Site, Visit
from tickets.routes.services import forget_expired, plan_next
from tickets.visits.crew import add_companion
from tickets.visits.services import accept_visit, check_in, dispatch_scheduled_visit, start_travel

pytestmark = pytest.mark.at(TODAY)


def moment(hour: float, minute: int = 0) -> str:
    return at(hour, minute).isoformat().replace("+00:00", "Z")


def route(stops, technician) -> list[str]:
    return [stop["ticket_id"] for stop in stops if stop["technician_id"] == str(technician.pk) and stop["ticket_id"]]


def test_everybody_goes_where_it_is_near_to_them_one_after_the_other(district: District):
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom, km=0)
    district.shift(ann, km=40)
    near_tom = [district.ticket(3), district.ticket(1), district.ticket(2)]
    near_ann = [district.ticket(38), district.ticket(41)]
    plan = district.plan()
    stops = district.stops(plan)
    assert set(route(stops, tom)) == {str(ticket.pk) for ticket in near_tom}
    assert set(route(stops, ann)) == {str(ticket.pk) for ticket in near_ann}
    assert [stop["position"] for stop in stops] == list(range(5))
    assert {stop["change"] for stop in stops} == {"new"}
    assert plan["left_out"] == []
    for before, after in pairwise(stops):
        if before["technician_id"] == after["technician_id"]:
            assert before["leaves_at"] <= after["arrives_at"]
            assert before["window_end"] <= after["window_start"], "nobody is promised to two places at once"
    assert not Visit.objects.exists(), "a plan changes nothing before it is accepted"


def test_a_plan_says_what_it_costs_beside_the_present_one_and_nearest_first(district: District):
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom, km=0)
    district.shift(ann, km=30)
    district.visit(tom, 29, (9, 12))
    district.visit(ann, 1, (9, 12))
    figures = district.plan()["figures"]
    assert set(figures) == {"plan", "present", "nearest_first"}
    assert figures["present"]["visits"] == figures["plan"]["visits"] == 2
    assert figures["present"]["windows_changed"] == figures["present"]["technicians_changed"] == 0
    assert figures["plan"]["travel_seconds"] < figures["present"]["travel_seconds"]
    assert figures["plan"]["technicians_changed"] == 2, "an hour of driving for each is worth it"
    assert figures["plan"]["windows_changed"] == figures["plan"]["late"] == 0


def test_a_short_cut_is_no_reason_to_send_somebody_else_than_was_promised(district: District):
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom, km=0)
    district.shift(ann, km=3)
    visit = district.visit(tom, 2, (9, 12))
    stops = district.stops(district.plan())
    assert [(stop["visit_id"], stop["change"]) for stop in stops] == [(str(visit.pk), "none")]
    assert stops[0]["window_start"] == moment(9)


def test_a_promise_is_kept_where_anybody_can_and_late_by_little_where_nobody_can(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    early = district.visit(tom, 1, (8, 9))
    with time_is(at(9, 30)):  # too late for the first by half an hour and a little
        plan = district.plan()
        stops = district.stops(plan)
    assert [stop["visit_id"] for stop in stops] == [str(early.pk)]
    assert stops[0]["change"] == "moved"
    assert 1800 < stops[0]["late_seconds"] < 3600
    assert plan["figures"]["plan"]["late"] == 1


def test_what_the_resident_has_chosen_is_a_promise_and_another_day_is_not_today(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    chosen, tomorrow = district.ticket(1), district.ticket(2)
    for ticket, hours in ((chosen, 14), (tomorrow, 34)):
        ChosenWindow.objects.create(
            ticket=ticket, window_start=at(hours), window_end=at(hours + 2), chosen_at=now(), chosen_by=None
        )
    stops = district.stops(district.plan())
    assert [stop["ticket_id"] for stop in stops] == [str(chosen.pk)]
    assert moment(14) <= stops[0]["begins_at"] <= moment(16)


def test_a_break_is_taken_an_hour_sooner_or_later_at_most(district: District):
    tom = district.technician("Tom")
    district.shift(tom, break_starts_at=at(12), break_ends_at=at(12, 45))
    for km in range(1, 8):
        district.ticket(km)
    stops = district.stops(district.plan())
    (pause,) = [stop for stop in stops if stop["ticket_id"] is None]
    assert moment(11) <= pause["begins_at"] <= moment(13)
    ends = [(stop["begins_at"], stop["leaves_at"]) for stop in stops if stop["ticket_id"]]
    assert len(ends) >= 6
    assert all(leaves <= pause["begins_at"] or begins >= pause["leaves_at"] for begins, leaves in ends)
    assert max(leaves for _, leaves in ends) <= moment(17)


def test_who_is_away_is_sent_nowhere_and_their_visits_go_to_others(district: District):
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom)
    district.shift(ann)
    visit = district.visit(tom, 1, (10, 12))
    district.falls_ill(tom)
    (stop,) = district.stops(district.plan())
    assert (stop["technician_id"], stop["visit_id"], stop["change"]) == (str(ann.pk), str(visit.pk), "reassigned")
    assert stop["window_start"] == moment(10), "the window is kept"


# Left out, with the reason


def test_without_the_skill_nobody_is_sent(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    gas = Skill.objects.create(code="gas", name="Gas")
    ServiceTypeSkill.objects.create(service_type=district.world.service_type, skill=gas)
    ticket = district.ticket(1)
    (left,) = district.plan()["left_out"]
    assert (left["ticket_id"], left["reason"], left["missing"]) == (str(ticket.pk), "no_skill", ["gas"])
    assert left["text"] == "Nobody who works that day has the skills."
    assert left["text_zh"] == "当日没有具备所需技能的人员。"
    tom.skills.add(gas)
    assert district.plan()["left_out"] == []


def test_without_the_part_in_the_van_nobody_is_sent_if_the_desk_wants_it_so(district: District):
    tom, ann = district.technician("Tom"), district.technician("Ann")
    district.shift(tom, km=0)
    district.shift(ann, km=50)
    valve = district.world.part("V-1", aboard=2, technician=ann)
    likely = ServiceTypePart.objects.create(
        service_type=district.world.service_type, part=valve, quantity=Decimal("1.5")
    )
    first, second = district.ticket(1), district.ticket(2)
    assert route(district.stops(district.plan()), ann) == [], "unless the desk wants it"
    plan = district.plan(parts_required=True)
    (stop,) = district.stops(plan)
    assert stop["technician_id"] == str(ann.pk), "two lie there, and each visit takes one and a half"
    assert [left["reason"] for left in plan["left_out"]] == ["no_time"]
    assert {stop["ticket_id"], plan["left_out"][0]["ticket_id"]} == {str(first.pk), str(second.pk)}
    likely.part = Part.objects.create(number="V-2", name="Another")
    likely.save()
    refused = district.plan(parts_required=True)["left_out"]
    assert [(left["reason"], left["missing"]) for left in refused] == [("no_part", ["V-2"])] * 2


def test_a_place_that_nobody_knows_is_no_place_to_go(district: District):
    district.shift(district.technician("Tom"))
    lost = district.ticket(None)
    plan = district.plan()
    assert [(left["ticket_id"], left["reason"]) for left in plan["left_out"]] == [(str(lost.pk), "no_place")]
    Site.objects.filter(tickets=lost).update(latitude=34.2, longitude=108.9)
    assert district.plan()["left_out"] == []


def test_more_than_fits_into_a_day_is_left_out_the_least_urgent_first(district: District):
    district.shift(district.technician("Tom"), hours=(8, 11))
    urgent, *others = [district.ticket(km, priority=1 if km == 12 else 4) for km in (12, 1, 2, 3)]
    plan = district.plan()
    assert str(urgent.pk) in {stop["ticket_id"] for stop in district.stops(plan)}
    assert {left["reason"] for left in plan["left_out"]} == {"no_time"}
    assert {left["ticket_id"] for left in plan["left_out"]} <= {str(ticket.pk) for ticket in others}


# Around what has happened already


def test_what_is_happening_stays_and_the_rest_is_planned_from_there(district: District):
    tom = district.technician("Tom")
    district.shift(tom, km=0)
    there = district.visit(tom, 20, (9, 10))
    ticket = district.ticket(21)
    actor = Actor(user=tom)
    dispatch_scheduled_visit(actor=Actor(user=district.people.dispatcher), occurred_at=now(), visit_id=there.pk)
    accept_visit(actor=actor, occurred_at=now(), visit_id=there.pk)
    start_travel(actor=actor, occurred_at=at(8, 30), visit_id=there.pk)
    with time_is(at(9, 5)):
        check_in(actor=actor, occurred_at=at(9, 5), visit_id=there.pk)
        first, second = district.stops(district.plan())
    assert (first["visit_id"], first["fixed"], first["change"]) == (str(there.pk), True, "none")
    assert (first["arrives_at"], first["leaves_at"]) == (moment(9, 5), moment(10, 5))
    assert second["ticket_id"] == str(ticket.pk)
    assert second["travel_seconds"] < 600, "from there, not from home"
    assert second["arrives_at"] > moment(10, 5)


def test_who_declined_a_ticket_is_not_sent_there_again_within_a_day(district: District):
    tom = district.technician("Tom")
    district.shift(tom)
    visit = district.visit(tom, 1, (9, 10))
    Visit.objects.filter(pk=visit.pk).update(status="cancelled", cancelled_at=now(), decline_reason="No ladder")
    assert [left["reason"] for left in district.plan()["left_out"]] == ["no_skill"]
    Visit.objects.filter(pk=visit.pk).update(cancelled_at=now() - timedelta(hours=25))
    assert district.plan()["left_out"] == []


def complains_about(district: District, api, technician) -> None:
    """The resident of the district's tickets does."""
    told = {"text": "Rude.", "happened_at": moment(7), "on_behalf_of": str(district.people.resident.pk)}
    supervisor = api(district.people.supervisor)
    filed = supervisor.post("/api/v1/staff-complaints", {**told, "territory_id": str(district.people.north.pk)})
    url = f"/api/v1/staff-complaints/{filed.json()['id']}/name"
    assert supervisor.post(url, {"person_id": str(technician.pk)}).status_code == 204


def test_nobody_is_planned_to_go_to_a_customer_who_has_complained_about_them_and_nobody_can_tell(
    district: District, api
):
    tom, una = district.technician("Tom"), district.technician("Una")
    district.shift(tom)
    visit = district.visit(tom, 1, (9, 10))
    complains_about(district, api, tom)
    assert [(left["reason"], left["missing"]) for left in district.plan()["left_out"]] == [("no_time", [])]
    district.shift(una, km=9)
    plan = district.plan()
    assert route(district.stops(plan), una) == [str(visit.ticket_id)]
    assert "complain" not in str(plan)


def test_a_plan_is_not_accepted_for_somebody_about_whom_the_customer_has_complained_since(district: District, api):
    tom = district.technician("Tom")
    district.shift(tom)
    district.ticket(1)
    plan = district.plan()
    complains_about(district, api, tom)
    district.desk.post(f"/api/v1/route-plans/{plan['id']}/accept", {})
    [stop] = [stop for stop in district.stops(plan) if stop["ticket_id"]]
    assert (stop["status"], stop["refusal"]["code"]) == ("refused", "ground_moved")
    assert "complain" not in str(stop)


def test_a_crew_stays_together_and_is_planned_around(district: District):
    tom, una = district.technician("Tom"), district.technician("Una")
    district.shift(tom), district.shift(una)
    visit = district.visit(tom, 1, (9, 11))
    companion = add_companion(
        actor=Actor(district.people.dispatcher), occurred_at=now(), visit_id=visit.pk, technician_id=una.pk
    )
    ticket = district.ticket(1)
    stops = [stop for stop in district.stops(district.plan()) if stop["ticket_id"]]
    fixed = {stop["technician_id"]: stop for stop in stops if stop["fixed"]}
    assert set(fixed) == {str(tom.pk), str(una.pk)}
    assert {stop["change"] for stop in fixed.values()} == {"none"}
    [other] = [stop for stop in stops if stop["ticket_id"] == str(ticket.pk)]
    assert not moment(9) < other["begins_at"] < moment(11)
    assert companion.window_start == visit.window_start


# Asking


@pytest.mark.parametrize(("day", "code"), [("2026-11-22", "day_not_plannable"), ("2026-12-25", "day_not_plannable")])
def test_only_days_to_come_are_planned(district: District, day, code):
    district.shift(district.technician("Tom"))
    answer = district.desk.post("/api/v1/route-plans", {"territory_id": str(district.people.north.pk), "day": day})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_day_without_people_or_without_work_is_no_day_to_plan(district: District):
    def refusal():
        told = {"territory_id": str(district.people.north.pk), "day": "2026-11-23"}
        return district.desk.post("/api/v1/route-plans", told).json()["code"]

    assert refusal() == "nobody_at_work"
    district.shift(district.technician("Tom"), kind="standby")
    assert refusal() == "nobody_at_work"
    district.shift(district.technician("Ann"))
    assert refusal() == "nothing_to_plan"


def test_too_much_at_once_is_refused_with_how_much_there_is(district: District, monkeypatch):
    monkeypatch.setattr("tickets.routes.services.MOST_VISITS", 1)
    district.shift(district.technician("Tom"))
    district.ticket(1)
    district.ticket(2)
    told = {"territory_id": str(district.people.north.pk), "day": "2026-11-23"}
    answer = district.desk.post("/api/v1/route-plans", told).json()
    assert (answer["code"], answer["visits"], answer["visits_limit"]) == ("plan_too_large", 2, 1)


def test_a_day_that_is_being_planned_is_planned_once(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    first = district.ask()
    assert district.ask()["id"] == first["id"]
    assert plan_next(at=now())
    assert not plan_next(at=now())
    assert district.ask()["id"] != first["id"]


def test_the_same_question_twice_is_one_plan(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    told = {"id": "01936f00-0000-7000-8000-000000000001"}
    assert district.plan(**told)["id"] == district.ask(**told)["id"] == told["id"]
    assert RoutePlan.objects.count() == 1


def test_whoever_cancels_a_plan_has_none(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    asked = district.ask()
    cancelled = district.desk.post(f"/api/v1/route-plans/{asked['id']}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert not plan_next(at=now())
    made = district.plan()
    answer = district.desk.post(f"/api/v1/route-plans/{made['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_has_ended")


def test_a_plan_that_is_cancelled_while_it_is_made_is_not_finished(district: District, monkeypatch):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    asked = district.ask()
    from tickets.routes import solver

    found = solver.plan

    def cancelled_meanwhile(problem, *, seconds, tell):
        district.desk.post(f"/api/v1/route-plans/{asked['id']}/cancel")
        return found(problem, seconds=seconds, tell=tell)

    monkeypatch.setattr("tickets.routes.solver.plan", cancelled_meanwhile)
    assert plan_next(at=now())
    plan = RoutePlan.objects.get(pk=asked["id"])
    assert (plan.status, plan.stops.count()) == ("cancelled", 0)


def test_a_worker_that_dies_over_a_plan_is_followed_by_another_three_times_at_most(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    asked = district.ask()
    RoutePlan.objects.filter(pk=asked["id"]).update(status="planning", held_at=now(), attempts=1)
    assert not plan_next(at=now()), "somebody is at it"
    with time_passes(timedelta(minutes=2)):
        assert plan_next(at=now())
    assert RoutePlan.objects.get(pk=asked["id"]).status == "ready"
    RoutePlan.objects.filter(pk=asked["id"]).update(status="planning", held_at=now(), attempts=3)
    with time_passes(timedelta(minutes=2)):
        assert not plan_next(at=now())
    assert RoutePlan.objects.get(pk=asked["id"]).status == "failed"
    told = Notice.objects.filter(user=district.people.dispatcher, kind="route_plan_failed")
    assert told.count() == 1


def test_whoever_asked_hears_that_the_plan_is_ready_and_how_much_was_left_out(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    district.ticket(None)
    plan = district.plan()
    told = Notice.objects.get(user=district.people.dispatcher, kind="route_plan_ready")
    assert (str(told.subject_id), "2026-11-23" in told.title, "Left out: 1" in told.body) == (plan["id"], True, True)


def test_plans_are_kept_for_a_week_after_their_day(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    district.plan()
    with time_passes(timedelta(days=7)):
        assert forget_expired(actor=Actor.system(), occurred_at=now()) == 0
    with time_passes(timedelta(days=8)):
        assert forget_expired(actor=Actor.system(), occurred_at=now()) == 1
    assert not RoutePlan.objects.exists()


def test_another_desk_knows_nothing_of_it(district: District, api):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    plan = district.plan()
    south = api(district.people.southern_dispatcher)
    assert south.get("/api/v1/route-plans").json()["results"] == []
    for path in (f"/api/v1/route-plans/{plan['id']}", f"/api/v1/route-plans/{plan['id']}/stops"):
        assert south.get(path).status_code == 404
    told = {"territory_id": str(district.people.north.pk), "day": "2026-11-23"}
    assert south.post("/api/v1/route-plans", told).status_code == 404
