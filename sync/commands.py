"""A command: one change of the business, whole or not at all.

`@command` opens a transaction and collects what is to be written once at the end of the *outermost* command: the
feed, notices, anything handed to `at_end()`. A command inside another joins it behind a savepoint; if it fails, what it
had collected is forgotten with it. So a batch of 500 operations costs one flush, and nobody hears of a change that
was rolled back. How rows are kept and writes are put together on the way there: `work.py`.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from fieldsvc.time import now
from sync.audit.context import say_who_acts
from sync.sql import execute
from sync.work import Flush, Frame, Work, current, running, watch, write_now

__all__ = ["Actor", "Flush", "Frame", "OperationOrigin", "at_end", "comes_last", "command", "command_block", "running"]

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

LAST: set[Flush] = set()
"""Flushes that come after the others: see `comes_last`."""

ATTEMPTS = 3
"""How often an outermost command is tried when PostgreSQL picks it as the victim of a deadlock."""


@dataclass(frozen=True, slots=True)
class OperationOrigin:
    """Where an operation of a phone came from, and what is to be thought of its clock."""

    id: UUID
    captured: dict[str, Any]
    """The device's own statement of when: `wall`, `monotonic_ms`, `boot`, as it was sent."""
    flags: tuple[str, ...] = ()
    """`clock_corrected`, `in_future`, `late`, `bulk`."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for whom, and through which door.

    Nobody (`user` is None) is the service itself: the worker, a migration, an import.
    """

    user: Any
    on_behalf_of: Any = None
    device_id: UUID | None = None
    operation: OperationOrigin | None = None
    received_at: datetime = field(default_factory=now)

    @classmethod
    def system(cls) -> "Actor":
        """The service acting by itself."""
        return cls(user=None)

    @property
    def subject(self) -> Any:
        """The person in whose name it happens: whoever is helped, or else whoever acts."""
        return self.on_behalf_of or self.user

    @property
    def offline(self) -> bool:
        """It came as an operation of a phone: it has already happened, so it is kept and flagged, not refused."""
        return self.operation is not None

    @property
    def operation_id(self) -> UUID | None:
        """The phone's operation, if this is one."""
        return self.operation.id if self.operation else None

    @property
    def flags(self) -> tuple[str, ...]:
        """What the device's clock has to be suspected of."""
        return self.operation.flags if self.operation else ()


def at_end(flush: Flush, *items: Any) -> None:
    """Hand `items` to `flush` once, together with all others of its kind, before the outermost command commits."""
    running().pending.setdefault(flush, []).extend(items)


def comes_last(flush: Flush) -> Flush:
    """A flush that waits for what the others hand to it."""
    LAST.add(flush)
    return flush


def command_block() -> AbstractContextManager[Frame]:
    """The body of a command. `@command` is the usual way in; a batch that runs many commands opens one around them."""
    work = current.get()
    return _outermost() if work is None else work.inside()


@contextmanager
def _outermost() -> Iterator[Frame]:
    frame = Frame()
    work = Work([frame])
    token = current.set(work)
    try:
        with transaction.atomic(), connection.execute_wrapper(watch):
            try:
                yield frame
                _flush(frame)
            except BaseException:
                with suppress(Exception):
                    work.await_writes()
                raise
    finally:
        current.reset(token)


def _flush(frame: Frame) -> None:
    """Write what was collected. A flush may collect for another one; the feed comes last, as it locks scopes."""
    from sync.feed.services import feed_this_transaction

    while frame.changes or frame.pending:
        write_now()
        if frame.pending:
            flush = min(frame.pending, key=LAST.__contains__)
            flush(frame.pending.pop(flush))
    feed_this_transaction()


def beside_other_pushes() -> None:
    """A push begins: not while somebody is at work who was a victim of another."""
    execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('sync.pushes', 0))")


def no_push_besides() -> None:
    """Wait until no push is at work, and keep them waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended('sync.pushes', 0))")


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` one change of the business: see the module.

    An outermost command that PostgreSQL chose as the victim of a deadlock is run again, as nothing of it remains; this
    time without any push beside it, so that what no order of locks foresees is no endless fight.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        work = current.get()
        if work is not None:
            with work.inside():
                return function(*args, **kwargs)
        actor = kwargs.get("actor")
        alone = not connection.in_atomic_block
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with command_block():
                    if isinstance(actor, Actor):
                        say_who_acts(actor.user, on_behalf_of=actor.on_behalf_of, device_id=actor.device_id)
                    if attempt > 1:
                        no_push_besides()
                    return function(*args, **kwargs)
            except OperationalError as error:
                victim = isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
                if not (alone and victim and attempt < ATTEMPTS):
                    raise
                log.warning("deadlock_victim", command=function.__qualname__, attempt=attempt, error=str(error))
        raise AssertionError("unreachable")

    return run
