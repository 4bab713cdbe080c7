"""Whom to send: who may go there at all, when they could first be there, and what speaks for them."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Role, RoleGrant, Skill, User
from fieldsvc.time import now, time_is
from sync.commands import Actor
from tests.routes.conftest import TODAY, District, at
from tests.statements import sent
from tickets.models import ServiceTypePart, SuggestionWeights, Ticket, Visit
from tickets.suggestions.selectors import suggest
from tickets.visits.services import decline_visit

pytestmark = pytest.mark.at(TODAY)

WEIGHTS = "/api/v1/suggestion-weights"


def wire(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")


def asked(district: District, ticket: Ticket, **query: Any) -> Any:
    answer = district.desk.get(f"/api/v1/tickets/{ticket.pk}/suggestions", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def names(answer: Any) -> list[str]:
    return [found["technician"]["name"] for found in answer["suggestions"]]


def why_not(district: District, ticket: Ticket) -> dict[str, str]:
    answer = asked(district, ticket, excluded=True)
    return {out["technician"]["name"]: out["reason"] for out in answer["excluded"]}


def reason(suggestion: Any, objective: str) -> Any:
    return next(found for found in suggestion["reasons"] if found["objective"] == objective)


def at_work(district: District, name: str, **shift: Any) -> User:
    person = district.technician(name)
    district.shift(person, **shift)
    return person


def declined(district: District, technician: User, ticket: Ticket) -> None:
    """Sent, and declined."""
    made = district.desk.post(
        f"/api/v1/tickets/{ticket.pk}/dispatch",
        {"technician_id": str(technician.pk), "window_start": wire(at(9)), "window_end": wire(at(10))},
    )
    visit_id, actor = UUID(made.json()["id"]), Actor(User.objects.get(pk=technician.pk))
    decline_visit(actor=actor, occurred_at=now(), visit_id=visit_id, reason="Ill")


# Who may go there at all


def test_each_hard_rule_keeps_somebody_out_and_says_which_it_is(district: District) -> None:
    able, refuser, away, _ = (at_work(district, name) for name in ("Able", "Refuser", "Away", "Unskilled"))
    idle = district.technician("Idle")
    stranger = district.technician("Stranger")
    stranger.role_grants.update(territory=district.people.south)
    RoleGrant.objects.create(user=stranger, role=Role.STOREKEEPER, territory=district.people.north)  # so the desk sees
    skill = Skill.objects.create(code="gas", name="Gas")
    ticket = district.ticket(km=5)
    ticket.service_type.skills.add(skill)
    for person in (able, refuser, away, idle):
        person.skills.add(skill)
    declined(district, refuser, ticket)
    district.falls_ill(away)
    assert names(asked(district, ticket)) == ["Able"]
    assert why_not(district, ticket) == {
        "Unskilled": "lacks_skill",
        "Refuser": "declined_lately",
        "Away": "not_available",
        "Idle": "not_available",
        "Stranger": "outside_territory",
    }
    lacking = next(out for out in asked(district, ticket, excluded=True)["excluded"] if out["missing"])
    assert lacking["missing"] == ["gas"]
    assert (lacking["text"], lacking["text_zh"]) == ("Lacks a skill that is needed.", "缺少所需技能。")
    assert asked(district, ticket)["excluded"] is None


def test_who_declined_is_asked_again_after_a_day(district: District, settings: Any) -> None:
    tom = district.technician("Tom")
    for day in (0, 24):
        district.shift(tom, hours=(8 + day, 17 + day))
    ticket = district.ticket(km=5)
    declined(district, tom, ticket)
    assert names(asked(district, ticket)) == []
    with time_is(at(8 + 24, 1)):
        assert names(asked(district, ticket)) == ["Tom"]
    settings.OFFER_AGAIN_HOURS = 0
    assert names(asked(district, ticket)) == ["Tom"]


def test_nobody_can_tell_from_suggestions_that_a_customer_has_complained(district: District, api: Any) -> None:
    booked, concerned = at_work(district, "Booked"), at_work(district, "Concerned")
    district.visit(booked, 0, (8, 17))
    ticket = district.ticket(km=5)
    assert names(asked(district, ticket)) == ["Concerned"]
    supervisor = api(district.people.supervisor)
    told = {"text": "Rude.", "happened_at": wire(now()), "on_behalf_of": str(district.people.resident.pk)}
    filed = supervisor.post("/api/v1/staff-complaints", {**told, "territory_id": str(district.people.north.pk)})
    named = supervisor.post(f"/api/v1/staff-complaints/{filed.json()['id']}/name", {"person_id": str(concerned.pk)})
    assert named.status_code == 204
    for reader in (district.people.dispatcher, district.people.supervisor):
        answer = api(reader).get(f"/api/v1/tickets/{ticket.pk}/suggestions", {"excluded": True}).json()
        assert names(answer) == []
        full, complained = ({**out, "technician": None} for out in answer["excluded"])
        assert full == complained
        assert full["text"] == "Not available for this visit."
    resident = api(district.people.resident)
    resident.post(f"/api/v1/staff-complaints/{filed.json()['id']}/withdraw", {"reason": "Sorry"})
    assert names(asked(district, ticket)) == ["Concerned"]


def test_parts_that_are_required_have_to_be_in_the_van(district: District) -> None:
    equipped, empty = at_work(district, "Equipped"), at_work(district, "Empty")
    valve = district.world.part("valve", aboard=2, technician=equipped)
    district.world.van(empty)
    ServiceTypePart.objects.create(service_type=district.world.service_type, part=valve, quantity=2)
    ticket = district.ticket(km=5)
    first, second = asked(district, ticket)["suggestions"]
    assert first["technician"]["name"] == "Equipped"
    assert reason(first, "parts")["points"] == 100
    assert reason(second, "parts")["figures"] == {"aboard": 0, "likely": 1, "missing": ["valve"]}
    SuggestionWeights.objects.create(parts_required=True, holds_from=now())
    assert names(asked(district, ticket)) == ["Equipped"]
    assert why_not(district, ticket) == {"Empty": "lacks_parts"}


# When


def test_the_first_time_leaves_room_for_the_ways_before_and_after(district: District) -> None:
    tom = at_work(district, "Tom", km=0)
    district.visit(tom, 10, (9, 10))
    district.visit(tom, 10, (11, 13))
    [found] = asked(district, district.ticket(km=0))["suggestions"]
    # At the depot at once, but not in time for nine; between the visits there is no room for an hour and two ways.
    assert (found["window_start"], found["way_on"]) == (wire(at(13, 45)), {"seconds": 0, "metres": 0})
    assert 30 * 60 < found["way_there"]["seconds"] < 45 * 60
    [found] = asked(district, district.ticket(km=10))["suggestions"]
    assert (found["window_start"], found["window_end"]) == (wire(at(10)), wire(at(11)))


def test_the_break_is_kept_and_nothing_outlasts_the_shift(district: District) -> None:
    at_work(district, "Tom", hours=(11.5, 14), break_starts_at=at(12), break_ends_at=at(13))
    [found] = asked(district, district.ticket(km=0))["suggestions"]
    assert found["window_start"] == wire(at(13))
    assert names(asked(district, district.ticket(km=1))) == []  # there is no way home any more


def test_what_the_resident_has_chosen_or_was_promised_is_kept(district: District) -> None:
    tom, ann = at_work(district, "Tom"), at_work(district, "Ann")
    visit = district.visit(tom, 0, (10, 12))
    answer = district.desk.get(f"/api/v1/visits/{visit.pk}/suggestions").json()
    assert names(answer) == ["Ann"]
    assert answer["suggestions"][0]["window_start"] == wire(at(10))
    district.visit(ann, 0, (9, 11.5))
    answer = district.desk.get(f"/api/v1/visits/{visit.pk}/suggestions").json()
    assert names(answer) == []
    later = {"window_start": wire(at(10)), "window_end": wire(at(13))}
    answer = district.desk.get(f"/api/v1/visits/{visit.pk}/suggestions", later).json()
    assert answer["suggestions"][0]["window_start"] == wire(at(11.5))


def test_who_stands_by_is_called_for_what_is_most_urgent(district: District) -> None:
    at_work(district, "Tom", kind="standby")
    ticket = district.ticket(km=0)
    assert names(asked(district, ticket)) == []
    Ticket.objects.filter(pk=ticket.pk).update(priority=1)
    assert names(asked(district, ticket)) == ["Tom"]


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ({"window_start": wire(at(12)), "window_end": wire(at(11))}, "window_not_valid"),
        ({"window_start": wire(at(5)), "window_end": wire(at(7))}, "window_in_past"),
        ({"window_start": wire(at(8)), "window_end": wire(at(8 + 24 * 32))}, "window_too_long"),
    ],
)
def test_a_window_in_which_nobody_can_come_is_refused(district: District, window: Any, code: str) -> None:
    answer = district.desk.get(f"/api/v1/tickets/{district.ticket(km=0).pk}/suggestions", window)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == code


def test_a_ticket_or_a_visit_that_has_ended_is_given_to_nobody(district: District) -> None:
    visit = district.visit(at_work(district, "Tom"), 0, (9, 10))
    district.desk.post(f"/api/v1/visits/{visit.pk}/cancel", {"reason": "Mended itself"})
    assert district.desk.get(f"/api/v1/visits/{visit.pk}/suggestions").json()["code"] == "visit_transition_not_allowed"
    district.desk.post(f"/api/v1/tickets/{visit.ticket_id}/cancel", {"reason": "Mended itself"})
    assert district.desk.get(f"/api/v1/tickets/{visit.ticket_id}/suggestions").json()["code"] == "ticket_not_open"


# What speaks for whom


def test_who_is_near_free_and_knows_the_place_comes_first_and_it_is_said_why(district: District) -> None:
    _, far = at_work(district, "Near", km=5), at_work(district, "Far", km=25)
    ticket = district.ticket(km=5)
    first, second = asked(district, ticket)["suggestions"]
    assert (first["technician"]["name"], second["technician"]["name"]) == ("Near", "Far")
    assert first["score"] > second["score"]
    assert reason(second, "travel")["text"] == "51 minutes on the way (26.0 km)."
    assert reason(second, "travel")["text_zh"] == "路程约 51 分钟（26.0 公里）。"
    assert reason(first, "load")["figures"] == {"visits": 0, "percent": 0}
    assert reason(first, "clock")["text"] == "Can be there on 11-23 08:00, 24 h 0 min before it is due."
    assert {said["objective"] for said in first["reasons"]} == {"clock", "travel", "load"}  # nothing else tells
    SuggestionWeights.objects.create(clock=0, travel=0, load=10, continuity=90, parts=0, holds_from=now())
    Visit.objects.create(
        ticket=ticket, technician=far, status="completed", window_start=at(-30), window_end=at(-29), arrived_at=at(-30)
    )
    first, second = asked(district, ticket)["suggestions"]
    assert (first["technician"]["name"], first["score"], second["score"]) == ("Far", 100, 10)
    assert reason(first, "continuity")["text"] == "Was there for this ticket, the last time on 2026-11-21."


def test_a_full_shift_speaks_against_somebody(district: District) -> None:
    tom = at_work(district, "Tom", hours=(8, 12))
    district.visit(tom, 0, (10, 12))
    [found] = asked(district, district.ticket(km=0))["suggestions"]
    assert reason(found, "load")["figures"] == {"visits": 1, "percent": 50}


def test_a_place_that_nobody_knows_makes_nobody_better_or_worse(district: District) -> None:
    at_work(district, "Near"), at_work(district, "Far", km=50)
    first, second = asked(district, district.ticket(km=None))["suggestions"]
    assert first["score"] == second["score"]
    assert (first["way_there"], {said["objective"] for said in first["reasons"]}) == (None, {"clock", "load"})


def test_a_broken_promise_halves_what_being_soon_is_worth(district: District) -> None:
    tom = district.technician("Tom")
    district.shift(tom, hours=(8 + 30, 17 + 30))
    [found] = asked(district, district.ticket(km=0))["suggestions"]
    clock = reason(found, "clock")
    assert clock["figures"]["minutes_to_spare"] == -360
    assert clock["points"] == round(0.5 * 100 * (1 - 30 / 48))
    assert clock["text"].endswith("6 h 0 min after it is due.")


def test_the_same_statements_serve_fifty_technicians(district: District) -> None:
    ticket = district.ticket(km=5)
    ticket = Ticket.objects.select_related("service_type", "site", "territory").get(pk=ticket.pk)
    part = district.world.part("valve")
    ServiceTypePart.objects.create(service_type=district.world.service_type, part=part, quantity=1)

    def needed() -> int:
        with sent() as found:
            suggest(ticket, at=now())
        return len(found)

    district.world.van(at_work(district, "One"))
    few = needed()
    for number in range(49):
        district.world.van(at_work(district, f"Number{number}"))
    assert needed() == few <= 20
    assert len(suggest(ticket, at=now()).found) == 50


# What is weighed


def test_weights_hold_for_a_service_type_and_for_a_time(district: District, api: Any) -> None:
    admin = api(district.people.administrator)
    everywhere = admin.post(WEIGHTS, {"clock": 100}).json()
    own = {"service_type": "leak", "travel": 100, "holds_from": wire(at(10)), "holds_until": wire(at(12))}
    ticket = district.ticket(km=5)
    assert admin.post(WEIGHTS, own).status_code == 201
    assert asked(district, ticket)["weights"]["clock"] == 100
    with time_is(at(11)):
        assert asked(district, ticket)["weights"]["travel"] == 100
        assert admin.post(f"{WEIGHTS}/{everywhere['id']}/end").status_code == 200
    with time_is(at(13)):
        assert asked(district, ticket)["weights"] == {
            "clock": 35, "travel": 25, "load": 15, "continuity": 10, "parts": 15, "parts_required": False
        }  # fmt: skip
        holding = admin.get(WEIGHTS, {"at": wire(at(11.5)), "service_type": "leak"}).json()["results"]
    assert [row["service_type"] for row in holding] == ["leak"]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"clock": 0, "travel": 0, "load": 0, "continuity": 0, "parts": 0}, 400, "weights_weigh_nothing"),
        ({"holds_from": wire(at(0))}, 400, "period_in_past"),
        ({"holds_from": wire(at(9)), "holds_until": wire(at(9))}, 400, "period_ends_before_it_starts"),
        ({"service_type": "flowers"}, 400, "service_type_unknown"),
        ({"holds_from": wire(at(9)), "holds_until": wire(at(13))}, 409, "weights_overlap"),
        ({"clock": 101}, 400, "max_value"),
    ],
)
def test_weights_that_make_no_sense_are_refused(
    district: District, api: Any, more: Any, status: int, code: str
) -> None:
    SuggestionWeights.objects.create(holds_from=at(12), holds_until=at(14))
    answer = api(district.people.administrator).post(WEIGHTS, more)
    said = answer.json()
    assert (answer.status_code, said["errors"][0]["code"] if status == 400 else said["code"]) == (status, code)
    assert SuggestionWeights.objects.count() == 1


def test_weights_that_hold_are_ended_and_those_to_come_are_deleted(district: District, api: Any) -> None:
    admin = api(district.people.administrator)
    begun = SuggestionWeights.objects.create(holds_from=at(0), holds_until=at(20))
    coming = SuggestionWeights.objects.create(holds_from=at(20))
    assert admin.delete(f"{WEIGHTS}/{begun.pk}").json()["code"] == "period_begun"
    assert admin.post(f"{WEIGHTS}/{coming.pk}/end", {"holds_until": wire(at(19))}).json()["code"] == "period_not_begun"
    later = {"holds_until": wire(at(21))}
    assert admin.post(f"{WEIGHTS}/{begun.pk}/end", later).json()["code"] == "period_ended"
    assert admin.delete(f"{WEIGHTS}/{coming.pk}").status_code == 204
