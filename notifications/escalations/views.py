"""HTTP: plans of escalation."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.escalations import access, plans
from notifications.escalations.models import EscalationPlan
from notifications.escalations.serializers import (
    ChangeEscalationPlanInput,
    CreateEscalationPlanInput,
    EscalationPlanOutput,
)
from sync.http import actor_of, perform


@extend_schema(tags=["notifications"])
class EscalationPlanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[EscalationPlan]):
    """What happens while nobody acknowledges. Read by those who dispatch and supervise, written by administrators."""

    queryset = EscalationPlan.objects.none()
    serializer_class = EscalationPlanOutput
    lookup_url_kwarg = "plan_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["kind", "territory"]
    ordering = ["kind"]
    ordering_fields = ["kind"]

    def get_queryset(self) -> QuerySet[EscalationPlan]:
        return access.plans(actor_of(self.request))

    @extend_schema(
        operation_id="escalation_plans_create", request=CreateEscalationPlanInput, responses={201: EscalationPlanOutput}
    )
    def create(self, request: Request) -> Response:
        """Add a plan for a kind of notice, a territory, both, or everything."""
        plan = perform(request, CreateEscalationPlanInput, plans.create_plan)
        return Response(EscalationPlanOutput(plan).data, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="escalation_plans_change", request=ChangeEscalationPlanInput, responses=EscalationPlanOutput
    )
    def partial_update(self, request: Request, plan_id: UUID) -> Response:
        """Change the steps, for notices from now on."""
        plan = perform(request, ChangeEscalationPlanInput, plans.change_plan, plan_id=plan_id)
        return Response(EscalationPlanOutput(plan).data)

    @extend_schema(operation_id="escalation_plans_remove", request=None, responses={204: None})
    def destroy(self, request: Request, plan_id: UUID) -> Response:
        """Remove a plan: the next less exact one counts again."""
        perform(request, None, plans.remove_plan, plan_id=plan_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
