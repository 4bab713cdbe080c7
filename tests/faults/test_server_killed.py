"""Law 1, nothing acknowledged is lost, and law 2, once: through kill -9 of the server in the middle of a push."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest
from django.db import connections

from sync.models import Receipt
from sync.sql import execute
from tests.faults.server import PATIENCE_SECONDS, Server
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import Note

pytestmark = pytest.mark.django_db(transaction=True)
OPERATIONS = 200


@pytest.fixture
def phone_with_200_notes(world: World) -> Phone:
    visit = world.dispatched_visit()
    phone = fresh_phone(world.people.technician)
    for number in range(OPERATIONS):
        phone.does("note.add", ticket_id=visit.ticket_id, text=f"Note {number}")
    return phone


def push(phone: Phone, server: Server) -> httpx.Response:
    headers = {"Authorization": phone.client._credentials["HTTP_AUTHORIZATION"]}  # type: ignore[attr-defined]
    return httpx.post(f"{server.url}/api/v1/sync/push", json=phone.envelope(), headers=headers, timeout=60)


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline


def a_push_is_being_applied() -> bool:
    return bool(execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
                        "(SELECT oid FROM pg_database WHERE datname = current_database())"))  # fmt: skip


def test_a_server_killed_in_the_middle_of_a_push_has_applied_nothing_and_the_next_push_everything_once(
    phone_with_200_notes: Phone,
):
    phone = phone_with_200_notes
    with Server() as server:
        lost: list[Exception] = []

        def try_to_push() -> None:
            try:
                push(phone, server)
            except httpx.TransportError as error:
                lost.append(error)

        pushing = threading.Thread(target=try_to_push)
        pushing.start()
        eventually(a_push_is_being_applied)
        server.kill()
        pushing.join(PATIENCE_SECONDS)
        assert len(lost) == 1, "the push was over before the server could be killed"
        eventually(lambda: not a_push_is_being_applied())
        assert Receipt.objects.count() == Note.objects.count() == 0

        server.start()
        first, again = push(phone, server).json()["results"], push(phone, server).json()["results"]
    assert [result["status"] for result in first] == ["applied"] * OPERATIONS
    assert [result.get("duplicate") for result in again] == [True] * OPERATIONS
    assert Note.objects.count() == OPERATIONS
    assert sorted(Note.objects.values_list("text", flat=True)) == sorted(f"Note {n}" for n in range(OPERATIONS))
    connections.close_all()


def test_what_a_push_acknowledged_survives_the_servers_death_in_the_same_moment(phone_with_200_notes: Phone):
    phone = phone_with_200_notes
    with Server() as server:
        answered = push(phone, server)
        server.kill()
        server.start()
        assert answered.status_code == 200
    assert Note.objects.count() == OPERATIONS
