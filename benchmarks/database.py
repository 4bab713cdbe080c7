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

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        yield
        let_go()
    finally:
        release(DATA_DIR)


def url(name: str) -> str:
    """The address of a database of that server."""
    return beside(Home.inside(DATA_DIR).url, name)


def fresh(name: str) -> str:
    """An empty database of this name, whatever it was before. Returns its address."""
    drop(url(name))
    with psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return url(name)


def let_go() -> None:
    """Close all connections of this process; they open again when they are needed."""
    from django.db import connection

    from notifications import bus

    bus.close()
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have one


def copy(source: str, target: str) -> str:
    """A copy of the database at `source`, which nobody may be using, on the same server. Returns its address."""
    drop(target)
    with psycopg.connect(beside(source, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name_of(target)), sql.Identifier(name_of(source))
            )
        )
    return target


def exists(address: str) -> bool:
    """Whether there is such a database."""
    with psycopg.connect(beside(address, "postgres"), autocommit=True) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name_of(address)]).fetchone())


def drop(address: str) -> None:
    """The database, if it is there, and whoever is connected to it."""
    with psycopg.connect(beside(address, "postgres"), autocommit=True) as connection:
        name = sql.Identifier(name_of(address))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def name_of(address: str) -> str:
    """Of the database."""
    return urlsplit(address).path.lstrip("/")


def beside(address: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


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
