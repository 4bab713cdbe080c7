"""HTTP: access for somebody whose number has changed."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.audiences import ForViewer
from tickets.recoveries import access, services
from tickets.recoveries.filters import RecoveryFilter
from tickets.recoveries.models import Recovery
from tickets.recoveries.serializers import AskRecoveryInput, RecoveryOutput, StopRecoveryInput


@extend_schema(tags=["self-service"])
class RecoveryViewSet(ForViewer, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Recovery]):
    """For those who answer callers; residents see what was asked in their name, and stop it."""

    queryset = Recovery.objects.none()
    serializer_class = RecoveryOutput
    lookup_url_kwarg = "recovery_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = RecoveryFilter
    ordering = ["-asked_at"]
    ordering_fields = ["asked_at"]

    def get_queryset(self) -> QuerySet[Recovery]:
        found = access.visible_recoveries(actor_of(self.request).user)
        return found.select_related("person", "asked_by", "decided_by")

    @extend_schema(operation_id="recoveries_ask", request=AskRecoveryInput, responses={201: RecoveryOutput})
    def create(self, request: Request) -> Response:
        """Somebody has another number, and has answered what was asked."""
        recovery = perform(request, AskRecoveryInput, services.ask_recovery)
        return Response(self.get_serializer(recovery).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="recoveries_approve", request=None, responses=RecoveryOutput)
    def approve(self, request: Request, recovery_id: UUID) -> Response:
        """Let them in now. For supervisors, and not for who has asked."""
        recovery = services.approve_recovery(actor=actor_of(request), occurred_at=now(), recovery_id=recovery_id)
        return Response(self.get_serializer(recovery).data)

    @extend_schema(operation_id="recoveries_stop", request=StopRecoveryInput, responses=RecoveryOutput)
    def stop(self, request: Request, recovery_id: UUID) -> Response:
        """It was not them. For the desk, and for whom it is about."""
        recovery = perform(request, StopRecoveryInput, services.stop_recovery, recovery_id=recovery_id)
        return Response(self.get_serializer(recovery).data)
