"""HTTP: reasons of ratings."""

from uuid import UUID

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import perform
from tickets.ratings import services
from tickets.ratings.models import RatingReason
from tickets.ratings.serializers import ChangeRatingReasonInput, CreateRatingReasonInput, RatingReasonOutput


@extend_schema(tags=["tickets"])
class RatingReasonViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[RatingReason]):
    """What residents may name beside a score. Read by everybody, written by administrators."""

    queryset = RatingReason.objects.all()
    serializer_class = RatingReasonOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["is_active"]
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
