"""Five households of one complex without connection, within half an hour."""

from collections.abc import Callable

import pytest

from tests.duplicates.conftest import Opens, broadband, desk, opens
from tickets.models import Outage, Ticket

__all__ = ["broadband", "desk", "opens"]

Flats = Callable[..., list[Ticket]]


@pytest.fixture
def flats(opens: Opens) -> Flats:
    """So many flats report it, from this one on."""

    def report(count: int, *, first: int = 1, **more: object) -> list[Ticket]:
        return [opens(address=f"Flat {number}", **more) for number in range(first, first + count)]

    return report


@pytest.fixture
def proposed(flats: Flats) -> Outage:
    flats(5)
    return Outage.objects.get()
