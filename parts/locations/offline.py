"""Locations on phones: a technician's van, a storekeeper's depots. Whoever follows a place follows its stock."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from parts.allocations.models import Allocation
from parts.discrepancies.models import Discrepancy
from parts.locations.models import Location
from parts.requisitions.models import Requisition
from parts.stock.models import StockBalance
from parts.stocktakes.models import Stocktake
from parts.transfers.models import Transfer
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
    """The stock of a place goes where the place goes, and so does all that is written about the place.

    A depot also hears of what is written about all other places of its territory, the one that it left included. Depots
    move so rarely that everything is looked at that phones carry.
    """
    papers: dict[str, QuerySet[Any]] = {
        "discrepancies": Discrepancy.objects.filter(location__in=ids),
        "requisitions": Requisition.objects.filter(Q(location__in=ids) | Q(depot__in=ids)),
        "stocktakes": Stocktake.objects.filter(location__in=ids),
        "transfers": Transfer.objects.filter(Q(from_location__in=ids) | Q(to_location__in=ids)),
    }
    if Location.objects.filter(pk__in=ids, kind__in=Location.DEPOTS).exists():
        papers = {name: rows.model.objects.all() for name, rows in papers.items()}
    papers = {name: rows.filter(archived=False) for name, rows in papers.items()}
    papers["stock"] = StockBalance.objects.filter(location__in=ids)
    papers["allocations"] = Allocation.objects.filter(location__in=ids, ended_at=None)
    return {name: rows.values_list("pk", flat=True) for name, rows in papers.items()}


DOCUMENTS = {
    "locations": Document(
        load=load_locations, followers=location_followers, render=render_location, spread=location_spread
    )
}
