"""The stage is set up once for each file; what a test does on it is undone."""

import logging
from collections.abc import Iterator

import pytest

from tests.permissions.stage import Stage


@pytest.fixture(scope="package", autouse=True)
def _quiet_log() -> Iterator[None]:
    """Two lines for each of thousands of requests would bury what failed, and take their time."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def lasting_stage(lasting: None) -> Stage:
    return Stage()


@pytest.fixture
def stage(lasting_stage: Stage, db: None) -> Stage:
    """The stage as it was set up: `db` undoes what the test does, back to here."""
    return lasting_stage
