"""What an agent cannot answer at once: promised within half an hour, kept, and never lost between two people."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import time_is
from notifications.jobs import escalate_notices
from notifications.models import Notice
from sync.ids import uuid7
from tests.at_once import at_once
from tests.people import People
from tests.statements import statements
from tests.tickets.conftest import Api, codes, url
from tickets.callbacks.models import Callback, CallbackEvent, CallbackQuota
from tickets.callbacks.sweeping import sweep_callbacks
from tickets.calls.models import Call
from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import BusinessCalendar, CalendarWindow, PolicyTarget, Target
from tickets.complaints.models import Ticket

CALLBACKS = "/api/v1/callbacks"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.at(NOON)
"""A Monday, twelve o'clock in the north."""
LIST = 2
"""Statements of a list: who asks, and the callbacks."""

Promise = Callable[..., dict[str, Any]]
Do = Callable[..., Any]


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture(autouse=True)
def _at_work(people: People) -> None:
    """Everybody is."""
    for role in ("agent", "dispatcher", "supervisor"):
        assert getattr(people, role)


@pytest.fixture
def second_agent(people: People) -> User:
    return people.second_agent


@pytest.fixture
def promise(api: Api, people: People) -> Promise:
    """The agent promises a callback."""

    def promise(who: User | None = None, **told: Any) -> dict[str, Any]:
        asked = {"question": "Is my street dug up?", "caller_name": "Rosa", "caller_number": "13812345678", **told}
        answer = api(who or people.agent).post(CALLBACKS, asked)
        assert answer.status_code == 201, answer.content
        promised: dict[str, Any] = answer.json()
        return promised

    return promise


@pytest.fixture
def do(api: Api, people: People) -> Do:
    """`do(callback, "claim")` as the agent, or as somebody else."""

    def do(callback: dict[str, Any], step: str, who: User | None = None, **told: Any) -> Any:
        return api(who or people.agent).post(f"{CALLBACKS}/{callback['id']}/{step}", told)

    return do


def sweep_at(minutes: float) -> int:
    with time_is(after(minutes)):
        return sweep_callbacks(at=after(minutes))


def told(person: User, kind: str) -> list[str]:
    return list(
        Notice.objects.filter(user=person, kind=kind).order_by("created_at", "id").values_list("body", flat=True)
    )


def percents(person: User) -> list[int]:
    notices = Notice.objects.filter(user=person, kind="callback_warning").order_by("created_at", "id")
    return [notice.data["percent"] for notice in notices]


def kinds(callback: dict[str, Any]) -> list[str]:
    return list(CallbackEvent.objects.filter(callback=callback["id"]).order_by("id").values_list("kind", flat=True))


