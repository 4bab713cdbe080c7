"""The published RxDB, as it is, against a live server (laws 1 to 6). Its code is that of docs/rxdb.md."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction

from accounts.models import DeviceToken, User
from accounts.signin.services import issue_token
from fieldsvc.time import now
from sync.commands import Actor
from sync.devices.services import register_device
from sync.ids import uuid7
from sync.models import Conflict, Epoch, Receipt
from sync.registry import poke_person
from tests.clients.rxdb import PATIENCE_SECONDS, App
from tests.faults.server import Server
from tests.people import People
from tests.phone import Phone
from tests.world import World
from tickets.complaints.services import edit_ticket
from tickets.models import CheckIn, Note, PartUse, Ticket, Visit
from tickets.visits.services import cancel_visit, reassign_visit

pytestmark = pytest.mark.django_db(transaction=True)
COLLECTIONS = ["tickets", "visits", "sites", "check_ins", "notes", "parts", "part_uses", "conflicts"]


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    """The real application in a process of its own, on the tests' database."""
    with Server() as server:
        yield server


Open = Callable[..., App]


@pytest.fixture
def rxdb(server: Server, tmp_path: Path) -> Iterator[Open]:
    """`rxdb(person)` is an app with RxDB on a new device of that person."""
    apps: list[App] = []
    numbers = count()

    def open_app(person: User, **options: Any) -> App:
        apps.append(App(person, server.url, tmp_path / f"app-{next(numbers)}", **options))
        return apps[-1]

    yield open_app
    for app in apps:
        app.kill()


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(rxdb: Open, people: People, visit: Visit) -> App:
    app = rxdb(people.technician)
    app.sync()
    return app


