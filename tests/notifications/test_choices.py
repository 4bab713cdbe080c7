"""Who is told of what by which channel, and when: as they have chosen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.consents.models import Consent
from accounts.models import User
from fieldsvc.time import time_is
from notifications import bus
from notifications.choices.unsubscribing import FORMER
from notifications.jobs import deliver_messages, send_held_notices
from notifications.models import HeldNotice, Message, Notice
from notifications.notices.services import acknowledge_notice
from notifications.services import notify
from sync.commands import Actor
from sync.ids import uuid7
from tests.notifications.telling import arrival_notice, dispatch_notice
from tests.people import People

pytestmark = pytest.mark.django_db

MINE = "/api/v1/me/notice-choices"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""In Shanghai, on a Monday."""
NIGHT = {"quiet_from": "22:00", "quiet_until": "07:30"}


@pytest.fixture
def rosa(people: People) -> User:
    """A resident who has agreed to SMS and e-mail."""
    rosa = people.resident
    rosa.email = "rosa@example.org"
    rosa.save()
    for about, address in (("sms", rosa.phone), ("email", rosa.email)):
        Consent.objects.create(
            person=rosa,
            about=about,
            given=True,
            wording="2026-11",
            language="en",
            address=address or "",
            how="self",
            actor=rosa,
            occurred_at=NOON - timedelta(days=30),
            received_at=NOON,
        )
    return rosa


def choose(client: Any, *choices: tuple[str, str, bool], **rhythm: str) -> Any:
    said = [{"kind": kind, "channel": channel, "wanted": wanted} for kind, channel, wanted in choices]
    answer = client.put(MINE, {"choices": said, **rhythm})
    assert answer.status_code == 200, answer.content
    return answer


def tell(*people: User, kind: str = "warranty_ending", urgent: bool = False, what: str = "Valve") -> Notice:
    subject = uuid7()
    notify(
        actor=Actor.system(),
        to=people,
        kind=kind,
        subject=("tickets", subject),
        text={"until": "2026-12-01", "what": what, "what_zh": "阀门", "reference": "R", "technician": "Tom"},
        dedupe_key=str(subject),
        urgent=urgent,
    )
    return Notice.objects.get(subject_id=subject)


def sent() -> list[str]:
    return sorted(Message.objects.values_list("channel", flat=True))


