"""A phone's end of the WebSocket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE_SECONDS = 30


class Line:
    """What a phone says and hears."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def to(cls, url: str) -> Iterator["Line"]:
        """Connected until the block ends. Without compression, so that a test knows how much is on the wire."""
        with connect(url, compression=None, close_timeout=1) as connection:
            yield cls(connection)

    def says(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def hears(self) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = json.loads(self.connection.recv(timeout=PATIENCE_SECONDS))
        return frame

    def is_told_no(self) -> str:
        """The code of the error that comes next."""
        frame = self.hears()
        assert frame["type"] == "error", frame
        assert frame["detail"]
        return str(frame["code"])

    def is_hung_up(self) -> int:
        """The code with which the server ends the connection now."""
        try:
            frame = self.connection.recv(timeout=PATIENCE_SECONDS)
        except ConnectionClosed:
            return self.connection.close_code or 0
        raise AssertionError(f"heard {frame!r} instead")


def heard_until(line: Line, kind: str) -> dict[str, Any]:
    """The next frame of that type. Pokes may come between, as a notice is a document too; so may a notice again that
    was made while the line opened."""
    while (frame := line.hears())["type"] != kind:
        assert frame["type"] in {"poke", "notice"}, frame
    return frame


def poked_until(line: Line, *scopes: str) -> set[str]:
    """Return when pokes have named all these scopes, with all that they have named. Other frames may come between."""
    named: set[str] = set()
    while not named.issuperset(scopes):
        frame = line.hears()
        if frame["type"] == "poke":
            named.update(frame["scopes"])
    return named
