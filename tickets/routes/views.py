"""HTTP: plans of a day."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from sync.http import actor_of, perform
from sync.rows import with_related
from tickets.routes import accepting, access, services
from tickets.routes.filters import PlannedStopFilter, RoutePlanFilter
from tickets.routes.models import PlannedStop, RoutePlan
from tickets.routes.serializers import AskPlanInput, DecideInput, PlannedStopOutput, RoutePlanOutput


@extend_schema(tags=["routes"])
class RoutePlanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RoutePlan]):
    """Plans of a day. For dispatchers and supervisors of its territory."""

    queryset = RoutePlan.objects.none()
    serializer_class = RoutePlanOutput
    lookup_url_kwarg = "plan_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = RoutePlanFilter
    ordering = ["-asked_at"]
    ordering_fields = ["asked_at"]

    def get_queryset(self) -> QuerySet[RoutePlan]:
        actor = actor_of(self.request)
        return access.listed_plans(actor) if self.action == "list" else access.visible_plans(actor)

    @extend_schema(operation_id="route_plans_ask", request=AskPlanInput, responses={202: RoutePlanOutput})
    def create(self, request: Request) -> Response:
        """Have a day planned. It takes up to a minute: read the plan to see how far it is."""
        plan = perform(request, AskPlanInput, services.ask_plan)
        return Response(RoutePlanOutput(plan).data, status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="route_plans_cancel", request=None, responses=RoutePlanOutput)
    def cancel(self, request: Request, plan_id: UUID) -> Response:
        """Stop planning."""
        plan = perform(request, None, services.cancel_plan, plan_id=plan_id)
        return Response(RoutePlanOutput(plan).data)

    @extend_schema(operation_id="route_plans_accept", request=DecideInput, responses=PlannedStopOutput(many=True))
    def accept(self, request: Request, plan_id: UUID) -> Response:
        """Do what it says, as a whole or in part. Answers its stops: accepted, or refused with the reason."""
        stops = perform(request, DecideInput, accepting.accept_plan, plan_id=plan_id)
        return Response(PlannedStopOutput(stops, many=True).data)

    @extend_schema(operation_id="route_plans_undo", request=DecideInput, responses=PlannedStopOutput(many=True))
    def undo(self, request: Request, plan_id: UUID) -> Response:
        """Take back what was accepted, where nothing has happened since."""
        stops = perform(request, DecideInput, accepting.undo_plan, plan_id=plan_id)
        return Response(PlannedStopOutput(stops, many=True).data)


@extend_schema(tags=["routes"])
class PlannedStopViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[PlannedStop]):
    """The stops of a plan, one technician after the other, each in the order of the day."""

    queryset = PlannedStop.objects.none()
    serializer_class = PlannedStopOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = PlannedStopFilter
    ordering = ["position"]
    ordering_fields = ["position"]

    def get_queryset(self) -> QuerySet[PlannedStop]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        stops = access.stops_to_see(actor_of(self.request), self.kwargs["plan_id"])
        return with_related(stops, technician=("name",), ticket=("reference",))
