"""HTTP: what is where, how it got there, and the storekeeper's commands."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from parts.stock import selectors, services
from parts.stock.filters import BalanceFilter, MovementFilter
from parts.stock.models import StockBalance, StockMovement
from parts.stock.serializers import (
    BalanceOutput,
    MovementOutput,
    MovePartsInput,
    ReceivePartsInput,
    ReverseMovementInput,
)
from sync.http import actor_of, perform


@extend_schema(tags=["parts"])
class BalanceViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[StockBalance]):
    """How much of each part is where."""

    queryset = StockBalance.objects.none()
    serializer_class = BalanceOutput
    filterset_class = BalanceFilter
    search_fields = ["part__number", "part__name", "part__name_zh", "part__model"]
    ordering_fields = ["quantity"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[StockBalance]:
        return selectors.balances_for_lists(actor_of(self.request).user)


@extend_schema(tags=["parts"])
class StockCommandViewSet(ViewSet):
    """What a storekeeper does with stock."""

    @extend_schema(operation_id="stock_receive", request=ReceivePartsInput, responses={201: MovementOutput(many=True)})
    def receive(self, request: Request) -> Response:
        """Book in what came from outside: all lines, or none."""
        movements = perform(request, ReceivePartsInput, services.receive_parts)
        return Response(MovementOutput(movements, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="stock_move", request=MovePartsInput, responses={201: MovementOutput(many=True)})
    def move(self, request: Request) -> Response:
        """Book what went from one of our places to another: all lines, or none."""
        movements = perform(request, MovePartsInput, services.move_parts)
        return Response(MovementOutput(movements, many=True).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["parts"])
class MovementViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[StockMovement]):
    """The ledger. Nothing in it is ever changed: a mistake is reversed."""

    queryset = StockMovement.objects.none()
    serializer_class = MovementOutput
    filterset_class = MovementFilter
    search_fields = ["part__number", "part__name", "serial", "note"]
    ordering_fields = ["occurred_at", "received_at"]
    ordering = ["-occurred_at"]

    def get_queryset(self) -> QuerySet[StockMovement]:
        return selectors.movements_for_lists(actor_of(self.request).user)

    @extend_schema(
        operation_id="stock_movements_reverse", request=ReverseMovementInput, responses={201: MovementOutput}
    )
    def reverse(self, request: Request, pk: UUID) -> Response:
        """Put a mistaken movement right by its opposite."""
        reversal = perform(request, ReverseMovementInput, services.reverse_movement, movement_id=pk)
        return Response(MovementOutput(reversal).data, status=status.HTTP_201_CREATED)
