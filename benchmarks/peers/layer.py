"""A Channels layer as its page tells to use it: sockets join a group, and `POST /tell` sends one message to it.

Run in `.venv-bench`; the environment names the layer (`LAYER`, `REDIS`).
"""

import os
from typing import Any

import django
from django.conf import settings

HOST = {"address": os.environ["REDIS"], "socket_timeout": None, "max_connections": 20_000}
"""What redis-py 8 does by itself is not for layers of thousands: it ends a wait for news after 5 seconds, as if it were
one for an answer, and refuses more than 100 connections."""

settings.configure(
    SECRET_KEY="nobody signs in",
    CHANNEL_LAYERS={"default": {"BACKEND": os.environ["LAYER"], "CONFIG": {"hosts": [HOST]}}},
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402  # wants settings
from channels.layers import get_channel_layer  # noqa: E402

POKE = '{"type":"poke","scopes":["catalogue"]}'


class Phone(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket."""

    groups = ["everybody"]

    async def say(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


websocket = Phone.as_asgi()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """See the module."""
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "websocket":
        await websocket(scope, receive, send)
        return
    if scope["method"] == "POST":
        await get_channel_layer().group_send("everybody", {"type": "say", "text": POKE})
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
