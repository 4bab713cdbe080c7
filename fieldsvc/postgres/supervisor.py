"""The process that owns the server: `python -m fieldsvc.postgres.supervisor FOLDER [--not-durable]`.

It makes the cluster on first use, runs PostgreSQL as its child, starts it again when it crashes, and stops it when
nobody has held the clients' lock for two seconds. Each of these holds without anyone tidying up:

- Clients cannot forget to say goodbye: the kernel unlocks the file of a process that ends, even by kill -9.
- Nobody can come too late: the supervisor keeps the clients' lock to itself while it stops the server. Who wants it
  then waits for the lock, finds no supervisor, and starts a new one.
- There are never two servers: everything that touches the cluster inherits one locked file, and nothing is started
  until that lock is free. If the supervisor itself is killed, Linux interrupts the server; elsewhere the next client
  does, before it starts a new supervisor.
"""

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

from fieldsvc.postgres import locks
from fieldsvc.postgres.home import DATABASE, PORT, Home
from fieldsvc.postgres.programs import (
    Installation,
    PostgresUnavailable,
    clean_environment,
    ends_with_its_parent,
    find_installation,
    run_as,
)

GRACE_SECONDS = 2.0
"""How long the server outlives its last client, so that one command after another finds it warm."""

POLL_SECONDS = 0.25

CRASHES_IN_A_ROW = 3
CRASH_SECONDS = 10
"""A server that ran for longer than this had started well: what follows is not a crash in a row."""

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "random_page_cost": "1.1",  # flash, not a spinning disk
    "wal_compression": "on",
    "jit": "off",  # compiling costs more than our short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_lock_waits": "on",
}

NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
"""What is committed has left PostgreSQL but perhaps not reached the disk: safe against kill -9, not power failure."""


log = logging.getLogger("supervisor")


class Supervisor:
    """Owns the server in one folder from start to stop."""

    def __init__(self, home: Home, *, durable: bool) -> None:
        self.home = home
        self.settings = SETTINGS | ({} if durable else NOT_DURABLE)
        self.told_to_stop = False
        self.installation: Installation = find_installation(home.cluster)
        self.prefix, self.owner = run_as(home.cluster)
        self.clients = locks.open_lock(home.clients_lock)
        self.unused_since: float | None = None

    def run(self) -> None:
        """Serve until nobody is left, we are told to stop, or the folder is gone.

        Raises PostgresUnavailable if the server crashes again and again.
        """
        signal.signal(signal.SIGTERM, self.stop_soon)
        signal.signal(signal.SIGINT, self.stop_soon)
        self.make_ready()
        crashes = 0
        while crashes < CRASHES_IN_A_ROW:
            started = time.monotonic()
            server = self.start_server()
            while server.poll() is None:
                if self.told_to_stop or self.is_unused() or not self.home.root.exists():
                    stop_server(server)
                    return
                wait_for_end(server, POLL_SECONDS)
            crashes = crashes + 1 if time.monotonic() - started < CRASH_SECONDS else 1
            log.warning("PostgreSQL ended with %s.", server.returncode)
        raise PostgresUnavailable(f"PostgreSQL ended {CRASHES_IN_A_ROW} times in a row.")

    def stop_soon(self, *_: object) -> None:
        self.told_to_stop = True

    def is_unused(self) -> bool:
        """Whether there have been no clients for a while; if so, none can come any more."""
        if not locks.lock_now(self.clients):
            self.unused_since = None
            return False
        self.unused_since = self.unused_since or time.monotonic()
        if time.monotonic() - self.unused_since > GRACE_SECONDS:
            return True  # and keep the lock
        locks.unlock(self.clients)
        return False

    def make_ready(self) -> None:
        """Make what is missing: the socket's folder, the cluster."""
        self.home.make_socket_folder()
        self.give_to_owner(self.home.socket)
        if not self.home.cluster.exists():
            self.make_cluster()
        self.give_to_owner(self.home.cluster)

    def make_cluster(self) -> None:
        """Make the cluster with our empty database in it, under another name until it is complete."""
        draft = self.home.root / "cluster.new"
        with self.home.claim() as lock:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
            self.give_to_owner(draft)
            initdb = ["initdb", "--pgdata", str(draft), "--username", DATABASE, "--auth", "trust"]
            initdb += ["--encoding", "UTF8", *self.locale(), "--no-instructions"]
            self.run_to_the_end(lock, initdb)
            single_user = ["postgres", "--single", "-D", str(draft), "postgres"]
            self.run_to_the_end(lock, single_user, said=f"CREATE DATABASE {DATABASE}\n")
            draft.rename(self.home.cluster)

    def locale(self) -> list[str]:
        """Sort by code point and know every letter: the same order on every machine."""
        if self.installation.major >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"]

    def start_server(self) -> subprocess.Popen[bytes]:
        settings = {"unix_socket_directories": f'"{self.home.socket}"', **self.settings}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        with self.home.claim() as lock:
            self.home.forget_dead_servers()
            return subprocess.Popen(
                self.command(["postgres", "-D", str(self.home.cluster), *options]),
                pass_fds=[lock.fileno()],
                env=clean_environment(),
            )

    def run_to_the_end(self, lock: BinaryIO, command: list[str], said: str = "") -> None:
        subprocess.run(
            self.command(command),
            input=said.encode(),
            pass_fds=[lock.fileno()],
            env=clean_environment(),
            check=True,
        )

    def command(self, command: list[str]) -> list[str]:
        """One of PostgreSQL's commands, as whom it must run and so that it ends with us."""
        program, *arguments = command
        return [*self.prefix, *ends_with_its_parent(), str(self.installation.bin / program), *arguments]

    def give_to_owner(self, folder: Path) -> None:
        """Make `folder` and what is in it belong to the user as whom PostgreSQL runs."""
        if self.owner is None or folder.stat().st_uid == self.owner:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner, -1, follow_symlinks=False)


def stop_server(server: subprocess.Popen[bytes]) -> None:
    """Stop the server: fast, without waiting for its clients; if that takes too long, harder."""
    for number, patience in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        server.send_signal(number)
        if wait_for_end(server, patience):
            return


def wait_for_end(server: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait at most so long for the server to end; say whether it has."""
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs one folder's PostgreSQL while somebody uses it.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--not-durable", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s [%(process)d] %(levelname)s:  %(message)s", level=logging.INFO)
    home = Home(arguments.folder)
    with locks.open_lock(home.supervisor_lock) as lock:
        # One try would not do: a client may be looking, for a moment, whether the lock is free.
        if not locks.lock_within(lock, 1):
            return 0  # another supervisor is faster
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        try:
            Supervisor(home, durable=not arguments.not_durable).run()
        except (PostgresUnavailable, OSError, subprocess.SubprocessError) as error:
            log.error("%s", error)
            return 1
        finally:
            home.remove_socket_folder()
            lock.truncate(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
