"""HTTP: the catalogue."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from parts.catalogue import access, services
from parts.catalogue.filters import PartFilter
from parts.catalogue.models import Part
from parts.catalogue.serializers import (
    ChangePartInput,
    CreatePartInput,
    MergePartInput,
    PartOutput,
    ProvisionalPartInput,
)
from sync.http import actor_of, perform


@extend_schema(tags=["parts"])
class PartViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Part]):
    """What there is to fit."""

    queryset = Part.objects.none()
    serializer_class = PartOutput
    filterset_class = PartFilter
    search_fields = ["number", "name", "name_zh", "model"]
    ordering_fields = ["number", "name"]
    ordering = ["number"]

    def get_queryset(self) -> QuerySet[Part]:
        return access.visible_parts(actor_of(self.request).user)

    @extend_schema(operation_id="parts_create", request=CreatePartInput, responses={201: PartOutput})
    def create(self, request: Request) -> Response:
        """Add a part to the catalogue."""
        part = perform(request, CreatePartInput, services.create_part)
        return Response(PartOutput(part).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="parts_change", request=ChangePartInput, responses=PartOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change some of a part's fields."""
        part = perform(request, ChangePartInput, services.change_part, part_id=pk)
        return Response(PartOutput(part).data)

    @extend_schema(operation_id="parts_propose", request=ProvisionalPartInput, responses={201: PartOutput})
    def propose(self, request: Request) -> Response:
        """Name a part that the catalogue does not know. The same id is the same part."""
        part = perform(request, ProvisionalPartInput, services.provisional_part)
        return Response(PartOutput(part).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="parts_merge", request=MergePartInput, responses=PartOutput)
    def merge(self, request: Request, pk: UUID) -> Response:
        """Say which part a provisional one really is; its stock is booked over."""
        part = perform(request, MergePartInput, services.merge_provisional_part, part_id=pk)
        return Response(PartOutput(part).data)