class TestPromising:
    def test_it_is_promised_within_thirty_minutes_and_the_call_is_logged(
        self, promise: Promise, people: People
    ) -> None:
        callback = promise(resident_id=people.resident.pk)
        assert (callback["state"], callback["due_at"], callback["round"]) == ("open", wire(after(30)), 1)
        assert callback["responsible"]["id"] == str(people.agent.pk)
        call = Call.objects.get(pk=callback["call_id"])
        assert (call.result, call.direction, call.question) == ("callback_promised", "in", "Is my street dug up?")
        [heard] = told(people.resident, "callback_promised")
        assert heard == "Is my street dug up?"
        assert "12:30" in Notice.objects.get(kind="callback_promised").title

    def test_asked_in_another_way_no_call_is_logged(self, promise: Promise) -> None:
        assert promise(by_phone=False)["call_id"] is None
        assert not Call.objects.exists()

    def test_the_time_is_that_of_the_tickets_policy(self, promise: Promise, ticket: Ticket, people: People) -> None:
        office = BusinessCalendar.objects.create(code="office", name="Office", time_zone="Asia/Shanghai")
        CalendarWindow.objects.create(calendar=office, weekday=0, opens=time(9), closes=time(12, 10))
        CalendarWindow.objects.create(calendar=office, weekday=1, opens=time(9), closes=time(18))
        PolicyTarget.objects.filter(target=Target.CALLBACK).update(calendar=office)
        callback = promise(ticket_id=ticket.pk)
        assert callback["due_at"] == wire(after(21 * 60 + 20))  # ten minutes today, twenty tomorrow from nine on
        assert sweep_at(9) == 0
        assert sweep_at(60) == 0
        assert sweep_at(21 * 60 + 5) == 1

    def test_where_a_policy_says_nothing_half_an_hour_is_meant(self, promise: Promise, ticket: Ticket) -> None:
        PolicyTarget.objects.filter(target=Target.CALLBACK).delete()
        assert promise(ticket_id=ticket.pk)["due_at"] == promise()["due_at"] == wire(after(30))

    def test_the_tickets_timeline_says_so_to_the_resident_too(
        self, api: Api, people: People, promise: Promise, ticket: Ticket
    ) -> None:
        promise(ticket_id=ticket.pk)
        events = api(people.resident).get(url(ticket, "timeline")).json()["results"]
        assert events[-1]["texts"] == {"en": "We promised to call you back.", "zh": "我们承诺给您回电。"}

    def test_what_is_left_to_the_team_is_told_to_the_agents(
        self, promise: Promise, people: People, second_agent: User
    ) -> None:
        assert promise(for_team=True)["responsible"] is None
        assert len(told(second_agent, "callback_waiting")) == 1

    def test_a_repeated_request_is_one_callback_and_one_call(self, api: Api, people: People, promise: Promise) -> None:
        callback_id = str(uuid7())
        assert promise(id=callback_id) == promise(id=callback_id)
        assert (Callback.objects.count(), Call.objects.count()) == (1, 1)
        other = {"id": callback_id, "question": "Another one?", "caller_number": "13812345678"}
        answer = api(people.agent).post(CALLBACKS, other)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")

    @pytest.mark.parametrize(
        ("wrong", "field", "code"),
        [
            ({"question": ""}, "question", "blank"),
            ({"caller_number": ""}, "caller_number", "number_required"),
            ({"caller_number": "12"}, "caller_number", "phone_not_valid"),
            ({"ticket_id": str(uuid7())}, "ticket_id", "ticket_unknown"),
        ],
    )
    def test_bad_input_names_the_field_and_promises_nothing(
        self, api: Api, people: People, wrong: dict[str, Any], field: str, code: str
    ) -> None:
        asked = {"question": "When?", "caller_number": "13812345678", **wrong}
        answer = api(people.agent).post(CALLBACKS, asked)
        assert (answer.status_code, codes(answer)) == (400, {field: code})
        assert not Callback.objects.exists()
        assert not Call.objects.exists()


