"""An SMS provider to test with: a real HTTP server on this machine, with answers that the test prepares."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body))


@dataclass
class Provider:
    """Answers 202, unless the test has put other answers (status, body) in front."""

    url: str
    requests: list[Request] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    """While set, requests are taken but not answered."""
    may_go_on: threading.Event = field(default_factory=threading.Event)


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider, at work for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            provider.requests.append(
                Request(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body)
            )
            if provider.silent.is_set():
                provider.may_go_on.wait(10)
                return
            status, text = provider.answers.pop(0) if provider.answers else (202, "")
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = handle_one

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.may_go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
