"""The life of a ticket: what leads from where to where, who may do it, what the clocks make of it."""

from datetime import timedelta
from typing import Any

import pytest

from fieldsvc.time import now, time_is, time_passes
from notifications.notices.models import Notice
from tests.people import People
from tests.phone import Phone
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.clock.models import TicketClock
from tickets.complaints.models import Rating, Ticket
from tickets.complaints.transitions import JOINING, STEPS
from tickets.sites.models import Site

BODIES: dict[str, dict[str, Any]] = {
    "triage": {},
    "hold": {"reason": "waiting_for_resident"},
    "resume": {},
    "resolve": {"resolution_code": "cleared_remotely"},
    "cancel": {"reason": "It works again"},
    "confirm": {},
    "reopen": {"reason": "Still no connection"},
}
BY_RESIDENT = {"confirm"}


def put_into(ticket: Ticket, status: str) -> None:
    """Behind everybody's back."""
    held = {"hold_reason": "other", "held_from": "triaged"} if status == "on_hold" else {}
    done = {"resolved_at": now()} if status in ("resolved", "closed") else {}
    ended = {"closed_at": now()} if status in ("closed", "cancelled") else {}
    merged = {"follows": another_like(ticket)} if status == "merged" else {}
    Ticket.objects.filter(pk=ticket.pk).update(status=status, **held, **done, **ended, **merged)


def another_like(ticket: Ticket) -> Ticket:
    """A second ticket of the same fault."""
    return Ticket.objects.create(
        reference="MAIN",
        priority=3,
        source="web",
        service_type=ticket.service_type,
        territory=ticket.territory,
        title="The same",
        reported_at=now(),
        received_at=now(),
    )


@pytest.mark.parametrize("step", BODIES)
@pytest.mark.parametrize("status", Ticket.Status.values)
def test_a_step_is_taken_where_the_table_allows_it_and_refused_elsewhere(
    api: Api, people: People, ticket: Ticket, step: str, status: str
) -> None:
    put_into(ticket, status)
    client = api(people.resident if step in BY_RESIDENT else people.dispatcher)
    response = client.post(url(ticket, step), BODIES[step])
    ticket.refresh_from_db()
    if status in STEPS[step].sources:
        assert response.status_code == 200, response.json()
        assert ticket.status == STEPS[step].target
    else:
        problem = response.json()
        assert (response.status_code, problem["code"]) == (409, "transition_not_allowed")
        assert problem["ticket_status"] == ticket.status == status
        assert step not in problem["allowed"]
        assert set(problem["allowed"]) == {n for n, other in STEPS.items() if status in other.sources} - JOINING


def clock_states(ticket: Ticket) -> dict[str, str]:
    return dict(TicketClock.objects.filter(ticket=ticket).values_list("target", "state"))


def test_triage_is_the_first_reply_and_makes_somebody_responsible(api: Api, people: People, ticket: Ticket) -> None:
    Ticket.objects.update(responsible=None)
    answer = api(people.dispatcher).post(url(ticket, "triage"), {"priority": 1}).json()
    assert answer["status"] == "triaged"
    assert answer["priority"] == 1
    assert answer["responsible"]["name"] == "Dora Dispatcher"
    assert clock_states(ticket)["first_reply"] == "met"
    assert clock_states(ticket)["on_site"] == "running"


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("waiting_for_resident", "paused"),
        ("waiting_for_part", "paused"),
        ("no_access", "running"),
        ("waiting_for_others", "running"),
        ("other", "running"),
    ],
)
def test_only_what_we_wait_for_stops_the_clock(
    api: Api, people: People, ticket: Ticket, reason: str, state: str
) -> None:
    dispatcher = api(people.dispatcher)
    assert dispatcher.post(url(ticket, "hold"), {"reason": reason}).json()["hold_reason"] == reason
    assert clock_states(ticket)["on_site"] == state
    assert clock_states(ticket)["first_reply"] == "running"
    answer = dispatcher.post(url(ticket, "resume")).json()
    assert (answer["status"], answer["hold_reason"]) == ("new", "")
    assert clock_states(ticket)["on_site"] == "running"