class TestCalling:
    def test_the_call_that_keeps_it_is_logged_and_ends_it(
        self, api: Api, people: People, promise: Promise, do: Do, ticket: Ticket
    ) -> None:
        callback = promise(ticket_id=ticket.pk)
        with time_is(after(20)):
            done = do(callback, "call", reached=True, answer="No, they are not.").json()
        assert (done["state"], done["outcome"], done["first_called_at"]) == (
            "done",
            "No, they are not.",
            wire(after(20)),
        )
        call = Call.objects.get(direction="out")
        assert (call.result, call.question, call.caller_number) == ("answered", callback["question"], "+8613812345678")
        assert kinds(callback) == ["promised", "called"]
        assert sweep_at(60) == 0
        events = api(people.resident).get(url(ticket, "timeline")).json()["results"]
        assert events[-1]["texts"]["en"] == "We called you back."

    def test_whoever_does_not_answer_is_called_again_later_and_not_for_ever(
        self, promise: Promise, do: Do, people: People
    ) -> None:
        callback = promise(resident_id=people.resident.pk)
        with time_is(after(10)):
            again = do(callback, "call", reached=False).json()
            assert (again["state"], again["round"], again["due_at"]) == ("open", 2, wire(after(40)))
            assert again["first_due_at"] == callback["due_at"]
        with time_is(after(30)):
            later = do(callback, "call", reached=False, again_at=wire(after(90))).json()
            assert (later["round"], later["due_at"]) == (3, wire(after(90)))
        assert len(told(people.resident, "callback_not_reached")) == 2
        with time_is(after(80)):
            assert do(callback, "call", reached=False).json()["state"] == "unreached"
        assert Call.objects.filter(direction="out", result="no_answer").count() == 3
        assert sweep_at(500) == 0

    def test_each_round_has_warnings_of_its_own(self, promise: Promise, do: Do, people: People) -> None:
        callback = promise()
        sweep_at(15)
        with time_is(after(20)):
            do(callback, "call", reached=False, again_at=wire(after(60)))
        sweep_at(39)
        assert percents(people.agent) == [50]
        sweep_at(40)
        assert percents(people.agent) == [50, 50]

    def test_a_repeated_request_is_one_call(self, promise: Promise, do: Do) -> None:
        callback, call_id = promise(), str(uuid7())
        first, second = (do(callback, "call", id=call_id, reached=False) for _ in range(2))
        assert first.json() == second.json()
        assert Call.objects.filter(direction="out").count() == 1

    def test_a_ticket_can_be_opened_while_talking(
        self, api: Api, people: People, promise: Promise, do: Do, ticket: Ticket
    ) -> None:
        callback = promise()
        do(callback, "call", reached=True, answer="We come.", result="ticket_opened", ticket_id=str(ticket.pk))
        assert Call.objects.get(direction="out").ticket == ticket

    @pytest.mark.parametrize(
        ("wrong", "field", "code"),
        [
            ({}, "reached", "required"),
            ({"reached": True}, "answer", "answer_required"),
            ({"reached": True, "answer": "Yes.", "result": "ticket_opened"}, "ticket_id", "ticket_required"),
            ({"reached": False, "again_at": wire(after(-1))}, "again_at", "again_not_valid"),
            ({"reached": False, "again_at": wire(after(5000))}, "again_at", "again_not_valid"),
            ({"reached": False, "started_at": wire(after(-1))}, "started_at", "call_before_promise"),
            ({"reached": False, "started_at": wire(after(1))}, "started_at", "call_in_future"),
        ],
    )
    def test_bad_input_names_the_field_and_changes_nothing(
        self, promise: Promise, do: Do, wrong: dict[str, Any], field: str, code: str
    ) -> None:
        callback = promise(for_team=True)
        answer = do(callback, "call", **wrong)
        assert (answer.status_code, codes(answer)) == (400, {field: code})
        assert kinds(callback) == ["promised"]
        assert Call.objects.count() == 1

    def test_what_has_ended_is_not_called_again(self, promise: Promise, do: Do) -> None:
        callback = promise()
        do(callback, "call", reached=True, answer="No.")
        for step, told in (("call", {"reached": False}), ("claim", {}), ("withdraw", {"reason": "Late."})):
            answer = do(callback, step, **told)
            assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (
                409,
                "callback_ended",
                "done",
            )


