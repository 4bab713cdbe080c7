"""Push: laws 2 (once), 8 (order), 9 (refusals are remembered, our failures are retried), and bad input."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from fieldsvc.time import now
from sync.ids import uuid7
from sync.models import FeedDocument, Receipt
from tests.faults.database import broken
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import CheckIn, Note, Rating, Ticket, Visit

pytestmark = pytest.mark.django_db
DONE: dict[str, Any] = {"resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    """The technician's phone, with the visit on it."""
    return fresh_phone(people.technician)


def send(phone: Phone, **changes: Any) -> Any:
    content = json.dumps({**phone.envelope(), **changes})  # in ASCII, so that halves of surrogate pairs get through
    return phone.client.post("/api/v1/sync/push", content, content_type="application/json")


def test_an_operation_sent_three_times_counts_once_and_is_answered_alike(tom: Phone, visit: Visit):
    tom.does("note.add", ticket_id=visit.ticket_id, text="Key at the porter's")
    first, second, third = (send(tom).json()["results"][0] for _ in range(3))
    assert first == {"id": tom.outbox[0]["id"], "status": "applied"}
    assert second == third == {**first, "duplicate": True}
    assert Note.objects.count() == 1


def test_the_same_id_with_other_content_is_refused_and_the_first_stands(tom: Phone, visit: Visit):
    operation = tom.does("note.add", ticket_id=visit.ticket_id, text="first")
    send(tom)
    operation["data"]["text"] = "second"
    result = send(tom).json()["results"][0]
    assert (result["status"], result["code"]) == ("refused", "operation_id_reused")
    assert Note.objects.get().text == "first"


@pytest.mark.parametrize("first", ["first", ""])
def test_of_two_operations_with_one_id_in_one_push_the_first_is_judged_by_its_own_words(
    tom: Phone, visit: Visit, first: str
):
    operation = tom.does("note.add", ticket_id=visit.ticket_id, text=first)
    other = {**operation, "seq": 2, "data": {**operation["data"], "text": "second"}}
    results = send(tom, operations=[operation, other]).json()["results"]
    assert results[0]["status"] == ("applied" if first else "refused")
    assert (results[1]["status"], results[1]["code"]) == ("refused", "operation_id_reused")
    assert [note.text for note in Note.objects.all()] == [first] * bool(first)
    assert Receipt.objects.get().data["text"] == first


def test_what_cannot_be_written_is_its_own_operations_problem_and_not_the_next_ones(people: People, world: World):
    """Its id is found to be taken when it is written, which is when the next one wants to read."""
    rosa, tickets = Phone(people.resident), [world.ticket() for _ in range(3)]
    Ticket.objects.update(status="resolved", resolved_at=now())
    taken = uuid7()
    rosa.does("ticket.rate", ticket_id=tickets[0], score=5, id=taken)
    assert rosa.push() == ["applied"]
    rosa.does("message.send", ticket_id=tickets[1], text="before")
    rosa.does("ticket.rate", ticket_id=tickets[1], score=4, id=taken)
    rosa.does("message.send", ticket_id=tickets[1], text="after")
    assert rosa.push() == ["applied", "refused", "applied"]
    assert [answer.get("code") for answer in rosa.answers.values()] == [None, None, "id_taken", None]
    assert {note.text for note in Note.objects.all()} == {"before", "after"}
    assert Rating.objects.get().score == 5


def test_a_restored_backup_on_a_new_device_counts_nothing_twice(tom: Phone, visit: Visit, people: People):
    tom.does("note.add", ticket_id=visit.ticket_id, text="once")
    backup = list(tom.outbox)
    tom.push()
    new = Phone(people.technician)
    new.outbox = backup
    assert new.push() == ["applied"]
    assert Note.objects.count() == 1


