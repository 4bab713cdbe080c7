"""A copy of all that we know of somebody: theirs alone, made while they do something else, kept for a week."""

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_passes
from notifications.models import Notice
from sync.commands import Actor
from sync.uploads.models import StoredFile
from sync.uploads.store import storage
from tests.people import People
from tests.tickets.conftest import Api, Desk
from tests.uploads.sending import picture, send_by_tus
from tickets.attachments.services import add_attachment
from tickets.callbacks.services import promise_callback
from tickets.complaints.services import add_note, open_ticket, rate_ticket, send_message
from tickets.data_copies import contents, services
from tickets.data_copies.jobs import forget_data_copies, make_data_copies
from tickets.models import Bill, DataCopy, Quote, Refund, ServiceAccount, Site, Ticket, Visit
from tickets.payments.services import take_payment
from tickets.recoveries.services import ask_recovery

URL = "/api/v1/me/data-copies"


def read(client: APIClient, copy_id: str) -> ZipFile:
    answer = client.get(f"{URL}/{copy_id}/content")
    assert answer.status_code == 200, answer.content
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "private, no-store")
    return ZipFile(BytesIO(answer.getvalue()))


def made(api: Api, person: User) -> dict[str, Any]:
    client = api(person)
    copy_id = client.post(URL).json()["id"]
    make_data_copies(timestamp=0)
    archive = read(client, copy_id)
    return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_what_concerns_them_and_nothing_of_ours_or_of_others(
    api: Api, people: People, desk: Desk, django_capture_on_commit_callbacks: Any
) -> None:
    ticket = desk.opens(access_notes="The key is with Anna.")
    resident, agent = Actor(people.resident), Actor(people.agent)
    send_message(actor=resident, occurred_at=now(), ticket_id=ticket.pk, text="It rains in.")
    add_note(actor=agent, occurred_at=now(), ticket_id=ticket.pk, text="Always complains.", internal=True)
    ServiceAccount.objects.create(number="A-77", site=Site.objects.get(), holder=people.resident)
    desk.resolves(ticket)
    rate_ticket(actor=resident, occurred_at=now(), ticket_id=ticket.pk, score=4, comment="Quick.")
    intake = desk.intake(resident_id=people.neighbour.pk, territory_id=people.north.pk)
    other = open_ticket(actor=agent, occurred_at=now(), **intake)
    files = made(api, people.resident)
    sections = {name: json.loads(text) for name, text in files.items()}
    assert sections["profile.json"]["phone"] == people.resident.phone
    assert [row["reference"] for row in sections["tickets.json"]] == [ticket.reference]
    assert [row["text"] for row in sections["messages.json"]] == ["It rains in."]
    assert [row["number"] for row in sections["accounts.json"]] == ["A-77"]
    assert {row["kind"] for row in sections["timelines.json"]} >= {"ticket_opened", "message_sent", "ticket_rated"}
    everything = b"".join(files.values()).decode()
    assert "The key is with Anna." in everything
    assert "Always complains." not in everything
    assert other.reference not in everything


def test_what_was_charged_and_said_on_the_phone_is_in_it(api: Api, people: People, desk: Desk) -> None:
    ticket, other = desk.opens(), desk.opens(contact_name="Nils Neighbour")
    Ticket.objects.filter(pk=other.pk).update(resident=people.neighbour)
    for number, about in enumerate((ticket, other), start=1):
        about.refresh_from_db()
        bill = Bill.objects.create(
            territory=people.north,
            year=2026,
            sequence=number,
            number=f"N-2026-{number}",
            ticket=about,
            resident=about.resident,
            customer_name=about.contact_name,
            currency="CNY",
            total=500,
            taxes={},
            issued_at=now(),
            due_on=now().date(),
            outstanding=500,
        )
        Quote.objects.create(
            ticket=about,
            territory=people.north,
            currency="CNY",
            total=500,
            reckoned_total=400,
            occurred_at=now(),
            received_at=now(),
        )
        take_payment(
            actor=Actor(people.agent),
            occurred_at=now(),
            ticket_id=about.pk,
            amount=300,
            currency="CNY",
            receipt_number=f"R-{number}",
            note="Slow to pay.",
        )
        paid = {"decided_at": now(), "paid_at": now()}
        Refund.objects.bulk_create(
            Refund(
                kind="refund",
                ticket=about,
                bill=bill,
                currency="CNY",
                refund=100,
                reason=reason,
                status=status,
                requested_at=now(),
                **decided,
            )
            for status, reason, decided in (("paid", "Broken.", paid), ("requested", "Perhaps.", {}))
        )
        promise_callback(
            actor=Actor(people.agent),
            occurred_at=now(),
            ticket_id=about.pk,
            question="What does it cost?",
            caller_number="13900001111",
            territory_id=people.north.pk,
            for_team=True,
        )
    files = made(api, people.resident)
    for section in ("quotes", "bills", "payments", "refunds", "callbacks"):
        (row,) = json.loads(files[f"{section}.json"])
        assert row["ticket_id"] == str(ticket.pk)
    everything = b"".join(files.values()).decode()
    assert not [word for word in ("Slow to pay.", "Perhaps.", "N-2026-2", "reckoned_total") if word in everything]


