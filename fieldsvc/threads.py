"""Django's WSGI handler under an ASGI server: each request on one thread of a pool, from its beginning to its end.

Django's own ASGI handler costs several times as much for each request. An answer that is there as a whole comes back to
the event loop in one step; a stream comes piece by piece, as fast as the client takes it. So does a body that does not
come together with the head of its request: what has arrived is there to be read when the client is cut off.
"""

import asyncio
import io
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from fieldsvc.garbage import look_between_answers

Environ = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Coroutine[Any, Any, Message]]
Send = Callable[[Message], Coroutine[Any, Any, None]]

WITHOUT_PREFIX = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
"""Headers that WSGI calls otherwise than `HTTP_…`."""


class Threads:
    """The ASGI application."""

    def __init__(self, handler: WSGIHandler, *, count: int) -> None:
        self.handler = handler
        self.pool = ThreadPoolExecutor(count, "http")

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """See the module."""
        loop = asyncio.get_running_loop()

        def receive_now() -> Message:
            return asyncio.run_coroutine_threadsafe(receive(), loop).result()

        def send_now(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(send(message), loop).result()

        body = Body(await receive(), receive_now)
        environ = environ_of(scope) | {"wsgi.input": io.BufferedReader(body)}
        for message in await loop.run_in_executor(self.pool, copy_context().run, self._answer, environ, send_now):
            await send(message)
        look_between_answers()

    def _answer(self, environ: Environ, send_now: Callable[[Message], None]) -> list[Message]:
        """Let Django answer, and return what is left to be sent."""
        head: Message = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            head["status"] = int(status[:3])
            head["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        response = self.handler(environ, start_response)  # type: ignore[arg-type]  # it knows no write()
        try:
            if not response.streaming:
                *pieces, last = response
                return [head, *(_piece(piece, more=True) for piece in pieces), _piece(last)]
            send_now(head)
            for piece in response:
                send_now(_piece(piece, more=True))
            return [_piece(b"")]
        finally:
            response.close()


def _piece(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


class Body(io.RawIOBase):
    """The body of a request, read on a thread as it arrives on the event loop. It ends when the client is cut off."""

    def __init__(self, first: Message, receive_now: Callable[[], Message]) -> None:
        self.receive_now = receive_now
        self._take(first)

    def _take(self, message: Message) -> None:
        self.arrived = memoryview(message.get("body", b""))
        self.more = message.get("more_body", False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.arrived and self.more:
            self._take(self.receive_now())
        taken = min(len(buffer), len(self.arrived))
        buffer[:taken] = self.arrived[:taken]
        self.arrived = self.arrived[taken:]
        return taken


def environ_of(scope: Any) -> Environ:
    """The request as WSGI describes it (PEP 3333), without its body.

    A header with an underscore in its name is left out, as it would pass for the one with a dash.
    """
    host, port = scope.get("server") or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope["root_path"].encode().decode("latin-1"),
        "PATH_INFO": scope["path"].removeprefix(scope["root_path"]).encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client := scope["client"]:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for encoded, value in scope["headers"]:
        name = encoded.decode("latin-1")
        if "_" not in name:
            name = WITHOUT_PREFIX.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
            text = value.decode("latin-1")
            environ[name] = f"{environ[name]},{text}" if name in environ else text
    return environ