def test_operations_apply_in_device_order_whatever_the_order_in_which_they_are_listed(tom: Phone, visit: Visit):
    for kind in ("visit.accept", "visit.travel", "visit.check_in"):
        tom.does(kind, visit_id=visit)
    tom.does("visit.complete", visit_id=visit, **DONE)
    operations = tom.outbox
    results = send(tom, operations=operations[::-1]).json()["results"]
    assert [result["id"] for result in results] == [operation["id"] for operation in operations[::-1]]
    assert {result["status"] for result in results} == {"applied"}
    visit.refresh_from_db()
    assert visit.status == "completed"


def test_what_depends_on_a_refused_operation_is_blocked_and_named_and_the_rest_goes_on(tom: Phone, visit: Visit):
    refused = tom.does("visit.complete", visit_id=visit, **{**DONE, "resolution_code": "no such code"})
    tom.does("note.add", ticket_id=visit.ticket_id, text="dependent", depends_on=[refused["id"]])
    tom.does("note.add", ticket_id=visit.ticket_id, text="independent")
    results = send(tom).json()["results"]
    assert [result["status"] for result in results] == ["refused", "blocked", "applied"]
    assert results[1]["blocked_by"] == refused["id"]
    assert Note.objects.get().text == "independent"


def test_a_refusal_is_remembered_even_when_its_reason_has_gone(tom: Phone, visit: Visit, people: People):
    tom.does("note.add", ticket_id=visit.ticket_id, text="")
    assert send(tom).json()["results"][0]["code"] == "invalid_input"
    assert send(tom).json()["results"][0]["duplicate"] is True


def test_a_blocked_operation_waits_for_one_that_never_arrived_and_follows_when_it_does(tom: Phone, visit: Visit):
    first = tom.does("note.add", ticket_id=visit.ticket_id, text="first")
    tom.does("note.add", ticket_id=visit.ticket_id, text="second", depends_on=[first["id"]])
    assert send(tom, operations=tom.outbox[1:]).json()["results"][0]["status"] == "blocked"
    assert send(tom, operations=tom.outbox[:1]).json()["results"][0]["status"] == "applied"
    assert send(tom).json()["results"][1] == {"id": tom.outbox[1]["id"], "status": "applied", "duplicate": True}
    assert Note.objects.count() == 2


def test_a_refused_operation_is_released_when_its_reason_is_gone_and_takes_what_waited_along(
    tom: Phone, visit: Visit, world: World, people: People, api: Any
):
    for kind in ("visit.accept", "visit.travel", "visit.check_in"):
        tom.does(kind, visit_id=visit)
    refused = tom.does("visit.complete", visit_id=visit, **{**DONE, "resolution_code": "replaced"})
    tom.does("note.add", ticket_id=visit.ticket_id, text="dependent", depends_on=[refused["id"]])
    tom.push()
    world.service_type.resolution_codes.append({"code": "replaced", "text": "Replaced", "text_zh": "已更换"})
    world.service_type.save()

    released = api(people.dispatcher).post(f"/api/v1/sync/operations/{refused['id']}/release")
    assert released.status_code == 200, released.content
    assert released.json()["status"] == "applied"
    assert set(Receipt.objects.values_list("status", flat=True)) == {"applied"}
    visit.refresh_from_db()
    assert visit.status == "completed"
    assert Note.objects.get().author == people.technician
    again = api(people.dispatcher).post(f"/api/v1/sync/operations/{refused['id']}/release")
    assert (again.status_code, again.json()["code"]) == (409, "operation_not_waiting")


def test_nobody_releases_the_operations_of_people_whom_they_do_not_look_after(
    tom: Phone, visit: Visit, people: People, api: Any
):
    operation = tom.does("note.add", ticket_id=visit.ticket_id, text="")
    tom.push()
    for stranger in (people.colleague, people.resident, people.southern_dispatcher):
        assert api(stranger).post(f"/api/v1/sync/operations/{operation['id']}/release").status_code == 404


