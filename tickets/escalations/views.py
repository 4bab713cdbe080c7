"""HTTP: escalations."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from sync.http import actor_of, perform
from sync.rows import with_related
from tickets.escalations import access, services
from tickets.escalations.filters import EscalationFilter
from tickets.escalations.models import Escalation
from tickets.escalations.serializers import EscalationOutput, GiveBackInput, TakeUpInput


@extend_schema(tags=["visits"])
class EscalationViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Escalation]):
    """Tickets that went to the next level: for the desk to see, for supervisors to decide."""

    queryset = Escalation.objects.none()
    serializer_class = EscalationOutput
    filterset_class = EscalationFilter
    search_fields = ["ticket__reference"]
    ordering_fields = ["escalated_at"]
    ordering = ["escalated_at"]

    def get_queryset(self) -> QuerySet[Escalation]:
        seen = access.visible_escalations(actor_of(self.request).user)
        return with_related(seen, ticket=("reference", "status", "territory"), taken_up_by=("name",))

    @extend_schema(operation_id="escalations_take_up", request=TakeUpInput, responses=EscalationOutput)
    def take_up(self, request: Request, pk: UUID) -> Response:
        """See to it, and answer for the ticket. For supervisors."""
        return self._answer(perform(request, TakeUpInput, services.take_up, escalation_id=pk))

    @extend_schema(operation_id="escalations_give_back", request=GiveBackInput, responses=EscalationOutput)
    def give_back(self, request: Request, pk: UUID) -> Response:
        """Let another supervisor see to it."""
        return self._answer(perform(request, GiveBackInput, services.give_back, escalation_id=pk))

    def _answer(self, escalation: Escalation) -> Response:
        return Response(EscalationOutput(self.get_queryset().get(pk=escalation.pk)).data)
