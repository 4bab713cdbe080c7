from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_is
from tests.accounts import inbox

PASSWORD = "correct horse battery"


@pytest.fixture
def texts(settings: Settings) -> Iterator[list[inbox.Text]]:
    """The one-time codes that were sent, newest last."""
    settings.ACCOUNTS = {**settings.ACCOUNTS, "CODE_SENDER": "tests.accounts.inbox.receive"}
    inbox.texts.clear()
    yield inbox.texts
    inbox.texts.clear()


@pytest.fixture
def noon() -> Iterator[datetime]:
    """It is noon, and stays so."""
    with time_is(datetime(2026, 11, 22, 12, tzinfo=UTC)) as _:
        yield now()


@pytest.fixture
def minutes_later(noon: datetime) -> Callable[..., Any]:
    """`with minutes_later(11):` it is 12:11."""
    return lambda minutes: time_is(noon + timedelta(minutes=minutes))


@pytest.fixture
def door() -> APIClient:
    """Somebody who is not signed in."""
    return APIClient()


@pytest.fixture
def with_password() -> Callable[[User], User]:
    """Give a person of the staff the password of the tests."""

    def give(person: User) -> User:
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
        return person

    return give
