"""Somebody deletes their account: it can be undone for a month; then the trade's records stay, without the person."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, models, transaction

from accounts.models import User
from fieldsvc.time import now, time_passes
from notifications.models import Notice
from sync.commands import Actor
from sync.feed.services import catch_up
from sync.ids import uuid7
from sync.sql import execute
from tests.people import People
from tests.phone import fresh_phone
from tests.sync.test_commit_order import in_thread, wait_until_somebody_waits_for_a_lock
from tests.sync.truth import differences
from tests.tickets.conftest import Api, Desk, url
from tickets.attachments.services import add_attachment
from tickets.callbacks.services import promise_callback
from tickets.calls.services import log_call
from tickets.complaints.services import add_note, confirm_ticket, edit_ticket, rate_ticket, send_message
from tickets.erasures import redacting
from tickets.erasures.jobs import erase_due
from tickets.households.services import offer_account
from tickets.incoming_sms.services import attach_sms, sms_came
from tickets.models import (
    AccountEvent,
    Bill,
    Erasure,
    IncomingSms,
    Note,
    ServiceAccount,
    Site,
    Ticket,
    TicketClock,
    TicketEvent,
)
from tickets.recoveries.services import ask_recovery, stop_recovery
from tickets.samples.services import draw_sample, review_ticket
from tickets.staff_complaints.services import (
    file_staff_complaint,
    take_staff_complaint,
    withdraw_staff_complaint,
)

URL = "/api/v1/me/erasure"
MONTH = timedelta(days=30, minutes=1)
WAITING_FOR = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SECRETS = (
    *("Rosa", "ROSA", "李明明", "13812345678", "1234-5678", "13900003333", "rosa@example.org"),
    *("１２３４５６７８", "1234－5678"),
    *("Rainwater", "tante Frida", "Grumpy"),
)
"""What only the person, or somebody about them, has said."""


@pytest.fixture
def past(api: Api, people: People, desk: Desk) -> Ticket:
    """A complaint that is over, with all that people say about one."""
    resident, agent = Actor(people.resident), Actor(people.agent)
    api(people.resident).patch("/api/v1/me", {"email": "rosa@example.org"})
    told_us = {"title": "Rainwater at Rosa's", "access_notes": "Ask tante Frida.", "address": "39 Oak Street, flat 12"}
    ticket = desk.opens(**told_us)
    account = ServiceAccount.objects.create(
        number="A-77",
        site=Site.objects.get(),
        holder=people.resident,
        holder_name="Rosa Resident",
        phone="+8613812345678",
    )
    told: dict[str, Any] = {"occurred_at": now(), "ticket_id": ticket.pk}
    Site.objects.update(access_notes="Ring at Rosa's.")
    send_message(actor=resident, text="Rainwater comes in.", **told)
    send_message(actor=agent, text="Dear Rosa Resident, we come.", **told)
    add_note(actor=agent, text="Rosa Resident, +8613812345678, call first.", internal=True, **told)
    add_note(actor=agent, text="ROSA is at 138 1234-5678 now; her brother 李明明 too.", internal=True, **told)
    add_note(
        actor=agent,
        text="请找Rosa女士，电话１３８１２３４５６７８或138－1234－5678号，邮箱rosa@example.org谢谢",
        **told,
    )
    edit_ticket(actor=agent, contact_name="李明明", **told)
    log_call(
        actor=agent,
        occurred_at=now(),
        direction="in",
        result="ticket_attached",
        question="Rosa asks when.",
        resident_id=people.resident.pk,
        ticket_id=ticket.pk,
    )
    promise_callback(
        actor=agent,
        occurred_at=now(),
        question="Rosa asks what it costs.",
        resident_id=people.resident.pk,
        territory_id=people.north.pk,
        for_team=True,
    )
    for id, sender, text in (("1", "+8613812345678", "Rainwater again."), ("2", "+8613900009999", "My aunt is Rosa.")):
        sms_came(actor=Actor.system(), occurred_at=now(), provider_id=id, sender=sender, text=text)
    sms = IncomingSms.objects.get(sender="+8613900009999")
    attach_sms(actor=agent, occurred_at=now(), sms_id=sms.pk, ticket_id=ticket.pk)
    about_staff = file_staff_complaint(actor=resident, text="He called tante Frida names.", happened_at=now(), **told)
    handled: dict[str, Any] = {"occurred_at": now(), "complaint_id": about_staff.pk}
    take_staff_complaint(actor=Actor(people.supervisor), reply="Dear Rosa, I look into it.", **handled)
    withdraw_staff_complaint(actor=resident, reason="Grumpy, but sorry.", **handled)
    add_attachment(actor=resident, kind="photo", caption="Rainwater", upload_id=uuid7(), **told)
    offer_account(actor=resident, occurred_at=now(), account_id=account.pk, phone="+8613900001234")
    recovery = ask_recovery(
        actor=agent,
        occurred_at=now(),
        person_id=people.resident.pk,
        new_phone="+8613900003333",
        checks=[{"question": question, "passed": True} for question in ("One?", "Two?")],
        reason="Rosa lost it.",
    )
    stop_recovery(actor=resident, occurred_at=now(), recovery_id=recovery.pk)
    api(people.resident).post("/api/v1/me/consents", {"about": "sms", "given": True, "wording": "2026-11"})
    desk.resolves(ticket)
    rate_ticket(actor=resident, score=2, comment="Grumpy fellow.", **told)
    confirm_ticket(actor=resident, **told)
    sample = draw_sample(
        actor=Actor(people.supervisor),
        occurred_at=now(),
        territory_id=people.north.pk,
        first=now().date() - timedelta(days=1),
        last=now().date() + timedelta(days=1),
    )
    review_ticket(
        actor=Actor(people.supervisor),
        occurred_at=now(),
        sampled_id=sample.tickets.get().pk,
        against="resident",
        findings=[{"field": "fault", "differs": True, "told": "Rosa says it was the pump."}],
        note="Rosa was called.",
    )
    return ticket


def forgotten(api: Api, people: People) -> None:
    assert api(people.resident).post(URL).status_code == 202
    with time_passes(MONTH):
        erase_due(timestamp=0)
    assert Erasure.objects.get().status == "done"


def places_of(*words: str) -> dict[str, list[str]]:
    """By word, the tables in which it stands: all of ours, whatever their columns."""
    tables = {
        model._meta.db_table
        for app in ("accounts", "sync", "notifications", "parts", "tickets")
        for model in apps.get_app_config(app).get_models()
    }
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in sorted(tables | {"sync_feedentry"}):
            for word in words:
                cursor.execute(f"SELECT count(*) FROM {table} row WHERE row::text LIKE %s", [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.setdefault(word, []).append(table)
    return found


def test_afterwards_the_person_stands_in_no_table_and_on_no_phone(api: Api, people: People, past: Ticket) -> None:
    catch_up()
    assert set(places_of(*SECRETS)) == set(SECRETS), "or it proves nothing"
    forgotten(api, people)
    catch_up()
    assert places_of(*SECRETS) == {}
    assert differences() == []
    replica = str(fresh_phone(people.agent).replica())
    assert past.reference in replica
    assert not [word for word in SECRETS if word in replica]


ABOUT_THE_TRADE = {
    *("CalendarLink", "CashHandIn", "CheckIn", "DeviceToken", "FieldAuthor", "PaymentLink"),
    *("Part", "Location", "StockMovement", "Discrepancy", "Requisition", "Stocktake", "CountSheet"),
    *("Transfer", "TransferReceipt"),
    *("Outage", "PartUse", "ScoreMark", "Swap", "Shift", "Absence", "AttendanceDay"),
    *("AttendanceCorrection", "Doubt", "RoutePlan", "PlannedStop", "AutoDispatchStop"),
}
"""Tables that refer to tickets or people, with texts that are never about residents: stock, money, keys, scores."""


def test_no_table_that_may_tell_of_a_person_is_forgotten() -> None:
    """A new one stands in `redacting.py`, or here with those that tell of no resident."""
    module = Path(redacting.__file__).read_text()
    texts = (models.TextField, models.JSONField)
    forgotten = {
        model.__name__
        for app in ("accounts", "sync", "notifications", "parts", "tickets")
        for model in apps.get_app_config(app).get_models()
        if {"Ticket", "User", "Visit"} & {field.related_model.__name__ for field in _references(model)}
        and any(isinstance(field, texts) or (field.max_length or 0) >= 100 for field in model._meta.concrete_fields)
        and f"{model.__name__}.objects" not in module
    }
    assert forgotten - ABOUT_THE_TRADE - {"User"} == set()


def _references(model: Any) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def test_what_counts_for_the_trade_stays(api: Api, people: People, past: Ticket) -> None:
    before = (
        list(TicketClock.objects.order_by("pk").values()),
        list(TicketEvent.objects.order_by("pk").values_list("pk", "kind", "occurred_at")),
        Note.objects.count(),
    )
    forgotten(api, people)
    past.refresh_from_db()
    assert (past.status, past.resolution_code, past.service_type.code) == ("closed", "cleared_remotely", "broadband")
    assert (past.rating.score, past.rating.comment, past.details) == (2, "", {"fault": "no_connection"})
    assert (past.address, past.site and past.site.address) == ("", "39 Oak Street, flat 12")  # a place is no person
    assert before == (
        list(TicketClock.objects.order_by("pk").values()),
        list(TicketEvent.objects.order_by("pk").values_list("pk", "kind", "occurred_at")),
        Note.objects.count(),
    )
    account = ServiceAccount.objects.get()
    assert (account.number, account.holder, account.holder_name, account.phone) == ("A-77", None, "", "")
    assert api(people.agent).get(url(past)).status_code == 200
    assert api(people.agent).get(url(past, "timeline")).status_code == 200


def test_for_a_month_it_can_be_undone_and_nothing_has_happened(api: Api, people: People, past: Ticket) -> None:
    client = api(people.resident)
    asked = client.post(URL).json()
    assert client.post(URL).json() == asked == client.get(URL).json()
    with time_passes(timedelta(days=29)):
        erase_due(timestamp=0)
        assert client.delete(URL).json()["status"] == "undone"
        assert client.delete(URL).status_code == 404
    with time_passes(MONTH):
        erase_due(timestamp=0)
    people.resident.refresh_from_db()
    assert (people.resident.name, people.resident.is_active) == ("Rosa Resident", True)


def test_nobody_signs_in_as_them_and_the_number_is_free_for_somebody_new(
    api: Api, people: People, past: Ticket
) -> None:
    signed_in, phone = api(people.resident), people.resident.phone
    forgotten(api, people)
    assert signed_in.get("/api/v1/me").status_code == 401
    person = User.objects.get(pk=people.resident.pk)
    assert (person.phone, person.is_active, person.roles) == (None, False, frozenset())
    told = {"username": None, "phone": phone, "name": "Nora", "roles": [{"role": "resident"}]}
    assert api(people.administrator).post("/api/v1/users", told).status_code == 201


def test_while_something_is_to_be_done_for_them_they_stay(api: Api, people: People, desk: Desk, past: Ticket) -> None:
    unfinished = desk.opens()
    refused = api(people.resident).post(URL)
    assert (refused.status_code, refused.json()["code"]) == (409, "tickets_open")
    assert refused.json()["references"] == [unfinished.reference]
    Ticket.objects.filter(pk=unfinished.pk).update(status="merged", follows=past)
    assert api(people.resident).post(URL).json()["references"] == [unfinished.reference]
    Ticket.objects.filter(pk=unfinished.pk).update(status="new", follows=None)
    desk.resolves(unfinished)
    assert api(people.resident).post(URL).status_code == 202
    again = desk.opens()  # they complain once more
    with time_passes(MONTH):
        erase_due(timestamp=0)
        assert Erasure.objects.get().status == "waiting"
        desk.resolves(again)
        erase_due(timestamp=0)
    assert Erasure.objects.get().status == "done"


@pytest.mark.django_db(transaction=True)
def test_who_complains_at_the_very_moment_is_not_forgotten(api: Api, people: People, desk: Desk, past: Ticket) -> None:
    assert api(people.resident).post(URL).status_code == 202
    with time_passes(MONTH):
        with transaction.atomic():
            unfinished = desk.opens()
            thread = in_thread(partial(erase_due, timestamp=0))
            wait_until_somebody_waits_for_a_lock()
            [(wanted,)] = execute(WAITING_FOR)
        thread.join(20)
    assert "accounts_user" in wanted, "for the feed it would wait while holding the person, for whom we wait"
    assert Erasure.objects.get().status == "waiting"
    unfinished.refresh_from_db()
    assert unfinished.contact_name == "Rosa Resident"


@pytest.mark.django_db
def test_what_is_written_of_a_resident_holds_them_from_then_on() -> None:
    """Of a new table, too: see the migration `residents_are_held_from_the_first`."""
    deferred = """
        SELECT conrelid::regclass::text FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
        WHERE contype = 'f' AND attname = 'resident_id' AND condeferrable
    """
    assert execute(deferred) == []


def test_whoever_works_here_by_then_is_not_forgotten_and_hears_of_it(api: Api, people: People, past: Ticket) -> None:
    assert api(people.resident).post(URL).status_code == 202
    people.resident.role_grants.create(role="technician", territory=people.north)
    with time_passes(MONTH):
        erase_due(timestamp=0)
        assert Notice.objects.get(kind="erasure_stopped").user == people.resident
        assert api(people.resident).get(URL).json()["status"] == "stopped"
    people.resident.refresh_from_db()
    assert (people.resident.name, people.resident.is_active) == ("Rosa Resident", True)
    people.resident.role_grants.filter(role="technician").delete()
    with time_passes(2 * MONTH):
        erase_due(timestamp=0)
    assert Erasure.objects.get().status == "stopped"


def test_one_that_fails_holds_up_no_other_is_shown_to_administrators_and_tried_again(
    api: Api, people: People, past: Ticket
) -> None:
    assert people.administrator
    squatter = User.objects.create(username=f"deleted-{people.resident.pk.hex}")
    with time_passes(-timedelta(minutes=5)):
        first = api(people.resident).post(URL).json()["id"]
    assert api(people.neighbour).post(URL).status_code == 202
    with time_passes(MONTH):
        erase_due(timestamp=0)
        failed, done = Erasure.objects.order_by("asked_at")
        assert (str(failed.pk), failed.status, failed.last_error) == (first, "waiting", "IntegrityError")
        assert done.status == "done"
        assert Note.objects.filter(text__contains="Rainwater").exists(), "nothing of it has happened"
        assert Notice.objects.get(kind="erasure_failed").user == people.administrator
        squatter.delete()
        erase_due(timestamp=0)
    failed.refresh_from_db()
    assert failed.status == "done"


def test_who_owes_something_pays_first(api: Api, people: People, past: Ticket) -> None:
    bill = Bill.objects.create(
        territory=people.north,
        year=2026,
        sequence=1,
        number="N-2026-1",
        ticket=past,
        resident=people.resident,
        customer_name="Rosa Resident",
        currency="CNY",
        total=500,
        taxes={},
        issued_at=now(),
        due_on=now().date(),
        outstanding=500,
    )
    refused = api(people.resident).post(URL)
    assert (refused.status_code, refused.json()["code"], refused.json()["bills"]) == (409, "bills_open", ["N-2026-1"])
    Bill.objects.update(outstanding=0)
    forgotten(api, people)
    bill.refresh_from_db()
    assert (bill.total, bill.number, bill.customer_name) == (500, "N-2026-1", "…")


def test_what_they_had_handed_over_before_names_them_no_more(api: Api, people: People, past: Ticket) -> None:
    account = ServiceAccount.objects.get()
    checks = [{"question": question, "passed": True} for question in ("One?", "Two?")]
    told = {"person_id": people.neighbour.pk, "checks": checks}
    assert api(people.agent).post(f"/api/v1/service-accounts/{account.pk}/hand-over", told).status_code == 200
    forgotten(api, people)
    account.refresh_from_db()
    assert (account.holder, account.holder_name) == (people.neighbour, "Nils Neighbour")
    event = AccountEvent.objects.get(kind="handed_over")
    assert event.data["before"] == {"holder": str(people.resident.pk)}


def test_staff_do_not_delete_themselves(api: Api, people: People) -> None:
    assert api(people.technician).post(URL).json()["code"] == "role_required"
    people.technician.role_grants.create(role="resident")
    assert api(people.technician).post(URL).json()["code"] == "staff_account"


def test_the_guards_of_what_happened_are_up_again_afterwards(api: Api, people: People, past: Ticket) -> None:
    forgotten(api, people)
    for rows in (Note.objects.all(), TicketEvent.objects.all()):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            rows.update(occurred_at=now())
