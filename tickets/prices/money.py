"""Money, in minor units of a currency, and the one rule of rounding.

An amount is a whole number of minor units (fen, cents): 1250 CNY is 12.50 yuan. Prices are what the customer pays, tax
included. A line costs its unit price times its quantity, rounded half up to the minor unit; a total is the sum of its
lines and is never rounded again. The tax in a sum is reckoned once for each rate, on the sum of the lines with that
rate, and rounded half up as well.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

PERCENT = Decimal(100)
MAX_AMOUNT = 10**11
"""Nothing costs more: a thousand million in the currencies that we know."""
TWO_DIGITS = 2
DIGITS = {"BIF": 0, "CLP": 0, "JPY": 0, "KRW": 0, "VND": 0, "XAF": 0, "XOF": 0, "BHD": 3, "JOD": 3, "KWD": 3, "TND": 3}
"""How many digits stand after the point, where it is not two (ISO 4217)."""


def rounded(amount: Decimal) -> int:
    """Half up, away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def cost(unit_price: int, quantity: Decimal) -> int:
    """What a line costs."""
    return rounded(unit_price * quantity)


def tax_in(amount: int, rate: Decimal) -> int:
    """The tax that an amount includes; the rate is in percent."""
    return rounded(amount * rate / (PERCENT + rate))


def taxes(lines: Iterable[tuple[int, Decimal]]) -> dict[Decimal, int]:
    """By rate, the tax in lines of amount and rate. Lines that cost nothing bear none."""
    sums: dict[Decimal, int] = defaultdict(int)
    for amount, rate in lines:
        if amount:
            sums[rate] += amount
    return {rate: tax_in(amount, rate) for rate, amount in sorted(sums.items())}


def written(amount: int, currency: str) -> str:
    """For people: `12.50`. The currency stands beside it."""
    digits = DIGITS.get(currency, TWO_DIGITS)
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"