def test_solved_on_the_phone_is_counted_apart(api: Api, people: People, ticket: Ticket) -> None:
    answer = api(people.agent).post(url(ticket, "resolve"), {"resolution_code": "cleared_remotely"}).json()
    assert answer["status"] == "resolved"
    assert answer["resolved_remotely"] is True
    assert answer["resolution_code"] == "cleared_remotely"
    states = clock_states(ticket)
    assert states["first_reply"] == "met"
    assert states["on_site"] == "stopped"
    assert states["result_told"] == "met"
    notice = Notice.objects.get(user=people.resident, kind="ticket_resolved")
    assert "Cleared by phone" in notice.body
    assert "电话指导解决" in notice.body_zh


def test_somebody_who_is_not_registered_has_still_to_be_told(desk: Desk, people: People) -> None:
    ticket = desk.opens()
    Ticket.objects.filter(pk=ticket.pk).update(resident=None)
    desk.resolves(ticket)
    assert clock_states(ticket)["result_told"] == "running"


def test_a_resolution_code_of_another_service_is_refused(api: Api, people: People, ticket: Ticket) -> None:
    response = api(people.agent).post(url(ticket, "resolve"), {"resolution_code": "hose_replaced"})
    assert codes(response) == {"resolution_code": "resolution_code_unknown"}
    ticket.refresh_from_db()
    assert ticket.status == "new"


@pytest.mark.parametrize("step", ["cancel", "resolve"])
def test_nothing_is_called_off_while_somebody_is_to_go_there(
    api: Api, people: People, desk: Desk, ticket: Ticket, step: str
) -> None:
    visit = desk.sends(ticket, people.technician)
    put_into(ticket, "triaged")
    response = api(people.dispatcher).post(url(ticket, step), BODIES[step])
    assert (response.status_code, response.json()["code"]) == (409, "visits_planned")
    assert response.json()["visits"] == [str(visit.pk)]


def test_the_resident_cancels_their_own_ticket(api: Api, people: People, ticket: Ticket) -> None:
    answer = api(people.resident).post(url(ticket, "cancel"), BODIES["cancel"]).json()
    assert answer["status"] == "cancelled"
    assert answer["closed_at"]
    assert set(clock_states(ticket).values()) == {"stopped"}


def test_the_resident_confirms_and_it_is_closed(api: Api, people: People, resolved: Ticket) -> None:
    answer = api(people.resident).post(url(resolved, "confirm")).json()
    assert answer["status"] == "closed"
    assert answer["closed_at"]


def test_the_desk_cannot_confirm_its_own_work_but_an_agent_can_on_behalf(
    api: Api, people: People, resolved: Ticket
) -> None:
    response = api(people.dispatcher).post(url(resolved, "confirm"))
    assert (response.status_code, response.json()["code"]) == (403, "not_your_ticket")
    other = api(people.agent).post(url(resolved, "confirm"), {"on_behalf_of": str(people.neighbour.pk)})
    assert (other.status_code, other.json()["code"]) == (403, "not_your_ticket")
    answer = api(people.agent).post(url(resolved, "confirm"), {"on_behalf_of": str(people.resident.pk)})
    assert answer.json()["status"] == "closed"
    event = resolved.events.get(kind="ticket_confirmed")
    assert (event.actor, event.on_behalf_of) == (people.agent, people.resident)


def test_for_somebody_who_is_not_registered_the_desk_answers(api: Api, people: People, resolved: Ticket) -> None:
    Ticket.objects.update(resident=None)
    assert api(people.technician).post(url(resolved, "confirm")).status_code == 404
    assert api(people.agent).post(url(resolved, "confirm")).json()["status"] == "closed"


def test_what_was_not_repaired_after_all_is_opened_again_within_five_days(
    api: Api, people: People, resolved: Ticket
) -> None:
    with time_passes(timedelta(days=5) - timedelta(minutes=1)):
        answer = api(people.resident).post(url(resolved, "reopen"), BODIES["reopen"]).json()
    assert answer["status"] == "triaged"
    assert (answer["resolved_at"], answer["resolution_code"]) == (None, "")
    assert clock_states(resolved)["on_site"] == "running"


