"""Law 11: any write travels, whoever made it and by whatever means."""

import pytest
from django.core.management import call_command
from django.db import connection

from parts.models import Part
from sync.feed import services
from sync.ids import uuid7
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.sync import truth
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue() -> list[Part]:
    parts = Part.objects.bulk_create(Part(number=f"P{count}", name=f"Part {count}") for count in range(5))
    services.catch_up()
    return parts


@pytest.fixture
def technicians_phone(people: People, catalogue: list[Part]) -> Phone:
    return fresh_phone(people.technician)


def names(phone: Phone) -> set[str]:
    return {part["name"] for part in phone.collection("parts").values()}


def test_a_bulk_update_behind_the_services_back_arrives(technicians_phone: Phone):
    Part.objects.update(name="All the same")
    assert technicians_phone.pull() == 5
    assert names(technicians_phone) == {"All the same"}


def test_nobody_waits_for_all_that_was_changed_by_hand(technicians_phone: Phone, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "BATCH", 2)
    Part.objects.update(name="All the same")
    pages = [technicians_phone.asks().json()]
    while pages[-1]["more"]:
        technicians_phone.take(pages[-1]["changes"])
        technicians_phone.cursor = pages[-1]["cursor"]
        pages.append(technicians_phone.asks().json())
    technicians_phone.take(pages[-1]["changes"])
    assert [len(page["changes"]) for page in pages] == [2, 2, 1]
    assert names(technicians_phone) == {"All the same"}


def test_raw_sql_arrives(technicians_phone: Phone, people: People):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parts_part SET name = 'By hand' WHERE number = 'P3'")
        cursor.execute("DELETE FROM parts_part WHERE number = 'P4'")
    assert technicians_phone.pull() == 2
    assert names(technicians_phone) == {"Part 0", "Part 1", "Part 2", "By hand"}
    assert technicians_phone.replica() == fresh_phone(people.technician).replica()


@pytest.mark.django_db(transaction=True)
def test_a_document_that_cannot_be_rendered_is_set_aside_and_all_others_travel(
    technicians_phone: Phone, catalogue: list[Part], people: People, world: World
):
    with connection.cursor() as cursor:  # a number that fits into the database and into no JSON of ours
        cursor.execute(
            "UPDATE tickets_servicetype SET checklist = '[{\"code\": 1e23}]' WHERE id = %s", [world.service_type.pk]
        )
        cursor.execute("UPDATE parts_part SET name = 'Fed' WHERE number = 'P1'")
    technicians_phone.pull()
    assert "Fed" in names(technicians_phone)
    assert fresh_phone(people.resident).collection("service_types") == {}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_servicetype SET checklist = '[]' WHERE id = %s", [world.service_type.pk])
    technicians_phone.pull()
    assert technicians_phone.document("service_types", world.service_type) is not None


@pytest.mark.django_db(transaction=True)
def test_what_was_done_beside_a_document_that_cannot_be_rendered_stands_and_travels(world: World, people: People):
    visit = world.dispatched_visit()
    phone = fresh_phone(people.technician)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_visit SET checklist_answers = '{\"tight\": 1e23}' WHERE id = %s", [visit.pk])
    phone.does("visit.accept", visit_id=visit.pk)
    note = phone.does("note.add", ticket_id=visit.ticket_id, id=uuid7(), text="Nobody opened")
    assert phone.push() == ["applied", "applied"]
    other = fresh_phone(people.technician)
    assert other.collection("notes")[note["data"]["id"]]["text"] == "Nobody opened"
    assert other.collection("visits")[str(visit.pk)]["status"] == "dispatched"  # as it was told last
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_visit SET checklist_answers = '{}' WHERE id = %s", [visit.pk])
    assert fresh_phone(people.technician).collection("visits")[str(visit.pk)]["status"] == "accepted"


def test_a_visit_that_is_deleted_or_moved_by_hand_takes_its_ticket_along(world: World, people: People):
    gone, moved = world.dispatched_visit(), world.dispatched_visit()
    phone = fresh_phone(people.technician)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tickets_visit WHERE id = %s", [gone.pk])
        cursor.execute("UPDATE tickets_visit SET technician_id = %s WHERE id = %s", [people.colleague.pk, moved.pk])
    phone.pull()
    assert phone.collection("tickets") == {}
    assert truth.differences() == []


def test_a_write_that_changes_nothing_does_not_travel(technicians_phone: Phone, catalogue: list[Part]):
    Part.objects.update(name="All the same")
    technicians_phone.pull()
    Part.objects.update(name="All the same")
    catalogue[0].refresh_from_db()
    catalogue[0].save()
    assert technicians_phone.pull() == 0


def test_a_document_whose_shape_changed_is_sent_again_by_a_rebuild(technicians_phone: Phone):
    with connection.cursor() as cursor:  # as if an older release had written this body
        cursor.execute("UPDATE sync_feedentry SET body = '{\"old\": true}' WHERE collection = 'parts'")
    call_command("feed_rebuild", verbosity=0)
    assert technicians_phone.pull() == 5
    assert names(technicians_phone) == {f"Part {count}" for count in range(5)}
    call_command("feed_rebuild", verbosity=0)
    assert technicians_phone.pull() == 0


def test_a_collection_that_is_declared_over_rows_that_stand_there_already_is_fed_by_a_rebuild(
    catalogue: list[Part], people: People
):
    with connection.cursor() as cursor:  # as if nobody had ever heard of parts
        cursor.execute("DELETE FROM sync_feedentry WHERE collection = 'parts'")
        cursor.execute("DELETE FROM sync_feeddocument WHERE collection = 'parts'")
    assert fresh_phone(people.technician).collection("parts") == {}
    call_command("feed_rebuild", "parts", verbosity=0)
    assert names(fresh_phone(people.technician)) == {part.name for part in catalogue}
