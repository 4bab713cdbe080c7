"""Law 10: old phones work. What each version has said and heard was recorded, and still holds."""

import json
import os
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import override_settings

from fieldsvc.time import now
from fieldsvc.wiring import SCHEMAS
from parts.models import Part
from sync import registry, schemas
from sync.commands import Actor
from sync.feed.services import catch_up
from sync.models import Receipt
from sync.registry import Schema
from tests.people import People
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.sync.traffic import RECORDED, replay
from tests.sync.words import lost, words_of
from tests.world import World
from tickets.complaints.services import edit_ticket
from tickets.duplicates.services import merge_ticket
from tickets.models import Note, PartUse, Visit

pytestmark = pytest.mark.django_db
PUSH, CHANGES = "/api/v1/sync/push", "/api/v1/sync/changes"
LATER = schemas.together(
    SCHEMAS,
    {
        5: Schema(operations={"note.add": schemas.field_renamed("text", "words")}),
        6: Schema(documents={"notes": schemas.fields_called(words="text")}),
    },
)
"""Two versions that are still to come."""
UPDATED = override_settings(SYNC={**settings.SYNC, "SCHEMAS": "tests.sync.test_schemas.LATER", "OLDEST_SCHEMA": 4})


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def old_valve(world: World, visit: Visit) -> Part:
    """A part in whose place another one is used now."""
    valve = world.part("VALVE", aboard=3)
    part = Part.objects.create(number="OLD", name="Old valve", status="superseded", superseded_by=valve)
    catch_up()
    return part


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


def send(phone: Phone, schema: int, **changes: Any) -> Any:
    return phone.client.post(PUSH, {**phone.envelope(), "schema": schema, **changes})


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_phone_works_as_it_did(version: int, old_valve: Part, visit: Visit, people: People, world: World):
    phone = Phone(people.technician)
    names = {
        "visit": visit.pk,
        "ticket": visit.ticket_id,
        "valve": old_valve.superseded_by_id,
        "old_valve": old_valve.pk,
        "technician": people.technician.pk,
        "dispatcher": people.dispatcher.pk,
        "device": phone.device.pk,
        "wall": now().isoformat(),
    }

    def correct_the_contact() -> None:
        edit_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=visit.ticket_id, contact_name="Sister")

    def merge_the_ticket() -> None:
        main = world.ticket()
        merge_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=visit.ticket_id, main_id=main.pk)

    others = {
        "the desk corrects the contact": correct_the_contact,
        "the desk merges the ticket into another one": merge_the_ticket,
    }
    replay(f"version_{version}", phone.client, {name: str(value) for name, value in names.items()}, others)
    visit.refresh_from_db()
    assert (visit.status, visit.incomplete_reason, visit.ticket.contact_name) == ("incomplete", "Part missing.", "Both")
    assert PartUse.objects.get().movement.condition == "faulty"


def _by_kind(words: dict[str, Any]) -> dict[str, Any]:
    return {kind: {"fields": fields} for kind, fields in words.items()}


def test_what_a_phone_may_say_today_it_may_say_tomorrow():
    kept = RECORDED / "words.json"
    today = {kind: words_of(operation.form) for kind, operation in sorted(registry.operations().items())}
    if os.environ.get("RECORD_WORDS"):
        kept.write_text(orjson.dumps(today, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n")
    before = json.loads(kept.read_text())
    assert lost(_by_kind(before), _by_kind(today)) == []
    assert before == today, "Only added? Keep them: RECORD_WORDS=1 make test ARGS=tests/sync/test_schemas.py"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({}, ["part.use.note is gone"]),
        ({"note": {"must": True}}, ["part.use.note must be said now"]),
        ({"note": {"max_length": "9"}}, ["part.use.note has another max_length"]),
        ({"note": {"one_of": ["wet"]}}, ["part.use.note knows anything no more"]),
        ({"note": {}, "why": {"must": True}}, ["part.use.why is new and must be said"]),
        ({"note": {}, "why": {}}, []),
    ],
)
def test_a_lost_word_is_named(now: dict[str, Any], told: list[str]):
    assert lost({"note": {}}, now, "part.use") == told


def test_the_two_versions_before_the_newest_are_spoken_and_the_tests_phone_speaks_the_newest():
    assert schemas.newest() == SCHEMA
    assert settings.SYNC["OLDEST_SCHEMA"] <= SCHEMA - 2


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_where_merged_is_no_word_such_a_ticket_is_on_hold_until_its_main_ticket_is_resolved(
    schema: int, visit: Visit, world: World, people: People
):
    ticket, main = world.ticket(), world.ticket()
    merge_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=ticket.pk, main_id=main.pk)
    old, new = fresh_phone(people.resident, schema=schema), fresh_phone(people.resident)
    before, now_said = (phone.documents["tickets", str(ticket.pk)] for phone in (old, new))
    assert (before["status"], now_said["status"]) == ("on_hold", "merged")
    assert before | {"status": "merged", "hold_reason": ""} == now_said | {"hold_reason": ""}
    assert before["hold_reason"] == "waiting_for_others"
    assert old.digest()["collections"]["tickets"] != new.digest()["collections"]["tickets"]


def test_a_receipt_keeps_what_was_sent_in_the_words_in_which_it_was_sent(tom: Phone, visit: Visit):
    tom.does("visit.travel", visit_id=visit)
    tom.does("visit.incomplete", visit_id=visit, reason="Nobody home.", next_visit_wanted=True)
    assert [result["status"] for result in send(tom, 1).json()["results"]] == ["applied", "applied"]
    receipt = Receipt.objects.get(kind="visit.incomplete")
    assert (receipt.schema, receipt.data["reason"]) == (1, "Nobody home.")
    assert [result.get("duplicate") for result in send(tom, SCHEMA).json()["results"]] == [True, True]