class TestWhoIsResponsible:
    def test_whoever_is_free_claims_what_waits_and_nobody_else_gets_it(
        self, promise: Promise, do: Do, people: People, second_agent: User
    ) -> None:
        callback = promise(for_team=True)
        assert do(callback, "claim", second_agent).json()["responsible"]["name"] == "Amir Agent"
        assert do(callback, "claim", second_agent).status_code == 200
        answer = do(callback, "claim")
        assert (answer.status_code, answer.json()["code"]) == (409, "callback_claimed")
        assert answer.json()["responsible"] == "Amir Agent"
        assert do(callback, "call", reached=False).json()["code"] == "not_your_callback"

    def test_whoever_calls_answers_for_what_waited_for_the_team(
        self, promise: Promise, do: Do, second_agent: User
    ) -> None:
        callback = promise(for_team=True)
        assert do(callback, "call", second_agent, reached=False).json()["responsible"]["name"] == "Amir Agent"

    def test_the_first_stays_responsible_until_the_next_has_said_yes(
        self, promise: Promise, do: Do, people: People, second_agent: User
    ) -> None:
        callback = promise()
        asked = do(callback, "hand-over", person_id=str(second_agent.pk), reason="My shift ends.").json()
        assert (asked["responsible"]["name"], asked["asked"]["name"]) == ("Ada Agent", "Amir Agent")
        assert len(told(second_agent, "callback_asked")) == 1
        sweep_at(15)
        assert (percents(people.agent), percents(second_agent)) == ([50], [])
        taken = do(callback, "claim", second_agent).json()
        assert (taken["responsible"]["name"], taken["asked"]) == ("Amir Agent", None)
        assert len(told(people.agent, "callback_taken_over")) == 1
        assert kinds(callback) == ["promised", "asked", "warned", "accepted"]

    def test_a_question_that_nobody_acknowledges_reaches_the_dispatchers(
        self, promise: Promise, do: Do, people: People, second_agent: User
    ) -> None:
        answered, unanswered = promise(), promise()
        for callback in (answered, unanswered):
            do(callback, "hand-over", person_id=str(second_agent.pk))
        do(answered, "decline", second_agent, reason="I am at lunch.")
        with time_is(after(21)):
            escalate_notices()
        assert len(told(people.dispatcher, "notice_unacknowledged")) == 1

    def test_whoever_was_asked_says_no_and_all_stays_as_it_was(
        self, promise: Promise, do: Do, people: People, second_agent: User
    ) -> None:
        callback = promise()
        do(callback, "hand-over", person_id=str(second_agent.pk))
        stays = do(callback, "decline", second_agent, reason="I am at lunch.").json()
        assert (stays["responsible"]["name"], stays["asked"]) == ("Ada Agent", None)
        assert len(told(people.agent, "callback_declined")) == 1
        assert do(callback, "decline").json()["code"] == "nobody_was_asked"

    def test_whoever_asked_takes_the_question_back(self, promise: Promise, do: Do, second_agent: User) -> None:
        callback = promise()
        do(callback, "hand-over", person_id=str(second_agent.pk))
        assert do(callback, "decline").json()["asked"] is None
        assert do(callback, "claim", second_agent).json()["code"] == "callback_claimed"

    def test_only_colleagues_of_the_desk_are_asked(self, promise: Promise, do: Do, people: People) -> None:
        callback = promise()
        for person in (people.technician, people.southern_dispatcher, people.resident, people.agent):
            answer = do(callback, "hand-over", person_id=str(person.pk))
            assert codes(answer) == {"person_id": "not_of_the_desk"}

    def test_a_dispatcher_takes_over_what_its_owner_cannot_keep(self, promise: Promise, do: Do, people: People) -> None:
        callback = promise()
        assert do(callback, "claim", people.dispatcher).json()["responsible"]["name"] == "Dora Dispatcher"
        assert len(told(people.agent, "callback_taken_over")) == 1

    def test_a_colleague_neither_withdraws_nor_hands_over_what_is_not_theirs(
        self, promise: Promise, do: Do, people: People, second_agent: User
    ) -> None:
        callback = promise()
        for step, told in (("withdraw", {"reason": "So."}), ("hand-over", {"person_id": str(people.dispatcher.pk)})):
            answer = do(callback, step, second_agent, **told)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_callback")

    def test_it_is_withdrawn_with_a_reason_that_residents_do_not_read(
        self, api: Api, people: People, promise: Promise, do: Do, ticket: Ticket
    ) -> None:
        callback = promise(ticket_id=ticket.pk)
        assert do(callback, "withdraw").status_code == 400
        done = do(callback, "withdraw", reason="She came to the counter.").json()
        assert (done["state"], done["outcome"]) == ("withdrawn", "She came to the counter.")
        assert do(callback, "withdraw", reason="She came to the counter.").status_code == 200
        assert sweep_at(60) == 0
        assert "counter" not in api(people.resident).get(url(ticket, "timeline")).content.decode()
        assert "counter" in api(people.agent).get(url(ticket, "timeline")).content.decode()


