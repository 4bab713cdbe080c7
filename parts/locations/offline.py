"""Locations on phones: a technician's van, a storekeeper's depots. Whoever follows a place follows its stock."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from parts.discrepancies.models import Discrepancy
from parts.locations.models import Location
from parts.stock.models import StockBalance
from sync.registry import Document


def load_locations(ids: Collection[UUID]) -> Iterable[Location]:
    return Location.objects.filter(pk__in=ids)


def location_followers(location: Location) -> Iterable[str]:
    return location.followers()


def render_location(location: Location, audience: str) -> dict[str, Any]:
    return {
        "code": location.code,
        "name": location.name,
        "name_zh": location.name_zh,
        "kind": location.kind,
        "territory_id": location.territory_id,
        "keeper_id": location.keeper_id,
        "is_active": location.is_active,
    }


def location_spread(ids: Collection[UUID]) -> Mapping[str, Iterable[UUID]]:
    """The stock of a place goes where the place goes, and so do the discrepancies there.

    A depot also hears of the discrepancies in all vans of its territory, the one that it left included. Depots move
    so rarely that all discrepancies are looked at.
    """
    balances = StockBalance.objects.filter(location__in=ids)
    discrepancies = Discrepancy.objects.all()
    if not Location.objects.filter(pk__in=ids, kind__in=Location.DEPOTS).exists():
        discrepancies = discrepancies.filter(location__in=ids)
    return {
        "stock": balances.values_list("pk", flat=True),
        "discrepancies": discrepancies.values_list("pk", flat=True),
    }


DOCUMENTS = {
    "locations": Document(
        load=load_locations, followers=location_followers, render=render_location, spread=location_spread
    )
}
