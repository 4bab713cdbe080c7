"""Fixtures of the tests of parts."""

import pytest

from tests.parts.store import Store
from tests.people import People


@pytest.fixture
def store(people: People) -> Store:
    """Places and parts, see `tests/parts/store.py`."""
    return Store(people)
