"""What JSON allows and a database or another JSON cannot keep: halves of surrogate pairs, NUL, NaN, giant numbers."""

import re
from typing import Any

LARGEST = 2**53
"""The largest number that every client's JSON carries exactly (RFC 7493); PostgreSQL writes a larger one as an integer,
whatever it came as."""
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
DEEPEST = 32
"""Levels of nesting that anything of ours needs."""


def storable(value: Any, depth: int = DEEPEST) -> bool:
    """Whether this value, read from JSON, can be stored and sent on as it is."""
    match value:
        case None | bool():
            return True
        case str():
            return UNSTORABLE.search(value) is None
        case int() | float():
            return -LARGEST <= value <= LARGEST
        case list():
            return depth > 0 and all(storable(item, depth - 1) for item in value)
        case dict():
            return depth > 0 and all(storable(key) and storable(item, depth - 1) for key, item in value.items())
    return False


def made_storable(value: Any) -> Any:
    """The same, with a mark in place of each character that cannot be stored, and nothing for a number that is none.

    For clients that would send it again for ever if it was refused. Nesting is left as deep as it is.
    """
    match value:
        case str():
            return UNSTORABLE.sub("\ufffd", value)
        case bool():
            return value
        case int() | float() if not -LARGEST <= value <= LARGEST:
            return None
        case list():
            return [made_storable(item) for item in value]
        case dict():
            return {made_storable(key): made_storable(item) for key, item in value.items()}
    return value
