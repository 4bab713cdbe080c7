"""Reference numbers that can be read out over a bad line: `7KM-3QA`.

The alphabet has 29 characters. Left out are those that look or sound like another one: I and L (1), O (0), S (5),
Z (2), B (8), U (V); whoever writes one of them is understood all the same. The last character checks the others: the
weighted sum of all characters is a multiple of 29. As 29 is prime and the weights differ, any single wrong character
and any two exchanged ones are noticed.
"""

from django.db import connection

ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
BASE = len(ALPHABET)
MISREAD = str.maketrans("ILOSZBU", "110528V")
SEQUENCE = "tickets_reference"
"""A sequence of the database (made by the first migration). It begins at 29⁴, so that numbers have five characters."""


def reference_for(number: int) -> str:
    """The reference of a number of the sequence: its digits, the check character, in two groups."""
    digits = ""
    while number:
        number, digit = divmod(number, BASE)
        digits = ALPHABET[digit] + digits
    text = digits + ALPHABET[-_weighted_sum(digits) % BASE]
    half = len(text) // 2
    return f"{text[:half]}-{text[half:]}"


def _weighted_sum(digits: str) -> int:
    """Weights 2, 3, 4 … from the right; the check character itself has weight 1."""
    return sum(weight * ALPHABET.index(character) for weight, character in enumerate(reversed(digits), start=2))


def read_reference(text: str) -> str | None:
    """The reference that somebody read out or typed, in its usual form; None when that cannot be one."""
    plain = "".join(text.upper().replace("-", " ").split()).translate(MISREAD)
    if len(plain) < 6 or any(character not in ALPHABET for character in plain):
        return None
    if (_weighted_sum(plain[:-1]) + ALPHABET.index(plain[-1])) % BASE:
        return None
    half = len(plain) // 2
    return f"{plain[:half]}-{plain[half:]}"


def next_reference() -> str:
    """A reference that nobody else has. Numbers of tickets that were rolled back stay unused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [SEQUENCE])
        return reference_for(cursor.fetchone()[0])
