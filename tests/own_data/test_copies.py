"""A copy of all that we know of somebody: theirs alone, made while they do something else, kept for a week."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_passes
from notifications.models import Notice
from sync.commands import Actor
from sync.uploads.store import storage
from tests.people import People
from tests.tickets.conftest import Api, Desk
from tests.uploads.sending import picture, send_by_tus
from tickets.attachments.services import add_attachment
from tickets.complaints.services import add_note, open_ticket, rate_ticket, send_message
from tickets.data_copies import services
from tickets.data_copies.jobs import forget_data_copies, make_data_copies
from tickets.models import DataCopy, ServiceAccount, Site
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


@pytest.mark.parametrize("role", ["technician", "storekeeper", "administrator"])
def test_staff_may_have_theirs(api: Api, people: People, role: str) -> None:
    files = made(api, getattr(people, role))
    assert json.loads(files["profile.json"])["name"] == getattr(people, role).name
