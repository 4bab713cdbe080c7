"""What phones carry of tickets: each their part, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from fieldsvc.time import now, time_passes
from sync.commands import Actor
from sync.registry import documents
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.tickets.conftest import Api, Desk, url
from tickets.complaints import services
from tickets.complaints.models import Note, Ticket
from tickets.sites.models import Asset, ServiceAccount


@pytest.fixture
def told(desk: Desk, people: People, ticket: Ticket) -> Ticket:
    """A ticket about which everything was said."""
    assert ticket.site is not None
    ticket.site.access_notes = "Key under the mat"
    ticket.site.save()
    Asset.objects.create(site=ticket.site, kind="modem", serial="M-1")
    account = ServiceAccount.objects.create(site=ticket.site, number="A-1", holder=people.resident)
    Asset.objects.create(site=ticket.site, account=account, kind="router", serial="R-1")
    say: dict[str, Any] = {"actor": desk.agent, "occurred_at": now(), "ticket_id": ticket.pk}
    services.add_note(text="Caller was rude", **say)
    services.add_note(text="We are on it", internal=False, **say)
    services.send_message(text="Hello", **say)
    return ticket


def test_the_technician_carries_what_the_work_needs(desk: Desk, people: People, told: Ticket) -> None:
    desk.sends(told, people.technician)
    phone = fresh_phone(people.technician)
    document = phone.document("tickets", told)
    assert document is not None
    assert document["contact_phone"] == "+8613812345678"
    assert document["details"]["fault"] == "no_connection"
    assert document["site_id"] == str(told.site_id)
    assert {clock["target"] for clock in document["clocks"]} >= {"first_reply", "on_site"}
    assert "timeline" not in document
    assert {note["text"] for note in phone.collection("notes").values()} == {"Caller was rude", "We are on it"}
    assert [site["access_notes"] for site in phone.collection("sites").values()] == ["Key under the mat"]
    assert {asset["kind"] for asset in phone.collection("assets").values()} == {"modem", "router"}
    assert phone.collection("messages") == {}


def test_the_resident_carries_their_side_of_it(desk: Desk, people: People, told: Ticket) -> None:
    desk.sends(told, people.technician)
    phone = fresh_phone(people.resident)
    document = phone.document("tickets", told)
    assert document is not None
    assert document["status"] == "dispatched"
    assert [event["kind"] for event in document["timeline"]][:3] == ["ticket_opened", "note_added", "message_sent"]
    assert [visit["status"] for visit in document["visits"]] == ["dispatched"]
    assert [message["text"] for message in phone.collection("messages").values()] == ["Hello"]
    assert [asset["kind"] for asset in phone.collection("assets").values()] == ["router"]
    assert phone.collection("notes") == {}
    replica = str(phone.replica())
    for secret in ("rude", "mat", "Ada Agent", "Tom Technician", "flags", "responsible", "clocks"):
        assert secret not in replica


def test_the_desk_carries_all_of_it(people: People, told: Ticket) -> None:
    phone = fresh_phone(people.dispatcher)
    counts = {name: len(phone.collection(name)) for name in ("tickets", "notes", "messages", "sites", "assets")}
    assert counts == {"tickets": 1, "notes": 2, "messages": 1, "sites": 1, "assets": 2}


@pytest.mark.parametrize("who", ["neighbour", "colleague", "southern_dispatcher", "storekeeper"])
def test_strangers_carry_nothing_of_it(desk: Desk, people: People, told: Ticket, who: str) -> None:
    desk.sends(told, people.technician)
    phone = fresh_phone(getattr(people, who))
    for collection in ("tickets", "notes", "messages", "sites", "assets", "visits"):
        assert phone.collection(collection) == {}


def test_a_ticket_that_becomes_somebodys_reaches_them_whole(desk: Desk, people: People, told: Ticket) -> None:
    phone = fresh_phone(people.neighbour)
    Ticket.objects.filter(pk=told.pk).update(resident=people.neighbour)
    phone.pull()
    assert {name for name, _ in phone.documents} >= {"tickets", "messages", "sites"}
    before = fresh_phone(people.resident)
    assert before.collection("tickets") == before.collection("messages") == {}


def test_what_was_archived_stays_with_the_resident_only(desk: Desk, people: People, told: Ticket) -> None:
    desk.sends(told, people.technician)
    phones = {who: fresh_phone(getattr(people, who)) for who in ("technician", "dispatcher", "resident")}
    Ticket.objects.filter(pk=told.pk).update(
        status="closed", resolved_at=now() - timedelta(days=20), closed_at=now() - timedelta(days=15)
    )
    services.archive_ended(actor=Actor.system(), occurred_at=now())
    for phone in phones.values():
        phone.pull()
        assert phone.replica() == fresh_phone(phone.user).replica()
    for who in ("technician", "dispatcher"):
        for collection in ("tickets", "notes", "messages", "sites", "assets"):
            assert phones[who].collection(collection) == {}
    assert {name for name, _ in phones["resident"].documents} >= {"tickets", "messages", "sites", "assets"}


def test_a_reopened_ticket_comes_back_to_the_desk(desk: Desk, people: People, resolved: Ticket) -> None:
    resident = Actor(people.resident)
    services.confirm_ticket(actor=resident, occurred_at=now(), ticket_id=resolved.pk)
    Ticket.objects.filter(pk=resolved.pk).update(archived=True)
    phone = fresh_phone(people.dispatcher)
    assert phone.collection("tickets") == {}
    services.reopen_ticket(actor=resident, occurred_at=now(), ticket_id=resolved.pk, reason="Again")
    phone.pull()
    assert len(phone.collection("tickets")) == 1


class TestTheResidentsPhone:
    """What a resident does without signal counts when it arrives, as of when it was done."""

    @pytest.fixture
    def phone(self, people: People) -> Phone:
        return Phone(people.resident)

    def test_a_ticket_opened_in_the_cellar(self, desk: Desk, people: People, phone: Phone) -> None:
        intake = desk.intake(contact_name="", id="01990000-0000-7000-8000-0000000000aa")
        phone.does("ticket.open", hours_ago=3, **intake)
        phone.push(reply_is_lost=True)
        assert phone.push() == ["applied"]
        ticket = Ticket.objects.get()
        assert ticket.resident == people.resident
        assert now() - timedelta(hours=3, minutes=1) < ticket.reported_at < now() - timedelta(hours=2, minutes=59)
        phone.pull()
        assert phone.document("tickets", ticket)

    def test_a_confirmation_that_was_overtaken_by_the_worker(self, phone: Phone, resolved: Ticket) -> None:
        phone.does("ticket.confirm", ticket_id=resolved)
        with time_passes(timedelta(days=6)):
            services.close_unconfirmed(actor=Actor.system(), occurred_at=now())
            assert phone.push() == ["applied"]
        resolved.refresh_from_db()
        assert resolved.status == "closed"

    def test_reopening_counts_by_when_it_was_said(self, phone: Phone, resolved: Ticket) -> None:
        with time_passes(timedelta(days=4)):
            phone.does("ticket.reopen", ticket_id=resolved, reason="Still slow")
        with time_passes(timedelta(days=7)):
            assert phone.push() == ["applied"]
        resolved.refresh_from_db()
        assert resolved.status == "triaged"

    def test_reopening_after_the_window_is_refused_and_says_why(self, phone: Phone, resolved: Ticket) -> None:
        with time_passes(timedelta(days=6)):
            operation = phone.does("ticket.reopen", ticket_id=resolved, reason="Still slow")
            assert phone.push() == ["refused"]
        assert phone.answers[operation["id"]]["code"] == "confirmation_window_over"

    def test_everything_else_they_can_do(self, phone: Phone, resolved: Ticket) -> None:
        phone.does("message.send", ticket_id=resolved, text="Thanks")
        phone.does("ticket.rate", ticket_id=resolved, score=5)
        phone.does("ticket.cancel", ticket_id=resolved, reason="Too late")
        assert phone.push() == ["applied", "applied", "refused"]
        assert Note.objects.get().text == "Thanks"

    def test_a_strangers_phone_reaches_nothing(self, people: People, resolved: Ticket) -> None:
        phone = Phone(people.neighbour)
        attempts: list[tuple[str, dict[str, Any]]] = [
            ("ticket.confirm", {}),
            ("ticket.rate", {"score": 1}),
            ("message.send", {"text": "Hello"}),
            ("note.add", {"text": "Hello"}),
            ("ticket.edit", {"contact_name": "Me"}),
        ]
        for kind, data in attempts:
            phone.does(kind, ticket_id=resolved, **data)
        assert set(phone.push()) == {"refused"}
        assert {answer["code"] for answer in phone.answers.values()} == {"not_found"}


@pytest.mark.parametrize("collection", ["tickets", "notes", "messages", "sites", "assets"])
def test_loading_costs_the_same_for_any_number_of_documents(
    desk: Desk, people: People, told: Ticket, collection: str
) -> None:
    rows: dict[str, Callable[[], list[object]]] = {
        "tickets": lambda: list(Ticket.objects.values_list("pk", flat=True)),
        "notes": lambda: list(Note.objects.filter(kind="note").values_list("pk", flat=True)),
        "messages": lambda: list(Note.objects.filter(kind="message").values_list("pk", flat=True)),
        "sites": lambda: list(Ticket.objects.values_list("site", flat=True)),
        "assets": lambda: list(Asset.objects.values_list("pk", flat=True)),
    }
    document = documents()[collection]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            for row in document.load(rows[collection]()):  # type: ignore[arg-type]
                for scope in document.followers(row):
                    document.render(row, scope.split(":")[0])
        return len(queries)

    desk.sends(desk.opens(address="The first house"), people.technician)
    few = cost()
    for number in range(5):
        other = desk.opens(address=f"House {number}")
        desk.sends(other, people.colleague if number % 2 else people.technician)
        services.add_note(actor=desk.agent, occurred_at=now(), ticket_id=other.pk, text="Hm")
        services.send_message(actor=desk.agent, occurred_at=now(), ticket_id=other.pk, text="Hello")
        assert other.site is not None
        Asset.objects.create(site=other.site, kind="modem")
    assert cost() == few <= 6


def test_the_resident_sees_each_step_the_moment_it_happens(
    api: Api, people: People, desk: Desk, ticket: Ticket
) -> None:
    def steps(user: User) -> list[str]:
        document = fresh_phone(user).document("tickets", ticket)
        assert document is not None
        return [event["kind"] for event in document["timeline"]]

    assert steps(people.resident) == ["ticket_opened"]
    api(people.dispatcher).post(url(ticket, "triage"))
    desk.sends(ticket, people.technician)
    assert steps(people.resident)[:2] == ["ticket_opened", "ticket_triaged"]
    assert "visit_dispatched" in steps(people.resident)
