"""What many operations of one push want to know of the books, read at once: see `Operation.prepare`."""

from collections.abc import Collection
from uuid import UUID

from parts.catalogue.access import parts_to_book
from parts.stock.ledger import Books


def read_books(part_ids: Collection[UUID], location_ids: Collection[UUID]) -> None:
    """Lock what is of these parts at these places."""
    parts = parts_to_book(part_ids).values()
    Books.open().read({part.pk for part in parts}, location_ids)