WITH_ANOTHER = {
    "Rating": "tickets",
    "TicketClock": "tickets",
    "Consent": "consents",
    "Message": "notices",
    "Repayment": "refunds",
    "AppointmentReminder": "notices",
    "ContractReminder": "notices",
    "RoleGrant": "profile",
    "PersonSkill": "profile",
}
"""Tables whose rows stand in the section of another one."""
OURS = {
    "keys, which are nobody's data": {"DeviceToken", "CalendarLink", "BindingCode", "PushSubscription", "Upload"},
    "how we run: who wrote what, told already where it came to stand": {"FieldAuthor", "Receipt", "ClockSegment"},
    "our own checks and judgements": {
        *("SampledTicket", "Sample", "Review", "ToldApart", "ConsentGap", "CallbackEvent"),
        *("ScoreMark", "ScorecardVersion", "Escalation", "Installation"),
    },
    "what we make of many tickets, or plan for them": {
        *("Outage", "Inspection", "RoutePlan", "PlannedStop", "AutomaticVisit", "AutoDispatchStop"),
    },
    "what we answer for at a site, whoever lives there": {"Warranty"},
    "about those who work here, as the one who complains is told of it": {"StaffComplaintEvent"},
    "what we think of what phones told, until somebody has looked": {"Doubt"},
    "what the desk passes on from shift to shift": {"HandOver", "HandedMatter"},
    "the books of stock and cash, and who of us did what in them": {
        *("Location", "VanKeeper", "StockMovement", "Discrepancy", "Requisition", "Stocktake", "CountSheet"),
        *("Transfer", "TransferReceipt", "CashHandIn", "PartUse", "Swap", "Part", "Allocation"),
    },
    "the copies themselves": {"DataCopy"},
    "hashes, by which a repeat is told for a day": {"FiledRequest"},
}
"""Tables that refer to people, tickets or accounts and are not in a copy, by why not."""


def test_no_table_that_may_tell_of_a_person_is_left_out_without_a_reason() -> None:
    """A new one is read in `contents.py`, or stands here."""
    module = Path(contents.__file__).read_text()
    about_people = {
        model.__name__
        for app in ("accounts", "sync", "notifications", "parts", "tickets")
        for model in apps.get_app_config(app).get_models()
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if field.is_relation and field.related_model in (User, Ticket, ServiceAccount, Visit)
    }
    read = {name for name in about_people if re.search(rf"\b{name}\.objects", module)}
    assert about_people - read == set(WITH_ANOTHER).union(*OURS.values())


def test_of_a_number_that_somebody_else_gave_us_for_them_they_read_the_end_alone(api: Api, people: People) -> None:
    checks = [{"question": "Which flat?", "passed": True}, {"question": "Which bill?", "passed": True}]
    ask_recovery(
        actor=Actor(people.agent),
        occurred_at=now(),
        person_id=people.resident.pk,
        new_phone="+8613900004444",
        checks=checks,
        reason="Sounds strange.",
    )
    (told,) = json.loads(made(api, people.resident)["recoveries.json"])
    assert (told["new_phone"], told["checks"], told["reason"]) == ("…4444", [], "")


def test_their_photos_are_in_it(api: Api, people: People, desk: Desk, phone: Any) -> None:
    ticket = desk.opens()
    handset = phone(people.resident)
    upload = send_by_tus(handset.client, picture())
    attachment = add_attachment(
        actor=Actor(people.resident), occurred_at=now(), ticket_id=ticket.pk, kind="photo", upload_id=upload
    )
    files = made(api, people.resident)
    assert files[f"files/{attachment.pk}.jpg"] == picture()


def test_it_tells_how_far_it_is_and_when_it_is_ready(api: Api, people: People, desk: Desk) -> None:
    client = api(people.resident)
    asked = client.post(URL)
    assert (asked.status_code, asked.json()["status"], asked.json()["percent"]) == (202, "waiting", 0)
    assert client.post(URL).json()["id"] == asked.json()["id"]
    assert client.get(f"{URL}/{asked.json()['id']}/content").status_code == 404
    make_data_copies(timestamp=0)
    (copy,) = client.get(URL).json()
    assert (copy["status"], copy["percent"]) == ("ready", 100)
    assert copy["size"] > 0
    assert Notice.objects.get(kind="data_copy_ready").user == people.resident
    again = client.post(URL)
    assert (again.status_code, again.json()["code"]) == (429, "too_many_copies")
    with time_passes(timedelta(days=1, minutes=1)):
        assert client.post(URL).status_code == 202