class TestWarnings:
    def test_agent_dispatcher_and_supervisor_are_warned_once_each(self, promise: Promise, people: People) -> None:
        promise()
        for minutes in (14.9, 15, 16, 22.4, 22.5, 29.9, 30, 31, 90):
            sweep_at(minutes)
        assert [percents(person) for person in (people.agent, people.dispatcher, people.supervisor)] == [
            [50],
            [75],
            [100],
        ]

    def test_after_the_worker_was_down_they_come_once_and_in_order(self, promise: Promise, people: People) -> None:
        callback = promise()
        assert sweep_at(100) == 3
        assert sweep_at(101) == 0
        warnings = CallbackEvent.objects.filter(callback=callback["id"], kind="warned").order_by("id")
        assert [(row.percent, row.occurred_at, row.received_at) for row in warnings] == [
            (50, after(15), after(100)),
            (75, after(22.5), after(100)),
            (100, after(30), after(100)),
        ]
        assert Notice.objects.get(user=people.supervisor).urgent

    def test_what_waits_for_the_team_warns_all_agents_and_where_there_are_none_the_dispatchers(
        self, promise: Promise, people: People, second_agent: User
    ) -> None:
        promise(for_team=True)
        sweep_at(15)
        assert (percents(people.agent), percents(second_agent)) == ([50], [50])
        User.objects.filter(pk__in=[people.agent.pk, second_agent.pk]).update(is_active=False)
        promise(people.dispatcher, for_team=True)
        sweep_at(16)
        assert percents(people.dispatcher) == [50]

    def test_the_database_keeps_a_threshold_from_firing_twice(self, promise: Promise) -> None:
        callback = promise()
        sweep_at(15)
        warning = CallbackEvent.objects.get(kind="warned")
        warning.pk = uuid7()
        with pytest.raises(IntegrityError, match="callback_warns_once"), transaction.atomic():
            warning.save(force_insert=True)
        with pytest.raises(ProgrammingError), transaction.atomic():
            CallbackEvent.objects.filter(callback=callback["id"]).delete()


class TestQuotas:
    @pytest.fixture
    def quota(self, api: Api, people: People) -> Callable[..., Any]:
        def quota(**told: Any) -> Any:
            limit = {
                "territory_id": people.north.pk,
                "per": "agent",
                "most_open": 2,
                "valid_from": "2026-11-01",
                **told,
            }
            return api(people.administrator).post("/api/v1/callback-quotas", limit)

        return quota

    def refused(self, api: Api, person: User, **more: Any) -> dict[str, Any]:
        asked = {"question": "When?", "caller_number": "13812345678", **more}
        answer = api(person).post(CALLBACKS, asked)
        assert answer.status_code == 409, answer.content
        return {name: answer.json()[name] for name in ("code", "per", "limit", "open")}

    def test_nobody_promises_more_than_their_quota(
        self, api: Api, people: People, promise: Promise, do: Do, quota: Any, second_agent: User
    ) -> None:
        assert quota().status_code == 201
        first, _ = promise(), promise()
        refusal = {"code": "callback_quota_reached", "per": "agent", "limit": 2, "open": 2}
        assert self.refused(api, people.agent) == refusal
        assert Call.objects.count() == 2
        waiting = promise(for_team=True)
        promise(second_agent)
        assert do(waiting, "claim").json()["code"] == "callback_quota_reached"
        do(first, "call", reached=True, answer="No.")
        assert do(waiting, "claim").status_code == 200

    def test_the_team_has_a_quota_too(self, api: Api, people: People, promise: Promise, quota: Any) -> None:
        quota(per="team", most_open=1)
        waiting = promise(for_team=True)
        assert waiting
        assert self.refused(api, people.dispatcher, for_team=True)["per"] == "team"

    def test_the_smallest_that_holds_on_the_day_and_at_the_hour_counts(
        self, api: Api, people: People, promise: Promise, quota: Any
    ) -> None:
        quota(most_open=3)
        quota(most_open=0, valid_until="2026-11-22")
        quota(most_open=0, valid_from="2026-11-24")
        quota(most_open=1, opens="17:00", closes="18:00")
        promise(), promise()
        with time_is(after(5 * 60)):
            assert self.refused(api, people.agent)["limit"] == 1
        with time_is(after(6 * 60)):
            promise()

    def test_bad_quotas_are_refused(self, quota: Any) -> None:
        assert codes(quota(opens="09:00")) == {"closes": "quota_not_valid"}
        assert codes(quota(opens="09:00", closes="08:00")) == {"closes": "quota_not_valid"}
        assert codes(quota(valid_until="2026-10-01")) == {"valid_until": "quota_not_valid"}
        assert codes(quota(most_open=-1)) == {"most_open": "min_value"}
        assert not CallbackQuota.objects.exists()

    def test_a_quota_is_changed_ended_and_deleted(self, api: Api, people: People, quota: Any) -> None:
        address = f"/api/v1/callback-quotas/{quota().json()['id']}"
        administrator = api(people.administrator)
        assert administrator.patch(address, {"most_open": 5}).json()["most_open"] == 5
        assert administrator.patch(address, {"valid_until": "2026-10-01"}).status_code == 400
        assert administrator.delete(address).status_code == 204
        assert administrator.get(address).status_code == 404


