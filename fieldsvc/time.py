"""The one clock of the server. Everything that asks "what time is it" asks here, so that a test can answer.

Database defaults and audit columns that only say when a row was written may use the database's own clock;
a rule of the business never does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC)


@contextmanager
def time_is(moment: datetime) -> Iterator[None]:
    """Let the whole process, all its threads, believe that it is `moment` until the block ends."""
    global _frozen
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


@contextmanager
def time_passes(duration: timedelta) -> Iterator[None]:
    """Let the block run `duration` later than it is now."""
    with time_is(now() + duration):
        yield
