"""HTTP: places that hold stock."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from parts.locations import access, services
from parts.locations.filters import LocationFilter
from parts.locations.models import Location
from parts.locations.serializers import ChangeLocationInput, CreateLocationInput, LocationOutput
from sync.http import actor_of, perform


@extend_schema(tags=["parts"])
class LocationViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Location]):
    """Depots, vans, and the places that stock passes through."""

    queryset = Location.objects.none()
    serializer_class = LocationOutput
    filterset_class = LocationFilter
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[Location]:
        return access.visible_locations(actor_of(self.request).user)

    @extend_schema(operation_id="locations_create", request=CreateLocationInput, responses={201: LocationOutput})
    def create(self, request: Request) -> Response:
        """Set up a place."""
        location = perform(request, CreateLocationInput, services.create_location)
        return Response(LocationOutput(location).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="locations_change", request=ChangeLocationInput, responses=LocationOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change some of a place's fields: give a van to another technician, close a depot."""
        location = perform(request, ChangeLocationInput, services.change_location, location_id=pk)
        return Response(LocationOutput(location).data)
