"""What everybody can read about a ticket afterwards, and what the resident cannot."""

import pytest

from fieldsvc.time import now
from tests.people import People
from tests.tickets.conftest import Api, Desk, url
from tickets.clock.models import TicketClock
from tickets.complaints.models import Note, Ticket, TicketEvent
from tickets.complaints.timeline import KINDS, record_event, sentences


def story(api: Api, ticket: Ticket, reader: object) -> list[str]:
    events = api(reader).get(url(ticket, "timeline")).json()["results"]  # type: ignore[arg-type]
    return [event["kind"] for event in events]


def test_the_timeline_tells_the_whole_story_in_both_languages(api: Api, people: People, ticket: Ticket) -> None:
    dispatcher, resident = api(people.dispatcher), api(people.resident)
    dispatcher.post(url(ticket, "triage"))
    dispatcher.post(url(ticket, "hold"), {"reason": "waiting_for_part", "comment": "The supplier is on holiday"})
    dispatcher.post(url(ticket, "resume"))
    dispatcher.post(url(ticket, "resolve"), {"resolution_code": "router_configured"})
    resident.post(url(ticket, "reopen"), {"reason": "Still slow"})
    dispatcher.post(url(ticket, "resolve"), {"resolution_code": "cleared_remotely"})
    resident.post(url(ticket, "confirm"))
    resident.post(url(ticket, "rate"), {"score": 5})
    events = resident.get(url(ticket, "timeline")).json()["results"]
    assert [event["texts"]["en"] for event in events] == [
        f"Your report was received: {ticket.reference}.",
        "We have checked your report.",
        "Your report is on hold: waiting for a part.",
        "We go on with your report.",
        "Solved without a visit: Router set up again. Please confirm.",
        "The report was opened again: Still slow",
        "Solved without a visit: Cleared by phone. Please confirm.",
        "You confirmed that all is well. The report is closed.",
        "You rated our work 5 of 5.",
    ]
    assert events[2]["texts"]["zh"] == "报修暂停处理：等待配件。"
    assert {frozenset(event) for event in events} == {
        frozenset({"id", "kind", "occurred_at", "texts", "attachment_id"})
    }
    assert "supplier" not in str(events)


def test_the_desk_also_sees_who_did_what_and_for_whom(api: Api, people: People, resolved: Ticket) -> None:
    api(people.agent).post(url(resolved, "confirm"), {"on_behalf_of": str(people.resident.pk)})
    event = api(people.dispatcher).get(url(resolved, "timeline")).json()["results"][-1]
    assert event["actor"] == {"id": str(people.agent.pk), "name": "Ada Agent"}
    assert event["on_behalf_of"] == {"id": str(people.resident.pk), "name": "Rosa Resident"}
    assert event["public"] is True


def test_internal_notes_stay_internal(api: Api, people: People, ticket: Ticket) -> None:
    agent, resident = api(people.agent), api(people.resident)
    answer = agent.post(url(ticket, "notes"), {"text": "Caller was rude"})
    assert answer.status_code == 201
    assert answer.json()["internal"] is True
    assert answer.json()["author"]["name"] == "Ada Agent"
    assert [note["text"] for note in agent.get(url(ticket, "notes")).json()["results"]] == ["Caller was rude"]
    for address in (url(ticket), url(ticket, "timeline"), url(ticket, "messages")):
        assert "rude" not in resident.get(address).content.decode()
    refused = resident.get(url(ticket, "notes"))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    assert story(api, ticket, people.agent) == ["ticket_opened"]


def test_a_public_note_stands_in_the_timeline_and_is_a_first_reply(api: Api, people: People, ticket: Ticket) -> None:
    api(people.agent).post(url(ticket, "notes"), {"text": "We know of a broken cable.", "internal": False})
    event = api(people.resident).get(url(ticket, "timeline")).json()["results"][-1]
    assert event["texts"] == {"en": "We know of a broken cable.", "zh": "We know of a broken cable."}
    assert TicketClock.objects.get(ticket=ticket, target="first_reply").state == "met"


def test_an_internal_note_is_no_first_reply(desk: Desk, api: Api, people: People, ticket: Ticket) -> None:
    api(people.agent).post(url(ticket, "notes"), {"text": "Hm"})
    assert TicketClock.objects.get(ticket=ticket, target="first_reply").state == "running"


