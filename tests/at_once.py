"""What happens when several people do something at the very same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from sync.sql import execute

M = TypeVar("M", bound=Model)
T = TypeVar("T")

WAITING = """
    WITH first AS (SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
    SELECT count(DISTINCT pid) FROM pg_locks
    WHERE NOT granted AND (pid IN (TABLE first) OR pg_blocking_pids(pid) && ARRAY(TABLE first))
"""
"""How many wait for us, or for one of those."""


def at_once(rows: QuerySet[M], *calls: Callable[[], T]) -> list[T]:
    """What each of these answers, on a connection of its own, when all of them have come to wait for these rows."""

    def on_own_connection(call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as people:
        with transaction.atomic():
            list(rows.select_for_update())
            answers = [people.submit(on_own_connection, call) for call in calls]
            while execute(WAITING) != [(len(calls),)]:
                assert not any(answer.done() for answer in answers)
        return [answer.result() for answer in answers]
