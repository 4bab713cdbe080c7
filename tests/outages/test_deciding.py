"""An outage is accepted: one ticket is worked on, late callers hear what is known, each resident has the last word."""

from functools import partial
from typing import Any

import pytest

from fieldsvc.time import now
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.at_once import at_once
from tests.duplicates.conftest import Api, Opens, kinds
from tests.outages.conftest import Flats
from tests.people import People
from tests.phone import fresh_phone
from tests.statements import statements
from tests.sync.truth import differences
from tests.tickets.conftest import Desk, codes, url
from tickets.complaints.services import cancel_ticket, reopen_ticket, resolve_ticket
from tickets.models import Outage, Ticket
from tickets.visits.services import check_in, complete_visit

pytestmark = pytest.mark.django_db
REMOTELY = "cleared_remotely"
KNOWN = {"message": "A cable is cut. Back by six.", "message_zh": "光缆中断，预计六点恢复。"}


def does(api: Api, person: Any, outage: Outage, step: str, **body: Any) -> Any:
    answer = api(person).post(f"/api/v1/outages/{outage.pk}/{step}", body)
    outage.refresh_from_db()
    return answer


@pytest.fixture
def accepted(api: Api, people: People, proposed: Outage) -> Outage:
    assert does(api, people.dispatcher, proposed, "accept", **KNOWN).status_code == 200
    return proposed


def others(outage: Outage) -> list[Ticket]:
    return [ticket for ticket in outage.tickets.order_by("reported_at") if ticket.pk != outage.main_id]


class TestAccepting:
    def test_the_first_ticket_leads_and_the_others_follow(self, api: Api, people: People, accepted: Outage) -> None:
        assert accepted.main == Ticket.objects.order_by("reported_at").first()
        assert {ticket.follows for ticket in others(accepted)} == {accepted.main}
        shown = api(people.agent).get(f"/api/v1/outages/{accepted.pk}").json()
        assert (shown["status"], shown["tickets"], shown["message"]) == ("accepted", 5, KNOWN["message"])
        listed = api(people.agent).get("/api/v1/tickets", {"outage": str(accepted.pk)}).json()["results"]
        assert len(listed) == 5

    def test_the_one_to_which_somebody_is_going_leads(
        self, api: Api, people: People, desk: Desk, proposed: Outage
    ) -> None:
        third = proposed.tickets.order_by("reported_at")[2]
        desk.sends(third, people.technician)
        does(api, people.dispatcher, proposed, "accept", **KNOWN)
        assert proposed.main == third
        assert {ticket.status for ticket in others(proposed)} == {"dispatched"}

    def test_the_dispatcher_may_choose(self, api: Api, people: People, proposed: Outage) -> None:
        second = proposed.tickets.order_by("reported_at")[1]
        stranger = does(api, people.dispatcher, proposed, "accept", main_id=str(uuid7()), **KNOWN)
        assert codes(stranger) == {"main_id": "ticket_unknown"}
        does(api, people.dispatcher, proposed, "accept", main_id=str(second.pk), **KNOWN)
        assert proposed.main == second

    def test_every_promise_of_a_reply_is_kept_by_the_message(self, accepted: Outage) -> None:
        for ticket in accepted.tickets.all():
            assert ticket.clocks.get(target="first_reply").state == "met"
            assert kinds(ticket, public=True).count("outage_message") == 1

    def test_saying_it_twice_changes_nothing_and_rejecting_it_then_is_refused(
        self, api: Api, people: People, accepted: Outage
    ) -> None:
        assert does(api, people.supervisor, accepted, "accept", message="Other").status_code == 200
        assert accepted.message == KNOWN["message"]
        answer = does(api, people.supervisor, accepted, "reject", reason="No")
        assert (answer.status_code, answer.json()["code"]) == (409, "outage_transition_not_allowed")
        assert (answer.json()["outage_status"], answer.json()["allowed"]) == (
            "accepted",
            ["message", "attach", "detach", "resolve"],
        )

    def test_with_nothing_left_to_do_there_is_nothing_to_accept(
        self, api: Api, people: People, desk: Desk, proposed: Outage
    ) -> None:
        for ticket in proposed.tickets.all():
            cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=ticket.pk, reason="Works again")
        answer = does(api, people.dispatcher, proposed, "accept", **KNOWN)
        assert (answer.status_code, answer.json()["code"]) == (409, "outage_without_tickets")
        assert proposed.status == "proposed"