def moment(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    """When the clocks on Shanghai's walls show this."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


# Of what, by which channel


def test_a_resident_hears_by_all_that_they_agreed_to_until_they_choose(rosa):
    tell(rosa)
    assert sent() == ["email", "sms"]


def test_a_choice_for_one_kind_comes_before_that_for_every_kind(api, rosa):
    choose(api(rosa), ("", "email", False), ("technician_arrived", "email", True), ("technician_arrived", "sms", False))
    tell(rosa, kind="technician_arrived")
    assert sent() == ["email"]
    tell(rosa)
    assert sent() == ["email", "sms"]


def test_a_choice_is_no_consent(api, people):
    choose(api(people.resident), ("", "sms", True))
    tell(people.resident)
    assert sent() == []


def test_staff_may_have_their_news_by_sms(api, people):
    people.supervisor.phone = "+8613900000002"
    people.supervisor.save()
    tell(people.supervisor)
    assert sent() == []
    choose(api(people.supervisor), ("warranty_ending", "sms", True))
    tell(people.supervisor)
    tell(people.supervisor, kind="technician_arrived")
    assert sent() == ["sms"]


def test_a_dispatch_is_said_in_the_app_whatever_the_technician_has_chosen(
    api, people, monkeypatch, django_capture_on_commit_callbacks
):
    said: list[Any] = []
    monkeypatch.setattr(bus, "announce", said.extend)
    choose(api(people.technician), *(("", channel, False) for channel in ("in_app", "push", "sms", "email")))
    with django_capture_on_commit_callbacks(execute=True):
        [notice] = dispatch_notice(people.technician, territory=people.north, ticket_id=None)
        tell(people.technician)
    assert said == [(people.technician.pk, notice.pk)]


def test_what_somebody_has_chosen_is_shown_to_them_and_replaced_as_a_whole(api, people):
    client = api(people.technician)
    assert client.get(MINE).json()["digest"] == "at_once"
    choose(client, ("", "push", False), **NIGHT, digest="daily")
    shown = client.get(MINE).json()
    assert (shown["quiet_from"], shown["quiet_until"], shown["digest"]) == ("22:00:00", "07:30:00", "daily")
    assert shown["choices"] == [{"kind": "", "channel": "push", "wanted": False}]
    assert "warranty_ending" in shown["can_wait"]
    choose(client)
    assert client.get(MINE).json()["choices"] == []
    assert api(people.colleague).get(MINE).json()["quiet_from"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"choices": [{"kind": "pigeons", "channel": "sms", "wanted": True}]}, "kind_unknown"),
        ({"choices": [{"kind": "", "channel": "sms", "wanted": True}] * 2}, "chosen_twice"),
        ({"choices": [], "quiet_from": "22:00"}, "quiet_hours_not_valid"),
        ({"choices": [], "quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_hours_not_valid"),
        ({"choices": [{"kind": "", "channel": "pigeon", "wanted": True}]}, "invalid_input"),
        ({"choices": [], "quiet_from": "25:00", "quiet_until": "07:00"}, "invalid_input"),
        ({"choices": [], "digest": "weekly"}, "invalid_input"),
        ({}, "invalid_input"),
    ],
)
def test_choices_that_make_no_sense_are_refused(api, people, body, code):
    answer = api(people.resident).put(MINE, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


# When


def test_what_falls_into_the_night_comes_in_the_morning_as_one(api, rosa):
    choose(api(rosa), ("", "email", False), **NIGHT)
    with time_is(moment(22)):
        title = tell(rosa).title
    with time_is(moment(7, 29, day=24)):
        tell(rosa)
        send_held_notices(timestamp=0)
        assert sent() == []
    with time_is(moment(7, 30, day=24)):
        send_held_notices(timestamp=0)
        send_held_notices(timestamp=60)
    [message] = Message.objects.all()
    assert message.text.splitlines()[:3] == ["2 notices", title, title]
    assert not HeldNotice.objects.exists()


@pytest.mark.parametrize(
    ("hour", "rhythm", "held_until"),
    [
        (21, NIGHT, None),
        (23, NIGHT, moment(7, 30, day=24)),
        (3, NIGHT, moment(7, 30)),
        (13, {"quiet_from": "12:30", "quiet_until": "14:00"}, moment(14)),
        (15, {"quiet_from": "12:30", "quiet_until": "14:00"}, None),
        (15, {"digest": "hourly"}, moment(16)),
        (15, {"digest": "daily"}, moment(9, day=24)),
        (8, {"digest": "daily"}, moment(9)),
        (8, {"digest": "daily", "quiet_from": "20:00", "quiet_until": "10:00"}, moment(10)),
        (23, {"digest": "hourly", **NIGHT}, moment(7, 30, day=24)),
    ],
)
def test_quiet_hours_and_digests_go_by_the_clock_of_whoever_reads(api, rosa, hour, rhythm, held_until):
    choose(api(rosa), **rhythm)
    with time_is(moment(hour)):
        tell(rosa)
    held = set(HeldNotice.objects.values_list("due_at", flat=True))
    assert (held, sent()) == (({held_until}, []) if held_until else (set(), ["email", "sms"]))


def test_what_is_urgent_wakes_them_and_what_cannot_wait_is_in_no_digest(api, rosa):
    choose(api(rosa), ("", "email", False), **NIGHT, digest="daily")
    with time_is(moment(23)):
        tell(rosa, urgent=True)
    with time_is(moment(12)):
        tell(rosa, kind="technician_arrived")
    assert sent() == ["sms", "sms"]


def test_what_was_seen_or_taken_back_meanwhile_is_not_sent_in_the_morning(api, rosa):
    choose(api(rosa), **NIGHT)
    with time_is(moment(23)):
        seen, other = tell(rosa), tell(rosa)
        acknowledge_notice(actor=Actor(user=rosa), occurred_at=NOON, notice_id=seen.pk)
    choose(api(rosa), ("", "email", False))
    with time_is(moment(8, day=24)):
        send_held_notices(timestamp=0)
    [message] = Message.objects.all()
    assert (message.channel, message.notice, message.text.splitlines()[0]) == ("sms", other, other.title)


# The way out


@pytest.fixture
def letter(rosa: User, settings: Any) -> Any:
    """An e-mail that Rosa got."""
    settings.PUBLIC_URL, settings.EMAIL_HOST = "https://repairs.example", "mail.example"
    tell(rosa)
    deliver_messages(timestamp=0)
    [letter] = mail.outbox
    return letter


def link(letter: Any) -> str:
    return str(letter.extra_headers["List-Unsubscribe"]).strip("<>").removeprefix("https://repairs.example")


def clicked(client: Any, path: str) -> Any:
    """As mail programs do it."""
    return client.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")


def test_one_click_on_the_button_of_the_mail_program_ends_the_e_mails(api, rosa, letter):
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link(letter) in letter.body
    answer = clicked(api(None), link(letter))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    clicked(api(None), link(letter))
    assert list(Consent.objects.filter(given=False).values_list("about", "how")) == [("email", "link")]
    Message.objects.all().delete()
    tell(rosa)
    assert sent() == ["sms"]


def test_a_program_that_only_looks_at_the_link_ends_nothing(api, rosa, letter):
    page = api(None).get(link(letter))
    assert (page.status_code, b"<button" in page.content) == (200, True)
    assert not Consent.objects.filter(given=False).exists()


def test_a_link_that_we_have_not_signed_is_none(api, letter):
    for path in (f"{link(letter)[:-4]}AAAA", f"{link(letter)}AAAA", "/api/v1/u/hello", "/api/v1/u/é"):
        assert api(None).get(path).status_code == 404
        assert clicked(api(None), path).status_code == 404


def test_the_link_of_an_e_mail_that_was_sent_before_links_were_short_ends_them_too(api, rosa):
    path = f"/api/v1/unsubscribe/{FORMER.sign(f'{rosa.pk.hex}-email')}"
    assert b"<button" in api(None).get(path).content
    assert not Consent.objects.filter(given=False).exists()
    assert clicked(api(None), path).status_code == 200
    assert list(Consent.objects.filter(given=False).values_list("about", "how")) == [("email", "link")]
    for forged in (f"{path}x", "/api/v1/unsubscribe/hello", f"/api/v1/unsubscribe/{rosa.pk.hex}-email"):
        assert api(None).get(forged).status_code == 404


def test_staff_unsubscribe_from_what_they_chose(api, people, settings):
    settings.PUBLIC_URL, settings.EMAIL_HOST = "https://repairs.example", "mail.example"
    people.supervisor.email = "sam@example.org"
    people.supervisor.save()
    choose(api(people.supervisor), ("warranty_ending", "email", True))
    tell(people.supervisor)
    deliver_messages(timestamp=0)
    clicked(api(None), link(mail.outbox[0]))
    tell(people.supervisor)
    assert sent() == ["email"]
    assert not Consent.objects.exists()


def test_an_sms_says_how_to_end_them(rosa):
    arrival_notice(rosa)
    assert Message.objects.get(channel="sms").text.splitlines()[-1] == "No more SMS: say so in the app or by phone."


@pytest.mark.parametrize(("language", "before"), [("en", "No more SMS: "), ("zh", "退订短信:")])
def test_one_touch_on_the_link_in_an_sms_ends_them_and_nothing_else(api, rosa, settings, language, before):
    settings.PUBLIC_URL = "https://repairs.example"
    User.objects.filter(pk=rosa.pk).update(language=language)
    rosa.refresh_from_db()
    arrival_notice(rosa)
    last = Message.objects.get(channel="sms").text.splitlines()[-1]
    assert last.startswith(f"{before}https://repairs.example/")
    path = last.partition("repairs.example")[2]
    assert b"<button" in api(None).get(path).content
    assert sent() == ["email", "sms"]
    clicked(api(None), path)
    assert list(Consent.objects.filter(given=False).values_list("about", "how")) == [("sms", "link")]
    Message.objects.all().delete()
    tell(rosa)
    assert sent() == ["email"]


def test_an_sms_that_must_be_said_is_about_nothing_else(rosa, settings):
    settings.PUBLIC_URL = "https://repairs.example"
    tell(rosa, urgent=True)
    assert "repairs.example" not in Message.objects.get(channel="sms").text


# What is long


@pytest.mark.parametrize(
    ("text", "room"),
    [("word " * 200, 459), ("[one] " * 200, 459), ("字" * 300, 201), ("字" + "word " * 60, 201), ("🔧" * 300, 201)],
    ids=["GSM", "GSM that takes two places", "Chinese", "one Chinese character", "pictures"],
)
def test_an_sms_takes_three_segments_at_most_and_keeps_its_way_out(rosa, settings, text, room):
    settings.PUBLIC_URL = "https://repairs.example"
    tell(rosa, what=text)
    said = Message.objects.get(channel="sms").text
    assert "...\nNo more SMS: https://repairs.example/" in said
    units = len(said.encode("utf-16-le")) // 2 + said.count("[") + said.count("]")
    assert room - 5 <= units <= room


def test_an_agent_writes_down_what_a_caller_chooses(people: People, api: Any) -> None:
    agent, theirs = api(people.agent), f"/api/v1/users/{people.resident.pk}/notice-choices"
    said = {"choices": [{"kind": "", "channel": "sms", "wanted": False}], **NIGHT}
    assert agent.put(theirs, said).status_code == 200
    assert agent.get(theirs).json() == api(people.resident).get(MINE).json()
    assert api(people.resident).get(MINE).json()["quiet_from"] == "22:00:00"
    refused = agent.put(theirs, {"choices": [{"kind": "weather", "channel": "sms", "wanted": True}]})
    assert (refused.status_code, refused.json()["code"]) == (400, "kind_unknown")
    assert agent.put(f"/api/v1/users/{people.technician.pk}/notice-choices", said).status_code == 404
