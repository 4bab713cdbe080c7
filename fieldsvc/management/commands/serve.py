"""`manage.py serve`: everything from one command. What `make run` calls."""

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog
import uvicorn
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from fieldsvc import postgres
from fieldsvc.jobs import LAST_WORDS_SECONDS

MANAGE = Path(__file__).parents[3] / "manage.py"

OPEN_REQUESTS_SECONDS = 5
"""How long requests and sockets that are open may take to end when we stop."""

LARGEST_SOCKET_MESSAGE = 65_536
"""In bytes. Phones send their work by HTTP; a socket carries notices and acknowledgements."""

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Brings the database up to date and serves web, API, WebSockets and background jobs until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # Both unwind the stack as Ctrl-C does, so that what is below stops what it has started.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        try:
            with suppress(KeyboardInterrupt), take_address(host, port) as listener:
                self.prepare()
                with worker_process():
                    self.announce(*listener.getsockname()[:2])
                    serve(listener)
        finally:
            for connection in connections.all():
                connection.close()
                connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one
            postgres.release(Path(settings.DATA_DIR))
        self.stdout.write("Stopped.")

    def prepare(self) -> None:
        """Bring the database up to date; in demo mode, put the demo into it."""
        with self.step("Migrating the database"):
            call_command("migrate", interactive=False, verbosity=0)
        if settings.DEMO and "load_demo" in get_commands():
            with self.step("Loading the demo"):
                call_command("load_demo")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say what is being done, then how long it took."""
        begun = time.monotonic()
        self.stdout.write(f"{title} ...", ending=" ")
        self.stdout.flush()
        yield
        self.stdout.write(f"{time.monotonic() - begun:.1f} s")

    def announce(self, host: str, port: int) -> None:
        """Say where to look and whom to sign in as."""
        root = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.stdout.write(f"\nWeb    {root}/")
        self.stdout.write(f"API    {root}/api/docs/   {root}/api/redoc/")
        self.stdout.write(f"Admin  {root}/admin/\n\n")
        if settings.DEMO and "demo_accounts" in get_commands():
            call_command("demo_accounts", stdout=self.stdout)
        self.stdout.write("Ctrl-C stops everything.")
        self.stdout.flush()


def take_address(host: str, port: int) -> socket.socket:
    """A socket bound to the address: first of all, because who runs this twice should hear it at once."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise CommandError(f"Cannot serve at {host}:{port}: {error.strerror}. Set PORT or HOST to another.") from error
    return taken


def serve(listener: socket.socket) -> None:
    """Answer until SIGINT or SIGTERM, which then arrives here as KeyboardInterrupt."""
    from fieldsvc.asgi import application  # opens what only a server needs

    config = uvicorn.Config(
        application,
        log_config=None,  # ours
        access_log=False,  # fieldsvc.logs writes one line per request
        server_header=False,
        ws_max_size=LARGEST_SOCKET_MESSAGE,
        ws_per_message_deflate=False,  # frames are short, and it would cost each connection more memory than all else
        timeout_graceful_shutdown=OPEN_REQUESTS_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def worker_process() -> Iterator[None]:
    """Keep a `manage.py worker` running beside the block.

    A process of its own, so that jobs take no time from requests. It is started again when it dies, after a pause
    that grows if it keeps dying. Its standard input is open as long as we live, since we hold the other end: so it ends
    with us, even by kill -9, on every Unix. In its own process group it hears nothing of Ctrl-C: we stop it.
    """
    stopping = Event()
    keeper = Thread(target=keep_worker_running, args=[stopping])
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def keep_worker_running(stopping: Event) -> None:
    command = [sys.executable, str(MANAGE), "worker", "--while-stdin-open"]
    pause = 1.0
    while not stopping.is_set():
        begun = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0) as worker:
            while worker.poll() is None and not stopping.wait(0.2):
                pass
            if stopping.is_set():
                stop_worker(worker)
                return
        pause = 1.0 if time.monotonic() - begun > 60 else min(2 * pause, 30.0)
        log.error("worker_ended", exit_code=worker.returncode, next_start_in_seconds=pause)
        stopping.wait(pause)


def stop_worker(worker: subprocess.Popen[bytes]) -> None:
    """Let it finish what it does, for a while. What it cannot finish is done again by the next worker."""
    worker.terminate()
    try:
        worker.wait(LAST_WORDS_SECONDS + 2)
    except subprocess.TimeoutExpired:
        worker.kill()
