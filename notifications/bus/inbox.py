"""What one socket has yet to tell its phone."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

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

    `person` is whose socket it is, `held` are the scopes of which it may hear. Belongs to one event loop.
    """

    def __init__(self, person: UUID, held: frozenset[str]) -> None:
        self.person = person
        self.held = held
        self._arrived = Arrivals()
        self._news = asyncio.Event()

    def poke(self, scope: str) -> None:
        """There is something to pull in `scope`."""
        self._arrived.scopes.add(scope)
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
