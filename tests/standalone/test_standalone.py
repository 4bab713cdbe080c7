"""`sync` stands alone: another project installs it with its own operations and documents, and Django's own users."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
import pytest

from tests import database

ROOT = Path(__file__).parents[2]
TODO = Path(__file__).parent / "todo"
FILES = ["settings.py", "models.py", "offline.py", "urls.py"]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Run a command beside a fresh copy of the to-do list, with an empty database of its own."""
    shutil.copytree(TODO, tmp_path / "todo", ignore=shutil.ignore_patterns("__pycache__"))
    address = urlsplit(database.test_database_url())
    name = f"todo_{os.getpid()}"
    with psycopg.connect(urlunsplit(address._replace(path="/postgres")), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "todo.settings",
        "SECRET_KEY": "for this test",
        "PGHOST": parse_qs(address.query).get("host", [address.hostname or ""])[0],
        "PGPORT": str(address.port or parse_qs(address.query).get("port", ["5432"])[0]),
        "PGUSER": address.username or "",
        "PGPASSWORD": address.password or "",
        "PGDATABASE": name,
    }

    def command(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return command


def test_a_todo_list_of_sixty_lines_syncs_without_the_rest_of_the_house(run: Callable[..., str]):
    run("-m", "django", "check", "--fail-level", "WARNING")
    run("-m", "django", "makemigrations", "todo")
    run("-m", "django", "migrate")
    assert run("-m", "django", "makemigrations", "--check", "--dry-run").startswith("No changes")
    assert run(str(Path(__file__).parent / "story.py")).startswith("told")
    assert run("-m", "django", "feed_rebuild")
    assert "removed" in run("-m", "django", "prune")


def test_it_is_under_sixty_lines():
    lines = [line for name in FILES for line in (TODO / name).read_text().splitlines() if line.strip()]
    assert len(lines) < 60
    assert {path.name for path in TODO.glob("*.py")} == {*FILES, "__init__.py"}


def test_the_guide_prints_that_very_code():
    printed = re.findall(r"```python\n# todo/(\w+\.py)\n(.*?)```", (ROOT / "docs/standalone.md").read_text(), re.DOTALL)
    assert dict(printed) == {name: (TODO / name).read_text() for name in FILES}
