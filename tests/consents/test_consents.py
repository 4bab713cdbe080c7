"""By which ways somebody is told, and to what they have agreed: when, how, to which words; and taken back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import ProgrammingError, transaction
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Consent, User
from fieldsvc.time import now, time_is, time_passes
from notifications import bus
from notifications.messages.delivery import deliver_due_messages
from notifications.models import Message, Notice
from notifications.services import notify
from sync.commands import Actor
from sync.ids import uuid7
from tests.people import People
from tests.tickets.conftest import Api, codes

URL = "/api/v1/me/consents"
WORDING = "2026-11"


@pytest.fixture(autouse=True)
def _same_moment() -> Iterator[None]:
    with time_is(now()):
        yield


def say(client: APIClient, about: str, given: bool = True, **more: Any) -> Any:
    return client.post(URL, {"about": about, "given": given, "wording": WORDING, **more})


def tell(person: User, **how: Any) -> Notice:
    """Something that they should know."""
    ticket = uuid7()
    notify(
        actor=Actor.system(),
        to=[person],
        kind="technician_arrived",
        subject=("tickets", ticket),
        text={"reference": "7KM-3QA", "technician": "Tom"},
        dedupe_key=f"arrived:{ticket}",
        **how,
    )
    return Notice.objects.get(subject_id=ticket)


def standing(client: APIClient) -> dict[str, bool]:
    return {choice["about"]: choice["given"] for choice in client.get(URL).json()}


def test_nobody_is_written_to_by_sms_who_has_not_agreed_to_it(api: Api, people: People) -> None:
    resident = api(people.resident)
    assert standing(resident) == {"terms": False, "in_app": True, "sms": False, "email": False}
    tell(people.resident)
    assert not Message.objects.exists()
    assert say(resident, "sms").status_code == 201
    people.resident.refresh_from_db()
    notice = tell(people.resident)
    message = Message.objects.get()
    assert (message.channel, message.address) == ("sms", people.resident.phone)
    assert message.text.startswith(f"{notice.title}\n{notice.body}\n")
    assert say(resident, "sms", given=False).status_code == 201
    tell(people.resident)
    assert Message.objects.count() == 1
    assert Notice.objects.count() == 3


def test_what_was_said_stays_on_record_with_when_how_and_to_which_words(api: Api, people: People) -> None:
    resident = api(people.resident)
    said_at = now()
    say(resident, "sms")
    with time_passes(timedelta(days=1)):
        say(resident, "sms", given=False)
    history = resident.get(f"/api/v1/users/{people.resident.pk}/consents").json()["results"]
    assert [row["given"] for row in history] == [False, True]
    first = history[1]
    assert (first["wording"], first["how"], first["address"]) == (WORDING, "self", people.resident.phone)
    assert (first["language"], first["actor_id"]) == ("en", str(people.resident.pk))
    assert Consent.objects.order_by("occurred_at")[0].occurred_at == said_at
    for change in (lambda: Consent.objects.update(given=True), lambda: Consent.objects.all().delete()):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change()


def test_a_message_is_written_in_the_language_of_whoever_gets_it(api: Api, people: People) -> None:
    say(api(people.resident), "sms")
    people.resident.language = "zh"
    people.resident.save()
    tell(people.resident)
    assert "维修人员已到达" in Message.objects.get().text


def test_a_consent_holds_for_the_number_for_which_it_was_given(api: Api, people: People) -> None:
    say(api(people.resident), "sms")
    api(people.administrator).patch(f"/api/v1/users/{people.resident.pk}", {"phone": "+8613900003333"})
    people.resident.refresh_from_db()
    tell(people.resident)
    assert not Message.objects.exists()
    assert standing(api(people.resident))["sms"] is False


def test_an_email_address_has_to_prove_to_be_theirs(api: Api, people: People, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example"
    resident = api(people.resident)
    assert codes(resident.post(f"{URL}/email-code")) == {"email": "address_required"}
    assert codes(say(resident, "email")) == {"email": "address_required"}
    resident.patch("/api/v1/me", {"email": "rosa@example.org"})
    assert codes(say(resident, "email", code="12345x")) == {"code": "email_code_not_accepted"}
    assert resident.post(f"{URL}/email-code").status_code == 202
    deliver_due_messages()
    (letter,) = mail.outbox
    assert letter.to == ["rosa@example.org"]
    code = letter.subject.split()[0]
    assert Message.objects.get().text == ""  # a code is wiped out when it is sent
    with time_passes(timedelta(minutes=31)):
        assert codes(say(resident, "email", code=code)) == {"code": "email_code_not_accepted"}
    assert say(resident, "email", code=code).status_code == 201
    people.resident.refresh_from_db()
    tell(people.resident)
    deliver_due_messages()
    assert mail.outbox[-1].subject == "Your technician has arrived: 7KM-3QA"
    # Another address is another matter.
    resident.patch("/api/v1/me", {"email": "other@example.org"})
    people.resident.refresh_from_db()
    tell(people.resident)
    assert Message.objects.filter(channel="email", kind="text").count() == 1


def test_codes_to_an_address_are_rationed_and_so_are_attempts(api: Api, people: People) -> None:
    resident = api(people.resident)
    resident.patch("/api/v1/me", {"email": "rosa@example.org"})
    assert [resident.post(f"{URL}/email-code").status_code for _ in range(6)] == [202] * 5 + [429]
    assert [say(resident, "email", code="12345x").status_code for _ in range(11)] == [400] * 10 + [429]


def test_who_wants_no_news_at_once_finds_it_all_the_same(api: Api, people: People, monkeypatch: Any) -> None:
    said: list[Any] = []
    monkeypatch.setattr(bus, "announce", said.extend)
    say(api(people.resident), "in_app", given=False)
    notice = tell(people.resident)
    assert said == []
    assert [row["id"] for row in api(people.resident).get("/api/v1/notices").json()["results"]] == [str(notice.pk)]


def test_an_agent_writes_down_what_a_resident_has_said_on_the_phone(api: Api, people: People) -> None:
    url = f"/api/v1/users/{people.resident.pk}/consents"
    yes = {"about": "sms", "given": True, "wording": WORDING}
    assert api(people.agent).post(url, yes).json()["how"] == "desk"
    (row,) = api(people.supervisor).get(url).json()["results"]
    assert row["actor_id"] == str(people.agent.pk)
    for about in ("terms", "email"):
        refused = api(people.agent).post(url, {**yes, "about": about})
        assert (refused.status_code, refused.json()["code"]) == (403, "consent_of_their_own")
    staff = f"/api/v1/users/{people.dispatcher.pk}/consents"
    assert api(people.agent).post(staff, yes).json()["code"] == "consent_of_their_own"


def test_unknown_words_are_agreed_to_by_nobody(api: Api, people: People) -> None:
    answer = say(api(people.resident), "sms", wording="1999-01")
    assert codes(answer) == {"wording": "wording_unknown"}
    assert codes(say(api(people.resident), "pigeons")) == {"about": "invalid_choice"}
    assert not Consent.objects.exists()


def test_everybody_may_read_the_words_before_they_register(db: None, api: Api) -> None:
    words = {row["about"]: row for row in api(None).get("/api/v1/consents/wordings").json()}
    assert set(words) == {"terms", "in_app", "sms", "email"}
    assert all(row["texts"]["en"] and row["texts"]["zh"] for row in words.values())


def test_a_code_for_signing_in_needs_no_consent(api: Api, people: People) -> None:
    api(None).post("/api/v1/sign-in/code", {"phone": people.resident.phone})
    assert Message.objects.get().kind == "code"


def test_who_registers_agrees_to_the_terms_with_it(api: Api, db: None) -> None:
    phone = "+8613912340000"
    api(None).post("/api/v1/sign-in/code", {"phone": phone})
    code = Message.objects.get().text.split()[0]
    told = {"phone": phone, "code": code, "name": "Nora", "language": "zh", "terms": WORDING}
    assert api(None).post("/api/v1/sign-in/code/verify", {**told, "terms": "1999-01"}).status_code == 400
    assert api(None).post("/api/v1/sign-in/code/verify", told).status_code == 200
    consent = Consent.objects.get()
    assert (consent.about, consent.given, consent.how, consent.language) == ("terms", True, "sign_in", "zh")
    assert consent.person.phone == phone
