"""Reads of the price list."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import Territory
from sync.rows import with_related
from tickets.prices.models import Price

SHOWN = ("code", "kind", "part", "name", "name_zh", "unit")


def with_shown(prices: QuerySet[Price]) -> QuerySet[Price]:
    """With what is shown of the items, in one query."""
    return with_related(prices, item=SHOWN)


def day_there(territory: Territory, at: datetime) -> date:
    """Which day it is in the territory at that moment."""
    return at.astimezone(ZoneInfo(territory.time_zone)).date()


def prices_in(territory_id: UUID, which: Q) -> QuerySet[Price]:
    """All prices, of whatever day, that may hold in this territory."""
    return with_shown(Price.objects.filter(Q(territory=None) | Q(territory=territory_id), which))


def price_of_day(prices: Iterable[Price], territory_id: UUID, day: date) -> Price | None:
    """Of the prices of one item, the one of that day: the territory's own goes before that of everywhere."""
    holding = [price for price in prices if price.territory_id in (None, territory_id) and price.holds_on(day)]
    return next((price for price in holding if price.territory_id), holding[0] if holding else None)


def price_list(territory: Territory, at: datetime, items: Collection[UUID]) -> dict[UUID, Price]:
    """By item, what it costs there at that moment. One query. An item without a price is missing."""
    day = day_there(territory, at)
    by_item: dict[UUID, list[Price]] = {}
    for price in prices_in(territory.pk, Q(item__in=items)):
        by_item.setdefault(price.item_id, []).append(price)
    found = {item: price_of_day(prices, territory.pk, day) for item, prices in by_item.items()}
    return {item: price for item, price in found.items() if price is not None}
