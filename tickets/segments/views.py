"""HTTP: segments of networks. For the desk; administrators enter them."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import actor_of, perform
from sync.serializing import Input
from tickets.segments import access, services
from tickets.segments.filters import NetworkConnectionFilter, NetworkSegmentFilter
from tickets.segments.models import NetworkConnection, NetworkSegment
from tickets.segments.selectors import with_sites
from tickets.segments.serializers import (
    AddSegmentInput,
    ChangeSegmentInput,
    NamedSitesInput,
    NetworkConnectionOutput,
    NetworkSegmentOutput,
)


@extend_schema(tags=["outages"])
class NetworkSegmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[NetworkSegment]):
    """Stretches of pipe, cable or feeder."""

    queryset = NetworkSegment.objects.none()
    serializer_class = NetworkSegmentOutput
    lookup_url_kwarg = "segment_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = NetworkSegmentFilter
    ordering = ["code"]
    ordering_fields = ["code"]

    def get_queryset(self) -> QuerySet[NetworkSegment]:
        return with_sites(access.visible_segments(actor_of(self.request)))

    @extend_schema(operation_id="network_segments_add", request=AddSegmentInput, responses={201: NetworkSegmentOutput})
    def create(self, request: Request) -> Response:
        """Enter a segment. For administrators."""
        segment = perform(request, AddSegmentInput, services.add_segment)
        return self._answer(segment.pk, status.HTTP_201_CREATED)

    @extend_schema(operation_id="network_segments_change", request=ChangeSegmentInput, responses=NetworkSegmentOutput)
    def partial_update(self, request: Request, segment_id: UUID) -> Response:
        """Change what is known of it, or take it out of use. For administrators."""
        return self._do(segment_id, services.change_segment, ChangeSegmentInput)

    @extend_schema(operation_id="network_segments_connect", request=NamedSitesInput, responses=NetworkSegmentOutput)
    def connect(self, request: Request, segment_id: UUID) -> Response:
        """From now on these sites hang on it. For administrators."""
        return self._do(segment_id, services.connect_sites, NamedSitesInput)

    @extend_schema(operation_id="network_segments_disconnect", request=NamedSitesInput, responses=NetworkSegmentOutput)
    def disconnect(self, request: Request, segment_id: UUID) -> Response:
        """From now on they hang on it no more. For administrators."""
        return self._do(segment_id, services.disconnect_sites, NamedSitesInput)

    def _do(self, segment_id: UUID, command: Callable[..., object], form_class: type[Input]) -> Response:
        perform(self.request, form_class, command, segment_id=segment_id)
        return self._answer(segment_id)

    def _answer(self, segment_id: UUID, code: int = status.HTTP_200_OK) -> Response:
        segment = with_sites(NetworkSegment.objects.filter(pk=segment_id)).get()
        return Response(NetworkSegmentOutput(segment).data, code)


@extend_schema(tags=["outages"])
class NetworkConnectionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[NetworkConnection]):
    """Which sites hang on which segments, and hung there before; the newest first."""

    queryset = NetworkConnection.objects.none()
    serializer_class = NetworkConnectionOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = NetworkConnectionFilter
    ordering = ["-since", "-id"]
    ordering_fields = ["since"]

    def get_queryset(self) -> QuerySet[NetworkConnection]:
        return access.visible_connections(actor_of(self.request)).select_related("segment", "site")
