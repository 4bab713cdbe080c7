"""Fixtures of all tests: a real PostgreSQL, people with roles, their API clients and phones."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from accounts.models import User
from accounts.signin.services import issue_token
from notifications import bus
from tests.database import migrated
from tests.people import People
from tests.phone import Phone
from tests.standing import ground
from tests.world import World

hypothesis.settings.register_profile("laws", deadline=None)  # what comes out is the law, not how soon
hypothesis.settings.load_profile("laws")
settings.WHITENOISE_USE_FINDERS = False  # or every client that a test makes would look for all static files
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose

KEPT = {"sync_epoch", "django_content_type", "auth_permission"}
"""Tables with rows that migrating put there."""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In place of pytest-django's own, which migrates anew for every process."""
    with migrated(os.environ["DATABASE_URL"]):
        yield
        ground.clear()
        with django_db_blocker.unblock():
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one


@pytest.fixture(scope="module")
def lasting(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What other fixtures of a file make once, after this one, stands there for all of its tests and is gone with them.

    It is one transaction that never ends well; what each test does in it is undone by `db`. Nothing in it ever commits:
    nobody is poked, no news is published.
    """
    with django_db_blocker.unblock():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def _guarded_tables_can_be_emptied() -> Iterator[None]:
    """After a test with several connections all tables are emptied; those that nobody may empty, with guards down.

    In one go, and without finding out again what migrating puts there, as that would take ten times as long.
    """

    def empty(self: DatabaseOperations, style: Any, tables: list[str], **options: Any) -> list[str]:
        deletes = [f"DELETE FROM {self.quote_name(table)}" for table in tables if table not in KEPT]
        return ["; ".join(["SET session_replication_role = replica", *deletes, "RESET session_replication_role"])]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", empty)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *args, **options: None)
        yield


@pytest.fixture(autouse=True)
def _quiet_bus() -> Iterator[None]:
    """Each test has a publisher of its own, which lets go of the database when the test ends."""
    yield
    bus.close()


@pytest.fixture
def people(db: None) -> People:
    """Somebody in every role of the territory `north`, and a few strangers."""
    return People()


@pytest.fixture
def world(people: People) -> World:
    """Tickets, visits and vans for these people."""
    return World(people)


@pytest.fixture
def api() -> Callable[[User | None], APIClient]:
    """`api(person)` is an HTTP client with that person's token; `api(None)` has none."""

    def client(person: User | None) -> APIClient:
        client = APIClient()
        if person is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(person)}")
        return client

    return client


@pytest.fixture
def phone() -> Callable[[User], Phone]:
    """`phone(person)` is a new phone in that person's hands: see `tests/phone.py`."""
    return Phone
