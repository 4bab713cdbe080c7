"""`manage.py serve`, run as people run it: everything starts with it and everything ends with it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fieldsvc.postgres import ensure_running, locks, release, stop
from fieldsvc.postgres.home import Home
from tests.database import fill

ROOT = Path(__file__).parents[2]


class Server:
    """A `manage.py serve` with a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "DEBUG": "1", "DEMO": "0"}
        with (self.data_dir / "printed").open("w") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=printed
            )

    def end(self, by: signal.Signals) -> None:
        self.process.send_signal(by)
        self.process.wait(30)

    def printed(self) -> str:
        return (self.data_dir / "printed").read_text()

    def request(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, **options)
            answer = connection.getresponse()
            return answer.status, json.load(answer)
        finally:
            connection.close()

    def answer_to(self, request: str) -> str:
        """What is answered to these very bytes, sent at once: the server may hang up before it has read them all."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(request.encode())
            return b"".join(iter(lambda: line.recv(4096), b"")).decode()

    def is_complete(self) -> bool:
        """Whether it answers, and a worker was heard of."""
        try:
            status, health = self.request("GET", "/readyz")
        except OSError:
            return False
        return status == 200 and health["checks"]["worker"]["status"] == "pass"

    def is_gone(self) -> bool:
        """Whether no process of it is left: whoever listens, works, or keeps the database."""
        home = Home.inside(self.data_dir)
        return not locks.is_locked(home.server_lock) and not locks.is_locked(home.supervisor_lock)


def before_sessions(data_dir: Path) -> None:
    """The folder of an older version, whose database lacks a table: to migrate from nothing takes half a minute."""
    address = ensure_running(data_dir)
    fill(address)
    with psycopg.connect(address) as connection:
        connection.execute("DROP TABLE django_session")
        connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    release(data_dir)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("serve"))
    before_sessions(server.data_dir)
    yield server
    server.process.kill()
    server.process.wait()
    stop(server.data_dir)


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_serves_with_a_worker_beside_it_and_sigterm_ends_everything(server: Server) -> None:
    server.start()
    assert eventually(server.is_complete, 120)
    server.end(by=signal.SIGTERM)
    assert server.is_gone()
    assert f"http://127.0.0.1:{server.port}/api/docs/" in server.printed()
    assert server.printed().endswith("Stopped.\n")


def test_a_body_of_unknown_length_is_refused_and_kill_9_leaves_nothing_behind(server: Server) -> None:
    server.start()
    assert eventually(server.is_complete, 120)
    for coding in ("chunked", "gzip, Chunked"):
        answer = server.answer_to(
            f"POST /healthz HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"
        )
        assert answer.startswith("HTTP/1.1 411")
        assert '"length_required"' in answer
    server.end(by=signal.SIGKILL)
    assert eventually(server.is_gone, 10)
