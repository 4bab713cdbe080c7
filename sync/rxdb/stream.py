"""The live stream of one collection: server-sent events on the event loop, so that a phone costs no thread.

`GET /api/v1/sync/rxdb/{collection}/stream`, with the token in the Authorization header like everywhere.

| event | means |
|---|---|
| `data: RESYNC` | pull: first of all, and when more has changed than fits a page, or what the person may see |
| `data: {"documents": […], "checkpoint": …}` | what has changed since the event before, whole change sets |
| `: ` | nothing; the line is alive |

The stream ends when the token ends, and when the client does not take what it is told; whoever comes again is told
`RESYNC`, so nothing is missed.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ParamSpec, Protocol, TypeVar
from uuid import UUID

import orjson
import structlog
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from fieldsvc import errors
from fieldsvc.errors import DomainError, NotFound, Unauthenticated, as_domain_error
from sync import registry
from sync.feed.services import catch_up
from sync.rxdb import selectors
from sync.rxdb.checkpoint import Checkpoint

CONTENT_TYPE = "text/event-stream"
RESYNC = b"data: RESYNC\n\n"
HEARTBEAT = b": \n\n"
PATH = re.compile(r"/api/v1/sync/rxdb/(\w+)/stream")
BATCH = 100
"""Documents in an event, and those that belong to the last one's change set. What is more, the client pulls."""
RETRY_SECONDS = 2.0
"""How long a stream waits for a database that does not answer."""

P = ParamSpec("P")
R = TypeVar("R")
Message = dict[str, Any]
Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]

log = structlog.get_logger(__name__)


class Ears(Protocol):
    """What hears the pokes in one person's scopes."""

    async def hear(self, timeout: float) -> Collection[str]:
        """The scopes that were poked, as soon as there are any; none after `timeout` seconds."""

    def turn_to(self, scopes: frozenset[str]) -> None:
        """Hear of these scopes from now on."""


Listen = Callable[[UUID, frozenset[str]], AbstractAsyncContextManager[Ears]]
"""From the entry on, the ears miss nothing in these scopes, nor what concerns the person's rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient a stream is, in seconds."""

    heartbeat_every: float = 20.0
    take_event_within: float = 10.0
    recheck_every: float = 60.0
    """How long a right that ended may go unnoticed while nothing else happens."""


@dataclass(slots=True)
class Standing:
    """Whose stream it is, and up to where it has told what happened."""

    user: Any
    scopes: frozenset[str]
    checkpoint: Checkpoint


class Streams:
    """The ASGI application. `user_of(token)` raises DomainError; `listen` is as above."""

    def __init__(self, *, user_of: Callable[[str], Any], listen: Listen, limits: Limits = Limits()) -> None:
        self.user_of = user_of
        self.listen = listen
        self.limits = limits

    @staticmethod
    def answers(scope: Any) -> bool:
        """Whether this request is for a stream."""
        return scope["type"] == "http" and scope["method"] == "GET" and PATH.fullmatch(scope["path"]) is not None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        stream = Stream(self, scope, send)
        telling = asyncio.create_task(stream.run())
        leaving = asyncio.create_task(_until_disconnected(receive))
        try:
            await asyncio.wait([telling, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, leaving):
                task.cancel()
            await asyncio.wait([telling, leaving])
        if not telling.cancelled() and (error := telling.exception()):
            raise error


class Stream:
    """One client's."""

    def __init__(self, streams: Streams, scope: Any, send: Send) -> None:
        self.streams = streams
        self.limits = streams.limits
        self.send = send
        self.token = _token(scope)
        path = PATH.fullmatch(scope["path"])
        self.collection = path[1] if path else ""

    async def run(self) -> None:
        """From the first look at the token to the last event."""
        try:
            standing = await _in_thread(self._stand)()
        except Exception as error:
            refusal = as_domain_error(error)
            if refusal is None:
                raise
            await self._refuse(refusal)
            return
        await self._start()
        try:
            async with self.streams.listen(standing.user.pk, standing.scopes) as ears:
                # Only now: what happens from here on is heard, and what happened before is pulled.
                standing = await _in_thread(self._stand)()
                ears.turn_to(standing.scopes)
                await self._tell(RESYNC)
                await self._tell_what_happens(standing, ears)
        except DomainError:
            pass  # signed out: whoever comes again hears why
        except OSError as error:  # a TimeoutError is one, and so is what servers raise when the client has hung up
            log.info("rxdb_stream_unheard", reason=repr(error))
            return  # without an end, as the client has not read even this far
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell_what_happens(self, standing: Standing, ears: Ears) -> None:
        clock = asyncio.get_running_loop().time
        checked = clock()
        while True:
            poked = await ears.hear(self.limits.heartbeat_every)
            if not poked and clock() - checked < self.limits.recheck_every:
                await self._tell(HEARTBEAT)
                continue
            event = await self._see(standing)
            checked = clock()
            ears.turn_to(standing.scopes)
            await self._tell(event)

    async def _see(self, standing: Standing) -> bytes:
        """Streams outlive a restart of the database: what there was to tell is told after it."""
        while True:
            try:
                return await _in_thread(self._look)(standing)
            except DatabaseError as error:
                log.warning("rxdb_stream_waits_for_database", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    def _stand(self) -> Standing:
        """Who it is, and where things are now."""
        if self.collection not in registry.documents():
            raise NotFound()
        if not self.token:
            raise Unauthenticated("not_signed_in", "Sign in and send the token in the Authorization header.")
        user = self.streams.user_of(self.token)
        catch_up()
        scopes = frozenset(registry.open_scopes(user))
        return Standing(user, scopes, selectors.newest_checkpoint(user, self.collection))

    def _look(self, standing: Standing) -> bytes:
        """The event that says what has happened; moves the standing on."""
        present = self._stand()
        before, standing.user, standing.scopes = standing.scopes, present.user, present.scopes
        try:
            page = selectors.pull(standing.user, self.collection, standing.checkpoint.encode(), BATCH)
        except DomainError:
            page = None
        if page is None or page.more or before != standing.scopes:
            standing.checkpoint = present.checkpoint
            return RESYNC
        standing.checkpoint = page.checkpoint
        return b"data: %b\n\n" % selectors.as_json(page) if page.documents else HEARTBEAT

    async def _start(self) -> None:
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),  # nginx would collect events before it passes them on
        ]
        await self.send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})

    async def _refuse(self, refusal: DomainError) -> None:
        headers = [(b"content-type", errors.CONTENT_TYPE.encode())]
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Token"))
        await self.send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
        await self.send({"type": "http.response.body", "body": orjson.dumps(refusal.problem())})

    async def _tell(self, event: bytes) -> None:
        """Raises OSError when the client does not take it."""
        async with asyncio.timeout(self.limits.take_event_within):
            await self.send({"type": "http.response.body", "body": event, "more_body": True})


def _in_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The database is for threads; any of the loop's will do, as streams must not queue up behind a single one."""
    return database_sync_to_async(function, thread_sensitive=False)  # type: ignore[no-any-return]


def _token(scope: Any) -> str:
    for name, value in scope["headers"]:
        scheme, _, token = value.partition(b" ")
        if name == b"authorization" and scheme.lower() == b"token":
            return str(token.strip().decode("latin-1"))
    return ""


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
