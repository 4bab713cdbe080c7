"""SQL of the engine's hot paths, past the ORM: arrays travel in binary, whole batches in one statement."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, LiteralString

import psycopg
from django.db import connection
from psycopg import sql


def execute(
    query: LiteralString,
    parameters: Sequence[Any] | Mapping[str, Any] = (),
    *,
    binary: bool = False,
    prepare: bool = False,
) -> list[tuple[Any, ...]]:
    """Run one statement in the current transaction of the default database, and return its rows if it has any.

    Whoever watches the connection's statements (`connection.execute_wrapper`) sees it like those of the ORM.

    Use `%b` for arrays: PostgreSQL parses their text form at a cost that shows in every batch. With `binary`, rows come
    in binary: for large `bytea`, which would otherwise double on the way. With `prepare`, each connection lets
    PostgreSQL plan the statement once and for all, if the project's settings let it (`prepare_threshold`): for what is
    asked all the time and answered in less time than it takes to plan.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:

        def send(sql: LiteralString, params: Any, _many: bool, _context: Any) -> None:
            cursor.execute(sql, params, binary=binary, prepare=prepare)

        watched: Callable[..., Any] = send
        for wrapper in reversed(connection.execute_wrappers):
            watched = partial(wrapper, watched)
        watched(query, parameters, False, {"connection": connection, "cursor": cursor})
        result = cursor.pgresult  # `cursor.description` would describe each column, for nothing
        return cursor.fetchall() if result and result.nfields else []


ROOM = 1 << 20
"""Bytes that may be on their way to PostgreSQL while it is still at work on what came before."""


def make_room_ahead() -> None:
    """Let the socket of the current connection take what is sent ahead. A local one holds 50 kB by default, and whoever
    sends more waits until PostgreSQL reads; others grow by themselves."""
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as end:
        if end.family == socket.AF_UNIX and end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) < ROOM:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)


def check_pointers(at_once: Sequence[str]) -> None:
    """Let PostgreSQL look now whether all that was written points at something, which it would do at the commit.

    `at_once` are the constraints that it looks at with each statement, and shall go on to: see `checked_at_once`.
    """
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")
    if at_once:
        names = sql.SQL(", ").join(map(sql.Identifier, at_once))
        execute(sql.SQL("SET CONSTRAINTS {} IMMEDIATE").format(names).as_string())


@cache
def checked_at_once() -> Sequence[str]:
    """The names of the constraints that could be deferred, and are not."""
    names = execute("SELECT DISTINCT conname FROM pg_constraint WHERE condeferrable AND NOT condeferred ORDER BY 1")
    return [name for (name,) in names]
