"""HTTP: how much of each part is to lie where."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from parts.levels import selectors, services
from parts.levels.filters import StockLevelFilter
from parts.levels.models import StockLevel
from parts.levels.serializers import SetLevelsInput, StockLevelOutput
from sync.http import actor_of, perform


@extend_schema(tags=["parts"])
class StockLevelViewSet(GenericViewSet[StockLevel]):
    """How much of each part is to lie where, and what is missing."""

    queryset = StockLevel.objects.none()
    serializer_class = StockLevelOutput
    filterset_class = StockLevelFilter
    search_fields = ["part__number", "part__name", "part__name_zh", "location__code"]
    ordering_fields = ["par"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[StockLevel]:
        return selectors.levels_for_lists(actor_of(self.request).user)

    @extend_schema(operation_id="stock_levels_list", responses=StockLevelOutput(many=True))
    def list(self, request: Request) -> Response:
        """Levels, with what is there and what is coming."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(bodies_of(page))

    @extend_schema(operation_id="stock_levels_retrieve", responses=StockLevelOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One level."""
        return Response(bodies_of([self.get_object()])[0])


@extend_schema(tags=["parts"])
class StockLevelCommandViewSet(ViewSet):
    """What a storekeeper decides about levels."""

    @extend_schema(operation_id="stock_levels_set", request=SetLevelsInput, responses=StockLevelOutput(many=True))
    def change(self, request: Request) -> Response:
        """Set levels of some parts at a place; those of other parts stay. Not paged."""
        kept = perform(request, SetLevelsInput, services.set_levels)
        rows = selectors.levels_for_lists(actor_of(request).user).filter(pk__in=[level.pk for level in kept])
        return Response(bodies_of(rows))


def bodies_of(levels: Iterable[StockLevel]) -> Any:
    """What is written out of levels, with what is there and what is coming."""
    rows = list(levels)
    return StockLevelOutput(rows, many=True, context={"positions": selectors.positions_of(rows)}).data
