"""What a process does that wants the server: say so, and start it if nobody has."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from fieldsvc.postgres import locks
from fieldsvc.postgres.home import DATABASE, PORT, Home
from fieldsvc.postgres.programs import PostgresUnavailable, clean_environment, find_installation

START_SECONDS = 60
"""How long a start may take: `initdb` on a slow disk, or the recovery of much unwritten work."""

STOP_SECONDS = 30
"""A little more than the supervisor's own patience with the server."""

LARGEST_LOG = 10_000_000
"""In bytes. A larger log is put aside at the next start, in place of the one put aside before."""

_held: dict[Path, BinaryIO] = {}
"""The open lock files that make this process a client. The kernel unlocks them when it ends, however it ends."""


class Supervisor(subprocess.Popen[bytes]):
    """One that this process started, and which outlives it."""

    def __del__(self) -> None:
        """To let go of it is no leak: Python would say so, whenever this process ends."""


def ensure_running(data_dir: Path, *, durable: bool = True) -> str:
    """Make sure that the server of `data_dir` runs for as long as this process lives, and return its URL.

    The database in the URL exists, empty on first use. A warm call takes a few milliseconds, a start a few tenths
    of a second, the first one about a second. It may be called by any number of processes at once.

    `durable=False` gives up safety against power failure for speed, for tests; a crash of PostgreSQL still loses
    nothing. It has no effect on a server that is running already.

    Raises PostgresUnavailable if no server can be started.
    """
    home = Home.inside(data_dir)
    home.make()
    _become_client(home)
    try:
        with locks.alone(home.start_lock):
            _wait_for_server(home, durable=durable)
    except PostgresUnavailable:
        _cease_to_be_client(home)
        raise
    return home.url


def release(data_dir: Path) -> None:
    """This process is done with the server: stop it now unless someone else uses it.

    Without this the server stops by itself a little after the process has ended.
    """
    home = Home.inside(data_dir)
    if home.root not in _held:
        return
    _cease_to_be_client(home)
    with locks.open_lock(home.clients_lock) as clients:
        # While we hold this lock alone, whoever wants the server waits, and then starts it anew.
        if locks.lock_now(clients):
            stop(data_dir)


def stop(data_dir: Path) -> None:
    """Stop the server of `data_dir`, whoever uses it, and return when it is gone. The data stays."""
    home = Home.inside(data_dir)
    if not home.supervisor_lock.exists():
        return
    with locks.alone(home.start_lock), locks.open_lock(home.supervisor_lock) as supervisor:
        deadline = time.monotonic() + STOP_SECONDS
        while not locks.lock_within(supervisor, 0.1):
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"The server in {home.root} does not stop; see {home.log}.")
            supervisor.seek(0)
            if pid := supervisor.read():  # there is none yet while it begins, and none any more while it ends
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)
        with home.claim():
            home.remove_socket_folder()


def _become_client(home: Home) -> None:
    if home.root not in _held:
        file = locks.open_lock(home.clients_lock)
        locks.lock_shared(file)  # waits while a supervisor is stopping its server
        _held[home.root] = file


def _cease_to_be_client(home: Home) -> None:
    _held.pop(home.root).close()


def _wait_for_server(home: Home, *, durable: bool) -> None:
    """Return when the server accepts connections and has a supervisor, which we start if there is none."""
    pg_isready = find_installation(home.cluster).bin / "pg_isready"
    supervisor: Supervisor | None = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if locks.is_locked(home.supervisor_lock):
            if _accepts_connections(home, pg_isready):
                return
        elif supervisor is None:
            home.claim().close()  # a server without a supervisor must not answer in place of the one that we start
            supervisor = _start_supervisor(home, durable=durable)
        elif (exit_code := supervisor.poll()) is not None:
            if exit_code > 0:
                break  # it has said why in the log
            supervisor = None  # it was killed, or let another one pass that has ended since
        time.sleep(locks.POLL_SECONDS)
    said = "\n".join(home.log.read_text(errors="replace").splitlines()[-20:])
    raise PostgresUnavailable(
        f"PostgreSQL did not start in {home.root}. The last lines of {home.log}:\n{said}\n"
        "Set DATA_DIR to another folder to begin with an empty database, or DATABASE_URL to a server of yours."
    )


def _accepts_connections(home: Home, pg_isready: Path) -> bool:
    address = ["--host", str(home.socket), "--port", str(PORT), "--username", DATABASE, "--dbname", DATABASE]
    return subprocess.run([pg_isready, "--quiet", *address], env=clean_environment(), check=False).returncode == 0


def _start_supervisor(home: Home, *, durable: bool) -> Supervisor:
    """Start the process that owns the server, in a session of its own, so that Ctrl-C does not reach it."""
    if home.log.exists() and home.log.stat().st_size > LARGEST_LOG:
        home.log.replace(home.log.with_name("log.old"))
    command = [sys.executable, "-m", "fieldsvc.postgres.supervisor", str(home.root)]
    with home.log.open("ab") as log:
        return Supervisor(
            command if durable else [*command, "--not-durable"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
