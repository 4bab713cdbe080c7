"""How long things are remembered: whoever comes later starts over, and nothing is skipped or counted twice."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.test import override_settings

from fieldsvc.time import now, time_passes
from parts.models import Part
from sync import retention
from sync.feed.services import catch_up
from sync.models import Device, FeedEntry, Receipt
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.sync.test_commit_order import in_thread, wait_until_somebody_waits_for_a_lock
from tests.world import World
from tickets.models import Note

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue() -> None:
    Part.objects.bulk_create(Part(number=f"P{number}", name=f"Part {number}") for number in range(9))
    catch_up()


def withdraw(*numbers: str) -> None:
    Part.objects.filter(number__in=numbers).delete()
    catch_up()


def prune(*arguments: str) -> str:
    out = StringIO()
    call_command("prune", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.usefixtures("catalogue")
def test_a_phone_that_was_away_for_too_long_starts_over_and_keeps_its_outbox(people: People, world: World):
    visit = world.dispatched_visit()
    long_away, was_here = fresh_phone(people.technician), fresh_phone(people.technician)
    long_away.does("note.add", ticket_id=visit.ticket_id, text="From the deep cellar")
    withdraw("P3", "P4")
    was_here.pull()
    with time_passes(timedelta(days=91)):
        assert prune("--dry-run") == "2 tombstones, 0 receipts would be removed.\n"
        assert prune() == "2 tombstones, 0 receipts were removed.\n"
        assert prune() == "0 tombstones, 0 receipts were removed.\n"
    assert not FeedEntry.objects.filter(deleted=True).exists()
    assert was_here.pull() == 0
    assert long_away.starts_over() is False
    assert long_away.push() == ["applied"]
    for phone in (was_here, long_away):
        phone.pull()
        assert phone.replica() == fresh_phone(people.technician).replica()


@pytest.mark.usefixtures("catalogue")
def test_a_first_sync_after_a_pruning_is_not_sent_back_to_its_start(people: People):
    withdraw("P0", "P8")
    with time_passes(timedelta(days=91)):
        prune()
    phone = Phone(people.technician)
    phone.pull(limit=2)
    assert phone.replica() == fresh_phone(people.technician).replica()


@pytest.mark.usefixtures("catalogue")
def test_young_tombstones_stay(people: People):
    phone = fresh_phone(people.technician)
    withdraw("P3")
    with time_passes(timedelta(days=89)):
        prune()
    assert phone.pull() == 1


@pytest.mark.usefixtures("catalogue")
def test_what_comes_back_after_its_tombstone_was_pruned_arrives(people: People):
    phone = fresh_phone(people.technician)
    part = Part.objects.get(number="P3")
    withdraw("P3")
    phone.pull()
    with time_passes(timedelta(days=91)):
        prune()
    part.save(force_insert=True)
    phone.pull()
    assert phone.document("parts", part) is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_a_pull_that_is_overtaken_by_a_pruning_does_not_skip_what_is_gone():
    """The pull has looked which scopes have news; before it reads them, the tombstones are pruned."""
    phone = fresh_phone(People().technician)
    withdraw("P3")
    refused: list[bool] = []
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("LOCK TABLE sync_feedentry")
        reader = in_thread(lambda: refused.append(phone.starts_over()))
        wait_until_somebody_waits_for_a_lock()
        with time_passes(timedelta(days=91)):
            retention.prune()
    reader.join(20)
    assert refused == [False]


@pytest.mark.django_db(transaction=True)
def test_pulls_beside_prunings_and_writers_end_up_with_the_truth():
    with time_passes(timedelta(days=91)):  # every tombstone is old at once
        _pull_beside_prunings_and_writers()


def _pull_beside_prunings_and_writers() -> None:
    people = People()
    chance, done = random.Random(7), threading.Event()
    phone = Phone(people.technician)

    def write() -> None:
        try:
            for number in range(40):
                Part.objects.create(number=f"N{number}", name="A part")
                Part.objects.filter(number=f"N{chance.randrange(number + 1)}").delete()
                catch_up()
        finally:
            connections.close_all()

    def forget() -> None:
        try:
            while not done.is_set():
                retention.prune()
        finally:
            connections.close_all()

    def read() -> None:
        try:
            while not done.is_set():
                answer = phone.asks(limit=5)
                if answer.status_code == 410:
                    phone.documents, phone.versions, phone.cursor = {}, {}, None
                else:
                    phone.take(answer.json()["changes"])
                    phone.cursor = answer.json()["cursor"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(forget), pool.submit(read)]
        try:
            pool.submit(write).result()
        finally:
            done.set()
        for other in others:
            other.result()
    if phone.asks().status_code == 410:
        phone.starts_over()
    phone.pull()
    assert phone.replica() == fresh_phone(people.technician).replica()


def test_an_operation_from_before_the_memory_of_receipts_is_refused_instead_of_counting_twice(
    world: World, people: People
):
    visit = world.dispatched_visit()
    phone = fresh_phone(people.technician)
    Device.objects.filter(pk=phone.device.pk).update(created_at=now() - timedelta(days=500))
    kept = phone.does("note.add", ticket_id=visit.ticket_id, text="once")
    kept["captured"] = {"wall": (now() - timedelta(days=401)).isoformat()}
    with override_settings(SYNC=settings.SYNC | {"RECEIPT_DAYS": 402}):
        assert phone.push() == ["applied"]
    with time_passes(timedelta(days=401)):
        prune()
    assert Receipt.objects.count() == 0
    phone.outbox = [kept]
    assert phone.push() == ["refused"]
    assert phone.answers[kept["id"]]["code"] == "operation_too_old"
    assert Note.objects.count() == 1


def test_a_young_device_with_an_old_clock_is_not_refused(world: World, people: People):
    visit = world.dispatched_visit()
    phone = fresh_phone(people.technician)
    operation = phone.does("note.add", ticket_id=visit.ticket_id, text="first of January 1970")
    operation["captured"] = {"wall": "1970-01-01T00:00:00Z"}
    assert phone.push() == ["applied"]


def test_what_still_waits_is_not_forgotten(world: World, people: People):
    visit = world.dispatched_visit()
    phone = fresh_phone(people.technician)
    phone.does("note.add", ticket_id=visit.ticket_id, text="x", depends_on=["0192aaaa-0000-7000-8000-000000000000"])
    assert phone.push() == ["blocked"]
    with time_passes(timedelta(days=401)):
        prune()
    assert Receipt.objects.get().status == "blocked"
