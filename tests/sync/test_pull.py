"""Pull: laws 3 (convergence) and 4 (no leak), pages and cursors."""

from collections.abc import Callable

import pytest
from django.core import signing
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now
from sync.commands import Actor
from sync.ids import uuid7
from sync.sql import execute
from tests.people import People
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.world import World
from tickets.complaints.services import add_note
from tickets.models import Visit
from tickets.visits.services import reassign_visit

pytestmark = pytest.mark.django_db


def test_the_first_pull_brings_all_that_the_visit_needs(world: World, people: People):
    visit = world.dispatched_visit()
    world.part("VALVE", aboard=3)
    phone = fresh_phone(people.technician)
    for collection, row in (("visits", visit), ("tickets", visit.ticket), ("sites", world.site)):
        assert phone.document(collection, row) is not None
    assert phone.document("service_types", world.service_type) is not None
    assert [stock["quantity"] for stock in phone.collection("stock").values()] == ["3"]


def test_nothing_changed_costs_nothing(world: World, people: People):
    world.dispatched_visit()
    assert fresh_phone(people.technician).pull() == 0


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_small_pages_bring_the_same_as_large_ones(world: World, people: People, limit: int):
    for _ in range(4):
        world.dispatched_visit()
    phone = Phone(people.technician)
    phone.pull(limit=limit)
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_a_first_sync_in_pages_is_not_told_of_what_it_never_had(world: World, people: People):
    for _ in range(3):
        reassign_visit(
            actor=Actor(people.dispatcher),
            occurred_at=now(),
            visit_id=world.dispatched_visit().pk,
            technician_id=people.colleague.pk,
            reason="nearer",
        )
    world.dispatched_visit()
    whole, pages = Phone(people.technician), Phone(people.technician)
    assert pages.pull(limit=2) == whole.pull() == len(whole.documents)


def test_a_phone_ahead_of_a_restored_database_starts_over(world: World, people: People):
    world.dispatched_visit()
    phone = fresh_phone(people.technician)
    execute("UPDATE sync_feedscope SET last_seq = last_seq - 1 WHERE name = %s", [f"technician:{people.technician.pk}"])
    answer = phone.client.get("/api/v1/sync/changes", {"schema": str(SCHEMA), "cursor": phone.cursor or ""})
    assert (answer.status_code, answer.json()["code"]) == (410, "resync_required")


def test_a_reassigned_visit_leaves_the_old_phone_with_all_that_came_with_it_and_reaches_the_new_one(
    world: World, people: People
):
    visit = world.dispatched_visit()
    add_note(
        actor=Actor(people.agent), occurred_at=visit.window_start, ticket_id=visit.ticket_id, text="Gate code 1234"
    )
    old, new = fresh_phone(people.technician), fresh_phone(people.colleague)
    assert old.document("tickets", visit.ticket_id) is not None
    reassign_visit(
        actor=Actor(people.dispatcher),
        occurred_at=visit.window_start,
        visit_id=visit.pk,
        technician_id=people.colleague.pk,
        reason="nearer",
    )
    for phone in (old, new):
        phone.pull()
    for collection in ("tickets", "sites", "notes"):
        assert old.collection(collection) == {}
        assert len(new.collection(collection)) == 1
    assert old.replica() == fresh_phone(people.technician).replica()


def test_whoever_loses_a_role_loses_its_documents_with_the_next_pull(world: World, people: People):
    world.dispatched_visit()
    phone = fresh_phone(people.technician)
    assert phone.collection("visits")
    RoleGrant.objects.filter(user=people.technician).delete()
    phone.pull(limit=1)
    assert {collection for collection, _ in phone.documents} <= {"service_types", "notices"}
    RoleGrant.objects.create(user=people.technician, role=Role.TECHNICIAN, territory=people.north)
    phone.pull()
    assert phone.collection("visits")
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_a_right_that_ends_and_returns_between_two_pages_loses_nothing(world: World, people: People):
    for _ in range(3):
        world.dispatched_visit()
    phone = fresh_phone(people.technician)
    grant = RoleGrant.objects.get(user=people.technician)
    RoleGrant.objects.filter(pk=grant.pk).delete()
    page = phone.client.get(
        "/api/v1/sync/changes", {"schema": str(SCHEMA), "cursor": phone.cursor or "", "limit": "2"}
    ).json()
    for change in page["changes"]:
        phone.documents.pop((change["collection"], change["id"]), None)
    phone.cursor = page["cursor"]
    assert page["more"]
    for visit in Visit.objects.all():  # meanwhile all of it goes to somebody else
        reassign_visit(
            actor=Actor(people.dispatcher),
            occurred_at=visit.window_start,
            visit_id=visit.pk,
            technician_id=people.colleague.pk,
            reason="nearer",
        )
    grant.save(force_insert=True)
    phone.pull()
    assert phone.collection("visits") == phone.collection("tickets") == {}
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_a_document_in_two_scopes_is_withdrawn_only_when_neither_has_it(world: World, people: People):
    """The technician also sits at the desk: the ticket stays when the visit goes to somebody else."""
    RoleGrant.objects.create(user=people.technician, role=Role.DISPATCHER, territory=people.north)
    visit = world.dispatched_visit()
    phone = fresh_phone(people.technician)
    reassign_visit(
        actor=Actor(people.dispatcher),
        occurred_at=visit.window_start,
        visit_id=visit.pk,
        technician_id=people.colleague.pk,
        reason="nearer",
    )
    phone.pull()
    assert phone.document("tickets", visit.ticket_id) is not None
    RoleGrant.objects.filter(user=people.technician, role=Role.DISPATCHER).delete()
    phone.pull()
    assert phone.document("tickets", visit.ticket_id) is None
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_a_residents_replica_contains_no_internal_note_and_nothing_of_the_neighbour(world: World, people: People):
    mine, theirs = world.ticket(people.resident), world.ticket(people.neighbour)
    for ticket in (mine, theirs):
        add_note(
            actor=Actor(people.agent), occurred_at=ticket.reported_at, ticket_id=ticket.pk, text="Rude on the telephone"
        )
    phone = fresh_phone(people.resident)
    assert phone.document("tickets", mine) is not None
    assert phone.document("tickets", theirs) is None
    assert "Rude" not in str(phone.replica())
    assert "notes" not in {collection for collection, _ in phone.documents}


