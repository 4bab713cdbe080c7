"""What is measured: server processes on this machine, with the processor time and the memory that they take."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

from benchmarks import database

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
END_SECONDS = 30


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Server:
    """A server process, from its start to its end. `says_ready` is a path that answers when it is up."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        says_ready: str,
        environment: dict[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.name, self.command, self.port, self.says_ready = name, command, port, says_ready
        self.environment = os.environ | (environment or {})
        self.cwd = cwd
        self.log = database.DATA_DIR / f"{name.replace(' ', '-')}.log"

    def __enter__(self) -> "Server":
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.measured = psutil.Process(self.process.pid)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return self

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self.says_ready)
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """The processor time that it has taken so far, without its children."""
        times = self.measured.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        """The memory that it holds, without its children."""
        return float(self.measured.memory_info().rss) / 1e6


def database_cpu_seconds() -> float:
    """The processor time that PostgreSQL has taken so far, with all its processes, also those that have ended."""
    postmaster = psutil.Process(database.postmaster())
    times = postmaster.cpu_times()
    total = float(times.user + times.system + times.children_user + times.children_system)
    for backend in postmaster.children():
        with suppress(psutil.NoSuchProcess):
            own = backend.cpu_times()
            total += own.user + own.system
    return total


def fieldsvc(address: str, **environment: str) -> Server:
    """The product as it is run: `manage.py serve`, one web process, with its worker beside it."""
    port = free_port()
    return Server(
        "fieldsvc",
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        port=port,
        says_ready="/readyz",
        environment=database.environment(address) | environment,
    )


def floor(address: str) -> Server:
    """A bare ASGI application on the same server program, with a bare driver: see `floor.py`."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.floor:application", "--port", str(port)]
    return Server(
        "floor",
        [*command, "--no-access-log", "--log-level", "warning"],
        port=port,
        says_ready="/",
        environment={"FLOOR_DATABASE_URL": address},
    )