def test_our_own_failure_leaves_no_receipt_and_the_next_try_succeeds(tom: Phone, visit: Visit, world: World):
    failing = tom.does("part.use", visit_id=visit, part_id=world.part("VALVE"), quantity="1")
    tom.does("note.add", ticket_id=visit.ticket_id, text="goes on")
    tom.does("note.add", ticket_id=visit.ticket_id, text="waits", depends_on=[failing["id"]])
    world.van()
    with broken("parts_stockmovement"):
        assert tom.push() == ["retry", "applied", "retry"]
    assert tom.push() == ["applied", "applied"]
    assert tom.outbox == []
    assert Note.objects.count() == 2


MALFORMED: dict[str, Any] = {
    "not an object": 7,
    "null": None,
    "empty": {},
    "no id": {"seq": 1, "kind": "note.add", "captured": {"wall": "2026-11-22T08:00:00Z"}, "data": {}},
    "a text as data": {"data": "x"},
    "a kind of the wrong type": {"kind": ["note.add"]},
    "a negative number": {"seq": -1},
    "no such moment": {"captured": {"wall": "2026-13-45T99:00:00Z"}},
    "a moment with a NUL in it": {"captured": {"wall": "2026-11-22\u000008:00:00Z"}},
    "a moment with half of a surrogate pair in it": {"captured": {"wall": "2026-11-22\ud80008:00:00Z"}},
    "half of a surrogate pair": {"data": {"text": "\ud800"}},
    "a NUL": {"data": {"text": "a\u0000b"}},
    "a giant number": {"data": {"quantity": 10**40}},
    "a giant number in other words": {"data": {"quantity": 1e23}},
}


@pytest.mark.parametrize("flaw", MALFORMED)
def test_a_malformed_operation_is_refused_by_itself_and_the_others_proceed(tom: Phone, visit: Visit, flaw: str):
    good = tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    bad = MALFORMED[flaw]
    if isinstance(bad, dict) and bad and flaw != "no id":
        bad = {**good, "id": "0192aaaa-0000-7000-8000-000000000000", **bad}
    answer = send(tom, operations=[bad, good])
    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    assert (results[0]["status"], results[0]["code"]) == ("refused", "malformed_operation")
    assert results[0]["errors"]
    assert results[1]["status"] == "applied"


@pytest.mark.parametrize(
    "clock", [None, {}, {"wall": "yesterday"}, {"wall": "2026-11-22T08:00:00Z", "monotonic_ms": -1}]
)
def test_a_malformed_envelope_applies_nothing(tom: Phone, visit: Visit, clock: Any):
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    answer = send(tom, clock=clock)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["field"].startswith("clock")
    assert Note.objects.count() == 0


def test_an_unknown_kind_of_operation_is_refused_with_a_stable_code(tom: Phone):
    tom.does("visit.teleport", visit_id="x")
    assert send(tom).json()["results"][0]["code"] == "operation_unknown"


def test_too_many_operations_at_once_are_refused_whole_and_the_limit_is_stated(tom: Phone):
    operation = tom.does("note.add", text="x")
    answer = send(tom, operations=[operation] * 1001)
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (400, "too_many_operations", 1000)


def test_a_token_pushes_for_its_own_device_only(tom: Phone, visit: Visit, people: People, api: Any):
    tom.does("note.add", ticket_id=visit.ticket_id, text="mine")
    for other in (fresh_phone(people.colleague).client, api(people.technician), Phone(people.technician).client):
        answer = other.post("/api/v1/sync/push", tom.envelope())
        assert (answer.status_code, answer.json()["code"]) == (403, "device_mismatch")
    assert APIClient().post("/api/v1/sync/push", tom.envelope()).status_code == 401
    assert Note.objects.count() == 0


