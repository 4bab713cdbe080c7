"""Law 6, no silent loser: what a device wrote is current, or stands in a conflict that one operation resolves."""

import json
from datetime import timedelta
from typing import Any

import pytest

from fieldsvc.time import now
from sync.commands import Actor
from sync.conflicts.offline import load_conflicts
from sync.conflicts.services import open_conflict
from sync.feed.services import catch_up
from sync.models import Conflict
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.complaints.services import edit_ticket
from tickets.models import Ticket, Visit
from tickets.visits.services import reassign_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Phone:
    return fresh_phone(people.technician)


@pytest.fixture
def clash(tom: Phone, visit: Visit, people: People) -> Conflict:
    """The desk wrote one contact, the technician, without signal, another."""
    edit_ticket(
        actor=Actor(people.dispatcher), occurred_at=visit.window_start, ticket_id=visit.ticket_id, contact_name="Sister"
    )
    tom.does(
        "ticket.edit", hours_ago=1, ticket_id=visit.ticket_id, contact_name="Brother", base={"contact_name": "Rosa"}
    )
    assert tom.push() == ["conflict"]
    tom.pull()
    return Conflict.objects.get()


def contact(visit: Visit) -> str:
    visit.ticket.refresh_from_db()
    return visit.ticket.contact_name


def test_different_fields_of_one_ticket_both_stand(tom: Phone, visit: Visit, people: People):
    edit_ticket(
        actor=Actor(people.dispatcher), occurred_at=visit.window_start, ticket_id=visit.ticket_id, contact_name="Sister"
    )
    tom.does("ticket.edit", ticket_id=visit.ticket_id, access_notes="Gate 12", base={"access_notes": ""})
    assert tom.push() == ["applied"]
    visit.ticket.refresh_from_db()
    assert (visit.ticket.contact_name, visit.ticket.access_notes) == ("Sister", "Gate 12")
    assert Conflict.objects.count() == 0


def test_the_servers_value_stays_and_the_devices_stands_beside_it_with_who_and_when(
    clash: Conflict, visit: Visit, people: People
):
    assert contact(visit) == "Sister"
    assert (clash.base, clash.server_value, clash.device_value) == ("Rosa", "Sister", "Brother")
    assert (clash.server_by, clash.device_by) == (people.dispatcher, people.technician)
    assert clash.server_at is not None
    assert clash.occurred_at < clash.received_at


def test_author_and_desk_see_it_and_nobody_else(clash: Conflict, people: People, api: Any, tom: Phone):
    assert tom.document("conflicts", clash) is not None
    for insider in (people.technician, people.dispatcher, people.supervisor):
        assert api(insider).get(f"/api/v1/sync/conflicts/{clash.pk}").status_code == 200
    for stranger in (
        people.colleague,
        people.resident,
        people.neighbour,
        people.southern_dispatcher,
        people.storekeeper,
    ):
        assert api(stranger).get(f"/api/v1/sync/conflicts/{clash.pk}").status_code == 404
        assert api(stranger).post(f"/api/v1/sync/conflicts/{clash.pk}/resolve", {"keep": "server"}).status_code == 404
        assert api(stranger).get("/api/v1/sync/conflicts").json()["results"] == []


@pytest.mark.parametrize(
    ("resolved", "stands"),
    [({"keep": "server"}, "Sister"), ({"keep": "device"}, "Brother"), ({"keep": "edit", "value": "Both"}, "Both")],
)
def test_one_operation_resolves_it_from_the_phone(
    clash: Conflict, tom: Phone, visit: Visit, people: People, resolved: dict[str, Any], stands: str
):
    tom.does("conflict.resolve", conflict_id=clash, **resolved)
    assert tom.push() == ["applied"]
    assert contact(visit) == stands
    tom.pull()
    document = tom.document("conflicts", clash)
    assert document is not None
    assert (document["status"], document["resolved_by_id"]) == ("resolved", str(people.technician.pk))
    assert document["resolved_value"] == stands
    assert tom.replica() == fresh_phone(people.technician).replica()


def test_the_desk_resolves_it_and_the_phone_hears_of_it(clash: Conflict, tom: Phone, people: People, api: Any):
    answer = api(people.supervisor).post(f"/api/v1/sync/conflicts/{clash.pk}/resolve", {"keep": "device"})
    assert answer.status_code == 200, answer.content
    tom.pull()
    document = tom.document("conflicts", clash)
    assert document is not None
    assert document["keep"] == "device"


def test_a_conflict_is_resolved_once(clash: Conflict, people: People, api: Any, visit: Visit):
    desk = api(people.dispatcher)
    path = f"/api/v1/sync/conflicts/{clash.pk}/resolve"
    assert desk.post(path, {"keep": "device"}).status_code == 200
    assert desk.post(path, {"keep": "device"}).status_code == 200
    late = api(people.technician).post(path, {"keep": "server"})
    assert (late.status_code, late.json()["code"]) == (409, "conflict_already_resolved")
    assert contact(visit) == "Brother"


