"""The live stream of RxDB by itself: signs of life, clients that hang up, clients that take nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import User
from sync.rxdb.stream import HEARTBEAT, RESYNC, Limits, Streams
from tests.people import People

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20


class Silence:
    """Nobody says anything."""

    async def hear(self, timeout: float) -> frozenset[str]:
        await asyncio.sleep(timeout)
        return frozenset()

    def turn_to(self, scopes: frozenset[str]) -> None:
        pass


@asynccontextmanager
async def silence(person: UUID, scopes: frozenset[str]) -> AsyncIterator[Silence]:
    yield Silence()


class Line:
    """The connection of one client, as an ASGI server shows it."""

    def __init__(self, user: User, limits: Limits) -> None:
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()
        streams = Streams(user_of=lambda token: User.objects.get(pk=user.pk), listen=silence, limits=limits)
        path, token = "/api/v1/sync/rxdb/visits/stream", b"Token t"
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"authorization", token)]}
        assert streams.answers(scope)
        self.answering = asyncio.create_task(streams(scope, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.takes.wait()
        self.told.put_nowait(message)

    async def hears(self) -> Any:
        """The next thing that is told: a status, or the bytes of an event."""
        message = await self.told.get()
        return message.get("status") or message["body"]


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await story()

    asyncio.run(in_time())


def test_a_quiet_stream_gives_signs_of_life_until_the_client_hangs_up(people: People):
    tom = people.technician

    async def story() -> None:
        line = Line(tom, Limits(heartbeat_every=0.01))
        assert [await line.hears() for _ in range(4)] == [200, RESYNC, HEARTBEAT, HEARTBEAT]
        line.gone.set()
        await line.answering

    play(story)


def test_a_client_that_takes_nothing_is_let_go(people: People):
    tom = people.technician

    async def story() -> None:
        line = Line(tom, Limits(heartbeat_every=0.01, take_event_within=0.05))
        assert [await line.hears() for _ in range(2)] == [200, RESYNC]
        line.takes.clear()
        await line.answering

    play(story)


def test_a_right_that_ended_in_silence_is_noticed_at_the_next_look(people: People):
    tom = people.technician

    async def story() -> None:
        line = Line(tom, Limits(heartbeat_every=0.01, recheck_every=0.02))
        assert [await line.hears() for _ in range(2)] == [200, RESYNC]
        await asyncio.to_thread(_lose_all_roles, tom)
        while (told := await line.hears()) == HEARTBEAT:
            pass
        assert told == RESYNC
        line.gone.set()
        await line.answering

    play(story)


def _lose_all_roles(user: User) -> None:
    user.role_grants.all().delete()
    connection.close()
