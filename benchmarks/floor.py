"""The floor: the least that anybody has to do. A bare ASGI application under uvicorn, a bare psycopg under that.

It knows no person, no rule and no history, only texts with an id and a number that grows: `GET /since/NUMBER` sends
those above the number, `POST /` writes as many as it is sent, each in one statement. Whoever comes by WebSocket stands
in a bare set, and `POST /tell` sends one message to all of them.
"""

import os
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import orjson
import psycopg

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

TABLE = "CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, number bigserial UNIQUE, body text NOT NULL)"
WRITE = (
    "INSERT INTO floor (id, body) SELECT * FROM unnest(%b::uuid[], %b::text[]) "
    "ON CONFLICT (id) DO UPDATE SET number = excluded.number, body = excluded.body"
)
READ = "SELECT convert_to(body, 'UTF8') FROM floor WHERE number > %s ORDER BY number"
"""As bytes: to make Python text of them only to unmake it again is nothing that anybody has to do."""


@cache
def connection() -> psycopg.Connection[Any]:
    """One connection for ever."""
    connected: psycopg.Connection[Any] = psycopg.connect(os.environ["FLOOR_DATABASE_URL"], autocommit=True)
    connected.execute(TABLE)
    return connected


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """See the module."""
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "websocket":
        await stand_in_the_set(receive, send)
        return
    if scope["path"] == "/tell":
        await tell_everybody()
        body = b"{}"
    elif scope["method"] == "POST":
        body = write(orjson.loads(await read_body(receive)))
    else:
        _, path, *rest = scope["path"].split("/")
        body = since(int(rest[0])) if path == "since" else newest()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


sockets: set[Send] = set()
POKE = '{"type":"poke","scopes":["catalogue"]}'


async def stand_in_the_set(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    sockets.add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    sockets.discard(send)


async def tell_everybody() -> None:
    for send in list(sockets):
        await send({"type": "websocket.send", "text": POKE})


async def read_body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def since(number: int) -> bytes:
    rows = connection().execute(READ, [number], binary=True, prepare=True).fetchall()
    return b"[" + b",".join([body for (body,) in rows]) + b"]"


def newest() -> bytes:
    rows = connection().execute("SELECT coalesce(max(number), 0) FROM floor").fetchall()
    return str(rows[0][0]).encode()


def write(items: list[dict[str, str]]) -> bytes:
    connection().execute(WRITE, [[item["id"] for item in items], [item["body"] for item in items]])
    return b"{}"