def test_a_closed_ticket_is_opened_again_within_the_window_too(api: Api, people: People, resolved: Ticket) -> None:
    resident = api(people.resident)
    resident.post(url(resolved, "confirm"))
    assert resident.post(url(resolved, "reopen"), BODIES["reopen"]).json()["status"] == "triaged"


def test_after_five_days_it_is_a_new_complaint(api: Api, people: People, resolved: Ticket) -> None:
    with time_passes(timedelta(days=5, minutes=1)):
        response = api(people.resident).post(url(resolved, "reopen"), BODIES["reopen"])
    assert (response.status_code, response.json()["code"]) == (409, "confirmation_window_over")
    resolved.refresh_from_db()
    assert resolved.status == "resolved"


def test_of_a_repair_that_failed_the_desk_hears(api: Api, people: People, desk: Desk, resolved: Ticket) -> None:
    assert people.dispatcher
    api(people.resident).post(url(resolved, "reopen"), {"reason": "还是没有网络"})
    assert "还是没有网络" in Notice.objects.get(kind="ticket_reopened", user=people.agent).body_zh
    desk.resolves(resolved)
    Ticket.objects.filter(pk=resolved.pk).update(responsible=people.technician)
    api(people.resident).post(url(resolved, "reopen"), BODIES["reopen"])
    told = Notice.objects.filter(kind="ticket_reopened").values_list("user__name", flat=True)
    assert sorted(told) == ["Ada Agent", "Dora Dispatcher"]


def test_what_was_cancelled_by_mistake_goes_on_with_its_promises(api: Api, people: People, ticket: Ticket) -> None:
    agent = api(people.agent)
    cancelled = agent.post(url(ticket, "cancel"), {"reason": "Filed twice"}).json()
    assert (cancelled["allowed"], clock_states(ticket)["first_reply"]) == (["reopen"], "stopped")
    assert "Filed twice" in Notice.objects.get(kind="ticket_cancelled", user=people.resident).body
    answer = agent.post(url(ticket, "reopen"), {"reason": "It was another flat"}).json()
    assert (answer["status"], answer["closed_at"]) == ("triaged", None)
    assert clock_states(ticket) == {"first_reply": "met", "on_site": "running"}
    assert "It was another flat" in Notice.objects.get(kind="ticket_restored", user=people.resident).body
    [*_, event] = api(people.resident).get(url(ticket, "timeline")).json()["results"]
    assert event["texts"]["zh"] == "报修取消已撤回，恢复处理：It was another flat"
    assert not Notice.objects.filter(kind="ticket_reopened").exists()


def test_a_resident_takes_back_their_own_cancellation_for_five_days(
    api: Api, people: People, desk: Desk, ticket: Ticket
) -> None:
    resident, other = api(people.resident), desk.opens()
    with time_passes(timedelta(hours=1)):
        for cancelled in (ticket, other):
            resident.post(url(cancelled, "cancel"), BODIES["cancel"])
    with time_passes(timedelta(hours=5)):
        assert resident.post(url(ticket, "reopen"), BODIES["reopen"]).json()["status"] == "triaged"
    with time_passes(timedelta(hours=6)):
        why = api(people.agent).get(url(ticket, "clocks/first_reply/explanation")).json()
    assert (why["state"], round(why["consumed_seconds"] / 3600)) == ("running", 2)
    assert [piece["counts"] for piece in why["pieces"]] == [True, False, True]
    assert not Notice.objects.filter(kind__in=["ticket_cancelled", "ticket_restored"]).exists()
    with time_passes(timedelta(days=5, hours=2)):
        late = resident.post(url(other, "reopen"), BODIES["reopen"])
    assert (late.status_code, late.json()["code"], late.json()["field"]) == (
        409,
        "confirmation_window_over",
        "closed_at",
    )


def held(api: Api, people: People, ticket: Ticket) -> dict[str, Any]:
    """The same, while we wait for the resident."""
    answer: dict[str, Any] = api(people.agent).post(url(ticket, "hold"), BODIES["hold"]).json()
    return answer


