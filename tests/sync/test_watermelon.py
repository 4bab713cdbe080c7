"""The adapter for WatermelonDB over HTTP: rows, numbers, refusals. What the library makes of it: `tests/clients/`."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connections

from accounts.models import RoleGrant
from fieldsvc.time import now, time_is
from sync.feed.snapshot import one_moment
from sync.ids import uuid7
from sync.models import Receipt, RowReplica, StoredCursor
from sync.watermelon.pulling import KEPT
from tests.faults.database import broken
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import Note, PartUse, Site, Visit

pytestmark = pytest.mark.django_db

URL = "/api/v1/sync/watermelon"
Row = dict[str, Any]


class Rows:
    """What speaks for a phone's tables."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.number: int | None = None
        self.tables: dict[str, dict[str, Row]] = {}

    def pull(self, number: int | None = None, **query: Any) -> dict[str, Any]:
        """Pull since the last time, or since a number, and apply it. Returns the changes by table."""
        since = number or self.number
        answer = self.phone.client.get(URL, {**query, "last_pulled_at": "null" if since is None else since})
        assert answer.status_code == 200, answer.content
        body: dict[str, Any] = answer.json()
        self.number = body["timestamp"]
        for table, changes in body["changes"].items():
            rows = self.tables.setdefault(table, {})
            for row in changes["updated"]:
                rows[row["id"]] = {**rows.get(row["id"], {}), **row}
            for doc_id in changes["deleted"]:
                rows.pop(doc_id, None)
        return dict(body["changes"])

    def push(self, **changes: Any) -> Any:
        """Send the changes of tables."""
        return self.phone.client.post(f"{URL}?last_pulled_at={self.number}", {"changes": changes})

    def edited(self, table: str, row: Any, **fields: Any) -> Row:
        """The raw row that the library would send."""
        present = self.tables[table][str(row.pk)]
        return {**present, **fields, "_status": "updated", "_changed": ",".join(fields)}


def created(**fields: Any) -> Row:
    return {"id": str(uuid7()), **fields, "_status": "created", "_changed": ""}


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Rows:
    return Rows(Phone(people.technician))


# Pulling


def test_a_document_is_a_row_with_nested_values_as_text(tom: Rows, visit: Visit):
    tom.pull()
    row = tom.tables["visits"][str(visit.pk)]
    document = fresh_phone(tom.phone.user).document("visits", visit)
    assert document is not None
    assert row.keys() == {*document, "sync_base", "sync_withdrawn"}
    assert row["window_start"] == document["window_start"]
    assert orjson.loads(row["checklist_answers"]) == document["checklist_answers"] == {}
    assert row["accepted_at"] is None
    assert row["sync_withdrawn"] is False
    assert {type(value) for rows in tom.tables.values() for row in rows.values() for value in row.values()} <= {
        str,
        int,
        float,
        bool,
        type(None),
    }


def test_tables_that_nobody_writes_have_only_the_columns_of_the_document(tom: Rows, world: World):
    tom.pull()
    site = fresh_phone(tom.phone.user).document("sites", world.site)
    assert tom.tables["sites"][str(world.site.pk)] == site


def test_everything_is_sent_as_updated_and_never_twice(tom: Rows):
    changes = tom.pull()
    assert {"visits", "tickets", "sites", "notices", "service_types"} <= changes.keys()
    for table in changes.values():
        assert table["created"] == table["deleted"] == []
        ids = [row["id"] for row in table["updated"]]
        assert len(ids) == len(set(ids))


def test_only_what_changed_is_sent_after_the_first_time(tom: Rows, visit: Visit):
    tom.pull()
    assert tom.pull() == {}
    Visit.objects.filter(pk=visit.pk).update(diagnosis="valve")
    changes = tom.pull()
    assert list(changes) == ["visits"]
    assert [row["diagnosis"] for row in changes["visits"]["updated"]] == ["valve"]


def test_numbers_are_above_zero_and_only_grow_also_when_time_stands_still(tom: Rows):
    with time_is(now()):
        numbers = [number_after(tom) for _ in range(3)]
    assert all(isinstance(number, int) and number > 0 for number in numbers)
    assert numbers == sorted(set(numbers))
    with time_is(now() - timedelta(days=1)):
        assert number_after(tom) > numbers[-1]


def number_after(rows: Rows) -> int:
    rows.pull()
    assert rows.number is not None
    return rows.number


def test_a_number_can_be_named_again_after_a_lost_answer(tom: Rows, visit: Visit):
    tom.pull()
    before = tom.number
    Visit.objects.filter(pk=visit.pk).update(diagnosis="valve")
    first = tom.pull()
    again = tom.pull(before)
    assert [row["diagnosis"] for row in again["visits"]["updated"]] == ["valve"]
    assert first.keys() == again.keys()


