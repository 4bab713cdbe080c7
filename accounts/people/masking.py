"""Contacts as they are shown to those who do not need them: recognised, not read."""

import re
from typing import Any

DIGIT = "[0-9０-９]"
BETWEEN_DIGITS = "[ \t\u00a0\u3000().·/–—（）．／－-]"
"""What people write between the digits of a number, in narrow characters and in wide ones."""
OF_A_WORD = "[0-9０-９A-Za-z_]"
"""What makes one word with digits or Latin letters. Chinese has no blanks: a character beside them is another word."""
PHONE = re.compile(f"[+＋]?{DIGIT}(?:{BETWEEN_DIGITS}{{0,2}}{DIGIT}){{6,14}}(?:(?=[xX] ?[0-9]|ext)|(?!{OF_A_WORD}))")
"""Seven digits or more, in any notation of telephone numbers, perhaps before an extension.

PostgreSQL reads it as well (`accounts.searching.WithoutContacts`).
"""
DAY = r"(?<!\d)(?:19|20)\d\d-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])(?:[T ]\d\d:\d\d)?(?!\d)"
"""Within a text: as long as a number, and none."""
NUMBER_OR_DAY = re.compile(rf"({DAY})|{PHONE.pattern}")
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
    return NUMBER_OR_DAY.sub(_masked_phone, EMAIL.sub("***", value))


def _masked_phone(match: re.Match[str]) -> str:
    if match[1]:
        return match[0]
    return "***" + re.sub(r"\D", "", match.group())[-LAST:]
