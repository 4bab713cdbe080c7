"""HTTP: installations."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from sync.http import actor_of, perform
from tickets.installations import access, selectors, services
from tickets.installations.filters import InstallationFilter
from tickets.installations.models import Installation
from tickets.installations.serializers import AcceptInstallationInput, InstallationOutput, RejectInstallationInput


@extend_schema(tags=["visits"])
class InstallationViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Installation]):
    """What was newly put in, for the desk and who comes there; decided by those who have not done it."""

    queryset = Installation.objects.none()
    serializer_class = InstallationOutput
    filterset_class = InstallationFilter
    search_fields = ["ticket__reference"]
    ordering_fields = ["installed_at"]
    ordering = ["installed_at"]

    def get_queryset(self) -> QuerySet[Installation]:
        return selectors.with_shown(access.visible_installations(actor_of(self.request).user))

    @extend_schema(operation_id="installations_accept", request=AcceptInstallationInput, responses=InstallationOutput)
    def accept(self, request: Request, pk: UUID) -> Response:
        """It is in order: under warranty from now on."""
        return self._answer(perform(request, AcceptInstallationInput, services.accept_installation, installation_id=pk))

    @extend_schema(operation_id="installations_reject", request=RejectInstallationInput, responses=InstallationOutput)
    def reject(self, request: Request, pk: UUID) -> Response:
        """It is not in order."""
        return self._answer(perform(request, RejectInstallationInput, services.reject_installation, installation_id=pk))

    def _answer(self, installation: Installation) -> Response:
        return Response(InstallationOutput(self.get_queryset().get(pk=installation.pk)).data)
