"""HTTP: kinds of service."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from sync.http import perform
from tickets.audiences import ForViewer
from tickets.service_types import selectors, services
from tickets.service_types.models import ServiceType
from tickets.service_types.serializers import ChangeServiceTypeInput, CreateServiceTypeInput, ServiceTypeOutput


@extend_schema(tags=["service types"])
class ServiceTypeViewSet(ForViewer, ListModelMixin, RetrieveModelMixin, GenericViewSet[ServiceType]):
    """What is offered, and what has to be asked for it. Read by everybody, written by administrators."""

    queryset = selectors.service_types_for_lists()
    serializer_class = ServiceTypeOutput
    filterset_fields = ["code", "is_active"]
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[ServiceType]:
        return selectors.service_types_for_lists()

    def get_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[ServiceType]:
        """Of these kinds with their likely parts, read together."""
        if args:
            rows = args[0] if kwargs.get("many") else args
            likely = selectors.likely_parts([row.pk for row in rows])
            kwargs["context"] = {**self.get_serializer_context(), "likely_parts": likely}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(
        operation_id="service_types_create", request=CreateServiceTypeInput, responses={201: ServiceTypeOutput}
    )
    def create(self, request: Request) -> Response:
        """Add a kind of service."""
        service_type = perform(request, CreateServiceTypeInput, services.create_service_type)
        return Response(self.get_serializer(service_type).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="service_types_change", request=ChangeServiceTypeInput, responses=ServiceTypeOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a kind of service, or take it off the list with `is_active`."""
        service_type = perform(request, ChangeServiceTypeInput, services.change_service_type, service_type_id=pk)
        return Response(self.get_serializer(service_type).data)
