"""HTTP: kinds of service."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from fieldsvc.time import now
from sync.http import actor_of
from tickets.service_types import selectors, services
from tickets.service_types.models import ServiceType
from tickets.service_types.serializers import ChangeServiceTypeInput, CreateServiceTypeInput, ServiceTypeOutput


@extend_schema(tags=["service types"])
class ServiceTypeViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[ServiceType]):
    """What is offered, and what has to be asked for it. Read by everybody, written by administrators."""

    queryset = selectors.service_types_for_lists()
    serializer_class = ServiceTypeOutput
    filterset_fields = ["code", "is_active"]
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[ServiceType]:
        return selectors.service_types_for_lists()

    @extend_schema(
        operation_id="service_types_create", request=CreateServiceTypeInput, responses={201: ServiceTypeOutput}
    )
    def create(self, request: Request) -> Response:
        """Add a kind of service."""
        data = CreateServiceTypeInput(data=request.data)
        data.is_valid(raise_exception=True)
        service_type = services.create_service_type(actor=actor_of(request), occurred_at=now(), **data.validated_data)
        return Response(ServiceTypeOutput(service_type).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="service_types_change", request=ChangeServiceTypeInput, responses=ServiceTypeOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a kind of service, or take it off the list with `is_active`."""
        data = ChangeServiceTypeInput(data=request.data)
        data.is_valid(raise_exception=True)
        service_type = services.change_service_type(
            actor=actor_of(request), occurred_at=now(), service_type_id=pk, **data.validated_data
        )
        return Response(ServiceTypeOutput(service_type).data)
