"""How customers are reached is shown to those who have to reach them, and to nobody else by any door."""

import re
import unicodedata
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.people.masking import masked
from fieldsvc.time import now
from sync.commands import Actor
from tests.permissions.asking import request
from tests.permissions.matrix import DONE, ROUTES
from tests.permissions.stage import Stage
from tests.permissions.test_lists import ask, described
from tests.phone import fresh_phone
from tickets.callbacks.services import promise_callback
from tickets.complaints.services import add_note, confirm_ticket, edit_ticket, reopen_ticket, send_message
from tickets.models import ServiceAccount, Ticket

NUMBERS = ("13812345678", "13812345679", "13900003333", "13888880001", "13888880002", "rosa@example.org")
"""Of the resident, the neighbour and who recovers an account; of a contract, and in what was said; an address."""
NOBODYS = "13999999999"
SEARCHED = {"search", "q", "number"}


@pytest.fixture
def told(stage: Stage) -> Stage:
    """Numbers stand wherever people put them."""
    agent: dict[str, Any] = {"actor": Actor(stage.people.agent), "occurred_at": now()}
    User.objects.filter(pk=stage.resident.pk).update(email="rosa@example.org")
    ServiceAccount.objects.filter(pk=stage.account.pk).update(phone="+8613888880001")
    Ticket.objects.filter(pk=stage.ticket.pk).update(account=stage.account, details={"who": "her son 138 8888 0002"})
    add_note(ticket_id=stage.ticket.pk, text="Her son: +86 138 8888 0002.", **agent)
    send_message(ticket_id=stage.ticket.pk, text="We shall call 138-8888-0002.", **agent)
    edit_ticket(ticket_id=stage.ticket.pk, access_notes="Ring 13888880002 at the gate", **agent)
    promise_callback(question="Call 13888880002", resident_id=stage.resident.pk, ticket_id=stage.ticket.pk, **agent)
    return stage


def numbers_in(answer: Any) -> set[str]:
    text = re.sub(r"[ -]", "", "" if answer.streaming else answer.content.decode(errors="replace"))
    return {number for number in NUMBERS if number in text}


def read_by(stage: Stage, role: str) -> dict[str, set[str]]:
    """By door, the numbers that this person reads there."""
    doors = [line for line in ROUTES if line.what[0] == "GET" and line.cells[role] == DONE]
    found = {str(line): numbers_in(request(stage, role, line)) for line in doors}
    return {door: numbers for door, numbers in found.items() if numbers}


@pytest.mark.parametrize("role", ["administrator", "storekeeper"])
def test_who_calls_nobody_back_reads_no_number_by_any_door(told: Stage, role: str):
    assert read_by(told, role) == {}


def test_the_desk_reads_them_all(told: Stage):
    assert set().union(*read_by(told, "agent").values()) == {*NUMBERS}


def test_who_is_shown_numbers_masked_finds_nobody_by_them(told: Stage):
    searched = {path: names & SEARCHED for path, names in described().items() if names & SEARCHED}
    assert {"/users", "/tickets", "/service-accounts", "/calls"} <= searched.keys()
    for path, names in searched.items():
        for name in names:
            for number in ("13812345678", "12345", "13888880001"):
                found, none = (
                    ask(told, "administrator", path, {name: it}).json()["results"] for it in (number, NOBODYS)
                )
                assert found == none, (path, name, number)
    assert len(ask(told, "agent", "/users", {"search": "13812345678"}).json()["results"]) == 1
    assert ask(told, "agent", "/service-accounts", {"search": "13888880001"}).json()["results"]
    assert ask(told, "agent", "/tickets", {"q": "13812345678"}).json()["results"]
    assert ask(told, "administrator", "/tickets", {"q": told.ticket.reference}).json()["results"]


