"""Every call is logged, and a call that was answered on the phone counts apart from one that needs a visit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from fieldsvc.time import now, time_passes
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.calls.models import Call
from tickets.clock.models import Target, TicketClock
from tickets.complaints.models import Ticket
from tickets.models import ServiceAccount, Site, Visit
from tickets.visits.services import cancel_visit

CALLS = "/api/v1/calls"
LIST = 2
"""Statements of a list: who asks, and the calls."""

Log = Callable[..., dict[str, Any]]


@pytest.fixture
def log(api: Api, people: People) -> Log:
    """The agent writes down a call about which nothing is odd."""

    def log(**told: Any) -> dict[str, Any]:
        asked = {"direction": "in", "result": "answered", "question": "Are you open on Sunday?", **told}
        answer = api(people.agent).post(CALLS, asked)
        assert answer.status_code == 201, answer.content
        logged: dict[str, Any] = answer.json()
        return logged

    return log


def refusal(api: Api, people: People, **told: Any) -> dict[str, str]:
    asked = {"direction": "in", "result": "answered", "question": "Are you open?", **told}
    answer = api(people.agent).post(CALLS, asked)
    assert answer.status_code == 400, answer.content
    assert not Call.objects.exists()
    return codes(answer)


def counts(api: Api, people: People, **query: Any) -> dict[str, int]:
    answer = api(people.supervisor).get(f"{CALLS}/counts", query)
    assert answer.status_code == 200, answer.content
    outcomes: dict[str, int] = answer.json()["outcomes"]
    assert answer.json()["calls"] == sum(outcomes.values()) == sum(answer.json()["results"].values())
    return {head: number for head, number in outcomes.items() if number}


class TestLogging:
    def test_a_call_is_written_down_with_who_asked_what_and_what_came_of_it(
        self, log: Log, people: People, ticket: Ticket
    ) -> None:
        visit = Visit.objects.create(
            ticket=ticket,
            technician=people.technician,
            window_start=now() + timedelta(hours=2),
            window_end=now() + timedelta(hours=4),
        )
        call = log(
            result="ticket_attached",
            question="When will he come?",
            answer="This afternoon.",
            resident_id=people.resident.pk,
            ticket_id=ticket.pk,
            visit_id=visit.pk,
        )
        assert call["agent"] == {"id": str(people.agent.pk), "name": "Ada Agent"}
        assert (call["caller_name"], call["caller_number"]) == ("Rosa Resident", "+8613812345678")
        assert (call["ticket_reference"], call["territory_id"]) == (ticket.reference, str(people.north.pk))
        assert call["visit_id"] == str(visit.pk)
        assert call["window_start"] == visit.window_start.isoformat().replace("+00:00", "Z")
        assert call["ended_at"] is None

    def test_the_window_stays_as_the_caller_was_told(self, log: Log, people: People, desk: Desk) -> None:
        visit = desk.sends(desk.opens(), people.technician)
        call = log(result="ticket_attached", ticket_id=visit.ticket_id, visit_id=visit.pk)
        Visit.objects.filter(pk=visit.pk).update(window_end=visit.window_end + timedelta(hours=1))
        assert Call.objects.get(pk=call["id"]).window_end == visit.window_end

    def test_a_call_in_which_a_ticket_is_opened_is_logged_while_they_talk_and_ends_later(
        self, api: Api, people: People, log: Log, desk: Desk
    ) -> None:
        ticket = api(people.agent).post("/api/v1/tickets", desk.intake()).json()
        call = log(result="ticket_opened", question="", ticket_id=ticket["id"])
        assert call["question"] == ticket["title"]
        with time_passes(timedelta(minutes=3)):
            hung_up = now()
            ended = api(people.agent).post(f"{CALLS}/{call['id']}/end")
        with time_passes(timedelta(minutes=9)):
            assert api(people.agent).post(f"{CALLS}/{call['id']}/end").json() == ended.json()
        ended_at = Call.objects.values_list("ended_at", flat=True).get()
        assert ended_at is not None
        assert abs(ended_at - hung_up) < timedelta(minutes=1)

    def test_a_repeated_request_is_one_call_and_another_one_under_its_id_is_refused(
        self, api: Api, people: People, log: Log
    ) -> None:
        call_id = str(uuid7())
        assert log(id=call_id)["id"] == log(id=call_id)["id"] == call_id
        told = {"id": call_id, "direction": "in", "result": "answered", "question": "Something else?"}
        answer = api(people.agent).post(CALLS, told)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
        assert Call.objects.count() == 1

    def test_a_call_from_nobody_knows_whom_is_logged_too(self, log: Log) -> None:
        assert log(result="cut_off", question="")["caller_number"] == ""

    def test_of_whom_we_call_about_a_ticket_name_and_number_are_those_of_its_contact(
        self, log: Log, ticket: Ticket
    ) -> None:
        call = log(direction="out", result="no_answer", ticket_id=ticket.pk)
        assert (call["caller_name"], call["caller_number"]) == (ticket.contact_name, ticket.contact_phone)

    @pytest.mark.parametrize(
        ("told", "field", "code"),
        [
            ({"direction": "up"}, "direction", "invalid_choice"),
            ({"result": "callback_promised"}, "result", "invalid_choice"),
            ({"question": " "}, "question", "question_required"),
            ({"caller_number": "12"}, "caller_number", "phone_not_valid"),
            ({"result": "ticket_opened"}, "ticket_id", "ticket_required"),
            ({"ticket_id": str(uuid7())}, "ticket_id", "ticket_unknown"),
            ({"visit_id": str(uuid7())}, "visit_id", "visit_elsewhere"),
            ({"resident_id": str(uuid7())}, "resident_id", "resident_unknown"),
            ({"site_id": str(uuid7())}, "site_id", "site_unknown"),
            ({"account_id": str(uuid7())}, "account_id", "account_unknown"),
            ({"territory_id": str(uuid7())}, "territory_id", "territory_unknown"),
            ({"started_at": "2099-01-01T00:00:00Z"}, "started_at", "call_in_future"),
            ({"ended_at": "2020-01-01T00:00:00Z"}, "ended_at", "call_ends_before_it_starts"),
            ({"ended_at": "2099-01-01T00:00:00Z"}, "ended_at", "call_ends_before_it_starts"),
        ],
    )
    def test_bad_input_names_the_field_and_writes_nothing(
        self, api: Api, people: People, told: dict[str, Any], field: str, code: str
    ) -> None:
        assert refusal(api, people, **told) == {field: code}

    def test_a_contract_of_another_place_is_refused(self, api: Api, people: People) -> None:
        here, there = (Site.objects.create(territory=people.north, address=place) for place in ("Here", "There"))
        account = ServiceAccount.objects.create(number="B-1", site=there)
        assert refusal(api, people, site_id=here.pk, account_id=account.pk) == {"account_id": "account_elsewhere"}


class TestAboutATicket:
    def test_our_people_see_the_call_in_the_timeline_and_the_resident_does_not(
        self, api: Api, people: People, log: Log, ticket: Ticket
    ) -> None:
        log(result="ticket_attached", question="When?", ticket_id=ticket.pk)
        event = api(people.supervisor).get(url(ticket, "timeline")).json()["results"][-1]
        assert event["texts"] == {
            "en": "They called: When? (about this ticket)",
            "zh": "来电：When?（关于本工单）",
        }
        told = api(people.resident).get(url(ticket, "timeline")).json()["results"]
        assert "call_logged" not in [event["kind"] for event in told]

    def test_whom_we_called_has_had_our_first_reply(self, log: Log, ticket: Ticket) -> None:
        first_reply = TicketClock.objects.get(ticket=ticket, target=Target.FIRST_REPLY)
        log(direction="out", result="no_answer", ticket_id=ticket.pk)
        log(result="ticket_attached", ticket_id=ticket.pk)
        first_reply.refresh_from_db()
        assert first_reply.met_at is None
        log(direction="out", ticket_id=ticket.pk)
        first_reply.refresh_from_db()
        assert first_reply.met_at is not None

    def test_a_customer_without_the_app_has_heard_the_result_when_we_have_reached_them(
        self, log: Log, desk: Desk, people: People
    ) -> None:
        ticket = desk.opens(contact_phone="13912345678")
        Ticket.objects.filter(pk=ticket.pk).update(resident=None)
        desk.resolves(ticket)
        log(direction="out", result="no_answer", ticket_id=ticket.pk)
        told = TicketClock.objects.get(ticket=ticket, target=Target.RESULT_TOLD)
        assert told.met_at is None
        log(direction="out", answer="It works again.", ticket_id=ticket.pk)
        told.refresh_from_db()
        assert told.met_at is not None


class TestCounting:
    def test_a_call_answered_on_the_phone_counts_apart_from_one_that_needs_a_visit(
        self, api: Api, people: People, log: Log, desk: Desk
    ) -> None:
        by_phone, on_site, undecided = (desk.opens() for _ in range(3))
        desk.resolves(by_phone)
        visit = desk.sends(on_site, people.technician)
        log()
        log(result="ticket_opened", ticket_id=by_phone.pk)
        log(result="ticket_opened", ticket_id=on_site.pk)
        log(result="ticket_opened", ticket_id=undecided.pk)
        log(result="cut_off")
        log(direction="out", ticket_id=by_phone.pk)
        assert counts(api, people) == {"answered": 2, "needs_visit": 1, "pending": 1, "not_spoken": 1}
        assert counts(api, people, result="ticket_opened") == {"answered": 1, "needs_visit": 1, "pending": 1}
        dispatcher = Actor(people.dispatcher)
        cancel_visit(actor=dispatcher, occurred_at=now(), visit_id=visit.pk, reason="Not needed.")
        assert counts(api, people) == {"answered": 2, "pending": 2, "not_spoken": 1}

    def test_a_corrected_call_counts_once_and_as_it_was_corrected(self, api: Api, people: People, log: Log) -> None:
        call = log()
        api(people.agent).post(f"{CALLS}/{call['id']}/correct", {"reason": "Nobody was there.", "result": "cut_off"})
        assert counts(api, people) == {"not_spoken": 1}


class TestCorrecting:
    def test_a_correction_stands_beside_what_was_written_first(self, api: Api, people: People, log: Log) -> None:
        call = log(question="Is it the gas?", caller_name="Rosa")
        answer = api(people.agent).post(
            f"{CALLS}/{call['id']}/correct", {"reason": "Misheard.", "question": "Is it the glass?"}
        )
        assert answer.status_code == 201, answer.content
        right = answer.json()
        assert (right["question"], right["caller_name"], right["corrects_id"]) == (
            "Is it the glass?",
            "Rosa",
            call["id"],
        )
        assert right["started_at"] == call["started_at"]
        first = api(people.agent).get(f"{CALLS}/{call['id']}").json()
        assert (first["question"], first["corrected_by_id"]) == ("Is it the gas?", right["id"])
        standing = api(people.agent).get(CALLS, {"corrected": False}).json()["results"]
        assert [row["id"] for row in standing] == [right["id"]]

    def test_a_correction_is_corrected_by_correcting_the_correction(self, api: Api, people: People, log: Log) -> None:
        call = log()
        agent, body = api(people.agent), {"id": str(uuid7()), "reason": "Misheard.", "question": "Sunday?"}
        right = agent.post(f"{CALLS}/{call['id']}/correct", body).json()
        assert agent.post(f"{CALLS}/{call['id']}/correct", body).json()["id"] == right["id"]
        again = agent.post(f"{CALLS}/{call['id']}/correct", {"reason": "Once more."})
        assert (again.status_code, again.json()["code"], again.json()["call"]) == (409, "call_corrected", right["id"])
        assert agent.post(f"{CALLS}/{right['id']}/correct", {"reason": "Once more."}).status_code == 201

    def test_supervisors_correct_for_others_and_colleagues_do_not(self, api: Api, people: People, log: Log) -> None:
        call = log()
        body = {"reason": "Heard on the tape.", "question": "Sunday?"}
        assert api(people.dispatcher).post(f"{CALLS}/{call['id']}/correct", body).status_code == 403
        answer = api(people.supervisor).post(f"{CALLS}/{call['id']}/correct", body)
        assert answer.json()["agent"]["name"] == "Ada Agent"

    def test_bad_corrections_write_nothing(self, api: Api, people: People, log: Log) -> None:
        call = log()
        for body in ({}, {"reason": ""}, {"reason": "So.", "result": "ticket_opened"}):
            assert api(people.agent).post(f"{CALLS}/{call['id']}/correct", body).status_code == 400
        assert Call.objects.count() == 1

    def test_the_database_itself_lets_nobody_rewrite_a_call(self, log: Log) -> None:
        call = log()
        for change in ({"question": "Nothing."}, {"result": "cut_off"}):
            with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
                Call.objects.filter(pk=call["id"]).update(**change)
        with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
            Call.objects.all().delete()


class TestLists:
    def test_calls_are_found_by_number_in_any_notation(self, api: Api, people: People, log: Log) -> None:
        call = log(caller_number="138 0000 1111")
        log(caller_number="138 0000 2222")
        found = api(people.agent).get(CALLS, {"number": "+86 13800001111"}).json()["results"]
        assert [row["id"] for row in found] == [call["id"]]
        assert api(people.agent).get(CALLS, {"number": "no number"}).json()["results"] == []

    def test_calls_are_found_by_what_was_said(self, api: Api, people: People, log: Log, ticket: Ticket) -> None:
        meter = log(question="水表转得太快", caller_name="王芳", caller_number="138 0000 1111")
        about = log(question="When?", answer="On Monday.", ticket_id=ticket.pk)
        expected = {"水表": meter, "王芳": meter, "00001111": meter, "monday": about, ticket.reference: about}
        for typed, call in expected.items():
            found = api(people.agent).get(CALLS, {"search": typed}).json()["results"]
            assert [row["id"] for row in found] == [call["id"]], typed
        assert api(people.agent).get(CALLS, {"search": "电梯"}).json()["results"] == []
        assert api(people.agent).get(f"{CALLS}/counts", {"search": "水表"}).json()["calls"] == 1

    def test_another_desk_sees_none_of_it(self, api: Api, people: People, log: Log) -> None:
        call = log()
        stranger = api(people.southern_dispatcher)
        assert stranger.get(CALLS).json()["results"] == []
        assert stranger.get(f"{CALLS}/counts").json()["calls"] == 0
        assert stranger.get(f"{CALLS}/{call['id']}").status_code == 404
        assert stranger.post(f"{CALLS}/{call['id']}/correct", {"reason": "So."}).status_code == 404

    def test_the_newest_stand_first_and_pages_leave_nothing_out(self, api: Api, people: People, log: Log) -> None:
        ids = [log()["id"] for _ in range(5)]
        page = api(people.agent).get(CALLS, {"page_size": 2}).json()
        seen = [row["id"] for row in page["results"]]
        while page["next"]:
            page = api(people.agent).get(page["next"]).json()
            seen += [row["id"] for row in page["results"]]
        assert seen == ids[::-1]

    def test_many_calls_cost_what_one_costs(self, api: Api, people: People, log: Log, ticket: Ticket) -> None:
        agent = api(people.agent)
        log(ticket_id=ticket.pk, resident_id=people.resident.pk)
        agent.get(CALLS)
        with statements(LIST):
            agent.get(CALLS)
        for _ in range(5):
            log(ticket_id=ticket.pk, resident_id=people.resident.pk)
        with statements(LIST):
            assert len(agent.get(CALLS).json()["results"]) == 6

    def test_the_customers_one_view_has_their_calls(self, api: Api, people: People, log: Log, ticket: Ticket) -> None:
        by_person, about_ticket = log(resident_id=people.resident.pk), log(ticket_id=ticket.pk)
        wrong = log(resident_id=people.resident.pk)
        right = api(people.agent).post(f"{CALLS}/{wrong['id']}/correct", {"reason": "Misheard."}).json()
        log(resident_id=people.neighbour.pk)
        customer = api(people.agent).get(f"/api/v1/customers/people/{people.resident.pk}").json()
        assert {call["id"] for call in customer["calls"]} == {by_person["id"], about_ticket["id"], right["id"]}