def test_nobody_else_reads_it(api: Api, people: People) -> None:
    copy_id = api(people.resident).post(URL).json()["id"]
    make_data_copies(timestamp=0)
    for person in (people.neighbour, people.agent, people.administrator):
        assert api(person).get(f"{URL}/{copy_id}/content").status_code == 404
        assert api(person).get(URL).json() == []
    assert api(None).get(f"{URL}/{copy_id}/content").status_code == 401


def test_after_a_week_it_is_gone_from_the_storage_too(
    api: Api, people: People, django_capture_on_commit_callbacks: Any
) -> None:
    client = api(people.resident)
    copy_id = client.post(URL).json()["id"]
    make_data_copies(timestamp=0)
    name = DataCopy.objects.get().name
    assert storage().exists(name)
    with time_passes(timedelta(days=7)):
        token = api(people.resident)
        late = token.get(f"{URL}/{copy_id}/content")
        assert (late.status_code, late.json()["code"]) == (410, "copy_expired")
        with django_capture_on_commit_callbacks(execute=True):
            forget_data_copies(timestamp=0)
        assert token.get(f"{URL}/{copy_id}/content").json()["code"] == "copy_expired"
    assert not storage().exists(name)


def test_what_a_dead_worker_had_begun_another_one_makes(api: Api, people: People) -> None:
    client = api(people.resident)
    client.post(URL)
    services._take(occurred_at=now())  # and dies
    make_data_copies(timestamp=0)
    assert client.get(URL).json()[0]["status"] == "waiting"
    with time_passes(timedelta(minutes=11)):
        make_data_copies(timestamp=0)
    assert client.get(URL).json()[0]["status"] == "ready"


def test_one_that_takes_longer_than_its_lease_is_not_begun_a_second_time(api: Api, people: People) -> None:
    client = api(people.resident)
    client.post(URL)
    copy = services._take(occurred_at=now())
    assert copy
    for minutes in (6, 12):
        with time_passes(timedelta(minutes=minutes)):
            services._progress(copy, 1, 10)
            make_data_copies(timestamp=0)
            assert client.get(URL).json()[0]["status"] == "waiting"
    with time_passes(timedelta(minutes=23)):
        make_data_copies(timestamp=0)  # not heard of for too long
        assert client.get(URL).json()[0]["status"] == "ready"
        with pytest.raises(services.Taken):
            services._progress(copy, 2, 10)


def test_a_photo_that_the_storage_has_lost_is_named_and_the_rest_is_theirs(
    api: Api, people: People, desk: Desk, phone: Any
) -> None:
    ticket = desk.opens()
    upload = send_by_tus(phone(people.resident).client, picture())
    attachment = add_attachment(
        actor=Actor(people.resident), occurred_at=now(), ticket_id=ticket.pk, kind="photo", upload_id=upload
    )
    assert attachment.file
    storage().delete(attachment.file.name)
    files = made(api, people.resident)
    assert json.loads(files["files/missing.json"]) == [f"files/{attachment.pk}.jpg"]
    assert json.loads(files["tickets.json"])


def test_one_that_cannot_be_made_is_given_up_in_the_end_and_holds_up_no_other(
    api: Api, people: People, desk: Desk, phone: Any
) -> None:
    client, ticket = api(people.resident), desk.opens()
    upload = send_by_tus(phone(people.resident).client, picture())
    add_attachment(actor=Actor(people.resident), occurred_at=now(), ticket_id=ticket.pk, kind="photo", upload_id=upload)
    StoredFile.objects.update(name="nobody/../../knows")
    client.post(URL)
    with time_passes(timedelta(seconds=1)):
        api(people.neighbour).post(URL)
    for attempt in range(6):
        with time_passes(attempt * timedelta(minutes=11)):
            make_data_copies(timestamp=0)
    assert api(people.neighbour).get(URL).json()[0]["status"] == "ready"
    copy = DataCopy.objects.get(person=people.resident)
    assert (copy.status, copy.attempts, copy.last_error) == ("failed", 5, "SuspiciousFileOperation")
    assert client.get(f"{URL}/{copy.pk}/content").status_code == 404
    assert client.post(URL).status_code == 202


@pytest.mark.parametrize("role", ["technician", "storekeeper", "administrator"])
def test_staff_may_have_theirs(api: Api, people: People, role: str) -> None:
    files = made(api, getattr(people, role))
    assert json.loads(files["profile.json"])["name"] == getattr(people, role).name
