"""A browser that subscribes, and the push service behind it: a real HTTP server that decrypts what arrives."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.push.keys import CURVE, base64url
from tests.serving import Handler, serving


class Browser:
    """One subscription: the keys that only the browser has, and what it tells us."""

    def __init__(self, service: "PushService", name: str) -> None:
        self.key = ec.generate_private_key(CURVE)
        self.secret = os.urandom(16)
        self.endpoint = f"{service.url}/{name}"
        self.service = service

    @property
    def says(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` gives."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64url(point), "auth": base64url(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What arrived for it, decrypted."""
        return [
            json.loads(http_ece.decrypt(push.body, private_key=self.key, auth_secret=self.secret))
            for push in self.service.pushes
            if self.endpoint.endswith(push.path)
        ]


@dataclass
class Push:
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Answers 201, unless the test has put other answers (status, body) in front."""

    url: str
    pushes: list[Push] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)


@contextmanager
def running_push_service() -> Iterator[PushService]:
    """At work for as long as the block lasts."""

    class Asked(Handler):
        def do_POST(self) -> None:
            status, text = service.answers.pop(0) if service.answers else (201, "")
            body = self.body()
            if status == 201:
                service.pushes.append(Push(self.path, dict(self.headers), body))
            self.answer(status, text)

    with serving(Asked) as url:
        service = PushService(url)
        yield service
