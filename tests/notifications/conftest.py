"""A server of WebSockets on a real port, and phones that connect to it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn

from notifications.sockets import Limits, websocket_application
from tests.notifications.line import Line


@contextmanager
def serving(limits: Limits) -> Iterator[int]:
    """WebSockets on a port of this machine, as uvicorn serves them, in a thread of this process."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(websocket_application(limits), lifespan="off", log_config=None, ws_max_size=65_536)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def limits() -> Limits:
    """How patient the server is; tests of impatience bring their own."""
    return Limits()


@pytest.fixture
def connect(transactional_db: None, limits: Limits) -> Iterator[Callable[..., Line]]:
    """`connect(token)` is a phone that is connected and signed in; without a token it is only connected."""
    with ExitStack() as stack:
        port = stack.enter_context(serving(limits))

        def connection(token: str | None = None, path: str = "/ws/v1/") -> Line:
            line = stack.enter_context(Line.to(f"ws://127.0.0.1:{port}{path}"))
            if token is not None:
                line.says(type="authenticate", token=token)
                assert line.hears()["type"] == "ready"
            return line

        yield connection
