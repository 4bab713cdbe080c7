"""Technicians who hear, or do not, over a WebSocket that breaks again and again; and a dispatcher who sends them."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

PATIENCE_SECONDS = 300


@dataclass
class Technician:
    """Somebody with the app open. Whether a notice is heard is decided by seed, for each notice once."""

    name: str
    token: str
    ports: list[int]
    seed: int
    silent: float
    """How many of the notices are not acknowledged, from 0 to 1."""
    over: Event
    heard: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    """What the office has said that it knows to be acknowledged."""
    connections: int = 0

    def works(self) -> None:
        """Come back whenever the line breaks, until it is over."""
        chance = Random(f"{self.seed} line of {self.name}")
        while not self.over.is_set():
            with suppress(OSError, TimeoutError, WebSocketException):
                self._listen(chance.choice(self.ports))
            self.over.wait(chance.uniform(0.05, 0.5))

    def _listen(self, port: int) -> None:
        with connect(f"ws://127.0.0.1:{port}/ws/v1/", open_timeout=5, close_timeout=1) as line:
            line.send(json.dumps({"type": "authenticate", "token": self.token}))
            self.connections += 1
            while not self.over.is_set():
                with suppress(TimeoutError):
                    frame = json.loads(line.recv(timeout=0.5))
                    if frame["type"] == "notice" and frame["kind"] == "visit_dispatched":
                        self.heard.add(frame["id"])
                        if self.hears(frame["data"]["reference"]):
                            line.send(json.dumps({"type": "acknowledge", "id": frame["id"]}))
                    elif frame["type"] == "acknowledged":
                        self.confirmed.add(frame["id"])

    def hears(self, reference: str) -> bool:
        """Whether they will say that they have seen the dispatch of this ticket."""
        return Random(f"{self.seed} {self.name} {reference}").random() >= self.silent


class Dispatcher:
    """Sends technicians, and asks again under the same id until the office answers."""

    def __init__(self, token: str, ports: list[int], chance: Random) -> None:
        self.http = httpx.Client(headers={"Authorization": f"Token {token}"}, timeout=10, trust_env=False)
        self.ports, self.chance = ports, chance
        self.repeated = 0

    def sends(self, ticket: str, **visit: Any) -> None:
        """Raises TimeoutError when no web process answers for five minutes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            url = f"http://127.0.0.1:{self.chance.choice(self.ports)}/api/v1/tickets/{ticket}/dispatch"
            with suppress(httpx.TransportError):
                answer = self.http.post(url, json=visit)
                if answer.is_success:
                    return
                if not answer.is_server_error:
                    raise AssertionError(answer.text)
            self.repeated += 1
            time.sleep(0.1)
        raise TimeoutError("the office does not answer")