def test_the_technician_of_the_ticket_reads_and_writes_notes(
    api: Api, people: People, desk: Desk, ticket: Ticket
) -> None:
    visit = desk.sends(ticket, people.technician)
    body = {"text": "Dog in the yard", "visit_id": str(visit.pk)}
    assert api(people.technician).post(url(ticket, "notes"), body).json()["visit_id"] == str(visit.pk)
    assert len(api(people.technician).get(url(ticket, "notes")).json()["results"]) == 1
    assert api(people.colleague).post(url(ticket, "notes"), {"text": "Me too"}).status_code == 404
    other = desk.opens()
    refused = api(people.agent).post(url(other, "notes"), body)
    assert refused.json()["errors"][0] | {"detail": ""} == {
        "field": "visit_id",
        "code": "visit_elsewhere",
        "detail": "",
    }


def test_the_same_note_twice_is_one_note(api: Api, people: People, ticket: Ticket) -> None:
    body = {"id": "01990000-0000-7000-8000-000000000001", "text": "Gate code 4711"}
    agent = api(people.agent)
    first, again = (agent.post(url(ticket, "notes"), body) for _ in range(2))
    assert first.json() == again.json()
    other = agent.post(url(ticket, "notes"), body | {"text": "Gate code 4712"})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    assert Note.objects.count() == 1


def test_resident_and_desk_write_to_each_other(api: Api, people: People, ticket: Ticket) -> None:
    agent, resident = api(people.agent), api(people.resident)
    resident.post(url(ticket, "messages"), {"text": "When do you come?"})
    assert TicketClock.objects.get(ticket=ticket, target="first_reply").state == "running"
    agent.post(url(ticket, "messages"), {"text": "Tomorrow."})
    assert TicketClock.objects.get(ticket=ticket, target="first_reply").state == "met"
    agent.post(url(ticket, "messages"), {"text": "Thank you.", "on_behalf_of": str(people.resident.pk)})
    messages = resident.get(url(ticket, "messages")).json()["results"]
    assert [(message["text"], message["from_resident"]) for message in messages] == [
        ("When do you come?", True),
        ("Tomorrow.", False),
        ("Thank you.", True),
    ]
    assert "author" not in messages[1]
    assert agent.get(url(ticket, "messages")).json()["results"][1]["author"]["name"] == "Ada Agent"
    assert story(api, ticket, people.resident)[-3:] == ["message_sent"] * 3


def test_messages_are_not_for_the_technician(api: Api, people: People, desk: Desk, ticket: Ticket) -> None:
    desk.sends(ticket, people.technician)
    technician = api(people.technician)
    assert technician.get(url(ticket, "messages")).status_code == 403
    assert technician.post(url(ticket, "messages"), {"text": "Hello"}).status_code == 403


@pytest.mark.parametrize("part", ["timeline", "notes", "messages"])
def test_strangers_read_and_write_nothing(api: Api, people: People, ticket: Ticket, part: str) -> None:
    for stranger in (people.neighbour, people.technician, people.storekeeper, people.southern_dispatcher):
        assert api(stranger).get(url(ticket, part)).status_code == 404
        if part != "timeline":
            assert api(stranger).post(url(ticket, part), {"text": "Hello"}).status_code == 404
    assert api(None).get(url(ticket, part)).status_code == 401
    assert not Note.objects.exists()


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 10_001}, {"text": None}])
def test_a_note_says_something_that_fits(api: Api, people: People, ticket: Ticket, body: dict[str, object]) -> None:
    for part in ("notes", "messages"):
        assert api(people.agent).post(url(ticket, part), body).json()["errors"][0]["field"] == "text"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_can_be_told_even_when_a_fact_is_missing(kind: str) -> None:
    english, chinese = sentences(TicketEvent(kind=kind, data={}))
    assert "{" not in english + chinese


def test_an_event_of_an_unknown_kind_is_a_mistake_of_ours(desk: Desk, ticket: Ticket) -> None:
    with pytest.raises(KeyError):
        record_event(ticket, actor=desk.agent, occurred_at=now(), kind="aliens_landed", public=True)
