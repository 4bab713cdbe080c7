"""Contacts as they are shown to those who do not need them: recognised, not read."""

import re
from typing import Any

PHONE = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,14}(?!\w)")
"""Seven digits or more, in any notation of telephone numbers."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
DAY_OR_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.+-]+Z?)?")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LAST = 4
"""Digits of a number that stay."""


def masked(value: Any) -> Any:
    """The same without telephone numbers and e-mail addresses, wherever in it they stand."""
    if isinstance(value, dict):
        return {name: masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    if not isinstance(value, str) or DAY_OR_MOMENT.fullmatch(value) or ID.fullmatch(value):
        return value
    return PHONE.sub(_masked_phone, EMAIL.sub("***", value))


def _masked_phone(match: re.Match[str]) -> str:
    return "***" + re.sub(r"\D", "", match.group())[-LAST:]
