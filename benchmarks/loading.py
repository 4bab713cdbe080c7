"""Loading very much into a table: its indexes are left out and built afterwards, each once, and sorted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql

CONSTRAINTS: LiteralString = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype IN ('p', 'u')"""
INDEXES: LiteralString = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""
QUICKLY: Sequence[LiteralString] = (
    "SET session_replication_role = replica",  # no triggers, no look-up of each row's references
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '1GB'",
)


@contextmanager
def without_indexes(
    connection: psycopg.Connection[Any], table: LiteralString, *, constraints_too: bool = False
) -> Iterator[None]:
    """While the block lasts the table has none; those of constraints only stay if others refer to them."""
    constraints = connection.execute(CONSTRAINTS, [table]).fetchall() if constraints_too else []
    indexes = connection.execute(INDEXES, [table]).fetchall()
    alter = sql.SQL("ALTER TABLE {} ").format(sql.Identifier(table))
    for name, _ in constraints:
        connection.execute(alter + sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for name, definition in constraints:
        how = sql.SQL(definition)
        connection.execute(alter + sql.SQL("ADD CONSTRAINT {} ").format(sql.Identifier(name)) + how)
    for _, definition in indexes:
        connection.execute(definition)
