"""HTTP: transfers, for storekeepers, and for whoever receives them with signal."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parts.transfers import access, picking, selectors, services
from parts.transfers.filters import TransferFilter
from parts.transfers.models import Transfer
from parts.transfers.receiving import receive_transfer
from parts.transfers.serializers import (
    CancelTransferInput,
    ChangeTransferInput,
    CreateTransferInput,
    PickOutput,
    ReceiveTransferInput,
    TransferOutput,
)
from parts.views import PaperViewSet
from sync.http import actor_of


@extend_schema(tags=["parts"])
class TransferViewSet(PaperViewSet[Transfer]):
    """Parts on their way from one of our places to another."""

    paper_id = "transfer_id"
    queryset = Transfer.objects.none()
    serializer_class = TransferOutput
    filterset_class = TransferFilter
    search_fields = ["note", "from_location__code", "to_location__code"]
    ordering_fields = ["created_at", "dispatched_at"]
    ordering = ["-created_at"]

    def get_queryset(self) -> QuerySet[Transfer]:
        return selectors.transfers_for_lists(actor_of(self.request).user)

    @extend_schema(operation_id="transfers_create", request=CreateTransferInput, responses={201: TransferOutput})
    def create(self, request: Request) -> Response:
        """Write down what is to be sent; nothing moves before it is dispatched."""
        return self.step(request, CreateTransferInput, services.create_transfer)

    @extend_schema(operation_id="transfers_change", request=ChangeTransferInput, responses=TransferOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Other lines for a draft, or another note."""
        return self.step(request, ChangeTransferInput, services.change_transfer, pk)

    @extend_schema(operation_id="transfers_dispatch", request=None, responses=TransferOutput)
    def send(self, request: Request, pk: UUID) -> Response:
        """The parts leave."""
        return self.step(request, None, services.dispatch_transfer, pk)

    @extend_schema(operation_id="transfers_receive", request=ReceiveTransferInput, responses=TransferOutput)
    def receive(self, request: Request, pk: UUID) -> Response:
        """Say what has come of each line in all, how much of it damaged, and why."""
        return self.step(request, ReceiveTransferInput, receive_transfer, pk)

    @extend_schema(operation_id="transfers_cancel", request=CancelTransferInput, responses=TransferOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Nothing is sent after all, or it turned round before anything arrived."""
        return self.step(request, CancelTransferInput, services.cancel_transfer, pk)


class PickListView(APIView):
    """What a storekeeper takes for a transfer."""

    @extend_schema(operation_id="transfers_pick_list", tags=["parts"], responses=PickOutput(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """What to take for a draft, in the order of the parts' numbers, and what to send instead. Not paged."""
        transfer = access.transfer_to_pick(actor_of(request), pk)
        return Response(PickOutput(picking.pick_list(transfer), many=True).data)
