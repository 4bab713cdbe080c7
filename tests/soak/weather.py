"""What lies between phones and the office, and what becomes of a request there.

Each request says in a header what weather it goes through, chosen by the phone's own chance: so a seed brings the same
weather again, whoever is faster. The office does not know of this header.
"""

import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import cycle
from random import Random
from threading import Thread
from typing import Any

import httpx

from tests.clients.proxy import Proxy, one_request
from tests.uploads.sending import CHUNK, TUS

PATIENCE_SECONDS = 30
CLEAR = "clear"
WEATHERS = {
    CLEAR: 75,
    "request_lost": 5,  # the office hears nothing
    "request_cut": 4,  # the office hears half
    "answer_lost": 7,  # the phone hears nothing
    "answer_cut": 3,  # the phone hears half
    "doubled": 6,  # the office hears it twice at once
}
"""And how likely each is."""


class NoSignal(Exception):
    """No answer came, or none that says anything: the phone will try again."""


class Weather(Proxy):
    """Passes requests on to several web processes in turn, as far as the weather allows."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__(ports[0])
        self.turns = cycle(ports)

    def _serve(self, phone: socket.socket) -> None:
        with phone, suppress(OSError):  # somebody hung up, or was killed: the phone hears nothing
            request = one_request(phone)
            told = re.search(rb"\r\nx-weather: (\w+)", request, re.IGNORECASE)
            weather = told[1].decode() if told else CLEAR
            if weather == "request_lost":
                return
            if weather == "request_cut":
                request = request[: len(request) // 2]
            twin = Thread(target=self._ask, args=(request,), daemon=True)
            if weather == "doubled":
                twin.start()
            answer = self._ask(request, hang_up=weather == "request_cut")
            if weather == "doubled":
                twin.join(PATIENCE_SECONDS)
            if weather == "answer_cut":
                answer = answer[: len(answer) // 2]
            if weather != "answer_lost":
                phone.sendall(answer)

    def _ask(self, request: bytes, hang_up: bool = False) -> bytes:
        with suppress(OSError), socket.create_connection(("127.0.0.1", next(self.turns)), PATIENCE_SECONDS) as office:
            office.sendall(request)
            return b"" if hang_up else b"".join(iter(lambda: office.recv(1 << 16), b""))
        return b""


class Line:
    """Somebody's way to the office: for phones in place of the tests' client, for desks as it is."""

    def __init__(self, url: str, token: str, weather: Callable[[], str]) -> None:
        self.weather = weather
        self.slowest = 0.0
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Token {token}"}, timeout=PATIENCE_SECONDS, trust_env=False
        )

    def get(self, path: str, query: Any = None) -> httpx.Response:
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self._ask("POST", path, json=body)

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self._ask("PATCH", path, json=body)

    def tus(self, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        """A request of that protocol; headers with underscores for hyphens."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask(method, path, content=content, headers={**TUS, "Content-Type": CHUNK, **said})

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **content: Any) -> httpx.Response:
        """The answer. A fault of the office is none: NoSignal."""
        headers = {"X-Weather": self.weather(), **(headers or {})}
        try:
            answer = self.http.request(method, path, headers=headers, **content)
        except httpx.TransportError as error:
            raise NoSignal(str(error)) from error
        self.slowest = max(self.slowest, answer.elapsed.total_seconds())
        if answer.is_server_error:
            raise NoSignal(f"{answer.status_code} {answer.text[:200]}")
        return answer


def changing(chance: Random) -> Callable[[], str]:
    """Weather as it comes."""
    return lambda: chance.choices(list(WEATHERS), list(WEATHERS.values()))[0]


def fair() -> str:
    """Weather in which everything arrives."""
    return CLEAR
