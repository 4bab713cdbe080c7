"""JSON in one form only, so that two sides can compare what they hold by hash: RFC 8785.

Names are sorted by their UTF-16 code units, numbers are written as JavaScript writes them, nothing is escaped that need
not be. In JavaScript it is `JSON.stringify` of a value whose names were sorted by `Array.prototype.sort`, all the way
down.
"""

from decimal import Decimal
from typing import Any

import orjson

from sync.storable import LARGEST


def canonical(text: str | bytes) -> bytes:
    """The canonical form of a JSON text."""
    return orjson.dumps(_ordered(orjson.loads(text)))


def _ordered(value: Any) -> Any:
    match value:
        case dict():
            return {name: _ordered(value[name]) for name in sorted(value, key=_utf16)}
        case list():
            return [_ordered(item) for item in value]
        case float():
            return orjson.Fragment(number(value))
        case int() if abs(value) > LARGEST:
            return orjson.Fragment(number(float(value)))
    return value


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def number(value: float) -> str:
    """ECMAScript's Number::toString: the fewest digits that give this number back, plain from 1e-6 up to 1e21."""
    sign, places, exponent = Decimal(repr(value)).normalize().as_tuple()
    if value == 0:
        return "0"
    digits = "".join(map(str, places))
    point = len(digits) + int(exponent)
    if 0 < point <= 21:
        text = digits.ljust(point, "0") if point >= len(digits) else f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    return f"-{text}" if sign else text
