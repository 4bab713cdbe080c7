"""Discrepancies on phones: with keeper, desk and depots of the place; and with their owner as long as they are open."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from parts.discrepancies.models import Discrepancy
from parts.locations.following import Depots, depots_beside
from parts.quantities import plain
from sync.registry import Document

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


def load_discrepancies(ids: Collection[UUID]) -> "Iterable[WithAnnotations[Discrepancy, Depots]]":
    rows = Discrepancy.objects.filter(pk__in=ids).select_related("location", "transfer_line", "stocktake_line")
    return rows.annotate(depots=depots_beside("location"))


def discrepancy_followers(discrepancy: "WithAnnotations[Discrepancy, Depots]") -> Iterable[str]:
    if discrepancy.archived:
        return []
    location = discrepancy.location
    scopes = {f"depot:{depot}" for depot in discrepancy.depots}
    if discrepancy.status == Discrepancy.Status.OPEN:
        scopes.add(f"person:{discrepancy.owner_id}")
    if location.keeper_id:
        scopes.add(f"technician:{location.keeper_id}")
    if location.territory_id:
        scopes.add(f"desk:{location.territory_id}")
    return scopes


def render_discrepancy(discrepancy: Discrepancy, audience: str) -> dict[str, Any]:
    return {
        "kind": discrepancy.kind,
        "status": discrepancy.status,
        "location_id": discrepancy.location_id,
        "part_id": discrepancy.part_id,
        "quantity": plain(discrepancy.quantity),
        "serial": discrepancy.serial,
        "transfer_id": discrepancy.transfer_line.transfer_id if discrepancy.transfer_line else None,
        "stocktake_id": discrepancy.stocktake_line.stocktake_id if discrepancy.stocktake_line else None,
        "reason": discrepancy.reason,
        "owner_id": discrepancy.owner_id,
        "ticket_id": discrepancy.ticket_id,
        "visit_id": discrepancy.visit_id,
        "opened_at": discrepancy.opened_at,
        "settlement": discrepancy.settlement,
        "settled_at": discrepancy.settled_at,
        "settled_by_id": discrepancy.settled_by_id,
        "note": discrepancy.note,
    }


DOCUMENTS = {
    "discrepancies": Document(load=load_discrepancies, followers=discrepancy_followers, render=render_discrepancy)
}
