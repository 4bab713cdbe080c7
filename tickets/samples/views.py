"""HTTP: samples of closed tickets. For supervisors."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldsvc.errors import Invalid
from sync.http import actor_of, perform
from sync.serializing import validated
from tickets.samples import access, selectors, services
from tickets.samples.filters import SampledTicketFilter, SampleFilter
from tickets.samples.models import Finding, Sample, SampledTicket
from tickets.samples.serializers import (
    DrawSampleInput,
    FiguresInput,
    ReviewInput,
    SampledTicketDetailOutput,
    SampledTicketOutput,
    SampleFiguresOutput,
    SampleOutput,
)


@extend_schema(tags=["quality"])
class SampleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sample]):
    """Samples of closed tickets, the newest first."""

    queryset = Sample.objects.none()
    serializer_class = SampleOutput
    lookup_url_kwarg = "sample_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = SampleFilter
    ordering = ["-drawn_at"]
    ordering_fields = ["drawn_at"]

    def get_queryset(self) -> QuerySet[Sample]:
        return selectors.samples_with_shown(access.visible_samples(actor_of(self.request)))

    @extend_schema(operation_id="samples_draw", request=DrawSampleInput, responses={201: SampleOutput})
    def create(self, request: Request) -> Response:
        """Draw a sample, by chance."""
        sample = perform(request, DrawSampleInput, services.draw_sample)
        shown = selectors.samples_with_shown(Sample.objects.filter(pk=sample.pk)).get()
        return Response(SampleOutput(shown).data, status.HTTP_201_CREATED)


@extend_schema(tags=["quality"])
class SampledTicketViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[SampledTicket]):
    """Tickets of samples, the newest sample first."""

    queryset = SampledTicket.objects.none()
    serializer_class = SampledTicketOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = SampledTicketFilter
    ordering = ["-id"]
    ordering_fields = ["id"]

    def get_queryset(self) -> QuerySet[SampledTicket]:
        return selectors.tickets_with_shown(access.visible_tickets(actor_of(self.request)))

    @extend_schema(operation_id="sampled_tickets_retrieve", responses=SampledTicketDetailOutput)
    def retrieve(self, request: Request, sampled_id: UUID) -> Response:
        """What there is to compare, and what reviews have found."""
        return self._answer(access.ticket_to_see(actor_of(request), sampled_id))

    @extend_schema(
        operation_id="sampled_tickets_review", request=ReviewInput, responses={201: SampledTicketDetailOutput}
    )
    def review(self, request: Request, sampled_id: UUID) -> Response:
        """Say what paper or resident say. A later review stands beside an earlier one."""
        perform(request, ReviewInput, services.review_ticket, sampled_id=sampled_id)
        return self._answer(access.ticket_to_see(actor_of(request), sampled_id), status.HTTP_201_CREATED)

    def _answer(self, seen: SampledTicket, code: int = status.HTTP_200_OK) -> Response:
        record = selectors.record_of(seen.ticket)
        fields = [
            {"field": field, "name": field.label, "name_zh": Finding.NAMES_ZH[field], "recorded": record[field]}
            for field in Finding.Field
        ]
        ticket = selectors.tickets_with_shown(SampledTicket.objects.filter(pk=seen.pk)).get()
        reviews = selectors.reviews_with_shown(seen)
        body = {"ticket": ticket, "record": fields, "reviews": reviews}
        return Response(SampledTicketDetailOutput(body).data, code)


class SampleFiguresView(APIView):
    """How many of the reviewed tickets are inconsistent."""

    @extend_schema(
        operation_id="samples_figures", tags=["quality"], parameters=[FiguresInput], responses=SampleFiguresOutput
    )
    def get(self, request: Request) -> Response:
        """Of the samples of a territory whose days lie in a span."""
        tickets = access.visible_tickets(actor_of(request))
        asked = validated(FiguresInput, request.query_params.dict())
        if asked["last"] < asked["first"]:
            raise Invalid("period_reversed", "The period has to begin before it ends.", field="last")
        tickets = tickets.filter(
            sample__territory=asked["territory"], sample__first__gte=asked["first"], sample__last__lte=asked["last"]
        )
        if "weekly" in asked:
            tickets = tickets.filter(sample__weekly=asked["weekly"])
        if asked.get("technician"):
            tickets = tickets.filter(selectors.worked_on_by(asked["technician"], ticket="ticket"))
        return Response(SampleFiguresOutput(selectors.figures(tickets)).data)
