"""The adapter for RxDB on the wire: pages, checkpoints, rows (laws 3, 4, 5, 9). The client itself: `tests/clients/`."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldsvc.time import now, time_is
from sync.ids import uuid7
from sync.models import Conflict, Receipt
from tests.faults.database import broken
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import Note, Ticket, Visit

pytestmark = pytest.mark.django_db
Doc = dict[str, Any]


class Rx:
    """What replicateRxCollection sends and keeps, of one collection."""

    def __init__(self, phone: Phone, collection: str) -> None:
        self.client = phone.client
        self.url = f"/api/v1/sync/rxdb/{collection}"
        self.checkpoint: Doc | None = None
        self.documents: dict[str, Doc] = {}

    def page(self, limit: int = 100) -> list[Doc]:
        answer = self.client.get(f"{self.url}/pull", {"limit": str(limit), "checkpoint": json.dumps(self.checkpoint)})
        assert answer.status_code == 200, answer.content
        page = answer.json()
        documents: list[Doc] = page["documents"]
        if documents:
            self.checkpoint = page["checkpoint"]
        for document in documents:
            if document["_deleted"]:
                self.documents.pop(document["id"], None)
            else:
                self.documents[document["id"]] = document
        return documents

    def pull(self, limit: int = 100) -> int:
        """As RxDB does: until a page is shorter than the batch."""
        pages = 1
        while len(self.page(limit)) >= limit:
            pages += 1
        return pages

    def push(self, *rows: tuple[Doc | None, Doc], status: int = 200) -> Any:
        body = [{**({"assumedMasterState": base} if base else {}), "newDocumentState": new} for base, new in rows]
        content = json.dumps(body)  # in ASCII, so that halves of surrogate pairs get through
        answer = self.client.post(f"{self.url}/push", content, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture
def tom(people: People) -> Phone:
    return Phone(people.technician)


@pytest.mark.django_db(transaction=True)
def test_pages_are_full_until_the_end_and_nothing_of_other_collections_is_in_them(tom: Phone, world: World):
    visits = {str(world.dispatched_visit().pk) for _ in range(7)}
    client = Rx(tom, "visits")
    assert [len(client.page(3)) for _ in range(3)] == [3, 3, 1]
    assert client.documents.keys() == visits
    assert client.page(3) == []


@pytest.mark.django_db(transaction=True)
def test_what_one_transaction_changed_comes_in_one_page_however_small_the_batch(tom: Phone, world: World):
    visits = [world.dispatched_visit().pk for _ in range(7)]
    client = Rx(tom, "visits")
    client.pull(2)
    Visit.objects.filter(pk__in=visits[:5]).update(diagnosis="a")
    tom.pull()
    Visit.objects.filter(pk__in=visits[5:]).update(diagnosis="b")
    tom.pull()
    assert [[document["diagnosis"] for document in client.page(2)] for _ in range(2)] == [["a"] * 5, ["b"] * 2]


def test_the_checkpoint_of_an_idle_collection_is_renewed_by_a_document_that_is_known(tom: Phone, world: World):
    world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    before = client.checkpoint
    assert client.page() == []
    with time_is(now() + timedelta(days=2)):
        assert [document["id"] for document in client.page()] == list(client.documents)
        assert client.checkpoint != before
        assert client.page() == []


@pytest.mark.parametrize("checkpoint", ["forged", '{"cursor": "forged"}', '{"cursor": 7}', "[]"])
def test_a_forged_checkpoint_starts_over(tom: Phone, checkpoint: str):
    answer = tom.client.get("/api/v1/sync/rxdb/visits/pull", {"checkpoint": checkpoint})
    assert (answer.status_code, answer.json()["code"]) == (410, "resync_required")


def test_a_checkpoint_is_good_for_its_person_and_its_collection_alone(tom: Phone, people: People, world: World):
    world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    for other, collection in ((tom, "tickets"), (Phone(people.colleague), "visits")):
        query = {"checkpoint": json.dumps(client.checkpoint)}
        answer = other.client.get(f"/api/v1/sync/rxdb/{collection}/pull", query)
        assert answer.status_code == 410


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_a_batch_that_would_have_to_be_cut_short_is_refused(tom: Phone, limit: str):
    answer = tom.client.get("/api/v1/sync/rxdb/visits/pull", {"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "limit_not_valid")


def test_there_is_no_other_collection(tom: Phone):
    for method, path in (("get", "pull"), ("post", "push"), ("get", "stream")):
        assert getattr(tom.client, method)(f"/api/v1/sync/rxdb/secrets/{path}").status_code == 404


def test_a_visit_that_changes_hands_is_withdrawn_and_a_role_that_ends_withdraws_all(
    tom: Phone, world: World, people: People
):
    visits = [world.dispatched_visit() for _ in range(3)]
    client = Rx(tom, "visits")
    client.pull()
    Visit.objects.filter(pk=visits[0].pk).update(technician=people.colleague)
    assert client.page() == [{"id": str(visits[0].pk), "_deleted": True}]
    people.technician.role_grants.all().delete()
    assert len(client.page(2)) == 2
    client.pull(2)
    assert client.documents == {}


def test_a_pull_reads_its_own_collection_by_an_index(tom: Phone, world: World):
    world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    with CaptureQueriesContext(connection) as queries:
        client.page()
    assert len(queries) <= 20, "a pull costs a constant number of queries"


# Push


def test_what_was_pushed_as_it_stands_is_answered_by_nothing_and_what_we_add_by_the_document(tom: Phone, world: World):
    visit = world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    seen = client.documents[str(visit.pk)]
    assert client.push((seen, {**seen, "diagnosis": "valve"})) == []
    client.pull()
    seen = client.documents[str(visit.pk)]
    (answer,) = client.push((seen, {**seen, "status": "accepted"}))
    assert (answer["status"], answer["_deleted"]) == ("accepted", False)
    assert answer["accepted_at"] is not None
    assert client.push((answer, answer)) == []


def test_a_lost_reply_changes_nothing(tom: Phone, world: World):
    visit = world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    seen = client.documents[str(visit.pk)]
    new = {**seen, "diagnosis": "valve"}
    assert [client.push((seen, new)) for _ in range(3)] == [[], [], []]
    assert Receipt.objects.count() == 1
    assert client.push((seen, {**new, "diagnosis": "valve, really"})) == []
    assert not Conflict.objects.exists()


def test_each_row_is_answered_for_itself(tom: Phone, world: World):
    good, bad = world.dispatched_visit(), world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    rows = [client.documents[str(visit.pk)] for visit in (good, bad)]
    answers = client.push(
        (rows[0], {**rows[0], "diagnosis": "valve"}),
        (rows[1], {**rows[1], "window_start": "2030-01-01T00:00:00Z", "diagnosis": "hose"}),
    )
    assert answers == [{**rows[1], "diagnosis": "hose"}]
    assert Receipt.objects.get(status="refused").answer["code"] == "write_means_nothing"


def test_a_refused_insertion_is_withdrawn_by_pull_and_not_by_the_answer(tom: Phone, world: World):
    world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    mine = {"id": str(uuid7()), "status": "accepted", "_deleted": False}
    assert client.push((None, mine)) == []
    assert client.page() == [{"id": mine["id"], "_deleted": True}]
    assert Receipt.objects.get().kind == "document.write"


def test_a_refused_insertion_is_withdrawn_from_a_client_that_has_never_got_anything(tom: Phone):
    client = Rx(tom, "visits")
    client.pull()
    assert client.checkpoint is None
    mine = {"id": str(uuid7()), "status": "accepted", "_deleted": False}
    assert client.push((None, mine)) == []
    assert client.page() == [{"id": mine["id"], "_deleted": True}]
    assert client.page() == []


def test_the_withdrawal_of_a_made_up_id_does_not_tell_whether_it_is_somebody_elses(
    tom: Phone, people: People, world: World
):
    foreign, made_up = world.dispatched_visit(people.colleague), uuid7()
    world.dispatched_visit()
    tom.pull()
    row = {"id": str(foreign.pk), "diagnosis": "x"}
    Rx(tom, "visits").push(*((None, {**row, "id": str(doc_id)}) for doc_id in (foreign.pk, made_up)))
    changes = {change.pop("id"): change for change in tom.asks().json()["changes"]}
    assert changes.keys() == {str(foreign.pk), str(made_up)}
    assert changes[str(foreign.pk)] == changes[str(made_up)]
    assert fresh_phone(people.colleague).document("visits", foreign)


def test_a_deleted_document_comes_back_as_it_is(tom: Phone, world: World):
    visit = world.dispatched_visit()
    client = Rx(tom, "visits")
    client.pull()
    seen = client.documents[str(visit.pk)]
    assert client.push((seen, {**seen, "_deleted": True})) == [seen]


def test_the_tombstone_of_a_document_that_is_gone_is_taken_as_it_is(tom: Phone):
    gone = {"id": str(uuid7()), "_deleted": True}
    assert Rx(tom, "visits").push((None, gone), (gone, gone)) == []


def test_text_that_cannot_be_stored_comes_back_with_a_mark_in_place_of_it(tom: Phone, world: World):
    visit = world.dispatched_visit()
    client = Rx(tom, "notes")
    note = {"id": str(uuid7()), "ticket_id": str(visit.ticket_id), "text": "half \ud83d and \0", "_deleted": False}
    (answer,) = client.push((None, note))
    assert answer["text"] == Note.objects.get().text == "half \ufffd and \ufffd"


@pytest.mark.parametrize("rows", [{}, [1], [{}], [{"newDocumentState": {"id": "7"}}], "x"])
def test_what_is_no_row_is_refused_before_anything_happens(tom: Phone, rows: Any):
    answer = tom.client.post("/api/v1/sync/rxdb/visits/push", rows)
    assert answer.status_code == 400
    assert not Receipt.objects.exists()


def test_a_thousand_rows_at_most(tom: Phone):
    row = {"newDocumentState": {"id": str(uuid7()), "_deleted": True}}
    answer = tom.client.post("/api/v1/sync/rxdb/visits/push", [row] * 1001)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_operations")


def test_our_own_fault_is_a_500_and_the_rows_come_again(tom: Phone, world: World, monkeypatch: pytest.MonkeyPatch):
    visit = world.dispatched_visit()
    note = {"id": str(uuid7()), "ticket_id": str(visit.ticket_id), "text": "kept", "_deleted": False}
    client = Rx(tom, "notes")
    with broken("tickets_note"):
        assert client.push((None, note), status=500)["code"] == "internal_error"
    client.push((None, note))
    assert Note.objects.get().pk == UUID(str(note["id"]))


def test_the_device_says_when_it_happened_and_what_its_clock_shows(tom: Phone, world: World):
    visit = world.dispatched_visit()
    happened, wrong = now() - timedelta(hours=1), timedelta(minutes=30)
    note = {
        "id": str(uuid7()),
        "ticket_id": str(visit.ticket_id),
        "text": "x",
        "occurred_at": (happened + wrong).isoformat(),
        "_deleted": False,
    }
    wall = (now() + wrong).isoformat()
    answer = tom.client.post(f"/api/v1/sync/rxdb/notes/push?{urlencode({'wall': wall})}", [{"newDocumentState": note}])
    assert answer.status_code == 200
    assert abs(Note.objects.get().occurred_at - happened) < timedelta(seconds=5)
    assert Note.objects.get().flags == ["clock_corrected"]


def test_without_an_event_loop_the_stream_tells_to_pull_and_ends(tom: Phone):
    answer = tom.client.get("/api/v1/sync/rxdb/visits/stream")
    assert (answer.content, answer["Content-Type"]) == (b"data: RESYNC\n\n", "text/event-stream")


def test_two_devices_write_different_fields_of_one_document(tom: Phone, people: People, world: World):
    ticket = world.dispatched_visit().ticket
    mine, theirs = Rx(tom, "tickets"), Rx(Phone(people.agent), "tickets")
    mine.pull()
    theirs.pull()
    seen = mine.documents[str(ticket.pk)]
    theirs_seen = theirs.documents[str(ticket.pk)]
    assert theirs.push((theirs_seen, {**theirs_seen, "contact_name": "R"})) == []
    (answer,) = mine.push((seen, {**seen, "access_notes": "ring twice"}))
    assert (answer["contact_name"], answer["access_notes"]) == ("R", "ring twice")
    assert Ticket.objects.get(pk=ticket.pk).access_notes == "ring twice"
