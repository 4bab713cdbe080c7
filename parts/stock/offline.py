"""Stock on phones: what is in one's own van, or in one's own depots."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from parts.quantities import plain
from parts.stock.models import StockBalance
from sync.queries import said_once
from sync.registry import Document


@said_once
def load_balances(ids: Collection[UUID]) -> QuerySet[StockBalance]:
    return StockBalance.objects.filter(pk__in=ids).select_related("location")


def balance_followers(balance: StockBalance) -> Iterable[str]:
    return balance.location.followers()


def render_balance(balance: StockBalance, audience: str) -> dict[str, Any]:
    return {
        "location_id": balance.location_id,
        "part_id": balance.part_id,
        "condition": balance.condition,
        "quantity": plain(balance.quantity),
    }


DOCUMENTS = {"stock": Document(load=load_balances, followers=balance_followers, render=render_balance)}
