"""Very many phones on their WebSockets, in one thread and without a library: what is measured is the server.

Python's `selectors` alone; a frame costs the client a few microseconds. Pings are answered, as every browser does.
"""

import resource
import selectors
import socket
import struct
import time
from collections.abc import Sequence

import orjson

UPGRADE = (
    b"GET /ws/v1/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
AT_ONCE = 100
"""Phones that connect at the same time."""
PATIENCE_SECONDS = 60
SPARE_FILES = 200


class Phone:
    """One connection, and what has come in and is not read yet."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.arrived = b""

    def receive(self) -> None:
        """Take what has come. Raises ConnectionError when the server has hung up."""
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionResetError("the server has hung up")
        self.arrived += data

    def upgraded(self) -> None:
        """Wait for the answer to the first request."""
        while b"\r\n\r\n" not in self.arrived:
            self.receive()
        head, _, self.arrived = self.arrived.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def frames(self) -> list[bytes]:
        """The texts that have come in whole."""
        texts, data = [], self.arrived
        while len(data) >= 2:
            kind, length, start = data[0] & 15, data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + length:
                break
            content, data = data[start : start + length], data[start + length :]
            if kind == PING:
                self.say(content, PONG)
            elif kind == CLOSE:
                raise ConnectionResetError(f"the server has closed: {content!r}")
            elif kind == TEXT:
                texts.append(content)
        self.arrived = data
        return texts

    def say(self, content: bytes, kind: int = TEXT) -> None:
        """Send a frame, under a mask of zeros."""
        length = bytes([0x80 | len(content)]) if len(content) < 126 else struct.pack(">BH", 0xFE, len(content))
        self.socket.sendall(bytes([0x80 | kind]) + length + bytes(4) + content)


class Phones:
    """All of them. They have to be listened to all the time, or the server takes them for gone."""

    def __init__(self) -> None:
        self.phones: list[Phone] = []
        self.selector = selectors.DefaultSelector()

    def close(self) -> None:
        """They hang up."""
        for phone in self.phones:
            phone.socket.close()
        self.selector.close()

    def connect(self, port: int, tokens: Sequence[str | None]) -> None:
        """One phone for each token; without a token it says nothing."""
        for start in range(0, len(tokens), AT_ONCE):
            batch = [(Phone(port), token) for token in tokens[start : start + AT_ONCE]]
            for phone, _ in batch:
                phone.socket.sendall(UPGRADE)
            for phone, token in batch:
                phone.upgraded()
                if token:
                    phone.say(orjson.dumps({"type": "authenticate", "token": token}))
            for phone, token in batch:
                while token and b'"ready"' not in phone.arrived:
                    phone.receive()
                phone.socket.setblocking(False)
                self.selector.register(phone.socket, selectors.EVENT_READ, phone)
                self.phones.append(phone)
            self.listen(0)

    def listen(self, timeout: float) -> list[tuple[Phone, bytes, float]]:
        """What is heard within so many seconds, as soon as anything is: by whom, what, and when it was there."""
        heard = []
        for key, _ in self.selector.select(timeout):
            phone: Phone = key.data
            phone.receive()
            at = time.perf_counter()
            heard += [(phone, text, at) for text in phone.frames()]
        return heard

    def hear(self, word: bytes, number: int) -> list[float]:
        """When so many phones have heard this word, each for the first time; in order.

        Raises TimeoutError when some have not within a minute.
        """
        moments: dict[Phone, float] = {}
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while len(moments) < number:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{len(moments)} of {number} have heard")
            for phone, text, at in self.listen(1):
                if word in text:
                    moments.setdefault(phone, at)
        return sorted(moments.values())

    def quiet(self, seconds: float) -> None:
        """Listen until nothing was heard for so long."""
        last = time.perf_counter()
        while time.perf_counter() < last + seconds:
            if self.listen(seconds / 4):
                last = time.perf_counter()


def allow_open_files(number: int) -> None:
    """In this process and those that it starts from now on. Raises ValueError where the system forbids it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY:
            hard = max(hard, wanted)  # only the superuser may
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
