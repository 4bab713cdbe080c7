"""Reports of one fault: linked or merged, led by the main ticket, undone. Nobody's promise or history is lost."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Role, RoleGrant
from fieldsvc.time import now, time_passes
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.duplicates.conftest import Api, Opens, Pair, ids, kinds
from tests.people import People
from tests.phone import fresh_phone
from tests.sync.truth import differences
from tests.tickets.conftest import Desk, codes, url
from tickets.clock.models import ClockWarning, TicketClock
from tickets.clock.sweeping import sweep
from tickets.complaints import services
from tickets.models import Ticket, ToldApart
from tickets.visits.services import cancel_visit, check_in, complete_visit

pytestmark = pytest.mark.django_db
HOW = pytest.mark.parametrize("how", ["link", "merge"])


def joins(api: Api, people: People, pair: Pair, how: str = "link") -> Any:
    answer = api(people.agent).post(url(pair.other, how), {"main_id": str(pair.main.pk)})
    assert answer.status_code == 200, answer.json()
    return answer.json()


def status(ticket: Ticket) -> str:
    return Ticket.objects.values_list("status", flat=True).get(pk=ticket.pk)


def clocks(ticket: Ticket) -> dict[str, str]:
    return dict(TicketClock.objects.filter(ticket=ticket).values_list("target", "state"))


def repairs(desk: Desk, people: People, ticket: Ticket) -> None:
    """A technician goes there and repairs it."""
    visit = desk.sends(ticket, people.technician)
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


class TestJoining:
    def test_a_linked_ticket_stays_open_and_points_to_the_main_one(self, api: Api, people: People, pair: Pair) -> None:
        answer = joins(api, people, pair)
        assert (answer["status"], answer["follows_id"]) == ("triaged", str(pair.main.pk))
        followers = api(people.dispatcher).get("/api/v1/tickets", {"follows": str(pair.main.pk)}).json()["results"]
        assert ids(followers) == {pair.other.pk}

    def test_a_merged_ticket_is_no_work_any_more_and_all_that_it_has_stays_readable(
        self, api: Api, people: People, pair: Pair
    ) -> None:
        agent = api(people.agent)
        agent.post(url(pair.other, "notes"), {"text": "The whole building is without signal."})
        agent.post(url(pair.other, "messages"), {"text": "We will call you."})
        answer = joins(api, people, pair, "merge")
        assert (answer["status"], answer["allowed"], answer["follows_id"]) == (
            "merged",
            ["cancel"],
            str(pair.main.pk),
        )
        assert ids(agent.get("/api/v1/tickets", {"open": True}).json()["results"]) == {pair.main.pk}
        for room in ("timeline", "notes", "messages", "attachments", "clocks"):
            assert agent.get(url(pair.other, room)).status_code == 200
        assert len(agent.get(url(pair.other, "notes")).json()["results"]) == 1

    @HOW
    def test_both_timelines_tell_it_and_residents_read_nothing_of_each_other(
        self, api: Api, people: People, pair: Pair, how: str
    ) -> None:
        joins(api, people, pair, how)
        [told] = [row for row in _timeline(api, people.agent, pair.main) if row["kind"] == "ticket_leads"]
        assert pair.other.reference in told["texts"]["en"]
        assert pair.other.reference in told["texts"]["zh"]
        [joined] = [row for row in _timeline(api, people.agent, pair.other) if row["kind"] == "ticket_joined"]
        assert joined["data"]["main"] == pair.main.reference
        for person, own, stranger in (
            (people.resident, pair.main, pair.other),
            (people.neighbour, pair.other, pair.main),
        ):
            seen = str(api(person).get(url(own)).json()) + str(_timeline(api, person, own))
            phone = str(fresh_phone(person).replica())
            notices = str(list(Notice.objects.filter(user=person).values()))
            for secret in (stranger.reference, str(stranger.pk), stranger.address, stranger.contact_name):
                assert secret not in seen + phone + notices
            assert api(person).get(url(stranger)).status_code == 404
        assert differences() == []

    @HOW
    def test_it_is_our_first_reply_to_whoever_joins_and_to_nobody_else(
        self, api: Api, people: People, pair: Pair, how: str
    ) -> None:
        joins(api, people, pair, how)
        assert clocks(pair.other) == {"first_reply": "met", "on_site": "running"}
        assert clocks(pair.main) == {"first_reply": "running", "on_site": "running"}
        [notice] = Notice.objects.filter(kind="ticket_joined")
        assert notice.user == people.neighbour
        assert notice.title == f"We know of this fault: {pair.other.reference}"
        assert notice.title_zh == f"该故障已有报修:{pair.other.reference}"

    @HOW
    def test_saying_it_twice_changes_nothing(self, api: Api, people: People, pair: Pair, how: str) -> None:
        joins(api, people, pair, how)
        before = kinds(pair.other), kinds(pair.main)
        joins(api, people, pair, how)
        assert (kinds(pair.other), kinds(pair.main)) == before

    def test_what_was_linked_can_still_be_merged(self, api: Api, people: People, pair: Pair) -> None:
        joins(api, people, pair, "link")
        assert joins(api, people, pair, "merge")["status"] == "merged"

    def test_whoever_joins_brings_their_own_followers(self, api: Api, people: People, pair: Pair, opens: Opens) -> None:
        joins(api, people, pair)
        third = opens(address="Building 3, flat 14")
        answer = api(people.agent).post(url(pair.main, "link"), {"main_id": str(third.pk)})
        assert answer.status_code == 200
        assert set(Ticket.objects.filter(follows=third)) == {pair.main, pair.other}
        assert kinds(third).count("ticket_leads") == 2

    def test_joining_on_hold_or_under_way_catches_up(
        self, api: Api, people: People, pair: Pair, desk: Desk, opens: Opens
    ) -> None:
        services.hold_ticket(actor=desk.agent, occurred_at=now(), ticket_id=pair.main.pk, reason="waiting_for_part")
        joins(api, people, pair)
        assert (status(pair.other), clocks(pair.other)["on_site"]) == ("on_hold", "paused")
        check_in(
            actor=Actor(people.technician), occurred_at=now(), visit_id=desk.sends(pair.main, people.technician).pk
        )
        assert (status(pair.other), clocks(pair.other)["on_site"]) == ("in_progress", "met")
        third = opens(address="Building 3, flat 14")
        api(people.agent).post(url(third, "link"), {"main_id": str(pair.main.pk)})
        assert (status(third), clocks(third)["on_site"]) == ("in_progress", "met")


class TestRefusals:
    """Each names its field or the ticket in the way, has a code, and leaves nothing behind."""

    def refused(self, api: Api, person: Any, ticket: Ticket, main: Any, how: str = "merge") -> Any:
        before = list(Ticket.objects.order_by("pk").values())
        answer = api(person).post(url(ticket, how), {"main_id": str(getattr(main, "pk", main))})
        assert list(Ticket.objects.order_by("pk").values()) == before
        assert answer.status_code >= 400
        return answer

    @HOW
    def test_into_itself(self, api: Api, people: People, pair: Pair, how: str) -> None:
        answer = self.refused(api, people.agent, pair.main, pair.main, how)
        assert (answer.status_code, codes(answer)) == (400, {"main_id": "same_ticket"})

    def test_into_its_own_follower(self, api: Api, people: People, pair: Pair) -> None:
        joins(api, people, pair)
        assert codes(self.refused(api, people.agent, pair.main, pair.other)) == {"main_id": "follows_in_circle"}

    def test_into_one_that_follows_another(self, api: Api, people: People, pair: Pair, opens: Opens) -> None:
        joins(api, people, pair)
        answer = self.refused(api, people.agent, opens(), pair.other).json()
        assert (answer["code"], answer["main"]) == ("ticket_follows_another", str(pair.main.pk))

    def test_one_that_follows_another(self, api: Api, people: People, pair: Pair, opens: Opens) -> None:
        joins(api, people, pair)
        answer = self.refused(api, people.agent, pair.other, opens()).json()
        assert (answer["code"], answer["ticket"]) == ("ticket_follows_another", str(pair.other.pk))

    def test_into_one_that_has_ended(self, api: Api, people: People, pair: Pair, desk: Desk) -> None:
        services.cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=pair.main.pk, reason="Works again")
        answer = self.refused(api, people.agent, pair.other, pair.main).json()
        assert (answer["code"], answer["ticket_status"]) == ("ticket_not_open", "cancelled")

    def test_one_that_has_ended(self, api: Api, people: People, pair: Pair, desk: Desk) -> None:
        services.cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=pair.other.pk, reason="Works again")
        answer = self.refused(api, people.agent, pair.other, pair.main).json()
        assert (answer["code"], answer["ticket_status"]) == ("transition_not_allowed", "cancelled")

    def test_one_to_which_somebody_is_going(self, api: Api, people: People, pair: Pair, desk: Desk) -> None:
        visit = desk.sends(pair.other, people.technician)
        assert self.refused(api, people.agent, pair.other, pair.main).json()["code"] == "transition_not_allowed"
        cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="One is enough")
        joins(api, people, pair, "merge")

    def test_across_territories(self, api: Api, people: People, pair: Pair, opens: Opens) -> None:
        southern = opens(actor=Actor(people.southern_dispatcher), territory_id=people.south.pk, address="Harbour 1")
        RoleGrant.objects.create(user=people.supervisor, role=Role.SUPERVISOR, territory=people.south)
        assert codes(self.refused(api, people.supervisor, pair.main, southern)) == {"main_id": "other_territory"}
        assert codes(self.refused(api, people.agent, pair.main, southern)) == {"main_id": "ticket_unknown"}
        assert codes(self.refused(api, people.agent, pair.main, uuid7())) == {"main_id": "ticket_unknown"}

    def test_a_visit_is_planned_for_the_main_ticket(self, api: Api, people: People, pair: Pair) -> None:
        joins(api, people, pair)
        visit = {
            "technician_id": str(people.technician.pk),
            "window_start": now().isoformat(),
            "window_end": (now() + timedelta(hours=1)).isoformat(),
        }
        answer = api(people.dispatcher).post(url(pair.other, "dispatch"), visit)
        assert (answer.status_code, answer.json()["code"]) == (409, "ticket_follows_another")
        assert answer.json()["main"] == str(pair.main.pk)


class TestGoingAlong:
    @HOW
    def test_a_repair_resolves_all_and_each_resident_answers_for_themselves(
        self, api: Api, people: People, pair: Pair, desk: Desk, how: str
    ) -> None:
        joins(api, people, pair, how)
        repairs(desk, people, pair.main)
        assert (status(pair.main), status(pair.other)) == ("resolved", "resolved")
        assert clocks(pair.other) == {"first_reply": "met", "on_site": "met", "result_told": "met"}
        told = Notice.objects.filter(kind="ticket_resolved").values_list("user__name", flat=True)
        assert sorted(told) == ["Nils Neighbour", "Rosa Resident"]
        assert kinds(pair.other, public=True)[-3:] == ["main_dispatched", "main_begun", "ticket_resolved"]
        assert api(people.neighbour).post(url(pair.other, "confirm")).status_code == 200
        assert (status(pair.main), status(pair.other)) == ("resolved", "closed")

    @HOW
    def test_whoever_still_has_the_fault_goes_on_alone(
        self, api: Api, people: People, pair: Pair, desk: Desk, how: str
    ) -> None:
        joins(api, people, pair, how)
        repairs(desk, people, pair.main)
        answer = api(people.neighbour).post(url(pair.other, "reopen"), {"reason": "Still no connection"})
        assert answer.status_code == 200
        pair.other.refresh_from_db()
        assert (pair.other.status, pair.other.follows, status(pair.main)) == ("triaged", None, "resolved")
        assert kinds(pair.main)[-1] == "ticket_left"
        desk.sends(pair.other, people.colleague)
        assert status(pair.other) == "dispatched"

    def test_what_is_solved_on_the_phone_is_solved_for_all(
        self, api: Api, people: People, pair: Pair, desk: Desk
    ) -> None:
        joins(api, people, pair)
        desk.resolves(pair.main)
        pair.other.refresh_from_db()
        assert (pair.other.status, pair.other.resolved_remotely) == ("resolved", True)
        assert kinds(pair.other)[-1] == "ticket_resolved_remotely"

    def test_a_hold_holds_both_and_a_merged_one_keeps_its_state(
        self, api: Api, people: People, pair: Pair, desk: Desk, opens: Opens
    ) -> None:
        merged = opens(address="Building 3, flat 14")
        joins(api, people, pair)
        api(people.agent).post(url(merged, "merge"), {"main_id": str(pair.main.pk)})
        desk.triages(pair.main)
        services.hold_ticket(actor=desk.agent, occurred_at=now(), ticket_id=pair.main.pk, reason="waiting_for_part")
        assert (status(pair.other), status(merged)) == ("on_hold", "merged")
        assert clocks(pair.other)["on_site"] == clocks(merged)["on_site"] == "paused"
        services.resume_ticket(actor=desk.agent, occurred_at=now(), ticket_id=pair.main.pk)
        assert (status(pair.other), status(merged)) == ("triaged", "merged")
        assert clocks(pair.other)["on_site"] == clocks(merged)["on_site"] == "running"

    def test_work_without_signal_leads_too_and_counts_once(
        self, api: Api, people: People, pair: Pair, desk: Desk
    ) -> None:
        joins(api, people, pair, "merge")
        visit = desk.sends(pair.main, people.technician)
        handset = fresh_phone(people.technician)
        with time_passes(timedelta(hours=3)):
            handset.does("visit.check_in", hours_ago=2, visit_id=visit)
            handset.does(
                "visit.complete",
                hours_ago=1,
                visit_id=visit,
                resolution_code="router_configured",
                parts_answer="none",
                signed_by="Rosa",
            )
            handset.push(reply_is_lost=True)
            assert handset.push() == ["applied", "applied"]
            assert status(pair.other) == "resolved"
            assert kinds(pair.other).count("ticket_resolved") == 1
            assert differences() == []

    def test_only_the_first_report_of_a_fault_warns(self, api: Api, people: People, pair: Pair, desk: Desk) -> None:
        joins(api, people, pair, "merge")
        desk.triages(pair.main)
        with time_passes(timedelta(hours=25)):
            sweep(at=now())
        warned = Notice.objects.filter(kind="clock_warning").values_list("ticket_id", flat=True)
        assert set(warned) == {pair.main.pk}
        assert ClockWarning.objects.filter(clock__ticket=pair.other, percent=100).exists()

    def test_of_two_reports_the_older_one_warns_though_it_follows(self, api: Api, people: People, opens: Opens) -> None:
        main = opens()
        older = opens(reported_at=now() - timedelta(hours=20))
        api(people.agent).post(url(older, "merge"), {"main_id": str(main.pk)})
        sweep(at=now())
        assert Notice.objects.filter(kind="clock_warning", ticket_id=older.pk).exists()

    def test_when_the_main_ticket_is_cancelled_the_next_one_leads(
        self, api: Api, people: People, pair: Pair, opens: Opens
    ) -> None:
        merged = opens(address="Building 3, flat 14", reported_at=now() - timedelta(hours=9))
        api(people.agent).post(url(merged, "merge"), {"main_id": str(pair.main.pk)})
        joins(api, people, pair)
        assert api(people.resident).post(url(pair.main, "cancel"), {"reason": "I move out"}).status_code == 200
        pair.other.refresh_from_db()
        merged.refresh_from_db()
        assert (pair.other.status, pair.other.follows) == ("triaged", None)
        assert (merged.status, merged.follows) == ("merged", pair.other)

    def test_a_resident_whose_report_follows_another_can_always_withdraw_it(
        self, api: Api, people: People, pair: Pair, desk: Desk
    ) -> None:
        joins(api, people, pair)
        desk.sends(pair.main, people.technician)
        assert status(pair.other) == "dispatched"
        assert api(people.neighbour).post(url(pair.other, "cancel"), {"reason": "Works again"}).status_code == 200
        repairs_after = kinds(pair.other)
        assert (status(pair.other), repairs_after[-1]) == ("cancelled", "ticket_cancelled")

    def test_nobody_follows_across_the_border(self, api: Api, people: People, pair: Pair) -> None:
        joins(api, people, pair, "merge")
        pair.other.refresh_from_db()
        answer = api(people.administrator).post(
            f"/api/v1/sites/{pair.main.site_id}/move", {"territory_id": str(people.south.pk), "reason": "New border"}
        )
        assert answer.status_code == 200
        pair.other.refresh_from_db()
        assert (pair.other.status, pair.other.follows) == ("triaged", None)


class TestUndoing:
    @HOW
    def test_until_it_is_resolved_it_becomes_work_of_its_own_again(
        self, api: Api, people: People, pair: Pair, desk: Desk, how: str
    ) -> None:
        due = TicketClock.objects.get(ticket=pair.other, target="on_site").due_at
        joins(api, people, pair, how)
        answer = api(people.agent).post(url(pair.other, "separate"), {"reason": "Another cable"})
        assert (answer.status_code, answer.json()["status"], answer.json()["follows_id"]) == (200, "triaged", None)
        assert TicketClock.objects.get(ticket=pair.other, target="on_site").due_at == due
        assert kinds(pair.other, public=True)[-1] == "ticket_separated"
        assert "cable" not in str(_timeline(api, people.neighbour, pair.other))
        desk.resolves(pair.main)
        assert status(pair.other) == "triaged"

    def test_what_is_resolved_or_follows_nobody_is_not_separated(
        self, api: Api, people: People, pair: Pair, desk: Desk
    ) -> None:
        agent, why = api(people.agent), {"reason": "Another cable"}
        assert agent.post(url(pair.main, "separate"), why).json()["code"] == "transition_not_allowed"
        joins(api, people, pair)
        desk.resolves(pair.main)
        answer = agent.post(url(pair.other, "separate"), why).json()
        assert (answer["code"], answer["allowed"]) == ("transition_not_allowed", ["confirm", "close", "reopen"])


class TestTellingApart:
    def apart(self, api: Api, people: People, one: Ticket, other: Ticket) -> Any:
        body = {"other_id": str(other.pk), "reason": "Two kitchens"}
        return api(people.agent).post(url(one, "tell-apart"), body)

    def test_neither_is_offered_for_the_other_any_more(self, api: Api, people: People, opens: Opens) -> None:
        first, second, third = opens(), opens(), opens()
        assert self.apart(api, people, second, first).status_code == 200
        assert ids(api(people.agent).get(url(first, "duplicates")).json()) == {third.pk}
        assert ids(api(people.agent).get(url(second, "duplicates")).json()) == {third.pk}
        for ticket, other in ((first, second), (second, first)):
            told = _timeline(api, people.agent, ticket)[-1]
            assert told["texts"]["en"] == f"Not the same fault as {other.reference}: Two kitchens"

    def test_either_way_round_it_is_one_decision_and_the_first_reason_stands(
        self, api: Api, people: People, opens: Opens
    ) -> None:
        first, second = opens(), opens()
        self.apart(api, people, first, second)
        assert self.apart(api, people, second, first).status_code == 200
        assert ToldApart.objects.count() == 1

    def test_a_reason_has_to_be_given(self, api: Api, people: People, pair: Pair) -> None:
        answer = api(people.agent).post(url(pair.main, "tell-apart"), {"other_id": str(pair.other.pk)})
        assert codes(answer) == {"reason": "required"}

    def test_from_itself_or_while_one_follows_the_other_it_is_refused(
        self, api: Api, people: People, pair: Pair
    ) -> None:
        assert codes(self.apart(api, people, pair.main, pair.main)) == {"other_id": "same_ticket"}
        joins(api, people, pair)
        assert self.apart(api, people, pair.main, pair.other).json()["code"] == "ticket_follows_another"

    def test_joining_them_later_takes_it_back(self, api: Api, people: People, pair: Pair) -> None:
        self.apart(api, people, pair.main, pair.other)
        joins(api, people, pair)
        assert not ToldApart.objects.exists()


def _timeline(api: Api, person: Any, ticket: Ticket) -> Any:
    return api(person).get(url(ticket, "timeline")).json()["results"]
