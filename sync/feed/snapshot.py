"""Several reads of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from sync.sql import execute


@contextmanager
def one_moment() -> Iterator[None]:
    """Whatever is read inside is of one moment: of what somebody commits meanwhile, all is seen or nothing.

    For reading only. Inside a transaction, that transaction says what it sees.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
