"""News on Redis pub/sub, for installations with many processes."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

TIMEOUT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""After so much silence a subscription asks whether Redis is still there."""


class RedisSender:
    """Publishes."""

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(settings.REDIS_URL, **_OPTIONS)

    def send(self, payload: str) -> None:
        self._client.publish(_channel(), payload)

    def close(self) -> None:
        self._client.close()


async def payloads(listening: Callable[[], None]) -> AsyncGenerator[str]:
    """What is published from the moment on at which this calls `listening()`; a silent Redis is asked for a sign."""
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, **_OPTIONS)
    async with client, client.pubsub() as subscription:
        await subscription.subscribe(_channel())
        asked = True  # that is, Redis owes us an answer: the confirmation
        while True:
            message = await subscription.get_message(timeout=TIMEOUT_SECONDS if asked else SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise redis.ConnectionError("Redis does not answer")
                await subscription.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                listening()  # again when redis-py has reconnected by itself: news was missed then
            elif message["type"] == "message":
                yield message["data"]


def _channel() -> str:
    """Several installations may share a Redis; each talks on the channel of its database."""
    return f"fieldsvc:{settings.DATABASES['default']['NAME']}"


_OPTIONS: dict[str, Any] = {
    "decode_responses": True,
    "socket_connect_timeout": TIMEOUT_SECONDS,
    "socket_timeout": TIMEOUT_SECONDS,
}
