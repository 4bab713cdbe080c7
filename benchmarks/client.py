"""The one client of all servers: Python's bare HTTP over one open connection. It reads answers and nothing more."""

import gzip
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import brotli
import orjson
import zstandard

PATIENCE_SECONDS = 120
"""No server may take longer for one answer."""
IDLE_SECONDS = 2
"""A connection that was idle for longer is opened anew, as servers close such connections."""
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True).read(),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the body as it travelled, and its encoding."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def encoding(self) -> str:
        """How the body was compressed: `identity` if it was not."""
        return self.headers.get("Content-Encoding", "identity")

    @property
    def bytes_on_the_wire(self) -> int:
        """Of the body, and of the headers as HTTP/1.1 writes them."""
        return len(self.body) + sum(len(name) + len(value) + 4 for name, value in self.headers.items())

    def text(self) -> bytes:
        """The body as it was before it was compressed."""
        return DECOMPRESS[self.encoding](self.body)

    def json(self) -> Any:
        """The content."""
        return orjson.loads(self.text())


class Client:
    """One connection to one server of this machine."""

    def __init__(self, port: int, **headers: str) -> None:
        self.headers = {"Accept-Encoding": "identity", **headers}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self.last_used = 0.0

    def close(self) -> None:
        """No more requests."""
        self.connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for it. Raises AssertionError unless it is had."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """Send this JSON. Raises AssertionError unless it is accepted."""
        return self._ask("POST", path, body, {"Content-Type": "application/json", **headers})

    def put(self, path: str, body: bytes, **headers: str) -> Answer:
        """Put this JSON there. Raises AssertionError unless it is accepted."""
        return self._ask("PUT", path, body, {"Content-Type": "application/json", **headers})

    def patch(self, path: str, body: bytes, **headers: str) -> Answer:
        """Send these bytes there. Raises AssertionError unless they are accepted."""
        return self._ask("PATCH", path, body, headers)

    def ask(self, method: str, path: str, body: bytes) -> Answer:
        """Send this JSON, and hear whatever is answered."""
        return self._answer(method, path, body, {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = self._answer(method, path, body, headers)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
        return answer

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        if time.monotonic() - self.last_used > IDLE_SECONDS:
            self.connection.close()  # the request opens it
        self.connection.request(method, path, body, named)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.read(), response.headers)
        self.last_used = time.monotonic()
        return answer
