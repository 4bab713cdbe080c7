"""How many statements the database is sent, by whatever way: Django's own assertions see only those of the ORM."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def sent() -> Iterator[list[str]]:
    """The statements that the block sends over this thread's connection, once it has ended. Savepoints count, too."""
    connection.ensure_connection()
    wire = connection.connection.pgconn
    found: list[str] = []
    with tempfile.NamedTemporaryFile() as protocol:
        wire.trace(protocol.fileno())
        try:
            yield found
        finally:
            wire.untrace()
        protocol.seek(0)
        lines = protocol.read().decode().splitlines()
    found += [line for line in lines if "\tF\t" in line and ("\tQuery\t" in line or "\tExecute\t" in line)]


@contextmanager
def statements(count: int) -> Iterator[None]:
    """The block sends exactly so many."""
    with sent() as found:
        yield
    assert len(found) == count, "\n".join(found)
