"""Where one server keeps its files, and the four locks that say who is there."""

import os
import shutil
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from fieldsvc.postgres import locks
from fieldsvc.postgres.programs import PostgresUnavailable

DATABASE = "fieldsvc"
PORT = 5432
"""Only part of the socket's name: the server listens on no network address."""

LONGEST_SOCKET_FOLDER = 85
"""In bytes. The kernel takes 104 (macOS) or 108 (Linux) for folder, slash, `.s.PGSQL.5432.lock` and the end."""


@dataclass(frozen=True)
class Home:
    """The folder `postgres` in a data folder. All paths are absolute."""

    root: Path

    @classmethod
    def inside(cls, data_dir: Path) -> "Home":
        return cls(data_dir.resolve() / "postgres")

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory. It exists only once it is complete."""
        return self.root / "cluster"

    @property
    def log(self) -> Path:
        """What the server and its supervisor had to say."""
        return self.root / "log"

    @property
    def socket(self) -> Path:
        """The folder of the server's Unix socket, while there is a server."""
        place = self.root / "socket"
        return Path(os.readlink(place)) if place.is_symlink() else place

    @property
    def clients_lock(self) -> Path:
        """Shared by every process that uses the server, for its whole life."""
        return self.root / "clients.lock"

    @property
    def start_lock(self) -> Path:
        """Held by the one process that is starting or stopping the server from outside."""
        return self.root / "start.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor for its whole life; the file contains its process id."""
        return self.root / "supervisor.lock"

    @property
    def server_lock(self) -> Path:
        """Held by everything that touches the cluster: the server, its children, and `initdb`.

        They inherit it. So while it is free, no such process is left, whatever `postmaster.pid` says.
        """
        return self.root / "server.lock"

    @property
    def url(self) -> str:
        """The libpq URL of our database; it names the superuser, who needs no password on this socket."""
        return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(self.socket), safe='')}&port={PORT}"

    def make(self) -> None:
        """Make the folder.

        Raises PostgresUnavailable if we may not.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.clients_lock.touch(mode=0o600)
        except OSError as error:
            raise PostgresUnavailable(
                f"The data folder cannot be written: {error}. Set DATA_DIR to a folder that you may write to."
            ) from error

    def make_socket_folder(self) -> None:
        """Make the socket's folder, ours alone: whoever can open the socket owns the database.

        Where the path would be too long for a socket, the folder is a temporary one and `socket` points to it.
        """
        place = self.root / "socket"
        if len(os.fsencode(place)) <= LONGEST_SOCKET_FOLDER:
            place.mkdir(mode=0o700, exist_ok=True)
        elif not place.exists():
            place.unlink(missing_ok=True)
            place.symlink_to(tempfile.mkdtemp(prefix="fieldsvc-", dir="/tmp"))

    def remove_socket_folder(self) -> None:
        """Leave nothing in the temporary folder behind."""
        shutil.rmtree(self.socket, ignore_errors=True)
        (self.root / "socket").unlink(missing_ok=True)

    def claim(self) -> BinaryIO:
        """The open `server_lock`, held, once nothing else touches the cluster. Only for who knows of no supervisor.

        A server that outlived its supervisor is asked, told, and at last forced to end.

        Raises PostgresUnavailable if even that does not help.
        """
        lock = locks.open_lock(self.server_lock)
        if locks.lock_within(lock, 2):
            return lock
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with suppress(FileNotFoundError, ProcessLookupError):  # it is gone, and its children are about to notice
                os.kill(int((self.cluster / "postmaster.pid").read_text().split()[0]), number)
            if locks.lock_within(lock, 10):
                return lock
        lock.close()
        raise PostgresUnavailable(f"An older server in {self.root} does not end.")

    def forget_dead_servers(self) -> None:
        """Remove the process ids of servers that are gone; to be called with `server_lock` held.

        PostgreSQL would look whether a process with that number lives, and in a container or after a reboot
        some other program does.
        """
        for stale in (self.cluster / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
