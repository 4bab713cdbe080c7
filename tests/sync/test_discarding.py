"""Law 8: what waits names its cause, and what will not be done is given up with a reason, and kept."""

from typing import Any

import pytest

from sync.ids import uuid7
from sync.models import Receipt
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import Note, Visit

pytestmark = pytest.mark.django_db
OPERATIONS = "/api/v1/sync/operations"


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


@pytest.fixture
def chain(tom: Phone, visit: Visit) -> list[str]:
    """A note that was refused, one that needs it, one that needs that one; and one that needs nothing."""
    ids: list[str] = []
    for text in ("", "second", "third"):
        ids.append(tom.does("note.add", ticket_id=visit.ticket_id, text=text, depends_on=ids[-1:])["id"])
    ids.append(tom.does("note.add", ticket_id=visit.ticket_id, text="free")["id"])
    assert tom.push() == ["refused", "blocked", "blocked", "applied"]
    return ids


def again(phone: Phone, operation_id: str) -> dict[str, Any]:
    """What the phone hears when it sends the operation once more."""
    kept = Receipt.objects.get(operation_id=operation_id)
    phone.outbox = [
        {
            "id": operation_id,
            "seq": kept.seq,
            "kind": kept.kind,
            "captured": kept.captured,
            "depends_on": [str(other) for other in kept.depends_on],
            "data": kept.data,
        }
    ]
    phone.push()
    return phone.answers[operation_id]


def discard(client: Any, operation_id: str, **more: Any) -> Any:
    return client.post(f"{OPERATIONS}/{operation_id}/discard", {"reason": "Typed twice.", **more})


def test_a_blocked_operation_names_its_cause_and_the_cause_of_that(
    tom: Phone, chain: list[str], people: People, api: Any
):
    answer = api(people.dispatcher).get(f"{OPERATIONS}/{chain[2]}").json()
    assert answer["blocked_by"] == chain[1]
    assert answer["causes"] == [
        {"operation_id": chain[1], "kind": "note.add", "status": "blocked", "code": None},
        {"operation_id": chain[0], "kind": "note.add", "status": "refused", "code": "invalid_input"},
    ]
    waiting = api(people.technician).get(OPERATIONS, {"blocked_by": chain[0]}).json()["results"]
    assert [row["operation_id"] for row in waiting] == [chain[1]]


def test_a_cause_that_never_arrived_is_named_without_a_story(tom: Phone, visit: Visit, people: People, api: Any):
    lost = str(uuid7())
    waiting = tom.does("note.add", ticket_id=visit.ticket_id, text="x", depends_on=[lost])
    assert tom.push() == ["blocked"]
    causes = api(people.technician).get(f"{OPERATIONS}/{waiting['id']}").json()["causes"]
    assert causes == [{"operation_id": lost, "kind": None, "status": None, "code": None}]


def test_operations_that_wait_for_each_other_do_not_hang_whoever_asks(
    tom: Phone, visit: Visit, people: People, api: Any
):
    one = tom.does("note.add", ticket_id=visit.ticket_id, text="x")
    other = tom.does("note.add", ticket_id=visit.ticket_id, text="y", depends_on=[one["id"]])
    one["depends_on"] = [other["id"]]
    assert tom.push() == ["blocked", "blocked"]
    shown = api(people.technician).get(f"{OPERATIONS}/{one['id']}").json()
    assert [cause["operation_id"] for cause in shown["causes"]] == [other["id"], one["id"]]
    assert discard(api(people.technician), one["id"], with_dependents=True).status_code == 200
    assert set(Receipt.objects.values_list("status", flat=True)) == {"refused"}


def test_the_desk_gives_up_a_refused_operation_and_the_receipt_keeps_what_came_by_whom_and_why(
    tom: Phone, chain: list[str], people: People, api: Any
):
    answer = discard(api(people.dispatcher), chain[0])
    assert answer.status_code == 200, answer.content
    kept = answer.json()
    assert (kept["status"], kept["data"]["text"]) == ("refused", "")
    assert (kept["discarded_by"], kept["discard_reason"]) == (str(people.dispatcher.pk), "Typed twice.")
    assert kept["answer"]["before"]["code"] == "invalid_input"
    heard = again(tom, chain[0])
    assert (heard["status"], heard["code"], heard["reason"]) == ("refused", "discarded", "Typed twice.")
    assert again(tom, chain[0]) == heard
    assert [
        row["operation_id"] for row in api(people.dispatcher).get(OPERATIONS, {"discarded": "true"}).json()["results"]
    ] == [chain[0]]


