"""An SMS provider to test with: a real HTTP server on this machine, with answers that the test prepares."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tests.serving import Handler, serving


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

    class Asked(Handler):
        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            body = self.body().decode()
            provider.requests.append(
                Request(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body)
            )
            if provider.silent.is_set():
                provider.may_go_on.wait(10)
                return
            status, text = provider.answers.pop(0) if provider.answers else (202, "")
            self.answer(status, text)

        do_GET = do_POST = handle_one

    with serving(Asked) as url:
        provider = Provider(url)
        try:
            yield provider
        finally:
            provider.may_go_on.set()
