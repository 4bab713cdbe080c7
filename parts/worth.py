"""What parts are worth, by the prices of the catalogue."""

from collections.abc import Iterable
from decimal import Decimal

from parts.catalogue.models import Part

CENT = Decimal("0.01")


def worth(quantities: Iterable[tuple[Part, Decimal]]) -> Decimal | None:
    """What so much of these parts costs; None where one of them has no price, so that nobody can say."""
    total = Decimal(0)
    for part, quantity in quantities:
        if quantity:
            if part.price is None:
                return None
            total += quantity * part.price
    return total.quantize(CENT)


def is_within(value: Decimal | None, limit: Decimal) -> bool:
    """Whether it is worth at most `limit`. What nobody can value is above every limit."""
    return value is not None and value <= limit
