"""The floor: the least that anybody has to do. A bare ASGI application under uvicorn, a bare psycopg under that.

It knows no person, no rule and no history: `GET /first` sends the bytes of a scope from the feed's own table,
`POST /push` writes as many rows as it is sent, in one statement.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import psycopg

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

TABLE = "CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, body text NOT NULL)"
WRITE = (
    "INSERT INTO floor SELECT * FROM unnest(%b::uuid[], %b::text[]) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
)
READ = "SELECT body FROM sync_feedentry WHERE scope_id = %s AND seq > %s AND NOT deleted ORDER BY seq LIMIT %s"

_connection: psycopg.Connection[Any] | None = None


def connection() -> psycopg.Connection[Any]:
    """One connection for ever."""
    global _connection
    if _connection is None:
        _connection = psycopg.connect(os.environ["FLOOR_DATABASE_URL"], autocommit=True)
        _connection.execute(TABLE)
    return _connection


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """`GET /SCOPE/AFTER/LIMIT` reads, `POST` writes."""
    if scope["type"] == "lifespan":
        return
    if scope["method"] == "POST":
        body = write(await read_body(receive))
    elif scope["path"] == "/":
        body = b"{}"
    else:
        body = read(*(int(part) for part in scope["path"].strip("/").split("/")))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def read(scope_id: int, after: int, limit: int) -> bytes:
    """The documents of the scope, in one statement, put together as JSON."""
    rows = connection().execute(READ, [scope_id, after, limit]).fetchall()
    return f"[{','.join(body for (body,) in rows)}]".encode()


def write(body: bytes) -> bytes:
    """One row for each item, in one statement."""
    items = orjson.loads(body)
    ids, bodies = [item["id"] for item in items], [orjson.dumps(item).decode() for item in items]
    connection().execute(WRITE, [ids, bodies])
    return orjson.dumps({"written": len(ids)})
