"""How many statements the database is sent, by whatever way: Django's own assertions see only those of the ORM."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def statements(count: int) -> Iterator[None]:
    """The block sends exactly so many over this thread's connection. Savepoints are statements, too."""
    connection.ensure_connection()
    wire = connection.connection.pgconn
    with tempfile.NamedTemporaryFile() as protocol:
        wire.trace(protocol.fileno())
        try:
            yield
        finally:
            wire.untrace()
        protocol.seek(0)
        lines = protocol.read().decode().splitlines()
    sent = [line for line in lines if "\tF\t" in line and ("\tQuery\t" in line or "\tExecute\t" in line)]
    assert len(sent) == count, "\n".join(lines)
