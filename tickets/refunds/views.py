"""HTTP: refunds, for the desk that asks and pays, and the supervisors who decide."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from sync.http import actor_of, perform
from sync.serializing import Input
from tickets.audiences import ForViewer
from tickets.refunds import access, services
from tickets.refunds import serializers as forms
from tickets.refunds.filters import RefundFilter
from tickets.refunds.models import Refund


@extend_schema(tags=["charges"])
class RefundViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[Refund]):
    """What customers get back."""

    queryset = Refund.objects.none()
    serializer_class = forms.RefundOutput
    filterset_class = RefundFilter
    search_fields = ["ticket__reference", "reason", "receipt_number"]
    ordering_fields = ["requested_at"]
    ordering = ["-requested_at"]

    def get_queryset(self) -> QuerySet[Refund]:
        return access.visible_refunds(actor_of(self.request).user).select_related("ticket")

    @extend_schema(operation_id="tickets_refund", request=forms.RequestRefundInput, responses={201: forms.RefundOutput})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Give back of what was paid. Above the limit a supervisor has to approve it."""
        refund = perform(request, forms.RequestRefundInput, services.request_refund, ticket_id=ticket_id)
        return Response(self.get_serializer(refund).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="bills_compensate", request=forms.CompensateOverchargeInput, responses={201: forms.RefundOutput}
    )
    def compensate(self, request: Request, bill_id: UUID) -> Response:
        """We charged too much: credit it, and compensate the customer."""
        refund = perform(request, forms.CompensateOverchargeInput, services.compensate_overcharge, bill_id=bill_id)
        return Response(self.get_serializer(refund).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="refunds_approve", request=forms.ApproveRefundInput, responses=forms.RefundOutput)
    def approve(self, request: Request, pk: UUID) -> Response:
        """Agree to what somebody else asked for. For supervisors."""
        return self._step(request, forms.ApproveRefundInput, services.approve_refund, pk)

    @extend_schema(operation_id="refunds_reject", request=forms.RejectRefundInput, responses=forms.RefundOutput)
    def reject(self, request: Request, pk: UUID) -> Response:
        """Say no to what somebody else asked for. For supervisors."""
        return self._step(request, forms.RejectRefundInput, services.reject_refund, pk)

    @extend_schema(operation_id="refunds_pay", request=forms.PayRefundInput, responses=forms.RefundOutput)
    def pay(self, request: Request, pk: UUID) -> Response:
        """The customer has their money."""
        return self._step(request, forms.PayRefundInput, services.pay_refund, pk)

    def _step(self, request: Request, form: type[Input], command: Callable[..., Refund], pk: UUID) -> Response:
        return Response(self.get_serializer(perform(request, form, command, refund_id=pk)).data)
