"""People who upload, and the worker's part of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.people import People
from tests.phone import Phone

Api = Callable[[User | None], APIClient]


@pytest.fixture
def tom(people: People) -> APIClient:
    """The technician's phone."""
    return Phone(people.technician).client


@pytest.fixture
def stranger(people: People) -> APIClient:
    """The colleague's."""
    return Phone(people.colleague).client


@pytest.fixture(autouse=True)
def _empty_storage() -> Iterator[None]:
    """What tests leave there goes, as its rows do."""
    yield
    for folder in Path(settings.UPLOADS_DIR).iterdir():
        shutil.rmtree(folder)