def test_a_few_numbers_are_kept_and_always_the_one_that_the_phone_stands_on(tom: Rows):
    tom.pull()
    stands_on = tom.number or 0
    for _ in range(2 * KEPT):
        tom.pull(stands_on)
    assert StoredCursor.objects.count() <= KEPT + 1
    for _ in range(2 * KEPT):
        tom.pull()
    assert StoredCursor.objects.count() <= KEPT + 1
    assert tom.phone.client.get(URL, {"last_pulled_at": stands_on}).json()["code"] == "resync_required"


def test_a_number_of_another_device_or_of_nobody_starts_over(tom: Rows, people: People):
    tom.pull()
    other = Rows(Phone(people.technician))
    for number in (tom.number or 0, 1, 2**53):
        answer = other.phone.client.get(URL, {"last_pulled_at": number})
        assert (answer.status_code, answer.json()["code"]) == (410, "resync_required")


@pytest.mark.parametrize(
    "query",
    [
        {"last_pulled_at": "yesterday"},
        {"last_pulled_at": "-1"},
        {"last_pulled_at": str(2**70)},
        {"schema_version": "two"},
        {"migration": "{"},
        {"migration": "[]"},
        {"migration": '{"tables": [1], "columns": []}'},
        {"migration": '{"tables": [], "columns": [{"tables": "visits"}]}'},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(tom: Rows, query: dict[str, str]):
    answer = tom.phone.client.get(URL, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_new_tables_and_tables_with_new_columns_come_whole(tom: Rows, visit: Visit):
    tom.pull()
    assert tom.pull(migration="null") == {}
    migration = {"from": 1, "tables": ["sites"], "columns": [{"table": "visits", "columns": ["diagnosis"]}]}
    changes = tom.pull(schema_version=2, migration=orjson.dumps(migration).decode())
    assert set(changes) == {"sites", "visits"}
    assert [row["id"] for row in changes["visits"]["updated"]] == [str(visit.pk)]


def test_a_document_that_leaves_is_emptied_where_something_may_be_unsent_and_deleted_elsewhere(
    tom: Rows, visit: Visit, world: World
):
    tom.pull()
    sent = tom.tables["visits"][str(visit.pk)]
    RoleGrant.objects.filter(user=tom.phone.user).delete()
    changes = tom.pull()
    assert changes["visits"]["deleted"] == []
    emptied = changes["visits"]["updated"][0]
    assert emptied == {**dict.fromkeys(sent), "id": str(visit.pk), "sync_withdrawn": True}
    assert changes["sites"] == {"created": [], "updated": [], "deleted": [str(world.site.pk)]}
    columns = RowReplica.objects.get().columns
    assert "sites" not in columns


def test_a_right_that_comes_back_brings_the_rows_back(tom: Rows, visit: Visit, people: People):
    tom.pull()
    before = tom.tables["visits"][str(visit.pk)]
    grant = RoleGrant.objects.get(user=tom.phone.user)
    grant.delete()
    tom.pull()
    RoleGrant.objects.create(user=tom.phone.user, role=grant.role, territory=grant.territory)
    tom.pull()
    after = tom.tables["visits"][str(visit.pk)]
    assert {**after, "sync_base": None} == {**before, "sync_base": None}


def test_a_token_without_a_device_has_no_tables(api: Any, people: People):
    for answer in (api(people.technician).get(URL), api(people.technician).post(URL, {"changes": {}})):
        assert (answer.status_code, answer.json()["code"]) == (403, "device_mismatch")


# Pushing


def test_rows_that_were_made_edited_and_refused_in_one_push_are_told_apart(tom: Rows, visit: Visit):
    tom.pull()
    note = created(ticket_id=str(visit.ticket_id), text="Key at the porter's", internal=False)
    empty = created(ticket_id=str(visit.ticket_id), text=None)
    answer = tom.push(
        notes={"created": [note, empty], "updated": [], "deleted": []},
        visits={"updated": [tom.edited("visits", visit, diagnosis="valve leaks")]},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body["experimentalRejectedIds"] == {"notes": [empty["id"]]}
    assert [(row["table"], row["id"], row["code"]) for row in body["refused"]] == [
        ("notes", empty["id"], "invalid_input")
    ]
    assert body["conflicts"] == body["undone"] == []
    assert Note.objects.get().text == "Key at the porter's"
    visit.refresh_from_db()
    assert visit.diagnosis == "valve leaks"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "x7Gq0aPz2LmN8sTu"},
        {"id": "0192AAAA-0000-7000-8000-000000000000"},
        {"id": None},
        {"text": "half a \ud83d pair"},
        {"text": 2**70},
        {"text": {"too": ["deep"] * 3}, "internal": "\0"},
    ],
)
def test_a_row_that_cannot_be_read_is_refused_alone(tom: Rows, visit: Visit, wrong: Row):
    tom.pull()
    note = created(ticket_id=str(visit.ticket_id), text="goes on")
    body = json.dumps({"changes": {"notes": {"created": [{**created(text="?"), **wrong}, note]}}})
    answer = tom.phone.client.generic("POST", URL, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert [row["code"] for row in answer.json()["refused"]] == ["malformed_row"]
    assert Note.objects.get().text == "goes on"


@pytest.mark.parametrize(
    "body", [{}, {"changes": []}, {"changes": {"notes": []}}, {"changes": {"notes": {"created": 1}}}]
)
def test_an_envelope_that_makes_no_sense_is_refused_and_nothing_is_done(tom: Rows, body: Any):
    answer = tom.phone.client.post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_tables_and_columns_that_we_do_not_know_are_refused_by_row(tom: Rows, visit: Visit):
    tom.pull()
    draft = created(text="mine")
    answer = tom.push(
        drafts={"created": [draft]}, visits={"updated": [tom.edited("visits", visit, mood="good")]}
    ).json()
    assert {(row["table"], row["code"]) for row in answer["refused"]} == {
        ("drafts", "write_means_nothing"),
        ("visits", "write_means_nothing"),
    }
    assert Receipt.objects.filter(kind="document.write", status="refused").count() == 2


def test_a_push_that_fails_by_our_fault_has_not_happened(tom: Rows, visit: Visit, world: World):
    tom.pull()
    valve = world.part("VALVE", aboard=1)
    note = created(ticket_id=str(visit.ticket_id), text="all or nothing")
    use = created(visit_id=str(visit.pk), part_id=str(valve.pk), kind="used", quantity="1")
    changes = {"notes": {"created": [note]}, "part_uses": {"created": [use]}}
    tom.phone.client.raise_request_exception = False
    with broken("parts_stockmovement"):
        assert tom.push(**changes).status_code == 500
    assert not Note.objects.exists()
    assert not Receipt.objects.exists()
    assert tom.push(**changes).json()["refused"] == []
    assert (Note.objects.count(), PartUse.objects.count()) == (1, 1)


def test_of_too_many_rows_the_rest_is_taken_next_time(tom: Rows, visit: Visit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sync.watermelon.pushing.MAX_OPERATIONS", 2)
    tom.pull()
    notes = [created(ticket_id=str(visit.ticket_id), text=f"Note {number}") for number in range(3)]
    answer = tom.push(notes={"created": notes}).json()
    assert [(row["id"], row["code"]) for row in answer["refused"]] == [(notes[2]["id"], "too_many_rows")]
    assert tom.push(notes={"created": notes[2:]}).json()["refused"] == []
    assert Note.objects.count() == 3


def test_a_deletion_is_undone_by_the_next_pull(tom: Rows, visit: Visit):
    tom.pull()
    answer = tom.push(visits={"deleted": [str(visit.pk)]}).json()
    assert (answer["experimentalRejectedIds"], [row["id"] for row in answer["undone"]]) == ({}, [str(visit.pk)])
    before = tom.number
    for _ in range(2):  # as the answer may be lost
        assert [row["id"] for row in tom.pull(before)["visits"]["updated"]] == [str(visit.pk)]
    assert tom.pull() == {}


def test_a_push_is_taken_also_when_its_number_is_not_known(tom: Rows, visit: Visit):
    tom.pull()
    tom.number = 7
    note = created(ticket_id=str(visit.ticket_id), text="still welcome")
    assert tom.push(notes={"created": [note]}).json()["refused"] == []
    assert Note.objects.get().text == "still welcome"


@pytest.mark.parametrize("base", ["", "[]", "7", "{", '{"doc": 1}', '{"pull": [], "doc": {"status": {}}}'])
def test_whatever_else_stands_where_the_base_should_is_no_base(tom: Rows, visit: Visit, base: str):
    tom.pull()
    row = {**tom.edited("visits", visit, diagnosis="valve"), "sync_base": base}
    assert tom.push(visits={"updated": [row]}).json()["refused"] == []
    visit.refresh_from_db()
    assert visit.diagnosis == "valve"


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_while_a_pull_reads_is_seen_whole_or_not_at_all(world: World):
    near = world.site
    far = Site.objects.create(territory=world.people.north, address="3-202")
    with one_moment():
        assert Site.objects.get(pk=near.pk).name == ""
        elsewhere(lambda: Site.objects.update(name="Tower"))
        assert Site.objects.get(pk=far.pk).name == ""
    assert Site.objects.get(pk=far.pk).name == "Tower"


def elsewhere(work: Callable[[], object]) -> None:
    """In another connection, committed before it returns."""

    def run() -> None:
        work()
        connections.close_all()

    with ThreadPoolExecutor(1) as other:
        other.submit(run).result(30)
