"""What one socket has yet to tell its phone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

Scopes = tuple[str, ...]
"""In their order, so that the same ones make the same frame."""

MOST_NOTICES = 200
"""Beyond this many waiting notices the socket reads all that are unacknowledged instead."""


@dataclass(slots=True)
class Arrivals:
    """What has arrived in an inbox."""

    scopes: set[str] = field(default_factory=set)
    notices: set[UUID] = field(default_factory=set)
    all_notices: bool = False
    """Everything that is unacknowledged has to be told (again)."""

    def __bool__(self) -> bool:
        return bool(self.scopes or self.notices) or self.all_notices


class Inbox:
    """News for one socket, merged until the socket has time for it: a slow phone costs a few kilobytes, never more.

    `person` is whose socket it is, `held` are the scopes of which it may hear. `poke_now(scopes)` tells the phone of
    them if that is possible without waiting, and answers whether it was. Belongs to one event loop.
    """

    def __init__(
        self, person: UUID, held: frozenset[str], poke_now: Callable[[Scopes], bool] = lambda scopes: False
    ) -> None:
        self.person = person
        self.held = held
        self._poke_now = poke_now
        self._own_scope = f"person:{person}"
        self._arrived = Arrivals()
        self._news = asyncio.Event()

    def poke(self, scopes: Scopes) -> None:
        """There is something to pull in these.

        A phone that keeps up hears it right here, which costs a fraction of waking its task: so one message reaches
        thousands soon. Not of its person's own scope, which asks to look first whether they may still hear anything.
        """
        if self._news.is_set() or self._own_scope in scopes or not self._poke_now(scopes):
            self._arrived.scopes.update(scopes)
            self._news.set()

    def announce(self, notice: UUID) -> None:
        """There is a new notice for this person."""
        self._arrived.notices.add(notice)
        if len(self._arrived.notices) > MOST_NOTICES:
            self.remind()
        self._news.set()

    def remind(self) -> None:
        """Tell all unacknowledged notices."""
        self._arrived.notices.clear()
        self._arrived.all_notices = True
        self._news.set()

    def catch_up(self) -> None:
        """News may have been missed: tell everything."""
        self._arrived.scopes |= self.held
        self.remind()

    def put_back(self, arrivals: Arrivals) -> None:
        """What could not be told now is told with what comes next."""
        self._arrived.scopes |= arrivals.scopes
        self._arrived.notices |= arrivals.notices
        self._arrived.all_notices |= arrivals.all_notices
        self._news.set()

    async def take(self, timeout: float) -> Arrivals:
        """What has arrived, as soon as there is something; nothing after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._news.wait()
        except TimeoutError:
            pass
        self._news.clear()
        arrivals, self._arrived = self._arrived, Arrivals()
        return arrivals
