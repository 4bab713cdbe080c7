"""SMS that people send us: an end to ours, a word to the desk, or something that somebody has to look at."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.consents.models import Consent
from accounts.models import User
from fieldsvc.time import now, time_passes
from notifications.jobs import deliver_messages, escalate_notices
from notifications.models import Message, Notice, NoticeChoices
from sync.commands import Actor
from sync.webhooks import signature
from tests.people import People
from tests.statements import sent
from tests.world import World
from tickets.complaints.services import send_message
from tickets.models import IncomingSms, Note, Ticket, TicketEvent
from tickets.staff_complaints.services import file_staff_complaint

pytestmark = pytest.mark.django_db

URL = "/api/v1/sms/webhook"
LIST = "/api/v1/incoming-sms"
SECRET = "known to both"
ROSA = "+8613812345678"
STRANGER = "+8613700000000"
Sends = Callable[..., Any]


@pytest.fixture(autouse=True)
def _known_to_both(settings: Any) -> None:
    settings.SMS_INBOUND = {**settings.SMS_INBOUND, "secret": SECRET}


@pytest.fixture
def sends(api: Any) -> Sends:
    """Somebody sends an SMS, and the provider tells us; each is another one unless it is named."""
    sent = iter(range(1000))

    def send(text: str, *, sender: str = ROSA, id: str = "", secret: str = SECRET, status: int = 204) -> Any:
        body = json.dumps({"id": id or f"SM-{next(sent)}", "from": sender, "text": text}).encode()
        signed = {"SMS-Signature": signature(body, secret=secret, at=now())}
        answer = api(None).post(URL, body, content_type="application/json", headers=signed)
        assert answer.status_code == status, answer.content
        return answer

    return send


@pytest.fixture
def rosa(people: People) -> User:
    """A resident who has agreed to SMS."""
    rosa = people.resident
    Consent.objects.create(
        person=rosa,
        about="sms",
        given=True,
        wording="2026-11",
        language="en",
        address=ROSA,
        how="self",
        actor=rosa,
        occurred_at=now() - timedelta(days=30),
        received_at=now(),
    )
    return rosa


def came() -> IncomingSms:
    return IncomingSms.objects.get()


def answers() -> list[str]:
    return list(Message.objects.filter(notice=None).order_by("created_at").values_list("text", flat=True))


def consents(person: User) -> list[tuple[bool, str]]:
    """The newest first."""
    return list(Consent.objects.filter(person=person, about="sms").values_list("given", "how"))


def told(ticket: Ticket, text: str) -> None:
    """The desk has written, and the SMS that tells of it has left the house."""
    desk = Actor(User.objects.get(username="agent"))
    send_message(actor=desk, occurred_at=now(), ticket_id=ticket.pk, text=text)
    deliver_messages(timestamp=0)


# The end of it, and its beginning


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Unsubscribe", "td", "T", "ｔｄ", "退订。", "【退订】"])
def test_a_word_ends_them_as_the_link_does(sends: Sends, rosa: User, word: str) -> None:
    sends(word)
    assert came().state == "stopped"
    assert consents(rosa) == [(False, "sms"), (True, "self")]
    assert [text.partition(",")[0] for text in answers()] == ["You get no more SMS from us"]


@pytest.mark.parametrize("word", ["START", "start!", "订阅"])
def test_another_word_begins_them_again_whatever_was_chosen(sends: Sends, rosa: User, word: str) -> None:
    NoticeChoices.objects.create(person=rosa, wanted={"": {"sms": False, "email": False}})
    sends("STOP")
    sends(word)
    assert consents(rosa)[:2] == [(True, "sms"), (False, "sms")]
    assert NoticeChoices.objects.get().wanted == {"": {"sms": True, "email": False}}
    assert answers()[-1].endswith("Answer STOP to end that.")


def test_saying_it_twice_changes_nothing_more(sends: Sends, rosa: User) -> None:
    sends("STOP")
    sends("STOP")
    assert consents(rosa) == [(False, "sms"), (True, "self")]
    assert len(answers()) == 2, "whoever asks twice is answered twice"


def test_a_machine_that_answers_whatever_it_gets_keeps_nobody_talking(sends: Sends, rosa: User) -> None:
    for _ in range(6):
        sends("STOP")
    assert len(answers()) == 3
    assert IncomingSms.objects.count() == 6
    with time_passes(timedelta(hours=1)):
        sends("STOP")
    assert len(answers()) == 4


def test_the_answer_is_in_the_language_of_its_reader(sends: Sends, rosa: User) -> None:
    User.objects.filter(pk=rosa.pk).update(language="zh")
    sends("退订")
    assert answers() == ["已为您退订短信,您主动获取的验证码除外。回复 START 可重新订阅。"]


def test_who_works_here_ends_news_and_not_what_has_to_be_said(sends: Sends, people: People) -> None:
    User.objects.filter(pk=people.technician.pk).update(phone=ROSA)
    sends("STOP")
    assert NoticeChoices.objects.get(person=people.technician).wanted == {"": {"sms": False}}
    assert "work that you have not acknowledged" in answers()[0]
    assert not Consent.objects.exists()
    sends("START")
    assert NoticeChoices.objects.get(person=people.technician).wanted == {"": {"sms": True}}


def test_nobody_is_answered_whom_nobody_knows(sends: Sends) -> None:
    sends("STOP", sender=STRANGER)
    assert (came().state, came().person, answers()) == ("stopped", None, [])


def test_a_sentence_is_no_such_word(sends: Sends, rosa: User) -> None:
    for text in ("Please stop by at nine", "cancel", "T-shirt", "不要退订", "No"):
        sends(text)
    assert set(IncomingSms.objects.values_list("state", flat=True)) == {"open"}
    assert consents(rosa) == [(True, "self")]


def test_where_answers_reach_us_an_sms_says_so(rosa: User, world: World, settings: Any) -> None:
    settings.PUBLIC_URL = "https://repairs.example"
    told(world.ticket(), "We come at nine.")
    [sms] = Message.objects.filter(channel="sms", notice__kind="message_from_desk")
    assert sms.text.endswith("\nNo more SMS: answer STOP.")


# A word to the desk


def test_an_answer_stands_in_the_conversation_of_the_ticket_that_was_told_of(
    sends: Sends, rosa: User, world: World, api: Any, people: People
) -> None:
    asked, _other = world.ticket(), world.ticket()
    told(asked, "Are you at home at nine?")
    sends("Yes, ring twice.")
    sms = came()
    assert (sms.state, sms.ticket, sms.territory) == ("forwarded", asked, people.north)
    last = api(people.agent).get(f"/api/v1/tickets/{asked.pk}/messages").json()["results"][-1]
    assert (last["id"], last["text"], last["from_resident"]) == (str(sms.message_id), "Yes, ring twice.", True)
    notice = Notice.objects.get(kind="message_from_resident")
    assert (notice.user, notice.ticket_id) == (people.agent, asked.pk)


def test_the_reference_they_write_comes_first_and_an_only_open_ticket_is_meant(
    sends: Sends, rosa: User, world: World
) -> None:
    asked, other = world.ticket(), world.ticket()
    told(asked, "Are you at home at nine?")
    sends(f"About {other.reference.lower().replace('-', '')}: it drips again")
    assert came().ticket == other
    Ticket.objects.filter(pk=other.pk).update(status="closed", resolved_at=now(), closed_at=now())
    with time_passes(timedelta(days=8)):
        sends("It is worse now.", id="later")
    assert IncomingSms.objects.get(provider_id="later").ticket == asked, "nobody answers a week later"


def test_what_could_be_about_several_waits_for_the_desk_which_says_what_it_is_about(
    sends: Sends, rosa: User, world: World, api: Any, people: People
) -> None:
    first, _second = world.ticket(), world.ticket()
    sends("It is worse now.")
    notice = Notice.objects.get(kind="sms_received")
    assert (notice.user, notice.title) == (people.agent, "An SMS from Rosa Resident")
    agent = api(people.agent)
    [waiting] = agent.get(LIST, {"state": "open"}).json()["results"]
    assert (waiting["sender"], waiting["text"], waiting["ticket_id"]) == (ROSA, "It is worse now.", None)
    attached = agent.post(f"{LIST}/{waiting['id']}/attach", {"ticket_id": str(first.pk)})
    assert attached.status_code == 200, attached.content
    assert (attached.json()["state"], attached.json()["ticket_reference"]) == ("forwarded", first.reference)
    message = Note.objects.get(ticket=first, kind="message")
    assert (message.text, message.author, message.on_behalf_of) == ("It is worse now.", people.agent, rosa)
    again = agent.post(f"{LIST}/{waiting['id']}/attach", {"ticket_id": str(first.pk)})
    assert (again.status_code, Note.objects.filter(kind="message").count()) == (200, 1)


def test_of_a_contact_who_is_not_registered_it_goes_to_the_notes(
    sends: Sends, world: World, api: Any, people: People
) -> None:
    ticket = world.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(resident=None, contact_phone=STRANGER)
    sends("We are away tomorrow.", sender=STRANGER)
    assert (came().state, came().ticket, came().territory) == ("open", ticket, people.north)
    answer = api(people.agent).post(f"{LIST}/{came().pk}/attach", {"ticket_id": str(ticket.pk)})
    assert answer.json()["state"] == "settled"
    note = Note.objects.get(ticket=ticket)
    assert (note.text, note.internal, note.author) == ("SMS: We are away tomorrow.", True, people.agent)


def test_what_a_technician_writes_is_the_dispatchers_business(sends: Sends, world: World, people: People) -> None:
    User.objects.filter(pk=people.technician.pk).update(phone=STRANGER)
    people.technician.refresh_from_db()
    NoticeChoices.objects.create(person=people.technician, wanted={"": {"sms": True}})
    visit = world.dispatched_visit()
    deliver_messages(timestamp=0)
    sends("The van has a flat tyre", sender=STRANGER)
    assert (came().state, came().ticket, came().person) == ("open", visit.ticket, people.technician)
    assert Notice.objects.get(kind="sms_received").user == people.dispatcher
    assert not Note.objects.exists()


@pytest.mark.parametrize("word", ["ok.", "收到"])
def test_who_has_no_other_signal_acknowledges_by_sms(sends: Sends, world: World, people: People, word: str) -> None:
    User.objects.filter(pk=people.technician.pk).update(phone=STRANGER)
    people.technician.refresh_from_db()
    visit = world.dispatched_visit()
    with time_passes(timedelta(minutes=11)):
        escalate_notices(timestamp=0)
        deliver_messages(timestamp=0)
        told = Message.objects.get(channel="sms", notice__kind="visit_dispatched")
        assert told.text.endswith("\nAnswer OK.")
        sends(word, sender=STRANGER)
    notice = Notice.objects.get(kind="visit_dispatched")
    assert (came().state, notice.subject_id) == ("acknowledged", visit.pk)
    assert (notice.acknowledged_at, notice.escalate_at) == (came().received_at, None)
    assert answers() == []
    kinds = TicketEvent.objects.filter(ticket=visit.ticket).values_list("kind", flat=True)
    assert "notice_acknowledged" in kinds
    sends(word, sender=STRANGER, id="again")
    assert IncomingSms.objects.get(provider_id="again").state == "open", "there is nothing more to acknowledge"


def test_a_stranger_is_seen_by_every_desk_and_by_the_next_one_no_more(sends: Sends, api: Any, people: People) -> None:
    sends("Do you repair boilers?", sender="INFO")
    for desk in (people.agent, people.southern_dispatcher):
        [row] = api(desk).get(LIST, {"nowhere": True}).json()["results"]
        assert (row["sender"], row["person"], row["territory_id"]) == ("INFO", None, None)
    assert not Notice.objects.exists()
    url = f"{LIST}/{came().pk}"
    settled = api(people.agent).post(f"{url}/settle", {"outcome": "We do. Called back."})
    assert settled.json()["settled_by"]["name"] == "Ada Agent"
    assert api(people.agent).post(f"{url}/settle", {"outcome": "We do. Called back."}).status_code == 200
    late = api(people.southern_dispatcher).post(f"{url}/settle", {"outcome": "Advertising."})
    assert (late.status_code, late.json()["code"], late.json()["sms_state"]) == (409, "sms_settled", "settled")
    assert came().outcome == "We do. Called back."


def test_a_ticket_of_another_desk_is_none_to_attach_it_to(sends: Sends, api: Any, people: People, world: World) -> None:
    sends("Hello", sender=STRANGER)
    ticket = world.ticket()
    answer = api(people.southern_dispatcher).post(f"{LIST}/{came().pk}/attach", {"ticket_id": str(ticket.pk)})
    assert (answer.status_code, answer.json()["code"]) == (400, "ticket_unknown")
    assert came().state == "open"


def test_an_answer_about_a_complaint_about_staff_is_read_by_who_handles_it_alone(
    sends: Sends, rosa: User, api: Any, people: People, world: World
) -> None:
    ticket, handler = world.ticket(), people.supervisor
    file_staff_complaint(actor=Actor(rosa), occurred_at=now(), text="Rude.", happened_at=now(), ticket_id=ticket.pk)
    deliver_messages(timestamp=0)
    Notice.objects.all().exclude(user=rosa).delete()
    sends("He was here again, shouting.")
    assert came().staff_complaint is not None
    for person in (people.agent, people.dispatcher, people.administrator):
        assert api(person).get(LIST).json()["results"] == []
        assert api(person).get(f"{LIST}/{came().pk}").status_code == 404
    [notice] = Notice.objects.exclude(user=rosa)
    assert (notice.user, notice.kind) == (handler, "staff_complaint_sms")
    assert "shouting" not in f"{notice.title}{notice.body}{notice.data}"
    assert not Note.objects.exists()
    assert "shouting" in api(handler).get(f"{LIST}/{came().pk}").json()["text"]
    assert api(handler).post(f"{LIST}/{came().pk}/settle", {"outcome": "Spoke with both."}).status_code == 200


def test_a_picture_without_a_word_waits_for_somebody_to_look(sends: Sends, rosa: User, world: World) -> None:
    world.ticket()
    sends("")
    assert (came().state, Note.objects.count()) == ("open", 0)


# The door


def test_told_twice_it_came_once(sends: Sends, rosa: User, world: World) -> None:
    world.ticket()
    sends("It drips.", id="SM-7")
    sends("It drips.", id="SM-7")
    assert (IncomingSms.objects.count(), Note.objects.count()) == (1, 1)


def test_nobody_is_believed_without_the_secret(sends: Sends, api: Any, settings: Any) -> None:
    body = json.dumps({"id": "SM-1", "from": ROSA, "text": "STOP"}).encode()
    sends("STOP", secret="a guess", status=401)
    old = {"SMS-Signature": signature(body, secret=SECRET, at=now() - timedelta(minutes=6))}
    wrong = {"Authorization": "Basic " + base64.b64encode(b"sms:a guess").decode()}
    for headers in ({}, old, wrong, {"Authorization": "Basic é"}, {"SMS-Signature": "t=,v1="}):
        answer = api(None).post(URL, body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_not_valid")
    settings.SMS_INBOUND, settings.SAFE_TO_SHOW = {**settings.SMS_INBOUND, "secret": ""}, False
    for secret in ("", SECRET):
        sends("STOP", secret=secret, status=401)
    assert not IncomingSms.objects.exists()


def test_a_provider_that_signs_nothing_brings_the_secret_as_a_password(api: Any, rosa: User, settings: Any) -> None:
    settings.SMS_INBOUND = {
        "secret": SECRET,
        "fields": {"provider_id": "MessageSid", "sender": "From", "text": "Body"},
    }
    password = {"Authorization": "Basic " + base64.b64encode(f"sms:{SECRET}".encode()).decode()}
    form = urlencode({"MessageSid": "SM-1", "From": ROSA, "Body": "退订", "NumMedia": "0"})
    answer = api(None).post(URL, form, content_type="application/x-www-form-urlencoded", headers=password)
    assert (answer.status_code, came().state) == (204, "stopped")


def test_a_provider_may_say_it_deep_in_its_own_words_and_without_the_plus(api: Any, rosa: User, settings: Any) -> None:
    fields = {"provider_id": "data.0.id", "sender": "data.0.from.number", "text": "data.0.text"}
    settings.SMS_INBOUND = {"secret": SECRET, "fields": fields}
    said = {"data": [{"id": "SM-1", "from": {"number": ROSA.removeprefix("+")}, "text": "STOP"}]}
    body = json.dumps(said).encode()
    signed = {"SMS-Signature": signature(body, secret=SECRET, at=now())}
    assert api(None).post(URL, body, content_type="application/json", headers=signed).status_code == 204
    assert (came().sender, came().person) == (ROSA, rosa)


@pytest.mark.parametrize(
    "said",
    [
        {"from": ROSA, "text": "STOP"},
        {"id": "SM-1", "text": "STOP"},
        {"id": "SM-1", "from": ROSA},
        {"id": "SM-1", "from": ROSA, "text": "x" * 10_001},
        {"id": "SM-1", "from": ROSA, "text": "\x00"},
        {"id": "x" * 201, "from": ROSA, "text": "STOP"},
        ["SM-1"],
        "SM-1",
    ],
    ids=["no id", "no sender", "no text", "too long", "not to be stored", "long id", "a list", "a word"],
)
def test_what_is_no_sms_is_refused_and_not_kept(api: Any, said: Any) -> None:
    body = json.dumps(said).encode()
    signed = {"SMS-Signature": signature(body, secret=SECRET, at=now())}
    answer = api(None).post(URL, body, content_type="application/json", headers=signed)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not IncomingSms.objects.exists()


def test_what_is_no_json_is_refused(api: Any) -> None:
    body = b"{"
    signed = {"SMS-Signature": signature(body, secret=SECRET, at=now())}
    assert api(None).post(URL, body, content_type="application/json", headers=signed).status_code == 400


def test_the_list_costs_the_same_however_long_it_is(sends: Sends, rosa: User, world: World, api: Any) -> None:
    agent, ticket = api(world.people.agent), world.ticket()
    told(ticket, "Are you there?")

    def cost() -> int:
        with sent() as seen:
            assert agent.get(LIST).status_code == 200
        return len(seen)

    sends("Yes.")
    cheap = cost()
    for _ in range(5):
        sends("Yes.")
    assert cost() == cheap <= 6
