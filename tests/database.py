"""The databases that the tests use: on your server if `DATABASE_URL` is set, else on an embedded one in `.data-test/`.

Migrating takes seconds, so it is done once for a set of migrations, and every test process gets a copy.

As a program it runs a command on that server, and keeps the server for as long as the command takes. Without a command
it migrates ahead of those who will want a copy:

    python -m tests.database make checks
    python -m tests.database
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from fieldsvc.postgres import ensure_running, release
from fieldsvc.postgres.programs import find_installation

ROOT = Path(__file__).parents[1]
DATA_DIR = ROOT / ".data-test"

TEMPLATES = "fieldsvc_migrated_"
"""How the names of the databases begin that copies are made of."""

LEAVE_ALONE = """
DO $$
DECLARE its_name text;
BEGIN
    FOR its_name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = false)', its_name);
    END LOOP;
END $$
"""
"""Most tests commit nothing. If a table is analyzed meanwhile, PostgreSQL takes it for empty, and goes through all rows
for each row from then on: loading the demonstration, which takes seconds, then takes minutes."""

BUILDING = 5311
"""The advisory lock of whoever makes or copies a template: the second one waits, and finds it made."""


def test_database_url() -> str:
    """The URL of the server to test on. Its embedded server is not durable: it need not survive a power failure."""
    return os.environ.get("DATABASE_URL") or ensure_running(DATA_DIR, durable=False)


def beside(address: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


@contextmanager
def migrated(address: str) -> Iterator[None]:
    """While the block lasts, there is a database at `address`, as `migrate` leaves an empty one."""
    name = sql.Identifier(urlsplit(address).path.lstrip("/"))
    with _building(address) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        template = sql.Identifier(_template(admin, address))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(LEAVE_ALONE)
    yield
    with _building(address) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def fill(address: str) -> None:
    """The empty database at `address`, on another server, becomes as `migrate` leaves one."""
    server = test_database_url()
    programs = find_installation(DATA_DIR).bin
    with _building(server) as admin:
        template = beside(server, _template(admin, server))
        with subprocess.Popen([programs / "pg_dump", "--no-owner", template], stdout=subprocess.PIPE) as dump:
            psql = [str(programs / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", address]
            subprocess.run(psql, stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def _building(address: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(beside(address, "postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILDING])
        yield admin


def _template(admin: psycopg.Connection, address: str) -> str:
    """The name of the migrated database that copies are made of. Made if there is none for these migrations."""
    name = TEMPLATES + _fingerprint()
    there = {
        row[0] for row in admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATES])
    }
    if name not in there:
        for old in there:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        half = f"{TEMPLATES}half"  # until it is whole, so that nobody takes one for it whose migrating was killed
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(half)))
        environment = os.environ | {"DEMO": "1", "DATABASE_URL": beside(address, half)}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(name)))
    return name


def _fingerprint() -> str:
    """Another one when a migration or a dependency is another."""
    said = hashlib.sha256()
    for path in [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]:
        said.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return said.hexdigest()[:16]


def main() -> int:
    address = test_database_url()
    if not sys.argv[1:]:
        with _building(address) as admin:
            _template(admin, address)
        return 0
    environment = os.environ | {"DATABASE_URL": address}
    try:
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        release(DATA_DIR)


if __name__ == "__main__":
    sys.exit(main())