def eventually(true: Callable[[], object]) -> None:
    """Wait until it is."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def desk_edits(people: People, ticket_id: Any, **fields: Any) -> None:
    edit_ticket(actor=Actor(user=people.agent), occurred_at=now(), ticket_id=ticket_id, **fields)


def test_a_first_sync_of_several_pages_brings_everything(rxdb: Open, people: People, world: World):
    visits = {str(world.dispatched_visit().pk) for _ in range(5)}
    app = rxdb(people.technician, batchSize=2)
    app.sync()
    assert app.documents("visits").keys() == visits
    assert [len(page) for page in app.heard("pull", "visits")][:3] == [2, 2, 1]
    phone = Phone(people.technician)
    phone.pull()
    for collection in COLLECTIONS:
        mine = app.documents(collection)
        assert mine == phone.collection(collection)


def test_what_others_change_shows_by_itself(tom: App, visit: Visit, people: People):
    desk_edits(people, visit.ticket_id, contact_name="Ronja")
    tom.shows("tickets", visit.ticket_id, contact_name="Ronja")


def test_a_day_without_signal_is_told_when_it_is_over(tom: App, visit: Visit, world: World):
    valve = world.part("valve", aboard=2)
    tom.goes_offline()
    arrival = tom.inserts(
        "check_ins", visit_id=visit.pk, kind="arrival", latitude=34.24, longitude=108.91, accuracy_m=8
    )
    used = tom.inserts("part_uses", visit_id=visit.pk, kind="used", part_id=valve.pk, quantity="1.000")
    note = tom.inserts("notes", ticket_id=visit.ticket_id, text="Key at the porter's")
    tom.edits("visits", visit, diagnosis="valve leaks")
    tom.edits("visits", visit, status="completed", resolution_code="repaired", parts_answer="used", signed_by="Rosa")
    tom.goes_online()
    tom.sync()
    visit.refresh_from_db()
    assert (visit.status, visit.diagnosis) == ("completed", "valve leaks")
    assert str(CheckIn.objects.get().pk) == arrival
    assert str(PartUse.objects.get().pk) == used
    assert str(Note.objects.get(kind="note").pk) == note
    assert world.on_hand(valve) == 1
    assert not Receipt.objects.filter(status="refused").exists()


def test_after_all_of_it_the_replica_equals_that_of_a_new_device(
    tom: App, rxdb: Open, visit: Visit, people: People, world: World
):
    tom.goes_offline()
    tom.inserts("notes", ticket_id=visit.ticket_id, text="mine")
    tom.edits("visits", visit, status="travelling")
    tom.edits("tickets", visit.ticket_id, contact_name="Rose")
    desk_edits(people, visit.ticket_id, contact_name="Ronja", access_notes="ring twice")
    other = world.dispatched_visit()
    tom.goes_online()
    tom.sync()
    tom.shows("visits", other, status="dispatched")
    tom.sync()
    fresh = rxdb(people.technician)
    fresh.sync()
    assert tom.replica(COLLECTIONS) == fresh.replica(COLLECTIONS)


def test_two_devices_that_write_different_fields_both_have_both(tom: App, rxdb: Open, visit: Visit, people: People):
    tablet = rxdb(people.technician)
    tablet.sync()
    for app in (tom, tablet):
        app.goes_offline()
    tom.edits("tickets", visit.ticket_id, contact_name="Rose")
    tablet.edits("tickets", visit.ticket_id, access_notes="ring twice")
    for app in (tom, tablet):
        app.goes_online()
    for app in (tom, tablet):
        app.shows("tickets", visit.ticket_id, contact_name="Rose", access_notes="ring twice")
    assert not Conflict.objects.exists()


def test_two_devices_that_write_the_same_field_come_to_one_value_and_the_other_stands_in_a_conflict(
    tom: App, rxdb: Open, visit: Visit, people: People
):
    tablet = rxdb(people.technician)
    tablet.sync()
    tablet.goes_offline()
    tablet.edits("tickets", visit.ticket_id, contact_name="Ronja")
    tom.edits("tickets", visit.ticket_id, contact_name="Rose")
    tom.sync()
    tablet.goes_online()
    for app in (tom, tablet):
        app.shows("tickets", visit.ticket_id, contact_name="Rose")
    conflict = Conflict.objects.get()
    assert (conflict.server_value, conflict.device_value) == ("Rose", "Ronja")
    tablet.sync()
    assert len(tablet.heard("push", "tickets")) <= 2, "the client does not fight"
    tablet.shows("conflicts", conflict, status="open")
    tablet.edits("conflicts", conflict, status="resolved", keep="device")
    for app in (tom, tablet):
        app.shows("tickets", visit.ticket_id, contact_name="Ronja")
        app.shows("conflicts", conflict, status="resolved")


def test_a_second_edit_of_ones_own_is_no_conflict(tom: App, visit: Visit):
    for diagnosis in ("a", "b", "a", "b"):
        tom.edits("visits", visit, diagnosis=diagnosis)
        tom.sync("visits")
        visit.refresh_from_db()
        assert visit.diagnosis == diagnosis
    assert not Conflict.objects.exists()


def test_a_lost_reply_makes_nothing_happen_twice(tom: App, visit: Visit):
    tom.ask("lose", collection="notes")
    tom.ask("lose", collection="visits")
    tom.inserts("notes", ticket_id=visit.ticket_id, text="once")
    tom.edits("visits", visit, status="on_site")
    tom.sync()
    assert tom.heard("lost", "notes") == tom.heard("lost", "visits") == [200]
    assert (Note.objects.filter(kind="note").count(), CheckIn.objects.count()) == (1, 1)


def test_writing_on_after_a_lost_reply_builds_on_what_the_office_has(tom: App, visit: Visit):
    tom.ask("lose", collection="visits")
    tom.edits("visits", visit, diagnosis="valve")
    tom.edits("visits", visit, diagnosis="valve, really")
    tom.sync("visits")
    visit.refresh_from_db()
    assert visit.diagnosis == "valve, really"
    assert not Conflict.objects.exists()


def test_a_visit_that_was_given_to_somebody_else_leaves_and_the_work_on_it_is_kept(
    tom: App, rxdb: Open, visit: Visit, people: People
):
    tom.goes_offline()
    tom.edits("visits", visit, diagnosis="valve")
    reassign_visit(
        actor=Actor(user=people.dispatcher),
        occurred_at=now(),
        visit_id=visit.pk,
        technician_id=people.colleague.pk,
        reason="nearer",
    )
    tom.goes_online()
    tom.loses("visits", visit)
    tom.sync()
    assert tom.documents("visits") == {}
    visit.refresh_from_db()
    assert "overtaken" in visit.flags or Conflict.objects.exists()
    colin = rxdb(people.colleague)
    colin.sync()
    (taken,) = colin.documents("visits").values()
    assert colin.document("tickets", taken["ticket_id"]) is not None


class TestAPullOvertakesTheAnswerToAPush:
    """The office has taken an edit, then something happens, and the app hears of that before it hears of its edit.

    A pull passes over a document that RxDB believes unsent; the stream tells of it again, from which RxDB takes nothing
    while it sends.
    """

    def overtaken(self, tom: App, collection: str, subject: Any, happens: Callable[[], object], **edit: Any) -> None:
        tom.ask("hold", what="pull", collection=collection)
        tom.ask("look", collection=collection)
        tom.ask("hold", what="push", collection=collection)
        tom.edits(collection, subject, **edit)
        eventually(lambda: Receipt.objects.exists())
        happens()
        tom.ask("forget")
        tom.ask("let_go", what="pull", collection=collection)
        eventually(lambda: any(str(subject) in ids for ids in tom.heard("pull", collection)))
        tom.ask("let_go", what="push", collection=collection)

    def test_what_was_given_away_does_not_linger(self, tom: App, visit: Visit, people: People):
        def given_away() -> None:
            reassign_visit(
                actor=Actor(user=people.dispatcher),
                occurred_at=now(),
                visit_id=visit.pk,
                technician_id=people.colleague.pk,
                reason="nearer",
            )

        self.overtaken(tom, "visits", visit.pk, given_away, diagnosis="valve")
        tom.loses("visits", visit)
        visit.refresh_from_db()
        assert visit.diagnosis == "valve"

    def test_what_somebody_else_wrote_is_not_missed(self, tom: App, visit: Visit, people: People):
        ticket = visit.ticket_id
        self.overtaken(
            tom,
            "tickets",
            ticket,
            lambda: desk_edits(people, ticket, access_notes="Second door."),
            contact_name="Brother",
        )
        tom.shows("tickets", ticket, contact_name="Brother", access_notes="Second door.")


def test_what_is_called_off_leaves_and_what_nobody_may_delete_comes_back(tom: App, visit: Visit, people: People):
    tom.removes("visits", visit)
    tom.shows("visits", visit, status="dispatched")
    assert Receipt.objects.get().answer["code"] == "write_means_nothing"
    cancel_visit(actor=Actor(user=people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="all well")
    tom.loses("visits", visit)


def test_what_was_refused_when_it_was_made_goes_away_and_stands_in_the_refusals(tom: App, visit: Visit):
    ghost = tom.inserts("part_uses", visit_id=visit.pk, kind="used", part_id=str(uuid7()), quantity="1.000")
    note = tom.inserts("notes", ticket_id=visit.ticket_id, text="beside it")
    tom.loses("part_uses", ghost)
    tom.sync()
    assert tom.document("notes", note) is not None
    assert Receipt.objects.get(status="refused").kind == "part.use"


def test_a_restart_in_the_middle_goes_on_where_it_was(rxdb: Open, people: People, world: World):
    visits = [world.dispatched_visit() for _ in range(5)]
    app = rxdb(people.technician, batchSize=2)
    app.sync()
    app.goes_offline()
    app.edits("visits", visits[0], diagnosis="valve")
    app.ask("restart")
    Visit.objects.filter(pk=visits[1].pk).update(diagnosis="hose")
    app.ask("forget")
    app.goes_online()
    app.sync()
    app.shows("visits", visits[1], diagnosis="hose")
    visits[0].refresh_from_db()
    assert visits[0].diagnosis == "valve"
    pulled = {id for page in app.heard("pull", "visits") for id in page}
    assert pulled <= {str(visit.pk) for visit in visits[:2]}, "what it had is not sent again"


def test_of_what_one_transaction_changed_nobody_ever_sees_a_half(rxdb: Open, people: People, world: World):
    visits = [world.dispatched_visit().pk for _ in range(12)]
    app = rxdb(people.technician, batchSize=5)
    app.sync()
    app.ask("watch", collection="visits", field="diagnosis")
    for number in range(8):
        with transaction.atomic():
            for pk in visits:
                Visit.objects.filter(pk=pk).update(diagnosis=f"finding {number}")
        Phone(people.technician).pull()  # feeds what was written past the commands
        if number % 2:
            app.ask("signal", on=True)  # the line breaks, and all is pulled in pages of five
    app.shows("visits", visits[0], diagnosis="finding 7")
    app.sync("visits")
    views = app.ask("seen")
    assert views[-1] == ["finding 7"]
    assert all(len(view) == 1 for view in views), views


def test_a_checkpoint_that_the_server_forgot_starts_over_and_loses_nothing(
    tom: App, visit: Visit, people: People, world: World
):
    kept = world.dispatched_visit()
    tom.shows("visits", kept, status="dispatched")
    tom.goes_offline()
    tom.edits("visits", kept, diagnosis="valve")
    Visit.objects.filter(pk=visit.pk).update(technician=people.colleague)
    Phone(people.technician).pull()
    Epoch.objects.create()
    tom.goes_online()
    tom.loses("visits", visit)
    tom.sync()
    kept.refresh_from_db()
    assert kept.diagnosis == "valve"
    assert tom.documents("visits").keys() == {str(kept.pk)}


def test_the_server_may_be_killed_while_the_app_works(tom: App, visit: Visit, server: Server):
    server.kill()
    tom.edits("visits", visit, diagnosis="valve")
    tom.inserts("notes", ticket_id=visit.ticket_id, text="meanwhile")
    server.start()
    tom.sync()
    visit.refresh_from_db()
    assert visit.diagnosis == "valve"
    assert Note.objects.filter(text="meanwhile").count() == 1
    Ticket.objects.filter(pk=visit.ticket_id).update(contact_name="later")
    Phone(visit.technician).pull()
    tom.shows("tickets", visit.ticket_id, contact_name="later")


# The stream by itself


def signed_in(person: User) -> dict[str, str]:
    """The header of a new device of this person."""
    return {"Authorization": f"Token {issue_token(person, device=register_device(user=person, device_id=uuid7()))}"}


def events(stream: Iterator[str]) -> Iterator[str]:
    """What it says, without signs of life."""
    return (line.removeprefix("data: ") for line in stream if line.startswith("data: "))


def test_the_stream_begins_with_a_pull_tells_whole_changes_and_ends_with_the_token(
    server: Server, people: People, world: World
):
    visits = [world.dispatched_visit() for _ in range(3)]
    phone = Phone(people.technician)
    headers = signed_in(people.technician)
    url = f"{server.url}/api/v1/sync/rxdb/visits/stream"
    with httpx.stream("GET", url, headers=headers, timeout=30) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
        told = events(answer.iter_lines())
        assert next(told) == "RESYNC"
        Visit.objects.filter(pk__in=[visit.pk for visit in visits]).update(diagnosis="all at once")
        phone.pull()
        page = httpx.Response(200, text=next(told)).json()
        assert {document["id"] for document in page["documents"]} == {str(visit.pk) for visit in visits}
        assert (
            httpx.get(
                url.replace("stream", "pull"), headers=headers, params={"checkpoint": page["checkpoint"]["cursor"]}
            ).json()["documents"]
            == []
        )
        people.technician.role_grants.all().delete()
        poke_person(people.technician.pk)
        assert next(told) == "RESYNC", "rights have changed"
        DeviceToken.objects.filter(user=people.technician).delete()
        poke_person(people.technician.pk)
        assert list(told) == []


@pytest.mark.parametrize(
    ("headers", "collection", "status", "code"),
    [
        ({}, "visits", 401, "not_signed_in"),
        ({"Authorization": "Token wrong"}, "visits", 401, "token_not_valid"),
        ({"Authorization": "mine"}, "secrets", 404, "not_found"),
    ],
)
def test_a_stream_is_refused_like_everything_else(
    server: Server, people: People, headers: dict[str, str], collection: str, status: int, code: str
):
    if headers.get("Authorization") == "mine":
        headers = signed_in(people.technician)
    answer = httpx.get(f"{server.url}/api/v1/sync/rxdb/{collection}/stream", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_streams_take_no_threads_from_requests(server: Server, people: People):
    headers = signed_in(people.technician)
    url = f"{server.url}/api/v1/sync/rxdb/visits"
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(headers=headers, timeout=30, limits=limits) as client:
        opened = [client.send(client.build_request("GET", f"{url}/stream"), stream=True) for _ in range(40)]
        for answer in opened:
            assert next(answer.iter_lines()) == "data: RESYNC"
        assert client.get(f"{url}/pull").status_code == 200
        for answer in opened:
            answer.close()
