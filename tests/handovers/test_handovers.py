"""Nothing that was promised falls between two shifts: who answers for what, until when, and who hears of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.statements import statements
from tests.world import World
from tickets.callbacks.models import Callback, CallbackQuota
from tickets.callbacks.services import claim_callback, promise_callback
from tickets.clock.sweeping import sweep
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.services import add_note, open_ticket, resolve_ticket, send_message
from tickets.handovers.models import HandedMatter, HandOver
from tickets.outages.models import Outage

URL = "/api/v1/hand-overs"
Api = Callable[[User | None], APIClient]


def promise(people: People, who: User, **more: Any) -> Callback:
    told = {"territory_id": people.north.pk, "caller_number": "13812345678", "question": "When?", **more}
    return promise_callback(actor=Actor(who), occurred_at=now(), by_phone=False, **told)


def gives(api: Api, people: People, to: User | None = None, **more: Any) -> Any:
    who = to or people.second_agent
    return api(people.agent).post(URL, {"territory_id": people.north.pk, "person_id": who.pk, **more})


def answers(api: Api, who: User, hand_over: Any, step: str, **body: Any) -> Any:
    return api(who).post(f"{URL}/{hand_over['hand_over']['id']}/{step}", body)


def about(answer: Any) -> dict[str, bool]:
    """What is in it, and whether it was theirs."""
    return {matter["about_id"]: matter["theirs"] for matter in answer}


def test_what_is_open_is_handed_over_the_most_pressing_first(api: Api, people: People, world: World):
    mine, team = promise(people, people.agent), promise(people, people.dispatcher, for_team=True)
    ticket, unheard = world.ticket(), world.ticket()
    Ticket.objects.filter(pk=unheard.pk).update(responsible=None)
    for each in (ticket, unheard):
        send_message(actor=Actor(people.resident), occurred_at=now(), ticket_id=each.pk, text="When will you come?")
    outage = Outage.objects.create(
        territory=people.north, service_type=world.service_type, area="garden court", fault="leak", proposed_at=now()
    )
    promise(people, people.second_agent)
    done = world.ticket()
    resolve_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=done.pk, resolution_code="repaired")
    add_note(actor=Actor(people.agent), occurred_at=now(), ticket_id=ticket.pk, text="Ask for the key.")

    before = api(people.agent).get(f"{URL}/open-matters?territory={people.north.pk}").json()
    answer = gives(api, people, note="The key is at the gate.")
    assert answer.status_code == 201
    matters = answer.json()["matters"]
    assert about(matters) == about(before)
    open_ones = {str(row.pk): theirs for row, theirs in ((mine, True), (team, False), (ticket, True), (unheard, False))}
    assert about(matters).items() >= {**open_ones, str(outage.pk): False}.items()
    assert [matter["kind"] for matter in matters][:2] == ["callback", "callback"]
    [told] = [matter for matter in matters if matter["about_id"] == str(ticket.pk)]
    assert (told["ticket_reference"], told["title"], told["reply_owed"]) == (ticket.reference, "Leak", True)
    notice = Notice.objects.get(user=people.second_agent, kind="hand_over_asked")
    assert notice.wants_ack
    assert notice.title == f"Ada Agent hands their shift over to you: {len(matters)} open matters"


def test_a_warned_clock_says_how_much_was_used_up(api: Api, people: People, world: World):
    with time_is(now() - timedelta(hours=19)):
        world.ticket()
    sweep(at=now())
    [matter] = gives(api, people).json()["matters"]
    assert (matter["warned_percent"], matter["kind"]) == (75, "ticket")
    assert matter["due_at"]


def test_the_first_answers_for_it_until_the_next_has_said_yes(api: Api, people: People, world: World):
    callback, ticket = promise(people, people.agent), world.ticket()
    given = gives(api, people).json()
    for row in (callback, ticket):
        row.refresh_from_db()
        assert row.responsible == people.agent
    answer = answers(api, people.second_agent, given, "accept", answer="Good night.")
    assert (answer.status_code, answer.json()["hand_over"]["state"]) == (200, "accepted")
    for row in (callback, ticket):
        row.refresh_from_db()
        assert row.responsible == people.second_agent
    assert all(matter["taken_at"] for matter in answer.json()["matters"])
    assert callback.events.get(kind="accepted").responsible == people.second_agent
    event = TicketEvent.objects.get(ticket=ticket, kind="ticket_handed_over")
    assert (event.public, event.data["from"], event.data["to"]) == (False, "Ada Agent", "Amir Agent")
    timeline = api(people.dispatcher).get(f"/api/v1/tickets/{ticket.pk}/timeline").json()["results"]
    assert "Handed over by Ada Agent; Amir Agent answers for it." in [row["texts"]["en"] for row in timeline]
    assert Notice.objects.get(user=people.agent, kind="hand_over_accepted").body == "Good night."
    assert answers(api, people.second_agent, given, "accept").status_code == 200  # once more is nothing more
    assert TicketEvent.objects.filter(kind="ticket_handed_over").count() == 1


def test_what_was_done_or_taken_meanwhile_stays_and_what_came_since_is_not_in_it(
    api: Api, people: People, world: World
):
    taken, kept = promise(people, people.agent), promise(people, people.agent)
    given = gives(api, people).json()
    claim_callback(actor=Actor(people.dispatcher), occurred_at=now(), callback_id=taken.pk)
    since = promise(people, people.agent)
    matters = answers(api, people.second_agent, given, "accept").json()["matters"]
    assert {matter["about_id"]: bool(matter["taken_at"]) for matter in matters} == {
        str(taken.pk): False,
        str(kept.pk): True,
    }
    found = {row.pk: row.responsible for row in Callback.objects.all()}
    assert found == {taken.pk: people.dispatcher, kept.pk: people.second_agent, since.pk: people.agent}


@pytest.mark.parametrize(("step", "state"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_without_a_yes_all_stays_as_it_was(api: Api, people: People, step: str, state: str):
    callback, who = promise(people, people.agent), people.second_agent if step == "decline" else people.agent
    given = gives(api, people).json()
    answer = answers(api, who, given, step, answer="I leave, too.")
    assert (answer.status_code, answer.json()["hand_over"]["state"]) == (200, state)
    callback.refresh_from_db()
    assert callback.responsible == people.agent
    late = answers(api, people.second_agent, given, "accept")
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (409, "hand_over_ended", state)
    assert Notice.objects.filter(user=people.agent, kind="hand_over_declined").exists() == (step == "decline")
    assert gives(api, people, to=people.dispatcher).status_code == 201  # somebody else is asked


def test_no_quota_keeps_a_promise_from_being_handed_over(api: Api, people: People):
    promise(people, people.agent)
    CallbackQuota.objects.create(territory=people.north, per="agent", most_open=0, valid_from="2020-01-01")
    assert answers(api, people.second_agent, gives(api, people).json(), "accept").status_code == 200
    assert Callback.objects.get().responsible == people.second_agent


def test_only_whoever_was_asked_says_yes(api: Api, people: People):
    given = gives(api, people).json()
    for person in (people.agent, people.supervisor):
        assert answers(api, person, given, "accept").json()["code"] == "not_your_hand_over"
    assert answers(api, people.technician, given, "accept").status_code == 403
    assert answers(api, people.southern_dispatcher, given, "accept").status_code == 404
    assert answers(api, people.supervisor, given, "withdraw").status_code == 200


@pytest.mark.parametrize("to", ["agent", "technician", "southern_dispatcher", "administrator", "resident"])
def test_it_goes_to_somebody_else_of_the_same_desk(api: Api, people: People, to: str):
    answer = gives(api, people, to=getattr(people, to))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "not_of_the_desk")
    assert not HandOver.objects.exists()


def test_one_at_a_time_and_a_repeated_request_is_one(api: Api, people: People):
    pk = str(uuid7())
    first, again = (gives(api, people, id=pk) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert gives(api, people, id=pk, to=people.dispatcher).json()["code"] == "id_taken"
    assert gives(api, people, to=people.dispatcher).json()["code"] == "hand_over_waits"
    assert HandOver.objects.count() == 1


def test_what_was_handed_over_is_not_changed_afterwards(api: Api, people: People):
    promise(people, people.agent)
    gives(api, people)
    for change in (
        lambda: HandedMatter.objects.update(theirs=False),
        lambda: HandedMatter.objects.all().delete(),
        lambda: HandOver.objects.update(taken_by=people.agent),
        lambda: HandOver.objects.update(state="accepted"),
    ):
        with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic():
            change()


def test_a_desk_sees_its_own_hand_overs_at_the_same_cost_however_many_matters(api: Api, people: People, world: World):
    RoleGrant.objects.create(user=people.southern_dispatcher, role=Role.AGENT, territory=people.south)
    promise(people, people.agent)
    given = gives(api, people).json()["hand_over"]
    detail = f"{URL}/{given['id']}"
    assert api(people.southern_dispatcher).get(URL).json()["results"] == []
    assert api(people.southern_dispatcher).get(detail).status_code == 404
    assert api(people.technician).get(URL).status_code == 403
    client = api(people.administrator)
    client.get(URL)
    for _ in range(2):
        with statements(2):  # who is it, and the rows
            assert client.get(f"{URL}?given_by={people.agent.pk}").json()["results"] == [given]
        with statements(4):  # who is it, may they, the hand-over, what is in it
            client.get(detail)
        for matter in (promise(people, people.agent), world.ticket()):
            about = {"callback": matter} if isinstance(matter, Callback) else {"ticket": matter}
            HandedMatter.objects.create(hand_over_id=given["id"], theirs=True, **about)


def test_the_desk_hands_over_what_a_resident_filed_and_nobody_has_answered(api: Api, people: People, world: World):
    told: dict[str, Any] = {"service_type": world.service_type.code, "details": {}, "contact_name": "Rosa"}
    told |= {"address": "Building 3, flat 12", "territory_id": people.north.pk}
    ticket = open_ticket(actor=Actor(people.resident), occurred_at=now(), **told)
    [matter] = gives(api, people).json()["matters"]
    assert (matter["about_id"], matter["theirs"], matter["reply_owed"]) == (str(ticket.pk), False, True)
