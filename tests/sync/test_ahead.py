"""Writes that are sent ahead: PostgreSQL looks at them while the push goes on."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection

from fieldsvc.time import now
from sync import work
from sync.commands import command_block
from sync.ids import uuid7
from sync.rows import fresh
from tests.world import World
from tickets.models import Note, Visit

pytestmark = pytest.mark.django_db


def note(visit: Visit, **values: object) -> Note:
    said = {"author": visit.technician, "text": "Found it.", "kind": "note", "internal": True}
    when = {"occurred_at": now(), "received_at": now()}
    return fresh(Note, **{"id": uuid7(), "ticket_id": visit.ticket_id, **when, **said, **values})


def told_ahead(row: Note, then: Callable[[], object]) -> None:
    """A command that sends this note ahead, and what its next statement is."""
    with command_block():
        work.insert(row)
        work.write_ahead()
        then()


def test_what_points_at_nothing_is_found_before_the_commit(world: World) -> None:
    astray = note(world.dispatched_visit(), ticket_id=uuid7())

    with pytest.raises(IntegrityError):
        told_ahead(astray, lambda: pytest.fail("it was answered") if Note.objects.exists() else None)


def test_what_is_looked_at_with_each_statement_still_is(world: World) -> None:
    visit = world.dispatched_visit()
    good = note(visit)
    visit.pk = uuid7()  # the same technician at the same time

    def writes_it() -> None:
        visit.save(force_insert=True)
        pytest.fail("it was written")

    with pytest.raises(IntegrityError):
        told_ahead(good, writes_it)


def test_what_points_at_nothing_for_a_moment_is_taken_afterwards(world: World) -> None:
    visit = world.dispatched_visit()

    def points_astray_for_a_moment() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tickets_visit SET technician_id = %s WHERE id = %s", [uuid7(), visit.pk])
            cursor.execute("UPDATE tickets_visit SET technician_id = %s WHERE id = %s", [visit.technician_id, visit.pk])

    told_ahead(note(visit), points_astray_for_a_moment)

    assert Note.objects.filter(ticket=visit.ticket_id).count() == 1
