"""A backup of the whole database, and its restore: what `pg_dump` and `psql` do, within one connection."""

import psycopg
from django.db import connection, transaction
from psycopg import sql

from sync.sql import execute


class Backup:
    """All rows and counters as they are now."""

    def __init__(self) -> None:
        self.tables = [
            table for (table,) in execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ]
        self.counters = execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        self.content = {table: self._copy_out(table) for table in self.tables}

    def _copy_out(self, table: str) -> bytes:
        with self._cursor() as cursor, cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows:
            return b"".join(bytes(chunk) for chunk in rows)

    def restore(self) -> None:
        """As if nothing had happened since."""
        with transaction.atomic(), self._cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger and no reference objects
            for table in self.tables:
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for table, content in self.content.items():
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as rows:
                    rows.write(content)
            for name, value in self.counters:
                if value is not None:
                    cursor.execute("SELECT setval(%s, %s)", [f'"{name}"', value])
            cursor.execute("SET LOCAL session_replication_role = origin")

    def _cursor(self) -> psycopg.Cursor[tuple[object, ...]]:
        connection.ensure_connection()
        return psycopg.Cursor(connection.connection)
