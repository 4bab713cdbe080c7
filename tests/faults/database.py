"""Faults of ours in the database, to order."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def broken(table: str) -> Iterator[None]:
    """A fault of ours: nothing can be written to this table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'disk on fire'; END $$;"
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER broken ON {table}")
