"""Bad input of a push or a pull: a clear refusal with a stable code, everything else goes on, nothing is lost."""

import json
from datetime import timedelta
from typing import Any

import pytest

from fieldsvc.time import now
from sync.commands import Actor
from sync.models import Receipt
from tests.people import People
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.world import World
from tickets.complaints.services import open_ticket
from tickets.models import CheckIn, Note, Ticket, Visit

pytestmark = pytest.mark.django_db
CHANGES, PUSH = "/api/v1/sync/changes", "/api/v1/sync/push"


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


@pytest.fixture
def foreign(people: People, world: World) -> Ticket:
    """A ticket of the neighbour's, in which the technician has no part."""
    return open_ticket(
        actor=Actor(people.neighbour),
        occurred_at=now(),
        service_type=world.service_type.code,
        details={},
        address="Station Road 9",
        territory_id=people.north.pk,
    )


def post(phone: Phone, text: str) -> Any:
    return phone.client.post(PUSH, text, content_type="application/json")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cursor_that_was_cut_off_makes_the_phone_start_over_and_keep_its_outbox(
    tom: Phone, visit: Visit, share: float
):
    tom.does("note.add", ticket_id=visit.ticket_id, text="Key at the porter's")
    assert tom.cursor
    cut = tom.cursor[: int(len(tom.cursor) * share)]
    answer = tom.client.get(CHANGES, {"schema": str(SCHEMA), "cursor": cut})
    assert (answer.status_code, answer.json()["code"]) == (410, "resync_required")
    assert tom.push() == ["applied"]


def test_a_document_of_a_foreign_scope_does_not_exist_for_a_push_and_the_rest_goes_on(
    tom: Phone, visit: Visit, foreign: Ticket
):
    tom.does("note.add", ticket_id=foreign, text="Whose is this?")
    tom.does("ticket.edit", ticket_id=foreign, contact_name="Mine", base={"contact_name": ""})
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    assert tom.push() == ["refused", "refused", "applied"]
    assert [answer.get("code") for answer in tom.answers.values()] == ["not_found", "not_found", None]
    assert Note.objects.get().text == "fine"


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("note.add", {"ticket_id": "7", "text": "x"}),
    ("note.add", {"ticket_id": None, "text": "x"}),
    ("note.add", {"ticket_id": ["x"], "text": "x"}),
    ("note.add", {"text": {"a": 1}}),
    ("note.add", {"text": True}),
    ("note.add", {"text": "x", "internal": "perhaps"}),
    ("ticket.edit", {"priority": "urgent", "base": {}}),
    ("ticket.edit", {"contact_name": "x", "base": "before"}),
    ("visit.check_in", {"visit_id": "here"}),
    ("conflict.resolve", {"conflict_id": {}, "keep": "server"}),
    ("operation.discard", {"operation_id": "all", "reason": "x"}),
]


@pytest.mark.parametrize(("kind", "data"), WRONG)
def test_values_of_the_wrong_type_are_named_and_the_rest_goes_on(
    tom: Phone, visit: Visit, kind: str, data: dict[str, Any]
):
    about = {"ticket_id": str(visit.ticket_id)} if kind in ("note.add", "ticket.edit") else {}
    tom.does(kind, **{**about, **data})
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    assert tom.push() == ["refused", "applied"]
    first = next(iter(tom.answers.values()))
    assert first["code"] == "invalid_input"
    assert first["errors"][0]["field"].split(".")[0] in data


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json_and_applies_nothing(tom: Phone, visit: Visit, literal: str):
    tom.does("visit.check_in", visit_id=visit, latitude="MARK", longitude=108.91)
    answer = post(tom, json.dumps(tom.envelope()).replace('"MARK"', literal))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert not Receipt.objects.exists()
    tom.outbox[0]["data"]["latitude"] = 34.24
    assert tom.push() == ["applied"]


@pytest.mark.parametrize("text", ["\ud800", "\udfff\ud800", "fine \ud83d"])
@pytest.mark.parametrize("place", ["text", "name", "kind"])
def test_half_of_a_character_is_one_operations_problem_wherever_it_stands(
    tom: Phone, visit: Visit, text: str, place: str
):
    bad = tom.does("note.add", ticket_id=visit.ticket_id, text="x")
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    if place == "kind":
        bad["kind"] = text
    else:
        bad["data"][text if place == "name" else "text"] = text
    answer = post(tom, json.dumps(tom.envelope()))
    assert answer.status_code == 200, answer.content
    assert [result["status"] for result in answer.json()["results"]] == ["refused", "applied"]


@pytest.mark.parametrize("wall", ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z"])
def test_a_phone_that_knows_only_an_absurd_time_has_its_work_dated_by_what_passed_since(
    tom: Phone, visit: Visit, wall: str
):
    """No boot, no monotonic clock: its wall clock says how long ago it was, and nothing more."""
    operation = tom.does("visit.check_in", visit_id=visit)
    operation["captured"] = {"wall": wall}
    clock = {"wall": wall}
    answer = tom.client.post(PUSH, {**tom.envelope(), "clock": clock})
    assert answer.json()["results"][0]["status"] == "applied", answer.content
    fact = CheckIn.objects.get()
    assert abs(fact.received_at - fact.occurred_at) < timedelta(seconds=1)
    assert (fact.captured["wall"], "clock_corrected" in fact.flags) == (wall, True)


@pytest.mark.parametrize("wall", ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z"])
def test_an_absurd_time_beside_a_sound_clock_is_kept_and_flagged(tom: Phone, visit: Visit, wall: str):
    operation = tom.does("visit.check_in", visit_id=visit)
    operation["captured"] = {"wall": wall}
    assert tom.push() == ["applied"]
    fact = CheckIn.objects.get()
    assert fact.occurred_at <= fact.received_at
    assert {"late", "in_future"} & {*fact.flags}


def test_a_body_that_is_too_large_is_refused_whole_and_says_how_large_it_may_be(
    tom: Phone, visit: Visit, settings: Any
):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    tom.does("note.add", ticket_id=visit.ticket_id, text="x" * 2_000)
    answer = tom.client.post(PUSH, tom.envelope())
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "request_too_large", 1_000)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "7", "null", '"push"', "{", "\ufeff{}"])
def test_an_envelope_that_is_none_applies_nothing(tom: Phone, body: str):
    answer = post(tom, body)
    assert (answer.status_code, answer.json()["code"]) in {(400, "malformed_request"), (400, "invalid_input")}


@pytest.mark.parametrize(
    "changes", [{"device": "mine"}, {"schema": "x"}, {"schema": 0}, {"operations": {}}, {"operations": 1}]
)
def test_a_wrong_member_of_the_envelope_is_named(tom: Phone, visit: Visit, changes: dict[str, Any]):
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    answer = tom.client.post(PUSH, {**tom.envelope(), **changes})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["field"] == next(iter(changes))
    assert not Receipt.objects.exists()
