"""Ways to see from outside what the bus does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from notifications.bus.news import News


class Ear:
    """Hears what is published on PostgreSQL."""

    def __init__(self, listener: psycopg.Connection[tuple[object, ...]]) -> None:
        self.listener = listener

    def hears(self) -> News:
        """The next news. Fails when there is none within half a minute."""
        [notification] = self.listener.notifies(timeout=30, stop_after=1)
        return News.of_payload(notification.payload)


@contextmanager
def ear() -> Iterator[Ear]:
    """Listens for as long as the block lasts."""
    settings = connection.get_connection_params()
    settings = {name: value for name, value in settings.items() if name not in {"cursor_factory", "context"}}
    with psycopg.connect(**settings, autocommit=True) as listener:
        listener.execute("LISTEN fieldsvc")
        yield Ear(listener)


BUS_CONNECTIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'fieldsvc bus'"
LISTENERS = f"{BUS_CONNECTIONS} AND query LIKE 'LISTEN%%'"


def bus_listeners() -> int:
    """How many connections of ours listen to the bus."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {LISTENERS}", [])
        return int(cursor.fetchone()[0])


def break_bus_connections(which: str = BUS_CONNECTIONS) -> int:
    """Cut the connections of the bus, as a failing network would; answers how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(pg_terminate_backend(pid)) {which}", [])
        return int(cursor.fetchone()[0])


def wait_until(happened: Callable[[], bool]) -> None:
    """Return as soon as it has happened; fail when it does not within half a minute."""
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
