"""HTTP: stocktakes, for those who count and those who decide."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from parts.stocktakes import access, services
from parts.stocktakes.filters import StocktakeFilter
from parts.stocktakes.models import CountSheetLine, Stocktake, StocktakeLine
from parts.stocktakes.serializers import (
    CancelStocktakeInput,
    CountStockInput,
    HandInSheetInput,
    OpenStocktakeInput,
    PostStocktakeInput,
    RecountInput,
    StocktakeDetailOutput,
    StocktakeOutput,
)
from parts.views import PaperViewSet
from sync.http import actor_of


@extend_schema(tags=["parts"])
class StocktakeViewSet(PaperViewSet[Stocktake]):
    """Places that are or were counted."""

    paper_id = "stocktake_id"
    queryset = Stocktake.objects.none()
    filterset_class = StocktakeFilter
    search_fields = ["location__code", "note"]
    ordering_fields = ["opened_at", "counted_at"]
    ordering = ["-opened_at"]

    def get_serializer_class(self) -> type[StocktakeOutput]:
        return StocktakeOutput if self.action == "list" else StocktakeDetailOutput

    def get_queryset(self) -> QuerySet[Stocktake]:
        visible = access.visible_stocktakes(actor_of(self.request).user).select_related("location")
        if self.action == "list":
            return visible.prefetch_related("sheets")
        return visible.prefetch_related(
            "wanted",
            Prefetch("lines", StocktakeLine.objects.select_related("part")),
            Prefetch("sheets__lines", CountSheetLine.objects.select_related("part")),
        )

    @extend_schema(operation_id="stocktakes_open", request=OpenStocktakeInput, responses={201: StocktakeDetailOutput})
    def create(self, request: Request) -> Response:
        """Have a place counted by whoever keeps it."""
        return self.step(request, OpenStocktakeInput, services.open_stocktake)

    @extend_schema(operation_id="stocktakes_count", request=CountStockInput, responses={201: StocktakeDetailOutput})
    def count(self, request: Request) -> Response:
        """Say what lies at a place. A variance within the limit is booked by itself."""
        return self.step(request, CountStockInput, services.count_stock)

    @extend_schema(operation_id="stocktakes_hand_in", request=HandInSheetInput, responses=StocktakeDetailOutput)
    def hand_in(self, request: Request, pk: UUID) -> Response:
        """Say what lies on the shelves that were yours, where several count one place."""
        return self.step(request, HandInSheetInput, services.hand_in_sheet, pk)

    @extend_schema(operation_id="stocktakes_finish", request=None, responses=StocktakeDetailOutput)
    def finish(self, request: Request, pk: UUID) -> Response:
        """All sheets are in: add them up, and compare them with the books."""
        return self.step(request, None, services.finish_count, pk)

    @extend_schema(operation_id="stocktakes_recount", request=RecountInput, responses=StocktakeDetailOutput)
    def recount(self, request: Request, pk: UUID) -> Response:
        """Have what varied counted again, by another blind count."""
        return self.step(request, RecountInput, services.recount_stock, pk)

    @extend_schema(operation_id="stocktakes_post", request=PostStocktakeInput, responses=StocktakeDetailOutput)
    def enter(self, request: Request, pk: UUID) -> Response:
        """Let the books follow a count that somebody else made."""
        return self.step(request, PostStocktakeInput, services.post_stocktake, pk)

    @extend_schema(operation_id="stocktakes_cancel", request=CancelStocktakeInput, responses=StocktakeDetailOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Nobody counts it after all, or the count was no good."""
        return self.step(request, CancelStocktakeInput, services.cancel_stocktake, pk)
