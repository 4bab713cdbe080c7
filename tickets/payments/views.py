"""HTTP: payments, cash that is handed in, links, and what the provider tells us."""

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
from tickets.audiences import ForViewer
from tickets.payments import access, services
from tickets.payments import serializers as forms
from tickets.payments.filters import HandInFilter, LinkFilter, PaymentFilter
from tickets.payments.models import CashHandIn, Payment, PaymentLink
from tickets.payments.webhook import HEADER, told_by_provider


@extend_schema(tags=["charges"])
class PaymentViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[Payment]):
    """Money that came."""

    queryset = Payment.objects.none()
    serializer_class = forms.PaymentOutput
    filterset_class = PaymentFilter
    search_fields = ["receipt_number", "ticket__reference"]
    ordering_fields = ["occurred_at", "amount"]
    ordering = ["-occurred_at"]

    def get_queryset(self) -> QuerySet[Payment]:
        return access.visible_payments(actor_of(self.request).user).select_related("ticket")

    @extend_schema(operation_id="tickets_pay", request=forms.TakePaymentInput, responses={201: forms.PaymentOutput})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Note what the customer paid: technicians cash, the desk a transfer, too."""
        payment = perform(request, forms.TakePaymentInput, services.take_payment, ticket_id=ticket_id)
        return Response(self.get_serializer(payment).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="payments_reverse", request=forms.ReversePaymentInput, responses={201: forms.PaymentOutput}
    )
    def reverse(self, request: Request, pk: UUID) -> Response:
        """Put a payment right that was recorded by mistake. For supervisors who did not take it."""
        payment = perform(request, forms.ReversePaymentInput, services.reverse_payment, payment_id=pk)
        return Response(self.get_serializer(payment).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["charges"])
class CashHandInViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[CashHandIn]):
    """Cash that technicians brought."""

    queryset = CashHandIn.objects.none()
    serializer_class = forms.HandInOutput
    filterset_class = HandInFilter
    search_fields = ["technician__name", "note"]
    ordering_fields = ["received_at"]
    ordering = ["-received_at"]

    def get_queryset(self) -> QuerySet[CashHandIn]:
        return access.visible_hand_ins(actor_of(self.request).user)

    @extend_schema(operation_id="cash_hand_in", request=forms.HandInCashInput, responses={201: forms.HandInOutput})
    def create(self, request: Request) -> Response:
        """Count the cash that a technician brings, against the receipts. Never one's own."""
        hand_in = perform(request, forms.HandInCashInput, services.hand_in_cash)
        return Response(forms.HandInOutput(hand_in).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["charges"])
class PaymentLinkViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[PaymentLink]):
    """Pages on which customers pay."""

    queryset = PaymentLink.objects.none()
    serializer_class = forms.LinkOutput
    filterset_class = LinkFilter
    search_fields = ["ticket__reference"]
    ordering_fields = ["asked_at"]
    ordering = ["-asked_at"]

    def get_queryset(self) -> QuerySet[PaymentLink]:
        return access.visible_links(actor_of(self.request).user)

    @extend_schema(
        operation_id="tickets_payment_link", request=forms.AskForLinkInput, responses={201: forms.LinkOutput}
    )
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Ask for a page to pay on: the desk, or the resident. Its address comes within seconds."""
        link = perform(request, forms.AskForLinkInput, services.ask_for_link, ticket_id=ticket_id)
        return Response(forms.LinkOutput(link).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["charges"])
class PaymentWebhookView(APIView):
    """The provider's door."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="payments_webhook",
        parameters=[OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description="t=…,v1=…")],
        request=forms.PaymentCameInput,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Somebody has paid by a link. Signed by the provider; told twice, it counts once."""
        data = told_by_provider(request, forms.PaymentCameInput)
        services.payment_came(actor=Actor.system(), occurred_at=min(data.pop("paid_at"), now()), **data)
        return Response(status=status.HTTP_204_NO_CONTENT)
