"""HTTP: plans of a day."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.rows import with_related
from tickets.routes import accepting, access, services
from tickets.routes.filters import PlannedStopFilter, RoutePlanFilter
from tickets.routes.models import DepotCounter, PlannedStop, RoutePlan
from tickets.routes.serializers import (
    AskPlanInput,
    DecideInput,
    DepotCounterOutput,
    PlannedStopOutput,
    RoutePlanOutput,
    SetDepotCounterInput,
)


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
class DepotCounterViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DepotCounter]):
    """Where depots hand parts out, so that plans lead by way of them. Read by the desk, written by administrators."""

    queryset = DepotCounter.objects.none()
    serializer_class = DepotCounterOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_fields = ["depot"]
    ordering = ["id"]
    ordering_fields = ["id"]

    def get_queryset(self) -> QuerySet[DepotCounter]:
        return with_related(access.depot_counters(actor_of(self.request)), depot=("code", "name"))

    @extend_schema(operation_id="depot_counters_set", request=SetDepotCounterInput, responses=DepotCounterOutput)
    def create(self, request: Request) -> Response:
        """Say where a depot hands parts out. There is one of each depot."""
        counter = perform(request, SetDepotCounterInput, services.set_depot_counter)
        return Response(DepotCounterOutput(counter).data)

    @extend_schema(operation_id="depot_counters_remove", responses={204: None})
    def destroy(self, request: Request, counter_id: UUID) -> Response:
        """Let no plan lead there any more."""
        services.remove_depot_counter(actor=actor_of(request), occurred_at=now(), counter_id=counter_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


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
        return with_related(stops, technician=("name",), ticket=("reference",), depot=("name",))
