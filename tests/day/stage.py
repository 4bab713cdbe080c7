"""What the day is played with: people over HTTP, ears on sockets, the phone's process, a timeline, promises."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE_SECONDS = 60


class Promises:
    """What must be true at the end. Each is printed with its evidence; one that is broken fails the day."""

    def __init__(self) -> None:
        self.broken = 0

    def check(self, promise: str, kept: object, evidence: object = "") -> None:
        self.broken += not kept
        print(f"  {'✓' if kept else '✗ BROKEN:'} {promise}{f'   [{evidence}]' if evidence != '' else ''}", flush=True)


def tell(who: str, what: str) -> None:
    """A line of the timeline."""
    print(f"{datetime.now():%H:%M:%S.%f}"[:-4] + f"  {who:<11} {what}", flush=True)  # noqa: DTZ005 the viewer's own clock


def eventually(condition: Callable[[], Any], what: str, patience: float = PATIENCE_SECONDS) -> Any:
    """Wait until `condition` is truthy and return it; a day that waits in vain is a failed one."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.1)
    return value


class Person:
    """Somebody with a token, over HTTP."""

    def __init__(self, url: str, name: str, token: str | None) -> None:
        self.name = name
        self.token = token
        headers = {"Authorization": f"Token {token}"} if token else {}
        self.http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30)

    def asks(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return self.http.request(method, path, json=body, params=query or None)

    def does(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The answer's body. Anything but success ends the day, with the server's own words."""
        answer = self.asks(method, path, body, **query)
        if answer.is_error:
            raise RuntimeError(f"{self.name}: {method} {path} -> {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def gets(self, path: str, **query: Any) -> Any:
        return self.does("GET", path, **query)

    def posts(self, path: str, **body: Any) -> Any:
        return self.does("POST", path, body)

    def results(self, path: str, **query: Any) -> list[Any]:
        """All rows of a list, page by page."""
        page = self.gets(path, **query)
        rows = list(page["results"])
        while page.get("next"):
            page = self.does("GET", page["next"])
            rows += page["results"]
        return rows


class Ears:
    """A socket that hears notices and pokes, and acknowledges nothing by itself."""

    def __init__(self, url: str, token: str) -> None:
        self.frames: list[dict[str, Any]] = []
        self.socket = connect(url.replace("http", "ws", 1) + "/ws/v1/")
        self.socket.send(json.dumps({"type": "authenticate", "token": token}))
        first = json.loads(self.socket.recv(timeout=PATIENCE_SECONDS))
        if first["type"] != "ready":
            raise RuntimeError(f"the socket said {first}")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            for frame in self.socket:
                self.frames.append({**json.loads(frame), "heard_at": time.monotonic()})
        except ConnectionClosed:
            pass

    def notices(self, kind: str, **data: Any) -> list[dict[str, Any]]:
        """The notices of a kind that were heard so far, each once; `data` narrows them by their members."""
        heard = {frame["id"]: frame for frame in self.frames if frame["type"] == "notice" and frame["kind"] == kind}
        return [frame for frame in heard.values() if all(frame.get(name) == value for name, value in data.items())]

    def acknowledge(self, notice: dict[str, Any]) -> None:
        self.socket.send(json.dumps({"type": "acknowledge", "id": notice["id"]}))

    def close(self) -> None:
        self.socket.close()


class PhoneProcess:
    """The technician's phone, in a process of its own: `tests/day/phone.py`."""

    def __init__(self, store: Path, url: str) -> None:
        self.command = [sys.executable, "-m", "tests.day.phone", str(store), url]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __call__(self, command: str, **arguments: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([command, arguments]) + "\n")
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        if "failed" in answer:
            raise RuntimeError(f"the phone could not {command}: {answer}")
        return answer

    def does(self, kind: str, **data: Any) -> None:
        """Something is done without signal: it goes into the outbox."""
        self("do", kind=kind, data=data)

    def documents(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(collection, doc_id): doc for collection, doc_id, doc in self("show")["documents"]}

    def of(self, collection: str) -> Iterator[dict[str, Any]]:
        return (doc for (name, _), doc in self.documents().items() if name == collection)

    def is_dropped(self) -> None:
        """The phone's process dies at once (kill -9) and is started again on its store."""
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
