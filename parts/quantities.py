"""Quantities: what makes sense of a part, and how it is written."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from fieldsvc.errors import Invalid
from parts.catalogue.models import Part

MOST = 100_000
"""More than this at once, in any unit, is a slip of the finger."""
STEP = Decimal("0.001")
"""The smallest difference that the books keep."""


def check_quantity(part: Part, quantity: Decimal, *, serial: str = "", field: str = "quantity") -> None:
    """Raises Invalid("quantity_not_valid"), naming `field`, for what nobody can have done, with or without signal."""
    detail = ""
    if not quantity.is_finite() or quantity <= 0:
        detail = "Give a quantity above nothing."
    elif quantity > MOST:
        detail = f"Give a quantity of at most {MOST}."
    elif quantity % STEP:
        detail = "Give a quantity with at most three digits after the point."
    elif part.unit in Part.COUNTED and quantity % 1:
        detail = f"There are no fractions of a {part.unit}."
    elif serial and part.follows_serials and quantity != 1:
        detail = "A serial belongs to one unit: give each its own line."
    if detail:
        raise Invalid("quantity_not_valid", detail, field=field)


def plain(quantity: Decimal) -> str:
    """As a person writes it: `2`, not `2.000`."""
    return f"{quantity.normalize():f}"


class QuantityField(serializers.DecimalField):
    """A quantity in the part's unit, as a decimal string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 3, "normalize_output": True, **kwargs})
