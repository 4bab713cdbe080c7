"""Stocktakes on phones: with whoever keeps the place, and the depots of its territory."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F, Prefetch

from parts.locations.following import Depots, depots_beside, followers_at
from parts.quantities import plain
from parts.stock.together import prepare_books
from parts.stocktakes import services
from parts.stocktakes.models import Stocktake, StocktakeLine
from parts.stocktakes.serializers import CountStockInput, HandInSheetOperation
from sync.registry import Document, Operation

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


def load_stocktakes(ids: Collection[UUID]) -> "Iterable[WithAnnotations[Stocktake, Depots]]":
    differing = StocktakeLine.objects.exclude(counted=F("expected"))
    rows = Stocktake.objects.filter(pk__in=ids).select_related("location")
    return rows.prefetch_related(Prefetch("lines", differing), "wanted", "sheets").annotate(
        depots=depots_beside("location")
    )


def stocktake_followers(stocktake: "WithAnnotations[Stocktake, Depots]") -> Iterable[str]:
    return [] if stocktake.archived else followers_at([stocktake.location], stocktake.depots)


def render_stocktake(stocktake: Stocktake, audience: str) -> dict[str, Any]:
    return {
        "location_id": stocktake.location_id,
        "kind": stocktake.kind,
        "status": stocktake.status,
        "blind": stocktake.blind,
        "wanted": sorted(str(part.pk) for part in stocktake.wanted.all()),
        "sheets": [{"id": sheet.pk, "counted_by_id": sheet.counted_by_id} for sheet in stocktake.sheets.all()],
        "note": stocktake.note,
        "opened_at": stocktake.opened_at,
        "counted_by_id": stocktake.counted_by_id,
        "counted_at": stocktake.counted_at,
        "value": None if stocktake.value is None else str(stocktake.value),
        "posted_at": stocktake.posted_at,
        "cancelled_at": stocktake.cancelled_at,
        "decision_note": stocktake.decision_note,
        "variances": [
            {
                "part_id": line.part_id,
                "condition": line.condition,
                "serial": line.serial,
                "counted": plain(line.counted),
                "expected": plain(line.expected),
            }
            for line in stocktake.lines.all()
            if not (stocktake.blind and stocktake.status == Stocktake.Status.COUNTED)
        ],
    }


OPERATIONS = {
    "stocktake.count": Operation(CountStockInput, services.count_stock, (prepare_books,)),
    "stocktake.hand_in_sheet": Operation(HandInSheetOperation, services.hand_in_sheet),
}
DOCUMENTS = {"stocktakes": Document(load=load_stocktakes, followers=stocktake_followers, render=render_stocktake)}