class TestDeclaring:
    """A dispatcher knows of it before five have called, or has rejected it by mistake."""

    def declares(self, api: Api, person: Any, main: Ticket | Any, **more: Any) -> Any:
        return api(person).post("/api/v1/outages", {"main_id": str(getattr(main, "pk", main)), **KNOWN, **more})

    def test_who_called_before_follows_and_who_calls_later_hears_it(
        self, api: Api, people: People, desk: Desk, flats: Flats
    ) -> None:
        main, other = flats(2)
        [elsewhere] = flats(1, details={"complex": "Moon Gardens", "phone": "13812345678", "fault": "no_connection"})
        declared = self.declares(api, people.dispatcher, main, id=(made := str(uuid7())))
        assert declared.status_code == 201, declared.content
        shown = declared.json()
        assert (shown["id"], shown["status"], shown["tickets"], shown["main_id"]) == (made, "accepted", 2, str(main.pk))
        assert self.declares(api, people.dispatcher, main, id=made).json() == shown
        for row in (main, other, elsewhere):
            row.refresh_from_db()
        assert (other.follows, elsewhere.outage) == (main, None)
        assert other.clocks.get(target="first_reply").state == "met"
        late = api(people.neighbour).post("/api/v1/tickets", desk.intake(address="Flat 77")).json()
        assert late["outage"] == KNOWN
        again = self.declares(api, people.supervisor, late["id"])
        assert (again.status_code, again.json()["code"]) == (409, "ticket_follows_another")
        again = self.declares(api, people.supervisor, main)
        assert (again.status_code, again.json()["code"], again.json()["outage"]) == (409, "outage_exists", made)

    def test_what_was_rejected_by_mistake_is_declared(self, api: Api, people: People, proposed: Outage) -> None:
        does(api, people.dispatcher, proposed, "reject", reason="Not one fault")
        first = Ticket.objects.order_by("reported_at")[0]
        shown = self.declares(api, people.dispatcher, first).json()
        assert (shown["status"], shown["tickets"]) == ("accepted", 5)
        assert Ticket.objects.filter(follows=first).count() == 4
        assert differences() == []

    def test_what_is_proposed_already_is_decided_about(self, api: Api, people: People, proposed: Outage) -> None:
        answer = self.declares(api, people.dispatcher, Ticket.objects.order_by("reported_at")[0])
        assert (answer.status_code, answer.json()["outage"]) == (409, str(proposed.pk))

    def test_what_makes_no_sense_is_refused_by_field(self, api: Api, people: People, desk: Desk, flats: Flats) -> None:
        [main] = flats(1)
        assert codes(self.declares(api, people.dispatcher, uuid7())) == {"main_id": "ticket_unknown"}
        assert codes(self.declares(api, people.dispatcher, main, message=" ")) == {"message": "blank"}
        unknown = self.declares(api, people.dispatcher, main, segment_id=str(uuid7()))
        assert codes(unknown) == {"segment_id": "segment_unknown"}
        Ticket.objects.filter(pk=main.pk).update(complex="", address="")
        assert codes(self.declares(api, people.dispatcher, main)) == {"main_id": "place_unknown"}
        desk.resolves(main)
        Ticket.objects.filter(pk=main.pk).update(complex="Sunny Gardens")
        assert self.declares(api, people.dispatcher, main).json()["code"] == "ticket_not_open"
        assert not Outage.objects.exists()


class TestLateCallers:
    def test_they_are_attached_and_hear_what_is_known_in_both_languages(
        self, api: Api, people: People, desk: Desk, accepted: Outage
    ) -> None:
        answer = api(people.neighbour).post("/api/v1/tickets", desk.intake(address="Flat 77"))
        assert answer.status_code == 201
        assert answer.json()["outage"] == KNOWN
        ticket = Ticket.objects.get(pk=answer.json()["id"])
        assert (ticket.outage, ticket.follows) == (accepted, accepted.main)
        [notice] = Notice.objects.filter(user=people.neighbour, kind="outage_message")
        assert (notice.body, notice.body_zh) == (KNOWN["message"], KNOWN["message_zh"])
        seen = str(fresh_phone(people.neighbour).replica())
        assert KNOWN["message"] in seen
        for other in accepted.tickets.exclude(pk=ticket.pk):
            assert other.reference not in seen + str(answer.json())
        assert differences() == []

    def test_a_changed_message_reaches_everybody_who_still_has_the_fault(
        self, api: Api, people: People, desk: Desk, accepted: Outage
    ) -> None:
        [first, *_] = others(accepted)
        cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=first.pk, reason="Works again")
        does(api, people.dispatcher, accepted, "message", message="Back by eight.")
        does(api, people.dispatcher, accepted, "message", message="Back by eight.")
        assert kinds(first).count("outage_message") == 1
        for ticket in accepted.tickets.exclude(pk=first.pk):
            assert kinds(ticket).count("outage_message") == 2

    def test_what_a_technician_repairs_on_the_spot_is_left_to_them(
        self, people: People, opens: Opens, accepted: Outage
    ) -> None:
        found = opens(actor=Actor(people.technician), source="patrol", address="Flat 9", visit_id=uuid7())
        assert (found.outage, found.follows) == (None, None)

    def test_one_that_was_not_recognised_is_attached_by_hand(
        self, api: Api, people: People, opens: Opens, accepted: Outage
    ) -> None:
        vague = opens(fault="slow", address="Flat 88")
        assert does(api, people.dispatcher, accepted, "attach", ticket_id=str(vague.pk)).status_code == 200
        vague.refresh_from_db()
        assert (vague.outage, vague.follows) == (accepted, accepted.main)
        nobody = does(api, people.dispatcher, accepted, "attach", ticket_id=str(uuid7()))
        assert codes(nobody) == {"ticket_id": "ticket_unknown"}


