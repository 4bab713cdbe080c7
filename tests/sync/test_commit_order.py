"""Law 5, no gap: no order of concurrent commits makes a pull skip a change."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from parts.models import Part
from sync.commands import command_block
from sync.feed import services
from sync.models import FeedEntry
from sync.sql import execute
from tests.people import People
from tests.phone import Phone
from tests.sync import truth
from tests.sync.history import look_until_nothing_is_left
from tests.world import World
from tickets.models import Asset, Visit

pytestmark = pytest.mark.django_db(transaction=True)


def add_part(number: str) -> Part:
    return Part.objects.create(number=number, name=f"Part {number}")


def numbers_on(phone: Phone) -> set[str]:
    return {part["number"] for part in phone.collection("parts").values()}


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@contextmanager
def a_slow_writer(work: Callable[[], object]) -> Iterator[None]:
    """Somebody whose command has written its row and its feed entry, and who takes until the end to commit."""
    fed, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            with command_block():
                work()
            fed.set()
            assert may_commit.wait(20)

    thread = in_thread(write)
    assert fed.wait(20)
    try:
        yield
    finally:
        may_commit.set()
        thread.join(20)


def wait_until_somebody_waits_for_a_lock() -> None:
    """Somebody of this database: other tests have locks of their own."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until = time.monotonic() + 20
    while not execute(waiting):
        assert time.monotonic() < until
        execute("SELECT pg_stat_clear_snapshot()")  # or a transaction sees the same activity until its end


def test_a_change_that_commits_late_is_not_skipped_by_a_pull_in_between():
    phone = Phone(People().technician)
    phone.pull()
    with a_slow_writer(lambda: add_part("late")):
        fast = in_thread(lambda: write("fast"))
        wait_until_somebody_waits_for_a_lock()  # the fast one cannot take a later number and commit before
        phone.pull()
        assert numbers_on(phone) == set()
    fast.join(20)
    phone.pull()
    assert numbers_on(phone) == {"late", "fast"}


def write(number: str) -> None:
    with command_block():
        add_part(number)


def test_numbers_taken_before_the_commit_order_is_settled_would_lose_the_late_change():
    """The same story told with a plain sequence, to show that the test above can fail: `late` never arrives."""
    phone = Phone(People().technician)
    write("first")
    phone.pull()
    scope_id, last = execute("SELECT id, last_seq FROM sync_feedscope WHERE name = 'catalogue'")[0]
    for number, seq in (("fast", last + 2), ("late", last + 1)):
        with transaction.atomic():
            part = add_part(number)
            execute("DELETE FROM sync_feedmark")
            FeedEntry.objects.create(
                scope_id=scope_id,
                collection="parts",
                doc_id=part.pk,
                seq=seq,
                version=1,
                body=f'{{"number":"{number}"}}',
            )
            execute("UPDATE sync_feedscope SET last_seq = greatest(last_seq, %s) WHERE id = %s", [seq, scope_id])
        phone.pull()
    assert numbers_on(phone) == {"first", "fast"}


def test_many_writers_and_a_reader_that_never_rests_lose_nothing():
    people = People()
    phone = Phone(people.technician)
    written, done = [f"{writer}-{count}" for writer in range(4) for count in range(25)], threading.Event()

    def write_all(writer: int) -> None:
        chance = random.Random(writer)
        try:
            for number in (number for number in written if number.startswith(f"{writer}-")):
                if chance.random() < 0.5:
                    write(number)
                else:  # behind the services' backs
                    add_part(number)
        finally:
            connections.close_all()

    def read() -> None:
        try:
            while not done.is_set():
                phone.pull(limit=7)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(write_all, writer) for writer in range(4)]:
            writer.result()
        done.set()
        reader.result()
    phone.pull()
    assert numbers_on(phone) == set(written)
    assert phone.replica() == fresh(people).replica()


def fresh(people: People) -> Phone:
    phone = Phone(people.technician)
    phone.pull()
    return phone


def test_two_writers_of_one_document_leave_what_the_last_commit_left():
    part = add_part("contested")
    services.catch_up()
    phone = Phone(People().technician)

    def rename(field: str) -> None:
        try:
            for count in range(20):
                with command_block():
                    Part.objects.filter(pk=part.pk).update(**{field: f"{field} {count}"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(rename, field) for field in ("name", "model")]:
            future.result()
    phone.pull()
    document = phone.document("parts", part)
    assert document is not None
    assert (document["name"], document["model"]) == ("name 19", "model 19")


def test_the_marks_of_a_command_are_served_by_its_own_end():
    write("served")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sync_feedmark")
        assert cursor.fetchone() == (0,)


def test_what_two_commands_could_not_see_of_each_other_is_found_by_a_second_look():
    """Equipment is added at a site while a visit there changes hands: neither transaction sees the other's row."""
    people = People()
    world = World(people)
    visit = world.dispatched_visit(people.colleague)
    services.catch_up()
    phone = Phone(people.technician)

    def hand_over() -> None:
        with command_block():
            Visit.objects.filter(pk=visit.pk).update(technician=people.technician)

    with a_slow_writer(lambda: Asset.objects.create(site=world.site, kind="Router")):
        dispatcher = in_thread(hand_over)
        wait_until_somebody_waits_for_a_lock()  # for the desk's counter; what is at the site, it has looked up before
    dispatcher.join(20)
    phone.pull()
    assert phone.document("tickets", visit.ticket_id) is not None
    assert phone.collection("assets") == {}  # the first look has missed it
    look_until_nothing_is_left()
    phone.pull()
    assert [asset["kind"] for asset in phone.collection("assets").values()] == ["Router"]
    assert truth.differences() == []
