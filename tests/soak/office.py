"""The office: web processes, a worker, PostgreSQL. Each may be killed at any moment, and is started again."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread

import httpx
import psycopg

from fieldsvc.postgres.home import Home
from tests.faults.server import free_port

ROUND_SECONDS = 25
"""In each round everything is killed once."""
START_SECONDS = 60
PAUSE_SECONDS = 0.5


class Kept:
    """A process of ours, started again whenever it has ended, however it ended. It ends with us."""

    def __init__(self, *arguments: str, log: Path, program: str = sys.executable) -> None:
        self.command = [program, *arguments]
        self.log = log
        self.wanted = True
        self._start()
        self.keeper = Thread(target=self._keep, daemon=True)
        self.keeper.start()

    def _start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=log, stderr=log)

    def _keep(self) -> None:
        while self.process.wait() is not None and self.wanted:
            time.sleep(PAUSE_SECONDS)
            self._start()

    def kill(self) -> None:
        """kill -9, and nothing else."""
        self.process.kill()

    def stop(self) -> None:
        """Let it finish what it does; it is not started again."""
        self.wanted = False
        while self.keeper.is_alive():
            self.process.terminate()
            self.keeper.join(PAUSE_SECONDS)


class Office:
    """Everything that runs, on the database in `data_dir`."""

    def __init__(self, data_dir: Path, webs: int) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "log"
        self.ports = [free_port() for _ in range(webs)]
        self.webs = [Kept("-m", "tests.soak.web", str(port), log=self.log) for port in self.ports]
        self.worker = Kept("manage.py", "worker", "--while-stdin-open", log=self.log)
        self.killed: Counter[str] = Counter()

    def victims(self) -> dict[str, Callable[[], None]]:
        """Who can be killed, by name."""
        webs = {f"web {number}": web.kill for number, web in enumerate(self.webs, 1)}
        postgres = partial(kill_postgres, self.data_dir)
        return {**webs, "worker": self.worker.kill, "postgres": postgres, "connection": self.kill_connection}

    def kill_connection(self) -> None:
        """The process of one connection, upon which PostgreSQL ends all of them and recovers."""
        with suppress(psycopg.OperationalError, ProcessLookupError):
            with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
                row = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                    "AND pid <> pg_backend_pid() ORDER BY state_change DESC LIMIT 1"
                ).fetchone()
            if row:
                os.kill(row[0], signal.SIGKILL)

    def kill(self, victim: str) -> None:
        self.victims()[victim]()
        self.killed[victim] += 1

    def ready(self) -> bool:
        """Whether every web process answers, with the database under it."""
        try:
            return all(
                httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=15, trust_env=False).is_success
                for port in self.ports
            )
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> None:
        """Raises TimeoutError if the office does not come up."""
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"The office does not answer; see {self.log}.")
            time.sleep(0.1)

    def close(self) -> None:
        for process in (*self.webs, self.worker):
            process.stop()


def kill_postgres(data_dir: Path) -> None:
    """The server itself; its supervisor starts it again."""
    postmaster = Home.inside(data_dir).cluster / "postmaster.pid"
    with suppress(FileNotFoundError, ProcessLookupError):  # it is just being started
        os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)


def plan_of_kills(chance: Random, victims: list[str], seconds: float) -> list[tuple[float, str]]:
    """When who is killed, in order: everybody once in each round."""
    rounds = max(1, round(seconds / ROUND_SECONDS))
    each = seconds / rounds
    return sorted((each * (number + chance.uniform(0.1, 0.9)), name) for number in range(rounds) for name in victims)
