"""The price list on phones: of their owners' territories, and what will hold later: a quote needs no signal."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sync.registry import Body, Document
from sync.serializing import body_of
from tickets.prices.models import Price
from tickets.prices.selectors import with_shown
from tickets.prices.serializers import PriceOutput


def load_prices(ids: Collection[UUID]) -> Iterable[Price]:
    """The rows, in one query."""
    return with_shown(Price.objects.filter(pk__in=ids))


def price_followers(price: Price) -> list[str]:
    """Whoever works there; of what holds everywhere, everybody who works here. What ended long ago, nobody."""
    if price.archived:
        return []
    return [f"prices:{price.territory_id}" if price.territory_id else "catalogue"]


def render_price(price: Price, audience: str) -> Body:
    """As over HTTP."""
    return body_of(PriceOutput)(price)


DOCUMENTS = {"prices": Document(load=load_prices, followers=price_followers, render=render_price)}
