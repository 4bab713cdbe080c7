"""The PostgreSQL of the benchmarks: an embedded, durable server in `.data-bench/`, and fresh databases in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from fieldsvc.postgres import ensure_running, release
from fieldsvc.postgres.home import Home

DATA_DIR = Path(__file__).parents[1] / ".data-bench"
NAME = "bench"
"""The product's database."""


@contextmanager
def ready_for_django() -> Iterator[None]:
    """While the block lasts, the server runs, and Django of this process is on a fresh, migrated database of it."""
    ensure_running(DATA_DIR)
    try:
        os.environ |= environment(fresh(NAME))
        import django  # only now, as it reads its settings from the environment
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        yield
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one
    finally:
        release(DATA_DIR)


def url(name: str) -> str:
    """The address of a database of that server."""
    return urlunsplit(urlsplit(Home.inside(DATA_DIR).url)._replace(path=f"/{name}"))


def fresh(name: str) -> str:
    """An empty database of this name, whatever it was before. Returns its address."""
    with psycopg.connect(Home.inside(DATA_DIR).url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return url(name)


def environment(address: str) -> dict[str, str]:
    """The environment of a production process on this database, without TLS, as nobody asks but this machine."""
    return {
        "DATABASE_URL": address,
        "DATA_DIR": str(DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "fieldsvc.settings",
        "SECRET_KEY": "benchmarks-" + "0" * 50,
        "SSL_REDIRECT": "0",
        "DEMO": "0",
        "DEBUG": "0",
    }
