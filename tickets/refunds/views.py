"""HTTP: refunds, for the desk that asks and pays, the supervisors who decide, and what the provider tells us."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
from sync.commands import Actor
from sync.http import actor_of, perform
from sync.serializing import Input
from tickets.audiences import ForViewer
from tickets.payments.webhook import HEADER, told_by_provider
from tickets.refunds import access, repaying, services
from tickets.refunds import serializers as forms
from tickets.refunds.filters import RefundFilter, RepaymentFilter
from tickets.refunds.models import Refund, Repayment
from tickets.refunds.selectors import repayments_with_shown, with_shown


@extend_schema(tags=["charges"])
class RefundViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[Refund]):
    """What customers get back."""

    queryset = Refund.objects.none()
    serializer_class = forms.RefundOutput
    filterset_class = RefundFilter
    search_fields = ["ticket__reference", "reason"]
    ordering_fields = ["requested_at"]
    ordering = ["-requested_at"]

    def get_queryset(self) -> QuerySet[Refund]:
        return with_shown(access.visible_refunds(actor_of(self.request).user))

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
        """The customer was given what does not go back through the provider."""
        return self._step(request, forms.PayRefundInput, services.pay_refund, pk)

    def _step(self, request: Request, form: type[Input], command: Callable[..., Refund], pk: UUID) -> Response:
        return Response(self.get_serializer(perform(request, form, command, refund_id=pk)).data)


@extend_schema(tags=["charges"])
class RepaymentViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[Repayment]):
    """The ways on which refunds reach customers."""

    queryset = Repayment.objects.none()
    serializer_class = forms.RepaymentOutput
    filterset_class = RepaymentFilter
    search_fields = ["refund__ticket__reference", "receipt_number", "provider_id"]
    ordering_fields = ["asked_at", "amount"]
    ordering = ["-asked_at"]

    def get_queryset(self) -> QuerySet[Repayment]:
        return repayments_with_shown(access.visible_repayments(actor_of(self.request).user))

    @extend_schema(
        operation_id="repayments_settle", request=forms.SettleRepaymentInput, responses=forms.RepaymentOutput
    )
    def settle(self, request: Request, pk: UUID) -> Response:
        """See to one that the provider has not paid back: let it be tried again, or give it by hand."""
        repayment = perform(request, forms.SettleRepaymentInput, repaying.settle_repayment, repayment_id=pk)
        return Response(self.get_serializer(repayment).data)


@extend_schema(tags=["charges"])
class RepaymentWebhookView(APIView):
    """The provider's door."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="repayments_webhook",
        parameters=[OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description="t=…,v1=…")],
        request=forms.RepaymentToldInput,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """A refund has reached the customer, or has not. Signed by the provider; told twice, it counts once."""
        data = told_by_provider(request, forms.RepaymentToldInput)
        repaying.hear_of_repayment(actor=Actor.system(), occurred_at=min(data.pop("at"), now()), **data)
        return Response(status=status.HTTP_204_NO_CONTENT)
