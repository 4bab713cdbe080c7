"""The receiving side of the bus: one subscription per process, while it has sockets, and the registry of these."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from notifications.bus import wire
from notifications.bus.inbox import Inbox, Scopes
from notifications.bus.news import News

FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 10.0
PATIENCE_SECONDS = 2.0
"""How long a new socket waits for a subscription that cannot connect; after that it is told to catch up later."""

K = TypeVar("K")

logger = logging.getLogger(__name__)

_subscriptions: "WeakKeyDictionary[asyncio.AbstractEventLoop, Subscription]" = WeakKeyDictionary()


def subscription() -> "Subscription":
    """The subscription of the running event loop: a serving process has one."""
    return _subscriptions.setdefault(asyncio.get_running_loop(), Subscription())


class Registry:
    """Which inboxes hear of which scope."""

    def __init__(self) -> None:
        self._by_scope: defaultdict[str, set[Inbox]] = defaultdict(set)
        self._by_person: defaultdict[UUID, set[Inbox]] = defaultdict(set)

    def add(self, inbox: Inbox) -> None:
        self._by_person[inbox.person].add(inbox)
        for scope in inbox.held:
            self._by_scope[scope].add(inbox)

    def remove(self, inbox: Inbox) -> None:
        self._discard(self._by_person, inbox.person, inbox)
        for scope in inbox.held:
            self._discard(self._by_scope, scope, inbox)

    def deliver(self, news: News) -> None:
        """Put into each inbox what concerns it."""
        poked: dict[Inbox, Scopes] = {}
        for scope in sorted(news.scopes):
            for inbox in self._by_scope.get(scope, ()):
                poked[inbox] = (*poked.get(inbox, ()), scope)
        for inbox, scopes in poked.items():
            inbox.poke(scopes)
        for person, notice in news.notices:
            for inbox in self._by_person.get(person, ()):
                inbox.announce(notice)
        if news.everyone:
            self.catch_up()

    def catch_up(self) -> None:
        """Every socket has to tell everything."""
        for inboxes in self._by_person.values():
            for inbox in inboxes:
                inbox.catch_up()

    @staticmethod
    def _discard(table: defaultdict[K, set[Inbox]], key: K, inbox: Inbox) -> None:
        table[key].discard(inbox)
        if not table[key]:
            del table[key]


class Subscription:
    """Listens while anybody is joined. After each (re)connection all who are joined catch up, as news was missed."""

    def __init__(self) -> None:
        self._registry = Registry()
        self._arrived = News()
        self._joined = 0
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def join(self, inbox: Inbox) -> None:
        """From the return on, the inbox misses nothing: it gets every news that concerns it, or has to catch up."""
        self._joined += 1
        if self._task is None:
            self._listening = asyncio.Event()
            self._task = asyncio.create_task(self._run(self._listening), name="bus-subscription")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._listening.wait()
        except TimeoutError:
            logger.warning("a socket joined a bus that does not listen yet")
        except asyncio.CancelledError:
            await self._depart()
            raise
        self._registry.add(inbox)

    async def leave(self, inbox: Inbox) -> None:
        """The inbox gets no more news. With the last one the subscription ends."""
        self._registry.remove(inbox)
        await self._depart()

    def move(self, inbox: Inbox, held: frozenset[str]) -> None:
        """The person's rights changed: the inbox hears of these scopes from now on."""
        if held != inbox.held:
            self._registry.remove(inbox)
            inbox.held = held
            self._registry.add(inbox)

    async def _depart(self) -> None:
        self._joined -= 1
        if self._joined == 0 and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, listening: asyncio.Event) -> None:
        retry = FIRST_RETRY_SECONDS

        def connected() -> None:
            nonlocal retry
            retry = FIRST_RETRY_SECONDS
            self._registry.catch_up()
            listening.set()

        while True:
            try:
                async with aclosing(wire.payloads(connected)) as payloads:
                    async for payload in payloads:
                        self._deliver(payload)
                logger.warning("the bus ended its subscription, next try in %.1f s", retry)
            except Exception as error:
                logger.warning("the bus cannot listen, next try in %.1f s: %s", retry, error)
            listening.clear()
            await asyncio.sleep(retry)
            retry = min(retry * 2, LAST_RETRY_SECONDS)

    def _deliver(self, payload: str) -> None:
        try:
            news = News.of_payload(payload)
        except ValueError:
            # Somebody else talks on our channel; what it says cannot be for us.
            logger.warning("the bus carried something that is none of ours: %.100s", payload)
        else:
            if not self._arrived:
                asyncio.get_running_loop().call_soon(self._hand_out)
            self._arrived.merge(news)

    def _hand_out(self) -> None:
        """All that has come in together: who has thousands to tell does not fall behind, but tells more at once."""
        news, self._arrived = self._arrived, News()
        self._registry.deliver(news)


class Listener:
    """Hears the pokes in one person's scopes, and nothing else."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def hear(self, timeout: float) -> frozenset[str]:
        """The scopes that were poked, as soon as there are any; none after `timeout` seconds."""
        return frozenset((await self._inbox.take(timeout)).scopes)

    def turn_to(self, scopes: frozenset[str]) -> None:
        """Hear of these scopes from now on."""
        subscription().move(self._inbox, scopes)


@asynccontextmanager
async def listening(person: UUID, scopes: frozenset[str]) -> AsyncIterator[Listener]:
    """Join the running loop's subscription for as long as the block lasts."""
    inbox = Inbox(person, scopes)
    joined = subscription()
    await joined.join(inbox)
    try:
        yield Listener(inbox)
    finally:
        await joined.leave(inbox)
