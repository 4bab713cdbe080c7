from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.time import now
from sync.http import actor_of, device_of, perform
from sync.operations import access, services
from sync.operations.discarding import discard_operation
from sync.operations.filters import ReceiptFilter
from sync.operations.models import Receipt
from sync.operations.serializers import (
    DiscardInput,
    PushEnvelope,
    PushInput,
    PushOutput,
    ReceiptDetailOutput,
    ReceiptOutput,
)


class PushView(APIView):
    """What a phone did without signal."""

    @extend_schema(operation_id="sync_push", tags=["sync"], request=PushEnvelope, responses=PushOutput)
    def post(self, request: Request) -> Response:
        received_at = now()
        form = PushInput(data=request.data)
        form.is_valid(raise_exception=True)
        results = services.push(
            user=request.user,
            device=device_of(request),
            claimed_device=form.validated_data["device"],
            schema=form.validated_data["schema"],
            clock=form.validated_data["clock"],
            operations=form.validated_data["operations"],
            received_at=received_at,
            pending=form.validated_data.get("pending"),
        )
        return Response({"results": results, "server_time": now()})


class ReceiptViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Receipt]):
    """Operations as they came and as they were answered."""

    serializer_class = ReceiptOutput
    queryset = Receipt.objects.none()
    lookup_field = "operation_id"
    lookup_value_converter = "uuid"
    filterset_class = ReceiptFilter
    ordering = ["-received_at", "-id"]

    def get_queryset(self) -> QuerySet[Receipt]:
        return access.visible_receipts(actor_of(self.request))

    @extend_schema(operation_id="sync_operations_list", tags=["sync"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The operations of one's own devices and of those of the people whom one looks after."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="sync_operations_show", tags=["sync"], responses=ReceiptDetailOutput)
    def retrieve(self, request: Request, operation_id: UUID) -> Response:
        """One operation, and what it waits for."""
        receipt = access.receipt_to_see(actor_of(request), operation_id)
        return Response(ReceiptDetailOutput(receipt, context=self.get_serializer_context()).data)

    @extend_schema(operation_id="sync_operations_discard", tags=["sync"], request=DiscardInput, responses=ReceiptOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, operation_id: UUID) -> Response:
        """Give up a refused or blocked operation: it is kept, and will not be done."""
        receipt = perform(request, DiscardInput, discard_operation, operation_id=operation_id)
        return Response(self.get_serializer(receipt).data)

    @extend_schema(operation_id="sync_operations_release", tags=["sync"], request=None, responses=ReceiptOutput)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, operation_id: UUID) -> Response:
        """Try a refused or blocked operation again, as its reason may be gone; what waited for it follows."""
        receipt = services.release_operation(actor=actor_of(request), occurred_at=now(), operation_id=operation_id)
        return Response(self.get_serializer(receipt).data)