@pytest.mark.parametrize("wall", ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_an_absurd_wall_clock_loses_nothing_and_dates_work_by_the_monotonic_clock(tom: Phone, visit: Visit, wall: str):
    operation = tom.does("visit.check_in", hours_ago=2, visit_id=visit)
    operation["captured"]["wall"] = wall
    result = send(tom).json()
    assert result["results"][0]["status"] == "applied"
    fact = CheckIn.objects.get()
    assert 7199 < (fact.received_at - fact.occurred_at).total_seconds() < 7201
    assert "clock_corrected" in fact.flags
    assert fact.captured["wall"] == wall


def test_many_operations_at_once_are_marked_for_the_supervisor(tom: Phone, visit: Visit):
    for number in range(31):
        tom.does("note.add", ticket_id=visit.ticket_id, text=f"note {number}")
    assert set(tom.push()) == {"applied"}
    assert all("bulk" in receipt.flags for receipt in Receipt.objects.all())


def test_a_push_of_many_operations_costs_one_flush_of_the_feed(tom: Phone, visit: Visit, people: People):
    ticket = FeedDocument.objects.filter(collection="tickets", doc_id=visit.ticket_id)
    before = ticket.values_list("version", flat=True).get()
    for number in range(20):
        tom.does("note.add", ticket_id=visit.ticket_id, text=f"note {number}", internal=False)
    tom.push()
    assert len(fresh_phone(people.technician).collection("notes")) == 20
    assert ticket.values_list("version", flat=True).get() == before + 1


@pytest.mark.parametrize("junk", ["a\u0000b", "\ud800", 10**40, [[[[]]]]])
def test_junk_beside_the_clock_readings_is_not_kept_and_stops_nothing(tom: Phone, visit: Visit, junk: Any):
    operation = tom.does("visit.check_in", visit_id=visit)
    operation["captured"]["junk"] = junk
    assert send(tom).json()["results"][0]["status"] == "applied"
    assert set(CheckIn.objects.get().captured) == {"wall", "monotonic_ms", "boot"}


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_beyond_all_bounds_is_one_operations_problem(tom: Phone, visit: Visit, number: str):
    tom.does("note.add", ticket_id=visit.ticket_id, text="MARK")
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    content = json.dumps(tom.envelope()).replace('"MARK"', number)
    answer = tom.client.post("/api/v1/sync/push", content, content_type="application/json")
    assert [result["status"] for result in answer.json()["results"]] == ["refused", "applied"]


def test_a_boot_that_is_a_number_beyond_all_bounds_is_one_operations_problem(tom: Phone, visit: Visit):
    tom.does("note.add", ticket_id=visit.ticket_id, text="x")["captured"]["boot"] = "MARK"
    tom.does("note.add", ticket_id=visit.ticket_id, text="fine")
    content = json.dumps(tom.envelope()).replace('"MARK"', "1e999")
    answer = tom.client.post("/api/v1/sync/push", content, content_type="application/json")
    assert [result["status"] for result in answer.json()["results"]] == ["refused", "applied"]


def test_nesting_without_end_is_malformed(tom: Phone):
    content = '{"device":' + "[" * 100_000 + "]" * 100_000 + "}"
    answer = tom.client.post("/api/v1/sync/push", content, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def test_an_operation_cannot_wait_for_itself(tom: Phone, visit: Visit):
    operation = tom.does("note.add", ticket_id=visit.ticket_id, text="x")
    operation["depends_on"] = [operation["id"]]
    assert send(tom).json()["results"][0]["code"] == "malformed_operation"


def test_what_is_refused_after_our_own_failure_is_tried_again_with_it(tom: Phone, visit: Visit, people: People):
    """The check-in fails by our fault; that completing the visit is refused then is nobody's last word."""
    for kind in ("visit.accept", "visit.travel"):
        tom.does(kind, visit_id=visit)
    tom.push()
    tom.does("visit.check_in", visit_id=visit)
    tom.does("visit.complete", visit_id=visit, **DONE)
    with broken("tickets_checkin"):
        assert tom.push() == ["retry", "retry"]
    assert tom.push() == ["applied", "applied"]
