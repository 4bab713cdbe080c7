"""The price list of the demonstration: work alone, so that the stories of the day need no consent. Rough figures."""

from dataclasses import dataclass

from tickets.prices.models import PriceItem


@dataclass(frozen=True, slots=True)
class DemoPrice:
    """Work of a kind, and what one unit costs: in fen, and in the cents of New York; tax included."""

    code: str
    name: str
    name_zh: str
    unit: PriceItem.Unit
    fen: int
    cents: int


VISIT, HOUR = PriceItem.Unit.VISIT, PriceItem.Unit.HOUR

PRICES: tuple[DemoPrice, ...] = (
    DemoPrice("call-out", "Call-out", "上门费", VISIT, 3000, 4500),
    DemoPrice("labour", "Labour, per hour", "人工费（每小时）", HOUR, 8000, 9500),
    DemoPrice("router-set-up", "Router set up at the customer's wish", "路由器调试", VISIT, 5000, 6000),
    DemoPrice("leak-test", "Leak test", "燃气管路检漏", VISIT, 4000, 7000),
)
CHINA = ("CNY", "6")
NEW_YORK = ("USD", "8.88")
"""Currency, and the rate of tax in percent."""
