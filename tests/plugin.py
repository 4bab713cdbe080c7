"""What must be set before pytest-django reads the settings: a plugin named in pyproject.toml.

The test database's name carries the process id, so that several processes keep out of each other's way. What tests
upload goes to a folder that ends with the run.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import nullcontext

import pytest

from fieldsvc.garbage import keep_what_is_loaded

pytest.register_assert_rewrite("tests.phone", "tests.world", "tests.sync.history")  # they assert, too


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    from tests.database import beside, test_database_url

    os.environ["DEMO"] = "1"
    os.environ["DATABASE_URL"] = beside(test_database_url(), f"fieldsvc_{os.getpid()}")
    os.environ["UPLOADS_DIR"] = folder = tempfile.mkdtemp(prefix="fieldsvc-uploads-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    from tests.standing import ground

    config.pluginmanager.register(ground)
    config.addinivalue_line("markers", "at(moment): from its fixtures to its end, the test runs at this moment")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    from fieldsvc.time import time_is

    marker = item.get_closest_marker("at")
    with time_is(*marker.args) if marker else nullcontext():
        return (yield)


def pytest_collection_finish() -> None:
    """What was loaded by now stays to the end: whoever looks for garbage need not look through it time and again."""
    keep_what_is_loaded()