class TestFigures:
    def figures(self, api: Api, people: People, **more: Any) -> list[dict[str, Any]]:
        asked = {"territory": people.north.pk, "first": "2026-11-23", "last": "2026-11-23", **more}
        answer = api(people.supervisor).get(f"{CALLBACKS}/figures", asked)
        assert answer.status_code == 200, answer.content
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def test_per_person_and_day_it_is_told_how_many_were_kept(
        self, api: Api, people: People, promise: Promise, do: Do
    ) -> None:
        kept, missed, unreached, withdrawn = (promise() for _ in range(4))
        promise(for_team=True)
        with time_is(after(20)):
            do(kept, "call", reached=True, answer="No.")
            do(unreached, "call", reached=False)
            do(withdrawn, "withdraw", reason="She came.")
        with time_is(after(29)):
            open_now = {row["person"]: row["open"] for row in self.figures(api, people)}
            assert open_now == {"Ada Agent": 1, "": 1}
        with time_is(after(40)):
            do(missed, "call", reached=True, answer="Sorry.")
            team, agent = self.figures(api, people)
        assert (team["person_id"], team["missed"], team["kept_share"]) == (None, 1, 0.0)
        assert {name: agent[name] for name in ("promised", "kept", "missed", "none_needed", "reached")} == {
            "promised": 4,
            "kept": 2,
            "missed": 1,
            "none_needed": 1,
            "reached": 2,
        }
        assert agent["kept_share"] == pytest.approx(2 / 3)

    def test_handing_over_what_is_late_saves_nobody(
        self, api: Api, people: People, promise: Promise, do: Do, second_agent: User
    ) -> None:
        callback = promise()
        do(callback, "hand-over", person_id=str(second_agent.pk))
        with time_is(after(31)):
            do(callback, "claim", second_agent)
            do(callback, "call", second_agent, reached=True, answer="Sorry.")
            [line] = self.figures(api, people)
        assert (line["person"], line["missed"]) == ("Ada Agent", 1)

    def test_no_callback_is_no_share_rather_than_none_kept(
        self, api: Api, people: People, promise: Promise, do: Do
    ) -> None:
        assert self.figures(api, people) == []
        do(promise(), "withdraw", reason="She came.")
        [line] = self.figures(api, people)
        assert line["kept_share"] is None

    def test_a_day_is_one_of_the_territory(self, api: Api, people: People, promise: Promise) -> None:
        with time_is(after(-13 * 60)):  # an hour before midnight there
            promise()
        with time_is(after(-12 * 60)):
            promise()
        [line] = self.figures(api, people)
        assert line["promised"] == 1

    def test_bad_questions_are_refused(self, api: Api, people: People) -> None:
        supervisor, asked = api(people.supervisor), {"territory": str(people.north.pk), "first": "2026-01-01"}
        for wrong in (
            {},
            {"last": "soon"},
            {"last": "2026-12-01"},
            {"last": "2025-12-31"},
            {"last": "2026-01-02", "territory": str(uuid7())},
            {"first": "0001-01-01", "last": "0001-01-02"},
            {"first": "9999-12-30", "last": "9999-12-31"},
        ):
            assert supervisor.get(f"{CALLBACKS}/figures", {**asked, **wrong}).status_code == 400


