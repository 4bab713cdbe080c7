"""The WebSocket of a phone: `/ws/v1/`. JSON text frames, each an object with a `type`.

The phone says:

| frame | answer |
|---|---|
| `{"type": "authenticate", "token": "…"}`, first and within 10 seconds | `{"type": "ready", "server_time": "…"}` |
| `{"type": "acknowledge", "id": "<notice>"}` | `{"type": "acknowledged", "id": "…"}` |
| `{"type": "ping"}` | `{"type": "pong", "server_time": "…"}` |
| what is refused | `{"type": "error", "code": "…", "detail": "…"}`, with the `id` of the frame if it had one |

We say, unasked:

| frame | means |
|---|---|
| `{"type": "poke", "scopes": […]}` | there is something to pull in these scopes |
| `{"type": "notice", "id": …, "title": …, …}` | a notice, as `GET /api/v1/notices` shows it; `acknowledge` it |
| `{"type": "wipe"}` | this device was cut off: delete everything; the close follows |

After `ready`, and whenever news may have been missed, the unacknowledged notices come (again): a phone knows them by
their `id`. It gets the newest 200; older ones are in its replica. Poke and notice may be repeated, never relied upon
alone: what counts is what a pull brings.

Close codes: 4401 not signed in (any more), 4408 too slow to take what it is told, 1009 a frame far too large, 1011 a
fault of ours, 1012 the server restarts. After 4401 sign in again; after all others come back, with growing pauses.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, ParamSpec, TypeVar
from uuid import UUID

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.db import Error as DatabaseError
from django.urls import path, re_path

from accounts.signin.authentication import user_for_token
from fieldsvc.errors import Conflict, DomainError, Invalid, Unauthenticated
from fieldsvc.time import now
from notifications.bus.inbox import Arrivals, Inbox, Scopes
from notifications.bus.subscription import subscription
from notifications.notices import selectors, services
from notifications.notices.serializers import NoticeOutput
from sync.commands import Actor
from sync.registry import open_scopes

SIGNED_OUT = 4401
TOO_SLOW = 4408
OUR_FAULT = 1011

MOST_REMINDED = 200
"""How many unacknowledged notices a phone is reminded of at once."""

FIRST_RETRY_SECONDS = 1.0
"""How long sockets wait for a database that does not answer."""
LAST_RETRY_SECONDS = 30.0

FAREWELL_SECONDS = 1.0

P = ParamSpec("P")
R = TypeVar("R")
Frame = dict[str, Any]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient a socket is, in seconds, and how much it reads at once."""

    authenticate_within: float = 10.0
    take_frame_within: float = 10.0
    recheck_every: float = 60.0
    """How long a token that was revoked, or a right that ended, may go unnoticed while nothing else happens."""
    frame_length: int = 4096


class Standing(NamedTuple):
    """Who is connected and what they may hear, as of the last check."""

    user: Any
    scopes: frozenset[str]


class Ending(NamedTuple):
    """How this side ends the connection."""

    code: int
    last_words: Frame | None


class Unheard(Exception):
    """The phone does not take what it is told: it is too slow, or gone."""


class PhoneSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One connection of one phone: answers its frames, and tells it what arrives in its inbox."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self.token = ""
        self.inbox: Inbox | None = None
        self.telling: asyncio.Task[None] | None = None
        self.patience: asyncio.TimerHandle | None = None
        self.ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Frame]], send: Any) -> None:
        async def receive_or_end() -> Frame:
            # A phone that takes nothing cannot be told to go either. So when this side ends the connection, that
            # comes in as if the phone had hung up.
            receiving = asyncio.ensure_future(receive())
            either: list[asyncio.Future[Any]] = [receiving, self.ending]
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if self.ending.done():
                    return {"type": "websocket.disconnect", "code": self.ending.result().code}
                return receiving.result()
            finally:
                receiving.cancel()

        try:
            await super().__call__(scope, receive_or_end, send)
        finally:
            # Also when the server gives up on us: nothing of this socket may stay behind.
            await self.leave()

    async def connect(self) -> None:
        await self.accept()
        unknown = Unauthenticated("not_signed_in", "Bring a token in the first frame, and soon.")
        within = self.limits.authenticate_within
        self.patience = asyncio.get_running_loop().call_later(within, self.give_up, unknown)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            await self.hear(text_data)
        except Exception as error:
            self.give_up(error)

    async def hear(self, text: str | None) -> None:
        """One frame of the phone. What is refused is answered, and the connection stays."""
        frame: Frame = {}
        try:
            frame = _frame(text, self.limits)
            await self.answer(frame)
        except Unauthenticated:
            raise
        except DomainError as refusal:
            await self.tell(_error(refusal, frame))

    async def answer(self, frame: Frame) -> None:
        """Do what a frame asks for. Raises DomainError to refuse it."""
        match frame["type"]:
            case "authenticate" if self.inbox is None:
                await self.authenticate(_text(frame, "token"))
            case _ if self.inbox is None:
                raise Unauthenticated("not_signed_in", "Bring a token in the first frame, and soon.")
            case "authenticate":
                raise Conflict("already_signed_in", "This socket has its person. Open another one.")
            case "acknowledge":
                await self.acknowledge(_id(frame))
            case "ping":
                await self.tell({"type": "pong", "server_time": now()})
            case unknown:
                raise Invalid("unknown_frame", f"There is no frame of type {unknown!r:.50}.")

    async def authenticate(self, token: str) -> None:
        """Find out whose socket this is, and begin to tell them what arrives."""
        standing = await _in_thread(_standing)(token)
        if self.patience:
            self.patience.cancel()
        inbox = Inbox(standing.user.pk, standing.scopes, self.poke_now)
        await subscription().join(inbox)
        self.token, self.inbox = token, inbox
        await self.tell({"type": "ready", "server_time": now()})
        inbox.remind()
        self.telling = asyncio.create_task(self.tell_what_arrives(inbox))

    async def acknowledge(self, notice_id: UUID) -> None:
        """The phone's owner has seen a notice."""
        await _in_thread(_acknowledge)(self.token, notice_id)
        await self.tell({"type": "acknowledged", "id": notice_id})

    async def tell_what_arrives(self, inbox: Inbox) -> None:
        """Tell the phone what arrives in its inbox, for as long as its person may hear it."""
        try:
            await self._tell_what_arrives(inbox)
        except Exception as error:
            self.give_up(error)

    async def _tell_what_arrives(self, inbox: Inbox) -> None:
        clock = asyncio.get_running_loop().time
        checked, retry = clock(), FIRST_RETRY_SECONDS
        own_scope = f"person:{inbox.person}"
        while True:
            due = checked + self.limits.recheck_every
            arrivals = await inbox.take(max(0.0, due - clock()))
            notices: list[Frame] = []
            if arrivals.notices or arrivals.all_notices or own_scope in arrivals.scopes or clock() >= due:
                try:
                    standing, notices = await _in_thread(_look)(self.token, arrivals)
                except DatabaseError as error:
                    # Sockets outlive a restart of the database: what there was to tell is told after it.
                    logger.warning("a socket cannot look up its news, next try in %.0f s: %s", retry, error)
                    inbox.put_back(arrivals)
                    await asyncio.sleep(retry)
                    retry = min(retry * 2, LAST_RETRY_SECONDS)
                    continue
                checked, retry = clock(), FIRST_RETRY_SECONDS
                subscription().move(inbox, standing.scopes)
            if scopes := arrivals.scopes & inbox.held:
                await self.tell(_poke(tuple(sorted(scopes))))
            for notice in notices:
                await self.tell({"type": "notice", **notice})

    def poke_now(self, scopes: Scopes) -> bool:
        """Tell the phone that there is something to pull, unless it would have to be waited for."""
        greeted = self.telling is not None and not self.ending.done()
        return greeted and _goes_at_once(self.base_send(_poke_message(scopes)))

    async def tell(self, frame: Frame) -> None:
        """Send one frame. Raises Unheard when the phone does not take it."""
        try:
            async with asyncio.timeout(self.limits.take_frame_within):
                await self.base_send(_message(frame))
        except OSError as error:  # a TimeoutError is one, and so is what servers raise when the phone has hung up
            raise Unheard from error

    def give_up(self, error: Exception) -> None:
        """End the connection from this side, whatever the phone does, for this reason."""
        match error:
            case Unauthenticated():
                # A device that was cut off has to forget everything.
                ending = Ending(SIGNED_OUT, {"type": "wipe"} if error.extra.get("wipe") else _error(error))
            case Unheard():
                ending = Ending(TOO_SLOW, None)
            case _:
                logger.error("a socket failed", exc_info=error)
                ending = Ending(OUR_FAULT, None)
        if not self.ending.done():
            self.ending.set_result(ending)

    async def disconnect(self, code: int) -> None:
        await self.leave()
        if self.ending.done():
            ending = self.ending.result()
            try:
                async with asyncio.timeout(FAREWELL_SECONDS):
                    if ending.last_words:
                        await self.tell(ending.last_words)
                    await self.close(ending.code)
            except Exception as error:
                logger.info("a socket ended with code %d, unheard: %r", ending.code, error)

    async def leave(self) -> None:
        """Stop telling, and let go of all that belongs to this socket."""
        if self.patience:
            self.patience.cancel()
        if self.telling:
            self.telling.cancel()
            await asyncio.wait([self.telling])
        if self.inbox:
            inbox, self.inbox = self.inbox, None
            await subscription().leave(inbox)


