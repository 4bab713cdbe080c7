"""Whether squashed migrations make what the ones make that they stand for, to the last column, trigger and comment:

    python -m tests.squashed

Compares two databases as `pg_dump` writes them, and how many rows their tables have: a new one, and one that was there
before the migrations were squashed. Takes a minute or two; run it when you squash.
"""

import difflib
import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from fieldsvc.postgres import release
from fieldsvc.postgres.programs import find_installation
from tests.database import DATA_DIR, ROOT, beside, test_database_url

BEFORE = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

executor = MigrationExecutor(connection)
loader = executor.loader
loader.replace_migrations = False
loader.build_graph()
for key, squashed in loader.replacements.items():
    loader.graph.remove_replacement_node(key, squashed.replaces)
executor.migrate(loader.graph.leaf_nodes())
"""
"""Goes the whole way, as if nothing had ever been squashed."""

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"


def main() -> int:
    server = test_database_url()
    try:
        short = migrated_to_text(beside(server, "fieldsvc_short_way"))
        long = migrated_to_text(beside(server, "fieldsvc_long_way"), "shell", "--no-imports", "-c", BEFORE)
    finally:
        release(DATA_DIR)
    differences = list(difflib.unified_diff(long, short, "the long way", "the short way", lineterm=""))
    print("\n".join(differences) or f"Both ways make the same, {len(short):,} lines of it.")
    return 1 if differences else 0


def migrated_to_text(address: str, *command: str) -> list[str]:
    """What stands in a new database after the command, and `migrate` after it."""
    name = sql.Identifier(urlsplit(address).path.lstrip("/"))
    environment = os.environ | {"DEMO": "1", "DATABASE_URL": address}
    with psycopg.connect(beside(address, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        try:
            for arguments in filter(None, [command, ("migrate", "-v", "0")]):
                subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)
            dump = [str(find_installation(DATA_DIR).bin / "pg_dump"), "--no-owner", "--schema-only", address]
            schema = subprocess.run(dump, capture_output=True, check=True, text=True).stdout.splitlines()
            with psycopg.connect(address) as connection:
                rows = [f"{table}: {number_of_rows(connection, table)} rows" for (table,) in connection.execute(TABLES)]
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
    return [line for line in schema if not line.startswith(("\\restrict", "\\unrestrict"))] + rows


def number_of_rows(connection: psycopg.Connection, table: str) -> int:
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert counted
    return int(counted[0])


if __name__ == "__main__":
    sys.exit(main())
