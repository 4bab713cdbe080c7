"""HTTP: how fast people get about."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.travel import access, services
from tickets.travel.models import SpeedTable
from tickets.travel.serializers import SetSpeedTableInput, SpeedTableOutput


@extend_schema(tags=["travel"])
class SpeedTableViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[SpeedTable]):
    """How fast people get about, where no road service says it. Read by the desk, written by administrators."""

    queryset = SpeedTable.objects.none()
    serializer_class = SpeedTableOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["territory"]
    ordering = ["id"]
    ordering_fields = ["id"]

    def get_queryset(self) -> QuerySet[SpeedTable]:
        return access.speed_tables(actor_of(self.request))

    @extend_schema(operation_id="speed_tables_set", request=SetSpeedTableInput, responses=SpeedTableOutput)
    def create(self, request: Request) -> Response:
        """Say it for a territory, or for all that have no table of their own. There is one of each."""
        table = perform(request, SetSpeedTableInput, services.set_speed_table)
        return Response(SpeedTableOutput(table).data)

    @extend_schema(operation_id="speed_tables_remove", responses={204: None})
    def destroy(self, request: Request, table_id: UUID) -> Response:
        """Let what holds everywhere else hold there, too."""
        services.remove_speed_table(actor=actor_of(request), occurred_at=now(), table_id=table_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