def test_an_outbox_that_was_written_before_the_update_is_sent_after_it(tom: Phone, visit: Visit, world: World):
    """Each operation names the version in which it was written, if that is not the app's."""
    world.part("VALVE", aboard=1)
    for kind in ("visit.travel", "visit.check_in"):
        tom.does(kind, visit_id=visit)
    tom.does("part.return", visit_id=visit, part_id=world.part("VALVE"), quantity="1")
    tom.does("visit.incomplete", visit_id=visit, reason="Dark.", next_visit_wanted=True)
    assert [result["status"] for result in send(tom, SCHEMA).json()["results"]][2:] == ["refused", "refused"]
    for operation in tom.outbox:
        operation["id"] = operation["id"][:-4] + "abcd" if operation["kind"] in LEFT else operation["id"]
        operation["schema"] = 1
    assert set(tom.push()) == {"applied"}


LEFT = {"part.return", "visit.incomplete"}


def test_an_old_operation_that_was_refused_is_understood_when_it_is_released(
    tom: Phone, visit: Visit, people: People, api: Any
):
    early = tom.does("visit.incomplete", visit_id=visit, reason="Dark.", next_visit_wanted=True)
    first = send(tom, 1).json()["results"][0]
    assert (first["status"], first["code"]) == ("refused", "visit_transition_not_allowed")
    tom.outbox.clear()
    tom.does("visit.travel", visit_id=visit)
    tom.push()
    released = api(people.dispatcher).post(f"/api/v1/sync/operations/{early['id']}/release")
    assert released.json()["status"] == "applied", released.content


def test_a_kind_that_was_renamed_is_unknown_under_its_old_name_in_the_newest_version(tom: Phone, visit: Visit):
    tom.does("visit.incomplete", visit_id=visit, reason="Dark.", next_visit_wanted=True)
    assert send(tom, SCHEMA).json()["results"][0]["code"] == "operation_unknown"


@UPDATED
def test_a_phone_that_is_too_old_keeps_its_outbox_until_it_is_updated(tom: Phone, visit: Visit):
    written = tom.does("note.add", ticket_id=visit.ticket_id, text="Key at the porter's")
    for schema in (1, 2, 3):
        answer = send(tom, schema)
        assert (answer.status_code, answer.json()["code"], answer.json()["oldest"]) == (409, "upgrade_required", 4)
        assert tom.client.get(CHANGES, {"schema": schema}).json()["code"] == "upgrade_required"
    assert tom.client.get(CHANGES).json()["code"] == "upgrade_required"
    assert not Receipt.objects.exists()
    written["schema"] = 2
    assert send(tom, 6).json()["results"][0]["status"] == "refused"  # this server's own form was not renamed
    assert Receipt.objects.get().schema == 2


def test_a_phone_that_is_ahead_of_the_server_loses_nothing(tom: Phone, visit: Visit):
    """A new version is being brought out; one of several servers does not have it yet."""
    tom.does("note.add", ticket_id=visit.ticket_id, text="Key at the porter's")
    answer = send(tom, SCHEMA + 1)
    assert (answer.status_code, answer.json()["code"], answer.json()["newest"]) == (409, "schema_unknown", SCHEMA)
    assert tom.client.get(CHANGES, {"schema": SCHEMA + 1}).json()["code"] == "schema_unknown"
    assert not Receipt.objects.exists()
    assert tom.push() == ["applied"]
    assert Note.objects.count() == 1


@pytest.mark.parametrize("schema", ["0", "-1", "newest", "1.5", "²", "9" * 5000])
def test_an_impossible_version_is_named(tom: Phone, schema: str):
    answer = tom.client.get(CHANGES, {"schema": schema})
    assert (answer.status_code, answer.json()["code"]) == (400, "schema_not_valid")


@pytest.mark.parametrize("schema", [0, SCHEMA + 1, "x", None])
def test_an_operation_of_no_version_is_malformed_by_itself(tom: Phone, visit: Visit, schema: Any):
    tom.does("note.add", ticket_id=visit.ticket_id, text="odd")["schema"] = schema
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    assert tom.push() == ["refused", "applied"]


def test_a_replica_in_old_words_proves_itself_and_a_phone_that_was_updated_starts_over(old_valve: Part, people: People):
    phone = Phone(people.technician)
    shapes = {}
    for schema in (1, SCHEMA):
        page = phone.client.get(CHANGES, {"schema": schema}).json()
        shapes[schema] = {change["id"]: change["doc"] for change in page["changes"]}[str(old_valve.pk)]
        named = {"collection": "parts", "ids": [str(old_valve.pk)]}
        [change] = phone.client.post(f"/api/v1/sync/documents?schema={schema}", named).json()["changes"]
        assert change["doc"] == shapes[schema]
        digests = phone.client.get("/api/v1/sync/digest", {"schema": schema}).json()["collections"]
        assert (digests["parts"] == phone.digest()["collections"]["parts"]) is (schema == SCHEMA)
        other = phone.client.get(CHANGES, {"schema": SCHEMA + 1 - schema, "cursor": page["cursor"]})
        assert (other.status_code, other.json()["code"]) == (410, "resync_required")
    assert shapes[1]["superseded_by"] == shapes[SCHEMA]["superseded_by_id"] == str(old_valve.superseded_by_id)


@pytest.mark.parametrize("data", [{}, {"seen": 1, "base": 2}, {"seen": [[]]}, {"seen": None, "base": {}}])
def test_an_upgrade_takes_whatever_a_phone_has_sent(data: dict[str, Any]):
    kind, upgraded = schemas.upgraded("conflict.resolve", data, 1)
    assert kind == "conflict.resolve"
    assert "base" in upgraded or not data