def websocket_application(limits: Limits = Limits()) -> Any:
    """The ASGI application for all WebSockets: `/ws/v1/`, and a refusal anywhere else."""
    nowhere: Any = _nowhere  # Django's types know of views only
    return URLRouter([path("ws/v1/", PhoneSocket.as_asgi(limits=limits)), re_path("", nowhere)])


async def _nowhere(scope: Any, receive: Any, send: Callable[[Frame], Awaitable[None]]) -> None:
    await send({"type": "websocket.close"})


def _in_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The database is for threads; any of the loop's will do, as sockets must not queue up behind a single one."""
    return database_sync_to_async(function, thread_sensitive=False)  # type: ignore[no-any-return]


def _standing(token: str) -> Standing:
    user, _ = user_for_token(token)
    return Standing(user, frozenset(open_scopes(user)))


def _look(token: str, arrivals: Arrivals) -> tuple[Standing, list[Frame]]:
    """Check again who is there, and read the notices that they have to hear of."""
    standing = _standing(token)
    waiting = selectors.unacknowledged(standing.user).order_by("-created_at", "-id")
    if arrivals.all_notices:
        notices = list(waiting[:MOST_REMINDED])
    elif arrivals.notices:
        notices = list(waiting.filter(pk__in=arrivals.notices))
    else:
        notices = []
    context = {"language": standing.user.language}
    return standing, [dict(NoticeOutput(notice, context=context).data) for notice in reversed(notices)]


def _acknowledge(token: str, notice_id: UUID) -> None:
    user, device_token = user_for_token(token)
    actor = Actor(user=user, device_id=device_token.device_id)
    services.acknowledge_notice(actor=actor, occurred_at=now(), notice_id=notice_id)


def _poke(scopes: Scopes) -> Frame:
    return {"type": "poke", "scopes": scopes}


def _message(frame: Frame) -> Frame:
    """The frame as the server wants to be told of it."""
    return {"type": "websocket.send", "text": orjson.dumps(frame).decode()}


@lru_cache(maxsize=1_000)
def _poke_message(scopes: Scopes) -> Frame:
    """Written once for all who hear of these scopes."""
    return _message(_poke(scopes))


def _goes_at_once(sending: Coroutine[Any, Any, None]) -> bool:
    """Whether it came to its end without waiting for anything. If not, it is called off.

    uvicorn waits before it writes anything, while the phone has not taken what was written before; so what is called
    off was not sent. Where a server writes first, the phone hears it twice, which it may.
    """
    try:
        sending.send(None)
    except StopIteration:
        return True
    except Exception:
        return False  # whoever tells it in their own time finds out why
    sending.close()
    return False


def _frame(text: str | None, limits: Limits) -> Frame:
    if text is None:
        raise Invalid("malformed_frame", "Send text, not bytes.")
    if len(text) > limits.frame_length:
        raise Invalid("malformed_frame", f"Send at most {limits.frame_length} characters at once.")
    try:
        frame = orjson.loads(text)
    except ValueError as error:
        raise Invalid("malformed_frame", "Send JSON.") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Invalid("malformed_frame", "Send an object with a type.")
    return frame


def _text(frame: Frame, key: str) -> str:
    value = frame.get(key)
    if not isinstance(value, str):
        raise Invalid("malformed_frame", f"Give {key} as a text.")
    return value


def _id(frame: Frame) -> UUID:
    try:
        return UUID(_text(frame, "id"))
    except ValueError as error:
        raise Invalid("malformed_frame", "Give id as a UUID.") from error


def _error(refusal: DomainError, frame: Frame | None = None) -> Frame:
    """How a refusal is told; with the `id` of the frame that it answers, if that had one."""
    about = {"id": frame["id"]} if frame and isinstance(frame.get("id"), str) else {}
    return {"type": "error", "code": refusal.code, "detail": refusal.detail, **about}