class TestDetaching:
    def test_what_is_not_part_of_it_is_work_of_its_own_again(self, api: Api, people: People, accepted: Outage) -> None:
        [one, *_] = others(accepted)
        answer = does(api, people.dispatcher, accepted, "detach", ticket_id=str(one.pk), reason="Old router")
        one.refresh_from_db()
        assert (answer.status_code, one.outage, one.follows, one.status) == (200, None, None, "triaged")
        assert kinds(one)[-1] == "outage_left"

    def test_without_the_main_ticket_the_next_one_leads(self, api: Api, people: People, accepted: Outage) -> None:
        main, [heir, *rest] = accepted.main, others(accepted)
        assert main is not None
        does(api, people.dispatcher, accepted, "detach", ticket_id=str(main.pk), reason="Old router")
        assert accepted.main == heir
        assert {ticket.follows for ticket in others(accepted)} == {heir}
        assert accepted.tickets.count() == len(rest) + 1

    def test_when_the_resident_of_the_main_ticket_withdraws_it_the_next_one_leads(
        self, desk: Desk, accepted: Outage
    ) -> None:
        [heir, *_] = others(accepted)
        assert accepted.main_id is not None
        cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=accepted.main_id, reason="I move out")
        accepted.refresh_from_db()
        assert (accepted.status, accepted.main) == ("accepted", heir)


class TestTheEnd:
    def test_a_visit_to_the_main_ticket_resolves_it_for_all(self, people: People, desk: Desk, accepted: Outage) -> None:
        assert accepted.main is not None
        visit = desk.sends(accepted.main, people.technician)
        tom = Actor(people.technician)
        check_in(actor=tom, occurred_at=now(), visit_id=visit.pk)
        complete_visit(
            actor=tom,
            occurred_at=now(),
            visit_id=visit.pk,
            resolution_code="router_configured",
            parts_answer="none",
            signed_by="Rosa",
        )
        accepted.refresh_from_db()
        assert (accepted.status, accepted.resolved_at is not None) == ("resolved", True)
        assert {ticket.status for ticket in accepted.tickets.all()} == {"resolved"}

    def test_it_can_be_resolved_from_the_desk(self, api: Api, people: People, accepted: Outage) -> None:
        unknown = does(api, people.dispatcher, accepted, "resolve", resolution_code="magic")
        assert codes(unknown) == {"resolution_code": "resolution_code_unknown"}
        assert does(api, people.dispatcher, accepted, "resolve", resolution_code="cleared_remotely").status_code == 200
        assert accepted.status == "resolved"

    def test_whoever_still_has_the_fault_is_detached_and_opened_again(
        self, api: Api, people: People, desk: Desk, accepted: Outage
    ) -> None:
        does(api, people.dispatcher, accepted, "resolve", resolution_code="cleared_remotely")
        [one, *_] = others(accepted)
        reopen_ticket(actor=desk.agent, occurred_at=now(), ticket_id=one.pk, reason="Still broken here")
        one.refresh_from_db()
        assert (one.status, one.outage, one.follows) == ("triaged", None, None)
        assert accepted.status == "resolved"

    def test_whoever_calls_after_that_has_another_fault(
        self, api: Api, people: People, flats: Flats, accepted: Outage
    ) -> None:
        does(api, people.dispatcher, accepted, "resolve", resolution_code="cleared_remotely")
        [late] = flats(1, first=99)
        assert late.outage is None


@pytest.mark.django_db(transaction=True)
def test_who_calls_at_the_moment_of_the_repair_follows_nothing_that_is_over(
    people: People, desk: Desk, flats: Flats, accepted: Outage
) -> None:
    main = accepted.main_id
    assert main is not None
    repairs = partial(resolve_ticket, actor=desk.agent, occurred_at=now(), ticket_id=main, resolution_code=REMOTELY)
    at_once(Ticket.objects.filter(pk=main), repairs, partial(flats, 1, first=99))
    late = Ticket.objects.get(address="Flat 99")
    assert late.status == "resolved" or (late.follows, late.outage) == (None, None)


def test_residents_are_told_of_no_outages_and_of_no_number(api: Api, people: People, accepted: Outage) -> None:
    for person in (people.resident, people.technician):
        assert api(person).get("/api/v1/outages").status_code == 403
        assert api(person).get(f"/api/v1/outages/{accepted.pk}").status_code == 403
    assert api(people.southern_dispatcher).get(f"/api/v1/outages/{accepted.pk}").status_code == 404
    assert api(people.southern_dispatcher).get("/api/v1/outages").json()["results"] == []
    own = api(people.resident).get(url(others(accepted)[0]))
    assert own.status_code == 404


def test_the_list_costs_the_same_however_long_it_is(api: Api, people: People, flats: Flats, opens: Opens) -> None:
    flats(5)
    agent = api(people.agent)
    agent.get("/api/v1/outages")
    with statements(2):  # who asks, the outages
        assert len(agent.get("/api/v1/outages").json()["results"]) == 1
    for number in range(5):
        opens(fault="slow", address=f"Flat {number}")
    with statements(2):
        assert len(agent.get("/api/v1/outages").json()["results"]) == 2
