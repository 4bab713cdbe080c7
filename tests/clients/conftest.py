"""A live server for published clients, and apps that use it."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from accounts.models import User
from tests.clients.proxy import Proxy
from tests.clients.watermelon import App
from tests.faults.server import Server


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    """The real application in a process of its own, on the tests' database."""
    with Server() as server:
        yield server


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """What lies between the phone and the server."""
    with Proxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def watermelon(server: Server, tmp_path: Path) -> Iterator[Callable[[User], App]]:
    """`watermelon(person)` is an app with WatermelonDB on a new device of that person."""
    apps: list[App] = []
    numbers = count()

    def app(person: User) -> App:
        apps.append(App(person, server.url, tmp_path / f"app-{next(numbers)}"))
        return apps[-1]

    yield app
    for started in apps:
        started.kill()
