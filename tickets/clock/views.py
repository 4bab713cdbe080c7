"""HTTP: the clocks of a ticket and their explanation; calendars and policies."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from fieldsvc.errors import NotFound
from fieldsvc.time import now
from sync.http import actor_of, perform
from tickets.clock import access, configuration, selectors
from tickets.clock.filters import PeriodFilter
from tickets.clock.models import BusinessCalendar, PolicyPeriod, SlaPolicy, Target
from tickets.clock.serializers import (
    AddPeriodInput,
    CalendarOutput,
    ChangeCalendarInput,
    ChangePolicyInput,
    ClockExplanationOutput,
    ClockOutput,
    CreateCalendarInput,
    CreatePolicyInput,
    EndPeriodInput,
    ImportHolidaysInput,
    PeriodOutput,
    PolicyOutput,
)


class TicketClocksView(APIView):
    """The promises on one ticket. For staff."""

    @extend_schema(operation_id="tickets_clocks", tags=["clock"], responses=ClockOutput(many=True))
    def get(self, request: Request, ticket_id: UUID) -> Response:
        """Every clock of the ticket, the first one started first."""
        clocks = access.clocks_to_see(actor_of(request), ticket_id)
        return Response(ClockOutput(selectors.standings(clocks, at=now()), many=True).data)


class ClockExplanationView(APIView):
    """Why a promise stands as it does. For staff."""

    @extend_schema(
        operation_id="tickets_clocks_explanation",
        tags=["clock"],
        parameters=[
            OpenApiParameter("target", {"type": "string", "enum": Target.values}, OpenApiParameter.PATH),
            OpenApiParameter("round", {"type": "integer", "minimum": 1}, description="The newest without it."),
        ],
        responses=ClockExplanationOutput,
    )
    def get(self, request: Request, ticket_id: UUID, target: str) -> Response:
        """Every stretch of the clock's life, whether it counted and why."""
        clock = access.clock_to_see(actor_of(request), ticket_id, target, _round(request))
        return Response(ClockExplanationOutput(selectors.explain(clock, at=now())).data)


def _round(request: Request) -> int | None:
    number = request.query_params.get("round")
    if number is None:
        return None
    if not number.isdecimal() or len(number) > 4:
        raise NotFound()
    return int(number)


@extend_schema(tags=["clock"])
class CalendarViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[BusinessCalendar]):
    """When business time counts. Read by staff, written by administrators."""

    queryset = BusinessCalendar.objects.none()
    serializer_class = CalendarOutput
    filterset_fields = ["code", "time_zone"]
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[BusinessCalendar]:
        return access.visible_configuration(selectors.calendars_for_lists(), actor_of(self.request).user)

    @extend_schema(operation_id="calendars_create", request=CreateCalendarInput, responses={201: CalendarOutput})
    def create(self, request: Request) -> Response:
        """Add a calendar."""
        calendar = perform(request, CreateCalendarInput, configuration.create_calendar)
        return Response(CalendarOutput(calendar).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="calendars_change", request=ChangeCalendarInput, responses=CalendarOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a calendar; open clocks are reckoned anew within seconds."""
        calendar = perform(request, ChangeCalendarInput, configuration.change_calendar, calendar_id=pk)
        return Response(CalendarOutput(calendar).data)

    @extend_schema(operation_id="calendars_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a calendar that was never used."""
        configuration.delete_calendar(actor=actor_of(request), occurred_at=now(), calendar_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="calendars_import_holidays", request=ImportHolidaysInput, responses=CalendarOutput)
    def import_holidays(self, request: Request, pk: UUID) -> Response:
        """Add the public holidays of a country or a part of it; days that are there already stay."""
        calendar = perform(request, ImportHolidaysInput, configuration.import_holidays, calendar_id=pk)
        return Response(CalendarOutput(calendar).data)


@extend_schema(tags=["clock"])
class PolicyViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[SlaPolicy]):
    """What is promised. Read by staff, written by administrators."""

    queryset = SlaPolicy.objects.none()
    serializer_class = PolicyOutput
    filterset_fields = ["code"]
    search_fields = ["code", "name", "name_zh"]
    ordering_fields = ["code", "name"]
    ordering = ["code"]

    def get_queryset(self) -> QuerySet[SlaPolicy]:
        return access.visible_configuration(selectors.policies_for_lists(), actor_of(self.request).user)

    @extend_schema(operation_id="sla_policies_create", request=CreatePolicyInput, responses={201: PolicyOutput})
    def create(self, request: Request) -> Response:
        """Add a policy."""
        policy = perform(request, CreatePolicyInput, configuration.create_policy)
        return Response(PolicyOutput(policy).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="sla_policies_change", request=ChangePolicyInput, responses=PolicyOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a policy; open clocks are reckoned anew within seconds, closed ones keep their verdict."""
        policy = perform(request, ChangePolicyInput, configuration.change_policy, policy_id=pk)
        return Response(PolicyOutput(policy).data)

    @extend_schema(operation_id="sla_policies_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a policy that was never used."""
        configuration.delete_policy(actor=actor_of(request), occurred_at=now(), policy_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="sla_policies_add_period", request=AddPeriodInput, responses={201: PeriodOutput})
    def add_period(self, request: Request, pk: UUID) -> Response:
        """Let the policy hold from a moment on. What was reported before keeps its terms."""
        period = perform(request, AddPeriodInput, configuration.add_policy_period, policy_id=pk)
        return Response(PeriodOutput(period).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["clock"])
class PeriodViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[PolicyPeriod]):
    """When which policy holds, for what and for whom. Read by staff, written by administrators."""

    queryset = PolicyPeriod.objects.none()
    serializer_class = PeriodOutput
    filterset_class = PeriodFilter
    search_fields = ["customer_class", "policy__code", "service_type__code"]
    ordering_fields = ["holds_from"]
    ordering = ["-holds_from"]

    def get_queryset(self) -> QuerySet[PolicyPeriod]:
        return access.visible_configuration(selectors.periods_for_lists(), actor_of(self.request).user)

    @extend_schema(operation_id="policy_periods_end", request=EndPeriodInput, responses=PeriodOutput)
    def end(self, request: Request, pk: UUID) -> Response:
        """Let it end, now or at a later moment. Then the next best policy holds."""
        period = perform(request, EndPeriodInput, configuration.end_policy_period, period_id=pk)
        return Response(PeriodOutput(period).data)

    @extend_schema(operation_id="policy_periods_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete one that has not begun."""
        configuration.delete_policy_period(actor=actor_of(request), occurred_at=now(), period_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
