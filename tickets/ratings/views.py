"""HTTP: technicians' ratings, and the reasons of all."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import actor_of, perform
from tickets.ratings import services, technicians
from tickets.ratings.filters import VisitRatingFilter
from tickets.ratings.models import RatingReason, VisitRating
from tickets.ratings.serializers import (
    ChangeRatingReasonInput,
    CreateRatingReasonInput,
    RatingInput,
    RatingReasonOutput,
    VisitRatingOutput,
)


@extend_schema(tags=["tickets"])
class RatingReasonViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[RatingReason]):
    """What may be named beside a score. Read by everybody, written by administrators."""

    queryset = RatingReason.objects.all()
    serializer_class = RatingReasonOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["is_active", "whose"]
    ordering = ["code"]
    ordering_fields = ["code"]

    @extend_schema(
        operation_id="rating_reasons_create", request=CreateRatingReasonInput, responses={201: RatingReasonOutput}
    )
    def create(self, request: Request) -> Response:
        """Add a reason."""
        reason = perform(request, CreateRatingReasonInput, services.create_reason)
        return Response(RatingReasonOutput(reason).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="rating_reasons_change", request=ChangeRatingReasonInput, responses=RatingReasonOutput)
    def partial_update(self, request: Request, reason_id: UUID) -> Response:
        """Change a reason, or take it off the list with `is_active`."""
        reason = perform(request, ChangeRatingReasonInput, services.change_reason, reason_id=reason_id)
        return Response(RatingReasonOutput(reason).data)


@extend_schema(tags=["visits"])
class VisitRatingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[VisitRating]):
    """What technicians say of the help they had, the newest first. One's own; for supervisors of their territories."""

    queryset = VisitRating.objects.none()
    serializer_class = VisitRatingOutput
    lookup_url_kwarg = "rating_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = VisitRatingFilter
    ordering = ["-occurred_at"]
    ordering_fields = ["occurred_at"]

    def get_queryset(self) -> QuerySet[VisitRating]:
        return technicians.visible_ratings(actor_of(self.request))

    @extend_schema(operation_id="visits_rate", request=RatingInput, responses={201: VisitRatingOutput})
    def create(self, request: Request, visit_id: UUID) -> Response:
        """Say how satisfied one is with the help one had. Once per visit, by its technician."""
        rating = perform(request, RatingInput, technicians.rate_visit, visit_id=visit_id)
        return Response(VisitRatingOutput(rating).data, status.HTTP_201_CREATED)