class TestLists:
    def test_the_queue_is_in_the_order_in_which_they_are_due(
        self, api: Api, people: People, promise: Promise, do: Do, second_agent: User
    ) -> None:
        ids = []
        for minutes in (5, 0, 10):
            with time_is(after(minutes)):
                ids.append(promise(second_agent if minutes == 0 else None)["id"])
        late, early, last = ids

        def found(who: User, **query: Any) -> list[str]:
            return [row["id"] for row in api(who).get(CALLBACKS, query).json()["results"]]

        assert found(people.agent) == [early, late, last]
        assert found(people.agent, mine=True) == [late, last]
        assert found(people.agent, mine=False) == [early]
        with time_is(after(36)):
            assert found(people.supervisor, overdue=True) == [early, late]
            do({"id": early}, "call", second_agent, reached=True, answer="No.")
            assert found(people.supervisor, overdue=True) == [late]
            assert found(people.supervisor, state="done") == [early]
            do({"id": late}, "hand-over", person_id=str(second_agent.pk))
            assert found(second_agent, mine=True, state="open") == [late]
        assert found(people.southern_dispatcher) == []

    def test_it_is_found_by_who_waits_and_for_what(self, api: Api, people: People, promise: Promise) -> None:
        about_price = promise(question="换一个水表要多少钱", caller_name="王芳")
        promise(question="When?")
        for typed in ("水表", "王芳"):
            found = api(people.agent).get(CALLBACKS, {"search": typed}).json()["results"]
            assert [row["id"] for row in found] == [about_price["id"]]

    def test_its_history_says_who_did_what(self, api: Api, people: People, promise: Promise, do: Do) -> None:
        callback = promise()
        do(callback, "hand-over", person_id=str(people.dispatcher.pk), reason="My shift ends.")
        events = api(people.supervisor).get(f"{CALLBACKS}/{callback['id']}/events").json()
        assert [(event["kind"], event["actor"]["name"], event["reason"]) for event in events] == [
            ("promised", "Ada Agent", ""),
            ("asked", "Ada Agent", "My shift ends."),
        ]
        assert api(people.southern_dispatcher).get(f"{CALLBACKS}/{callback['id']}/events").status_code == 404

    def test_many_cost_what_one_costs(self, api: Api, people: People, promise: Promise, ticket: Ticket) -> None:
        agent = api(people.agent)
        promise(ticket_id=ticket.pk)
        agent.get(CALLBACKS)
        with statements(LIST):
            agent.get(CALLBACKS)
        for _ in range(4):
            promise(ticket_id=ticket.pk)
        with statements(LIST):
            assert len(agent.get(CALLBACKS).json()["results"]) == 5

    def test_the_customers_one_view_has_what_they_were_promised(
        self, api: Api, people: People, promise: Promise, do: Do, ticket: Ticket
    ) -> None:
        own, about, done = promise(resident_id=people.resident.pk), promise(ticket_id=ticket.pk), promise()
        do(done, "call", reached=True, answer="No.")
        promise(resident_id=people.neighbour.pk)
        customer = api(people.agent).get(f"/api/v1/customers/people/{people.resident.pk}").json()
        assert {callback["id"] for callback in customer["callbacks"]} == {own["id"], about["id"]}


@pytest.mark.django_db(transaction=True)
def test_two_who_promise_at_the_same_moment_do_not_both_get_the_last_place(api: Api, people: People) -> None:
    ensure_default_policy()
    CallbackQuota.objects.create(territory=people.north, per="team", most_open=1, valid_from="2026-11-01")
    asked = {"question": "When?", "caller_number": "13812345678"}

    def ask(person: User) -> int:
        try:
            return int(api(person).post(CALLBACKS, asked).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as desk:
        assert sorted(desk.map(ask, (people.agent, people.dispatcher))) == [201, 409]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_the_same_moment_one_gets_it_and_the_other_hears_who_has_it(
    api: Api, people: People
) -> None:
    ensure_default_policy()
    asked = {"question": "When?", "caller_number": "13812345678", "for_team": True, "territory_id": people.north.pk}
    waiting = api(people.dispatcher).post(CALLBACKS, asked).json()["id"]

    def claim(client: APIClient) -> int:
        return int(client.post(f"{CALLBACKS}/{waiting}/claim").status_code)

    clients = [api(person) for person in (people.agent, people.second_agent)]
    asked_at_once = at_once(Callback.objects.filter(pk=waiting), *(partial(claim, client) for client in clients))
    assert sorted(asked_at_once) == [200, 409]


@pytest.mark.django_db(transaction=True)
def test_the_same_promise_sent_twice_at_once_is_one(api: Api, people: People) -> None:
    ensure_default_policy()
    asked = {"id": str(uuid7()), "question": "When?", "caller_number": "13812345678", "territory_id": people.north.pk}

    def ask(client: APIClient) -> int:
        try:
            return int(client.post(CALLBACKS, asked).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as desk:
        assert list(desk.map(ask, [api(people.agent) for _ in range(3)])) == [201] * 3
    assert Callback.objects.count() == 1