def test_a_resident_for_whom_we_wait_is_told_and_what_they_write_ends_the_wait(
    api: Api, people: People, desk: Desk, ticket: Ticket
) -> None:
    assert held(api, people, desk.triages(ticket))["status"] == "on_hold"
    assert Notice.objects.get(kind="ticket_held", user=people.resident).title_zh.startswith("等待您的回复")
    api(people.agent).post(url(ticket, "messages"), {"text": "Are you there?"})
    assert api(people.agent).get(url(ticket)).json()["status"] == "on_hold"
    phone = Phone(people.resident)
    phone.does("message.send", hours_ago=2, ticket_id=ticket, text="Said before we were asked.")
    assert phone.push() == ["applied"]
    assert api(people.agent).get(url(ticket)).json()["status"] == "on_hold"
    api(people.resident).post(url(ticket, "messages"), {"text": "Any time after six."})
    answer = api(people.agent).get(url(ticket)).json()
    assert (answer["status"], answer["hold_reason"]) == ("triaged", "")
    assert clock_states(ticket)["on_site"] == "running"


def test_what_they_write_does_not_bring_a_part(api: Api, people: People, ticket: Ticket) -> None:
    api(people.agent).post(url(ticket, "hold"), {"reason": "waiting_for_part"})
    assert not Notice.objects.filter(kind="ticket_held").exists()
    api(people.resident).post(url(ticket, "messages"), {"text": "Any news?"})
    assert api(people.agent).get(url(ticket)).json()["status"] == "on_hold"


def test_the_resident_rates_once(api: Api, people: People, resolved: Ticket) -> None:
    resident = api(people.resident)
    answer = resident.post(url(resolved, "rate"), {"score": 4, "comment": "Quick"}).json()
    assert (answer["rating"]["score"], answer["rating"]["comment"]) == (4, "Quick")
    again = resident.post(url(resolved, "rate"), {"score": 1})
    assert (again.status_code, again.json()["code"]) == (409, "already_rated")
    assert Rating.objects.get().score == 4


@pytest.mark.parametrize(("score", "code"), [(0, "min_value"), (6, "max_value"), ("good", "invalid")])
def test_a_rating_is_one_to_five(api: Api, people: People, resolved: Ticket, score: object, code: str) -> None:
    response = api(people.resident).post(url(resolved, "rate"), {"score": score})
    assert response.status_code == 400
    assert codes(response) == {"score": code}
    assert not Rating.objects.exists()


def test_nothing_is_rated_before_it_is_done(api: Api, people: People, ticket: Ticket) -> None:
    response = api(people.resident).post(url(ticket, "rate"), {"score": 1})
    assert (response.status_code, response.json()["code"]) == (409, "not_resolved_yet")


@pytest.mark.parametrize(("step", "body"), [("reopen", {}), ("cancel", {"reason": " "}), ("hold", {"reason": "lunch"})])
def test_a_reason_has_to_be_given(api: Api, people: People, ticket: Ticket, step: str, body: dict[str, str]) -> None:
    response = api(people.dispatcher).post(url(ticket, step), body)
    assert response.status_code == 400
    assert list(codes(response)) == ["reason"]


@pytest.mark.parametrize("step", [*BODIES, "rate"])
def test_strangers_do_nothing_to_a_ticket(api: Api, people: People, ticket: Ticket, step: str) -> None:
    before = Ticket.objects.values().get()
    body = BODIES.get(step, {"score": 1})
    for stranger in (people.neighbour, people.technician, people.storekeeper, people.southern_dispatcher):
        assert api(stranger).post(url(ticket, step), body).status_code == 404
    assert api(None).post(url(ticket, step), body).status_code == 401
    assert Ticket.objects.values().get() == before


@pytest.mark.parametrize("step", ["triage", "hold", "resume", "resolve"])
def test_the_resident_does_not_do_the_desks_work(api: Api, people: People, ticket: Ticket, step: str) -> None:
    response = api(people.resident).post(url(ticket, step), BODIES[step])
    assert (response.status_code, response.json()["code"]) == (403, "role_required")


def test_time_stands_as_it_was_when_it_happened(api: Api, people: People, ticket: Ticket) -> None:
    moment = (now() + timedelta(hours=1)).replace(microsecond=0)
    with time_is(moment):
        api(people.resident).post(url(ticket, "cancel"), BODIES["cancel"])
    ticket.refresh_from_db()
    assert ticket.closed_at == moment
    assert Site.objects.count() == 1