def test_what_waited_for_it_goes_on_waiting_and_is_released_or_given_up_by_itself(
    tom: Phone, chain: list[str], people: People, api: Any
):
    desk = api(people.dispatcher)
    discard(desk, chain[0])
    assert again(tom, chain[1])["status"] == "blocked"
    assert desk.post(f"{OPERATIONS}/{chain[1]}/release").json()["status"] == "applied"
    assert again(tom, chain[2])["status"] == "applied"
    assert Note.objects.count() == 3


def test_it_is_given_up_with_all_that_waits_for_it(tom: Phone, chain: list[str], people: People, api: Any):
    assert discard(api(people.technician), chain[0], with_dependents=True).status_code == 200
    assert [again(tom, operation)["status"] for operation in chain] == ["refused", "refused", "refused", "applied"]
    assert {again(tom, operation)["code"] for operation in chain[:3]} == {"discarded"}
    assert Receipt.objects.filter(discarded_by=people.technician).count() == 3
    assert Note.objects.get().text == "free"


def test_the_phone_itself_gives_up_what_its_owner_does_not_want_any_more(tom: Phone, chain: list[str], people: People):
    tom.does("operation.discard", operation_id=chain[1], reason="The customer has called off.", with_dependents=True)
    assert tom.push() == ["applied"]
    assert again(tom, chain[2])["code"] == "discarded"
    assert again(tom, chain[0])["code"] == "invalid_input"


def test_an_operation_is_given_up_once_and_for_good(tom: Phone, chain: list[str], people: People, api: Any):
    desk = api(people.dispatcher)
    assert discard(desk, chain[0]).status_code == 200
    repeated = discard(api(people.technician), chain[0], reason="Another.")
    assert (repeated.status_code, repeated.json()["discard_reason"]) == (200, "Typed twice.")
    for path in (f"{chain[0]}/release", f"{chain[3]}/release"):
        refused = desk.post(f"{OPERATIONS}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (409, "operation_not_waiting")
    done = discard(desk, chain[3])
    assert (done.status_code, done.json()["code"]) == (409, "operation_not_waiting")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 1001}, {"reason": "a\u0000b"}, {"reason": []}])
def test_nothing_is_given_up_without_a_reason(tom: Phone, chain: list[str], people: People, api: Any, body: Any):
    answer = api(people.dispatcher).post(f"{OPERATIONS}/{chain[0]}/discard", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not Receipt.objects.filter(discarded_at__isnull=False).exists()


def test_strangers_give_up_nothing(tom: Phone, chain: list[str], people: People, api: Any):
    for stranger in (people.colleague, people.resident, people.southern_dispatcher):
        assert discard(api(stranger), chain[0]).status_code == 404
        assert api(stranger).get(f"{OPERATIONS}/{chain[0]}").status_code == 404


def test_only_what_was_released_says_so(tom: Phone, visit: Visit):
    """The second waits for two: when one of them has come, it waits for the other, and nobody has released it."""
    first, other = (tom.does("note.add", ticket_id=visit.ticket_id, text=text) for text in ("one", "two"))
    both = tom.does("note.add", ticket_id=visit.ticket_id, text="both", depends_on=[first["id"], other["id"]])
    first, other, both = tom.outbox
    for sent, status in (([both], "blocked"), ([first], "applied")):
        tom.outbox = sent
        assert tom.push() == [status]
    waiting = Receipt.objects.get(operation_id=both["id"])
    assert (waiting.status, str(waiting.blocked_by), waiting.released_at) == ("blocked", other["id"], None)
    tom.outbox = [other]
    assert tom.push() == ["applied"]
    waiting.refresh_from_db()
    assert (waiting.status, waiting.released_at is not None) == ("applied", True)


def test_operations_that_come_again_do_not_make_a_push_a_bulk_of_work(tom: Phone, visit: Visit):
    for number in range(30):
        tom.does("note.add", ticket_id=visit.ticket_id, text=f"note {number}")
    tom.push(reply_is_lost=True)
    tom.does("note.add", ticket_id=visit.ticket_id, text="one more")
    assert len(tom.push()) == 31
    assert not Receipt.objects.filter(flags__contains=["bulk"]).exists()
