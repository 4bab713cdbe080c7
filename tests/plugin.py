"""What must be set before pytest-django reads the settings: a plugin named in pyproject.toml.

The test database's name carries the process id, so that several processes keep out of each other's way. What tests
upload goes to a folder that ends with the run.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Generator

import pytest

pytest.register_assert_rewrite("tests.phone", "tests.world", "tests.sync.history")  # they assert, too


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    from tests.database import beside, test_database_url

    os.environ["DEMO"] = "1"
    os.environ["DATABASE_URL"] = beside(test_database_url(), f"fieldsvc_{os.getpid()}")
    os.environ["UPLOADS_DIR"] = folder = tempfile.mkdtemp(prefix="fieldsvc-uploads-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return (yield)


def pytest_collection_finish() -> None:
    """What was loaded by now stays to the end: whoever looks for garbage need not look through it time and again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the server does: see fieldsvc/asgi.py