@pytest.mark.parametrize("body", [{}, {"keep": "both"}, {"keep": "edit"}])
def test_a_resolution_that_says_nothing_is_named(clash: Conflict, people: People, api: Any, body: dict[str, str]):
    answer = api(people.dispatcher).post(f"/api/v1/sync/conflicts/{clash.pk}/resolve", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_somebody_online_who_edits_on_a_stale_base_is_told_at_once(
    visit: Visit, people: People, api: Any, world: World
):
    path = f"/api/v1/tickets/{visit.ticket_id}"
    assert api(people.dispatcher).patch(path, {"contact_name": "Sister"}).status_code == 200
    answer = api(people.agent).patch(path, {"contact_name": "Brother", "base": {"contact_name": "Rosa"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert answer.json()["fields"] == [{"field": "contact_name", "yours": "Brother", "theirs": "Sister"}]
    assert contact(visit) == "Sister"


def test_diagnoses_of_two_phones_merge_by_lines(visit: Visit, people: People):
    one, other = fresh_phone(people.technician), fresh_phone(people.technician)
    base = {"diagnosis": ""}
    one.does("visit.edit", visit_id=visit, diagnosis="Valve corroded", base=base)
    other.does("visit.edit", visit_id=visit, diagnosis="Meter fine", base=base)
    assert one.push() == ["applied"]
    assert other.push() == ["merged"]
    visit.refresh_from_db()
    assert visit.diagnosis == "Valve corroded\nMeter fine"


def test_answers_of_a_checklist_merge_key_by_key(visit: Visit, people: People):
    one, other = fresh_phone(people.technician), fresh_phone(people.technician)
    one.does("visit.edit", visit_id=visit, checklist_answers={"tight": True}, base={"checklist_answers": {}})
    other.does("visit.edit", visit_id=visit, checklist_answers={"clean": True}, base={"checklist_answers": {}})
    assert [one.push(), other.push()] == [["applied"], ["applied"]]
    other.does("visit.edit", visit_id=visit, checklist_answers={"tight": False}, base={"checklist_answers": {}})
    assert other.push() == ["conflict"]
    visit.refresh_from_db()
    assert visit.checklist_answers == {"tight": True, "clean": True}
    clash = Conflict.objects.get()
    assert clash.field == "checklist_answers.tight"
    other.does("conflict.resolve", conflict_id=clash, keep="device")
    assert other.push() == ["applied"]
    visit.refresh_from_db()
    assert visit.checklist_answers == {"tight": False, "clean": True}


def path(conflict: Conflict) -> str:
    return f"/api/v1/sync/conflicts/{conflict.pk}"


def test_a_value_that_nobody_decided_against_is_not_overwritten_by_a_resolution(
    clash: Conflict, visit: Visit, people: People, api: Any
):
    another = fresh_phone(people.technician)
    another.does("ticket.edit", ticket_id=visit.ticket_id, contact_name="Mother", base={"contact_name": "Sister"})
    assert another.push() == ["applied"]
    desk = api(people.dispatcher)
    answer = desk.post(f"{path(clash)}/resolve", {"keep": "device"})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert answer.json()["fields"] == [{"field": "contact_name", "yours": "Brother", "theirs": "Mother"}]
    assert contact(visit) == "Mother"
    assert desk.get(path(clash)).json()["status"] == "open"
    assert desk.post(f"{path(clash)}/resolve", {"keep": "device", "base": "Mother"}).status_code == 200
    assert contact(visit) == "Brother"


def test_what_a_resolution_is_said_to_have_written_is_what_stands(
    clash: Conflict, visit: Visit, people: People, api: Any
):
    answer = api(people.dispatcher).post(f"{path(clash)}/resolve", {"keep": "edit", "value": " Both "})
    assert answer.json()["resolved_value"] == contact(visit) == "Both"


def test_a_colleague_on_the_same_ticket_sees_the_conflict_and_leaves_it_to_author_and_desk(
    clash: Conflict, people: People, api: Any, world: World, visit: Visit
):
    reassign(visit, people, world)
    colleague = api(people.colleague)
    assert colleague.get(path(clash)).json()["server_value"] == "Sister"
    for keep in ("server", "device"):
        assert colleague.post(f"{path(clash)}/resolve", {"keep": keep}).json()["code"] == "role_required"
    assert api(people.agent).post(f"{path(clash)}/resolve", {"keep": "server"}).status_code == 200


def reassign(visit: Visit, people: People, world: World) -> None:
    start, end = world.window()
    reassign_visit(
        actor=Actor(people.dispatcher),
        occurred_at=now(),
        visit_id=visit.pk,
        technician_id=people.colleague.pk,
        reason="nearer",
        window_start=start,
        window_end=end,
    )


def test_whoever_has_lost_the_ticket_learns_nothing_of_it_from_a_conflict(
    tom: Phone, visit: Visit, people: People, world: World, api: Any
):
    reassign(visit, people, world)
    secret = "+8613912345678"
    edit_ticket(actor=Actor(people.dispatcher), occurred_at=now(), ticket_id=visit.ticket_id, contact_phone=secret)
    tom.does(
        "ticket.edit", hours_ago=1, ticket_id=visit.ticket_id, contact_phone="13800138000", base={"contact_phone": ""}
    )
    assert tom.push() == ["conflict"]
    tom.pull()
    clash = Conflict.objects.get()
    document = tom.document("conflicts", clash)
    assert document is not None
    assert document["device_value"] == "+8613800138000"
    author = api(people.technician)
    answers = [document, author.get(path(clash)).json(), author.get("/api/v1/sync/conflicts").json()["results"][0]]
    answers.append(author.post(f"{path(clash)}/resolve", {"keep": "server"}).json())
    for seen in answers:
        assert not {"server_value", "server_by_id", "server_at", "resolved_value"} & seen.keys()
        assert secret not in str(seen)
    assert api(people.dispatcher).get(path(clash)).json()["server_value"] == secret


def test_the_servers_side_of_an_open_conflict_leaves_the_phone_together_with_the_ticket(
    clash: Conflict, tom: Phone, visit: Visit, people: People, world: World
):
    before = tom.document("conflicts", clash)
    assert before is not None
    assert before["server_value"] == "Sister"
    reassign(visit, people, world)
    tom.pull()
    after = tom.document("conflicts", clash)
    assert after is not None
    assert "server_value" not in after
    assert tom.replica() == fresh_phone(people.technician).replica()


def test_a_conflict_moves_with_its_ticket_to_the_desk_of_another_territory(
    clash: Conflict, visit: Visit, people: People, api: Any
):
    north, south = fresh_phone(people.dispatcher), fresh_phone(people.southern_dispatcher)
    Ticket.objects.filter(pk=visit.ticket_id).update(territory=people.south)
    catch_up()
    north.pull()
    south.pull()
    assert (north.document("conflicts", clash), api(people.dispatcher).get(path(clash)).status_code) == (None, 404)
    assert south.document("conflicts", clash) == api(people.southern_dispatcher).get(path(clash)).json()
    assert api(people.southern_dispatcher).post(f"{path(clash)}/resolve", {"keep": "device"}).status_code == 200
    assert contact(visit) == "Brother"


def test_what_is_open_stays_with_the_desk_when_the_ticket_is_archived(
    clash: Conflict, visit: Visit, people: People, api: Any, tom: Phone
):
    Ticket.objects.filter(pk=visit.ticket_id).update(archived=True, status="cancelled", closed_at=now())
    catch_up()
    assert api(people.dispatcher).get(path(clash)).json()["server_value"] == "Sister"
    assert "server_value" not in api(people.technician).get(path(clash)).json()


def test_a_conflict_reads_the_same_through_both_doors(clash: Conflict, people: People, api: Any, tom: Phone):
    for person in (people.technician, people.dispatcher):
        document = fresh_phone(person).document("conflicts", clash)
        assert document == api(person).get(path(clash)).json()
        assert document is not None
        assert document["server_by_id"] == str(people.dispatcher.pk)


def test_many_conflicts_are_fed_in_as_many_queries_as_one(
    clash: Conflict, visit: Visit, people: People, django_assert_num_queries: Any
):
    actor, opened = Actor(people.technician), [clash.pk]
    for field in ("title", "access_notes", "contact_phone"):
        opened.append(
            open_conflict(
                actor=actor,
                occurred_at=now(),
                kind="field",
                collection="tickets",
                doc_id=visit.ticket_id,
                field=field,
                scopes=[],
            ).pk
        )
    for ids in (opened[:1], opened):
        with django_assert_num_queries(4):
            assert len(list(load_conflicts(ids))) == len(ids)


def test_a_phone_does_not_quarrel_with_what_it_wrote_itself(tom: Phone, visit: Visit):
    """It compares with what its owner typed, which we have stored trimmed, and the number in our own form."""
    first: dict[str, Any] = {"contact_name": " Li Wei ", "contact_phone": "139 1234 5678"}
    shown = {"contact_name": "Rosa", "contact_phone": visit.ticket.contact_phone}
    tom.does("ticket.edit", ticket_id=visit.ticket_id, **first, base=shown)
    tom.does("ticket.edit", ticket_id=visit.ticket_id, contact_name="Li", contact_phone="13800138000", base=first)
    assert tom.push() == ["applied", "applied"]
    visit.ticket.refresh_from_db()
    assert (visit.ticket.contact_name, visit.ticket.contact_phone) == ("Li", "+8613800138000")


@pytest.mark.parametrize("base", ["Rosa", ["Rosa"], {"access_notes": ["Gate"]}, {"contact_phone": {}}])
def test_a_base_that_is_none_is_named(tom: Phone, visit: Visit, people: People, api: Any, base: Any):
    edit: dict[str, Any] = {"access_notes": "Gate 12", "contact_phone": "13800138000", "base": base}
    tom.does("ticket.edit", ticket_id=visit.ticket_id, **edit)
    assert tom.push() == ["refused"]
    (refusal,) = tom.answers.values()
    answer = api(people.dispatcher).patch(f"/api/v1/tickets/{visit.ticket_id}", edit)
    assert answer.status_code == 400
    assert answer.json()["code"] == refusal["code"] == "invalid_input"
    assert answer.json()["errors"][0]["field"].startswith("base")


@pytest.mark.parametrize("text", ['"a\\u0000b"', '"\\ud800"', str(10**40), '{"a": ["\\u0000"]}', "NaN"])
@pytest.mark.parametrize("name", ["value", "base"])
def test_a_value_that_cannot_be_stored_is_named(clash: Conflict, people: People, api: Any, text: str, name: str):
    body = {"value": '"Both"', "base": '"Sister"'} | {name: text}
    answer = api(people.dispatcher).generic(
        "POST",
        f"{path(clash)}/resolve",
        f'{{"keep": "edit", "value": {body["value"]}, "base": {body["base"]}}}',
        content_type="application/json",
    )
    assert answer.status_code == 400
    if text != "NaN":  # which is no JSON at all
        assert answer.json()["errors"] == [
            {"field": name, "code": "not_storable", "detail": "This text or number cannot be stored."}
        ]


def test_a_resolution_of_a_phone_that_cannot_be_stored_is_refused(clash: Conflict, tom: Phone):
    tom.does("conflict.resolve", conflict_id=clash, keep="edit", value=json.loads('{"deep": "\\u0000"}'))
    assert tom.push() == ["refused"]


def test_what_cannot_be_written_by_value_is_not_said_to_be_resolved(visit: Visit, people: People, api: Any):
    conflict = open_conflict(
        actor=Actor(people.technician),
        occurred_at=now() - timedelta(hours=1),
        kind="deleted",
        collection="notes",
        doc_id=visit.pk,
        field="text",
        device_value="Called twice.",
        scopes=[],
    )
    author = api(people.technician)
    refused = author.post(f"{path(conflict)}/resolve", {"keep": "device"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_resolved_by_value")
    conflict.refresh_from_db()
    assert conflict.status == "open"
    assert author.post(f"{path(conflict)}/resolve", {"keep": "server"}).status_code == 200


def test_no_is_another_answer_than_zero(visit: Visit, people: People):
    one, other = fresh_phone(people.technician), fresh_phone(people.technician)
    one.does("visit.edit", visit_id=visit, checklist_answers={"drops": 0}, base={"checklist_answers": {}})
    other.does("visit.edit", visit_id=visit, checklist_answers={"drops": False}, base={"checklist_answers": {}})
    assert [one.push(), other.push()] == [["applied"], ["conflict"]]
    one.does("visit.edit", visit_id=visit, checklist_answers={"drops": False}, base={"checklist_answers": {"drops": 0}})
    assert one.push() == ["applied"]
    visit.refresh_from_db()
    assert visit.checklist_answers["drops"] is False


def test_an_answer_that_was_never_given_is_not_taken_back(visit: Visit, people: People):
    phone = fresh_phone(people.technician)
    answers = {"tight": None, "clean": True}
    phone.does("visit.edit", visit_id=visit, checklist_answers=answers, base={"checklist_answers": {}})
    assert phone.push() == ["applied"]
    visit.refresh_from_db()
    assert visit.checklist_answers == {"clean": True}


def test_line_ends_of_another_system_are_no_change(visit: Visit, people: People):
    phone = fresh_phone(people.technician)
    phone.does("visit.edit", visit_id=visit, diagnosis="Leaks\r\nat joint", base={"diagnosis": ""})
    phone.does("visit.edit", visit_id=visit, diagnosis="Seal worn", base={"diagnosis": "Leaks\r\nat joint"})
    phone.does("visit.edit", visit_id=visit, diagnosis="Seal\r\nreplaced", base={"diagnosis": "Seal worn"})
    assert phone.push() == ["applied", "applied", "applied"]
    visit.refresh_from_db()
    assert visit.diagnosis == "Seal\nreplaced"