@pytest.mark.parametrize("stranger", ["colleague", "neighbour", "southern_dispatcher"])
def test_a_strangers_replica_knows_nothing_of_it(world: World, people: People, stranger: str):
    visit = world.dispatched_visit()
    person: User = getattr(people, stranger)
    assert str(visit.ticket_id) not in str(fresh_phone(person).replica())
    assert str(visit.pk) not in str(fresh_phone(person).replica())


@pytest.mark.parametrize("cursor", ["x", "AAAA:BBBB", "…", "0" * 5000])
def test_a_forged_cursor_makes_the_phone_start_over(people: People, api: Callable[[User], APIClient], cursor: str):
    answer = api(people.technician).get("/api/v1/sync/changes", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "resync_required")


def test_a_cursor_of_somebody_else_or_with_a_changed_number_is_not_taken(
    people: People, api: Callable[[User], APIClient]
):
    phone = fresh_phone(people.technician)
    assert phone.cursor
    stolen = api(people.colleague).get("/api/v1/sync/changes", {"schema": str(SCHEMA), "cursor": phone.cursor})
    assert stolen.status_code == 410
    content, signature = phone.cursor.rsplit(":", 1)
    bent = f"{content[:-1]}{'A' if content[-1] != 'A' else 'B'}:{signature}"
    assert phone.client.get("/api/v1/sync/changes", {"schema": str(SCHEMA), "cursor": bent}).status_code == 410
    other_use = signing.Signer(salt="something else").sign(content)
    assert phone.client.get("/api/v1/sync/changes", {"schema": str(SCHEMA), "cursor": other_use}).status_code == 410


@pytest.mark.parametrize("limit", ["0", "-1", "10001", "many", "²", "1e3", "9" * 5000])
def test_an_impossible_page_size_is_named(people: People, api: Callable[[User], APIClient], limit: str):
    answer = api(people.technician).get("/api/v1/sync/changes", {"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "limit_not_valid")


def test_a_lost_phone_hears_nothing_but_to_wipe_itself(people: People, world: World, api: Callable[[User], APIClient]):
    world.dispatched_visit()
    phone = fresh_phone(people.technician)
    for stranger in (people.colleague, people.resident):
        assert api(stranger).post(f"/api/v1/sync/devices/{phone.device.pk}/cut-off").status_code == 404
    assert api(people.dispatcher).post(f"/api/v1/sync/devices/{phone.device.pk}/cut-off").status_code == 200
    for answer in (
        phone.client.get("/api/v1/sync/changes"),
        phone.client.post("/api/v1/sync/push", phone.envelope()),
    ):
        assert (answer.status_code, answer.json()["code"], answer.json()["wipe"]) == (401, "device_cut_off", True)
    phone.device.refresh_from_db()
    assert phone.device.wipe_told_at is not None
    again = phone.client.post("/api/v1/sync/devices", {"id": str(phone.device.pk)})
    assert again.status_code == 401


def test_a_device_belongs_to_one_person(people: People):
    phone = fresh_phone(people.technician)
    other = fresh_phone(people.colleague)
    taken = other.client.post("/api/v1/sync/devices", {"id": str(phone.device.pk)})
    assert (taken.status_code, taken.json()["code"]) == (409, "device_id_taken")
    told = phone.client.post("/api/v1/sync/devices", {"id": str(phone.device.pk), "app_version": "2.1"})
    assert told.json()["app_version"] == "2.1"
    listed = phone.client.get("/api/v1/sync/devices").json()["results"]
    assert [device["id"] for device in listed] == [str(phone.device.pk)]
    assert other.client.post("/api/v1/sync/devices", {"id": str(uuid7())}).status_code == 200
