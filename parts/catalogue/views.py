"""HTTP: the catalogue."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
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
from sync.http import actor_of


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
        data = CreatePartInput(data=request.data)
        data.is_valid(raise_exception=True)
        part = services.create_part(actor=actor_of(request), occurred_at=now(), **data.validated_data)
        return Response(PartOutput(part).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="parts_change", request=ChangePartInput, responses=PartOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change some of a part's fields."""
        data = ChangePartInput(data=request.data)
        data.is_valid(raise_exception=True)
        part = services.change_part(actor=actor_of(request), occurred_at=now(), part_id=pk, **data.validated_data)
        return Response(PartOutput(part).data)

    @extend_schema(operation_id="parts_propose", request=ProvisionalPartInput, responses={201: PartOutput})
    def propose(self, request: Request) -> Response:
        """Name a part that the catalogue does not know. The same id is the same part."""
        data = ProvisionalPartInput(data=request.data)
        data.is_valid(raise_exception=True)
        part = services.provisional_part(actor=actor_of(request), occurred_at=now(), **data.validated_data)
        return Response(PartOutput(part).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="parts_merge", request=MergePartInput, responses=PartOutput)
    def merge(self, request: Request, pk: UUID) -> Response:
        """Say which part a provisional one really is; its stock is booked over."""
        data = MergePartInput(data=request.data)
        data.is_valid(raise_exception=True)
        part = services.merge_provisional_part(
            actor=actor_of(request), occurred_at=now(), part_id=pk, **data.validated_data
        )
        return Response(PartOutput(part).data)
