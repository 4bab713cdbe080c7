"""HTTP: quotes, their answers, and work without consent."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.audiences import ForViewer
from tickets.complaints.views import read
from tickets.quotes import access, gaps, selectors, services
from tickets.quotes import serializers as forms
from tickets.quotes.filters import GapFilter, QuoteFilter
from tickets.quotes.models import ConsentGap, Quote


@extend_schema(tags=["charges"])
class QuoteViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[Quote]):
    """What customers were shown, and what they said to it."""

    queryset = Quote.objects.none()
    serializer_class = forms.QuoteOutput
    filterset_class = QuoteFilter
    search_fields = ["ticket__reference", "signed_by"]
    ordering_fields = ["occurred_at"]
    ordering = ["-occurred_at"]

    def get_queryset(self) -> QuerySet[Quote]:
        return selectors.with_shown(access.visible_quotes(actor_of(self.request).user))

    @extend_schema(operation_id="tickets_quote", request=forms.MakeQuoteInput, responses={201: forms.QuoteOutput})
    def create(self, request: Request, ticket_id: UUID) -> Response:
        """Show the customer what the work will cost."""
        quote = perform(request, forms.MakeQuoteInput, services.make_quote, ticket_id=ticket_id)
        return self._answer(quote, status.HTTP_201_CREATED)

    @extend_schema(operation_id="quotes_answer", request=forms.AnswerQuoteRequest, responses=forms.QuoteOutput)
    def answer(self, request: Request, pk: UUID) -> Response:
        """Say yes or no: the customer themself, the technician with a signature, the desk with them on the line."""
        actor, data = read(request, forms.AnswerQuoteRequest)
        return self._answer(services.answer_quote(actor=actor, occurred_at=now(), quote_id=pk, **data))

    @extend_schema(operation_id="quotes_withdraw", request=forms.WithdrawQuoteInput, responses=forms.QuoteOutput)
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """It does not hold any more."""
        return self._answer(perform(request, forms.WithdrawQuoteInput, services.withdraw_quote, quote_id=pk))

    def _answer(self, quote: Quote, code: int = status.HTTP_200_OK) -> Response:
        shown = selectors.with_shown(Quote.objects.filter(pk=quote.pk)).get()
        return Response(self.get_serializer(shown).data, status=code)


@extend_schema(tags=["charges"])
class ConsentGapViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[ConsentGap]):
    """Work that was done without anybody's agreement to pay for it."""

    queryset = ConsentGap.objects.none()
    serializer_class = forms.GapOutput
    filterset_class = GapFilter
    search_fields = ["ticket__reference", "visit__technician__name"]
    ordering_fields = ["occurred_at"]
    ordering = ["occurred_at"]

    def get_queryset(self) -> QuerySet[ConsentGap]:
        return selectors.gaps_with_shown(access.visible_gaps(actor_of(self.request).user))

    @extend_schema(operation_id="consent_gaps_waive", request=forms.WaiveGapInput, responses=forms.GapOutput)
    def waive(self, request: Request, pk: UUID) -> Response:
        """Decide that the customer need not pay for it. For supervisors who did not do the work."""
        gap = perform(request, forms.WaiveGapInput, gaps.waive_gap, gap_id=pk)
        return Response(forms.GapOutput(self.get_queryset().get(pk=gap.pk)).data)
