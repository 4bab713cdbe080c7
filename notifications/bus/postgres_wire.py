"""News on PostgreSQL's NOTIFY, over connections of its own: a listener must not sit behind a transaction pooler."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import psycopg
from django.db import connections

CHANNEL = "fieldsvc"

KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A listener only reads, so without these it would never learn that the other end is gone. In seconds."""


class PostgresSender:
    """Publishes in autocommit: NOTIFY inside a business transaction would take its global lock until the commit."""

    def __init__(self) -> None:
        self._connection = psycopg.connect(**_parameters())

    def send(self, payload: str) -> None:
        self._connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def close(self) -> None:
        self._connection.close()


async def payloads(listening: Callable[[], None]) -> AsyncGenerator[str]:
    """What is published from the moment on at which this calls `listening()`."""
    connection = await psycopg.AsyncConnection.connect(**_parameters())
    try:
        await connection.execute(f"LISTEN {CHANNEL}")
        listening()
        async with aclosing(connection.notifies()) as notifications:
            async for notification in notifications:
                yield notification.payload
    finally:
        await connection.close()


def _parameters() -> dict[str, Any]:
    """Django's own way to the database, without what belongs to its cursors."""
    parameters: dict[str, Any] = connections["default"].get_connection_params()
    for of_django in ("cursor_factory", "context"):
        parameters.pop(of_django, None)
    return parameters | KEEPALIVES | {"autocommit": True, "application_name": "fieldsvc bus"}
