from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.conflicts import access, services
from sync.conflicts.filters import ConflictFilter
from sync.conflicts.models import Conflict
from sync.conflicts.selectors import with_people
from sync.conflicts.serializers import ConflictOutput, ResolutionInput, ResolveConflictsInput, ResolveConflictsOutput
from sync.http import actor_of, perform


class ConflictViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Conflict]):
    """What waits to be resolved, and what was."""

    serializer_class = ConflictOutput
    queryset = Conflict.objects.none()
    lookup_value_converter = "uuid"
    filterset_class = ConflictFilter
    search_fields = ["field", "detail", "base", "device_value"]  # what everybody sees who sees the conflict
    ordering = ["-received_at", "-id"]
    ordering_fields = ["received_at", "occurred_at"]

    def get_queryset(self) -> QuerySet[Conflict]:
        return with_people(access.visible_conflicts(actor_of(self.request)))

    @extend_schema(operation_id="sync_conflicts_list", tags=["sync"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Conflicts of the documents that one follows."""
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="sync_conflicts_show", tags=["sync"])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One conflict with both stories."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(
        operation_id="sync_conflicts_resolve", tags=["sync"], request=ResolutionInput, responses=ConflictOutput
    )
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: UUID) -> Response:
        """Keep the server's value, the device's, or write another."""
        conflict = perform(request, ResolutionInput, services.resolve_conflict, conflict_id=pk)
        return Response(ConflictOutput(conflict).data)

    @extend_schema(
        operation_id="sync_conflicts_resolve_many",
        tags=["sync"],
        request=ResolveConflictsInput,
        responses=ResolveConflictsOutput,
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="resolve", url_name="resolve-many", pagination_class=None)
    def resolve_many(self, request: Request) -> Response:
        """Keep the server's value or the device's of a page of conflicts; each is answered by itself."""
        form = ResolveConflictsInput(data=request.data)
        form.is_valid(raise_exception=True)
        results = services.resolve_conflicts(
            actor=actor_of(request),
            occurred_at=now(),
            conflict_ids=form.validated_data["ids"],
            keep=form.validated_data["keep"],
        )
        return Response({"results": results})
