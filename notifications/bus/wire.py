"""The two wires that news may travel on. `REDIS_URL` chooses Redis; without it, PostgreSQL's own NOTIFY serves."""

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from django.conf import settings

from notifications.bus import postgres_wire, redis_wire


class Sender(Protocol):
    """One connection that publishes. Used by one thread; any exception means that it is broken."""

    def send(self, payload: str) -> None: ...

    def close(self) -> None: ...


def sender() -> Sender:
    """Connect, to publish."""
    return redis_wire.RedisSender() if settings.REDIS_URL else postgres_wire.PostgresSender()


def payloads(listening: Callable[[], None]) -> AsyncGenerator[str]:
    """Subscribe: what is published from the moment on at which this calls `listening()`.

    Any exception, the end, and another call of `listening()` mean that news may have been missed.
    """
    return redis_wire.payloads(listening) if settings.REDIS_URL else postgres_wire.payloads(listening)