def test_a_technician_reads_the_number_until_the_job_is_closed(told: Stage):
    url, technician = f"/api/v1/tickets/{told.resolved_ticket.pk}", told.clients["technician"]
    Ticket.objects.filter(pk=told.resolved_ticket.pk).update(account=told.account, contact_phone="+8613888880001")
    account = f"/api/v1/service-accounts/{told.account.pk}"
    Ticket.objects.exclude(pk=told.resolved_ticket.pk).filter(account=told.account).update(account=None)
    agent: dict[str, Any] = {"actor": Actor(told.people.agent), "occurred_at": now()}
    note = add_note(ticket_id=told.resolved_ticket.pk, text="请打13888880001找她儿子", internal=False, **agent)

    def reads() -> tuple[set[str], set[str], set[str], bool]:
        phone = fresh_phone(told.technician)
        carried, written = phone.document("tickets", told.resolved_ticket.pk), phone.document("notes", note.pk)
        assert carried
        assert written
        said = numbers_in(technician.get(f"{url}/notes"))
        assert numbers_in(technician.get(f"{url}/timeline")) == said
        assert {number for number in NUMBERS if number in written["text"]} == said
        assert numbers_in(technician.get(url)) == said
        listed = technician.get("/api/v1/tickets", {"q": "13888880001"}).json()["results"]
        return (
            numbers_in(technician.get(url)),
            numbers_in(technician.get(account)),
            {number for number in NUMBERS if number in carried["contact_phone"]},
            str(told.resolved_ticket.pk) in {row["id"] for row in listed},
        )

    number = {"13888880001"}
    assert reads() == (number, number, number, True)
    confirm_ticket(actor=Actor(told.resident), occurred_at=now(), ticket_id=told.resolved_ticket.pk)
    assert reads() == (set(), set(), set(), False)
    assert technician.get(url).json()["contact_phone"] == "***0001"
    assert technician.get(f"{url}/notes").json()["results"][-1]["text"] == "请打***0001找她儿子"
    assert numbers_in(told.clients["agent"].get(url)) == number
    desk = fresh_phone(told.people.agent)
    ticket, written = desk.document("tickets", told.resolved_ticket.pk), desk.document("notes", note.pk)
    assert ticket
    assert written
    assert ticket["contact_phone"] == "+8613888880001", "the desk may still have to call"
    assert "13888880001" in written["text"]
    reopen_ticket(actor=Actor(told.resident), occurred_at=now(), ticket_id=told.resolved_ticket.pk, reason="Again")
    assert reads() == (number, number, number, True), "and so may whoever comes again"


WRITTEN = (
    *("请打13888880001谢谢", "138 8888 0001号", "１３８８８８８０００１", "138－8888－0001", "138/8888/0001"),
    *("138·8888·0001", "13888880001转12", "13888880001x12", "＋86 138—8888—0001", "call 138.8888.0001."),
)
"""As people write a number: in the middle of Chinese, in wide characters, with an extension."""


def test_a_number_is_masked_however_it_is_written_and_whatever_stands_beside_it(told: Stage):
    agent: dict[str, Any] = {"actor": Actor(told.people.agent), "occurred_at": now(), "ticket_id": told.ticket.pk}
    add_note(text="\n".join(WRITTEN), **agent)
    administrator = told.clients["administrator"]
    [*_, note] = administrator.get(f"/api/v1/tickets/{told.ticket.pk}/notes").json()["results"]
    for written, shown in zip(WRITTEN, note["text"].splitlines(), strict=True):
        assert "***0001" in unicodedata.normalize("NFKC", shown), written
        assert "8888" not in unicodedata.normalize("NFKC", shown), written
    for written in WRITTEN:
        edit_ticket(title=f"{written} 漏水", **agent)
        for typed in ("13888880001", "888", "8888"):
            assert administrator.get("/api/v1/tickets", {"q": typed}).json()["results"] == [], written
        assert administrator.get("/api/v1/tickets", {"q": "漏水"}).json()["results"], written


def test_the_admin_site_masks_them_too(told: Stage, client: Client):
    User.objects.filter(pk=told.people.administrator.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=told.people.administrator.pk), "django.contrib.auth.backends.ModelBackend")
    of_calls = (told.call, told.callback, told.incoming_sms)
    for row in (*of_calls, told.account, told.recovery, told.ticket, told.note, told.resident):
        place = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
        for page in (client.get(place), client.get(f"{place}{row.pk}/change/")):
            assert page.status_code == 200
            assert numbers_in(page) == set(), place


def test_a_day_is_no_number():
    """In a sentence they look alike: the routes of 2026-11-24 are those of a day."""
    assert masked("Planned for 2026-11-24.") == "Planned for 2026-11-24."
    said = "Between 2026-11-22 12:00 and 2026-11-22 13:00, else call 138 1234-5678"
    assert masked(said) == "Between 2026-11-22 12:00 and 2026-11-22 13:00, else call ***5678"
    for number in ("2026-11-2412", "1381-11-2345", "2026 1124"):
        assert masked(number) == f"***{number.replace('-', '').replace(' ', '')[-4:]}"
