"""HTTP: the plan of shifts, and absences."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from fieldsvc.tables import TableView, table_response, tables, wants_table
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import Form, validated
from tickets.shifts import absences, access, selectors, services, weeks
from tickets.shifts import serializers as forms
from tickets.shifts.days import DAY, day_of, must_be_monday
from tickets.shifts.filters import AbsenceFilter, ShiftFilter
from tickets.shifts.models import Absence, Shift
from tickets.visits.access import visible_visits


@extend_schema(tags=["shifts"])
class ShiftViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Shift]):
    """Who works when. Planned by dispatchers and supervisors of the territory; technicians see their own."""

    queryset = Shift.objects.none()
    serializer_class = forms.ShiftOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = ShiftFilter
    ordering = ["starts_at"]
    ordering_fields = ["starts_at"]

    def get_queryset(self) -> QuerySet[Shift]:
        return selectors.with_shown(access.visible_shifts(actor_of(self.request).user))

    @extend_schema(operation_id="shifts_plan", request=forms.PlanShiftInput, responses={201: forms.ShiftOutput})
    def create(self, request: Request) -> Response:
        """Plan a shift. Its technician hears of it when it is published."""
        shift = perform(request, forms.PlanShiftInput, services.plan_shift)
        return Response(forms.ShiftOutput(shift).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="shifts_change", request=forms.ChangeShiftInput, responses=forms.ShiftOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Other hours, another place. Of what was published the technician hears."""
        shift = perform(request, forms.ChangeShiftInput, services.change_shift, shift_id=pk)
        return Response(forms.ShiftOutput(shift).data)

    @extend_schema(operation_id="shifts_cancel", request=forms.CancelShiftInput, responses=forms.ShiftOutput)
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Nobody works then after all."""
        shift = perform(request, forms.CancelShiftInput, services.cancel_shift, shift_id=pk)
        return Response(forms.ShiftOutput(shift).data)

    @extend_schema(operation_id="shifts_publish", request=forms.PublishShiftsInput, responses=forms.PublishedOutput)
    def publish(self, request: Request) -> Response:
        """Let the technicians know what was planned for a week."""
        published = perform(request, forms.PublishShiftsInput, services.publish_shifts)
        return Response({"published": published})

    @extend_schema(
        operation_id="shifts_copy_week", request=forms.CopyWeekInput, responses={201: forms.PlannedShiftsOutput}
    )
    def copy_week(self, request: Request) -> Response:
        """Plan a week like another one: drafts, where they go."""
        return self._planned(perform(request, forms.CopyWeekInput, services.copy_week))

    @extend_schema(
        operation_id="shifts_plan_pattern", request=forms.PlanPatternInput, responses={201: forms.PlannedShiftsOutput}
    )
    def plan_pattern(self, request: Request) -> Response:
        """Plan the same weekdays for some people: drafts, where they go."""
        return self._planned(perform(request, forms.PlanPatternInput, services.plan_pattern))

    def _planned(self, plan: services.Plan) -> Response:
        made = {"planned": [shift.pk for shift in plan.planned], "skipped": plan.skipped}
        return Response(forms.PlannedShiftsOutput(made).data, status.HTTP_201_CREATED)


class WeekPlanView(TableView):
    """Who works when in a week."""

    @extend_schema(
        operation_id="shifts_week",
        tags=["shifts"],
        parameters=[forms.WeekQuery],
        responses=tables(forms.WeekPlanOutput),
    )
    def get(self, request: Request) -> Response:
        """All technicians of a territory, with their shifts and absences. For those who plan; not paged."""
        actor, asked = actor_of(request), validated(forms.WeekQuery, request.query_params)
        territory = access.territory_to_plan(actor, asked["territory"], roles=access.READERS)
        today = day_of(now(), ZoneInfo(territory.time_zone))
        week = asked.get("week") or today - today.weekday() * DAY
        must_be_monday(week)
        rows = weeks.week_plan(territory, week)
        if wants_table(request):
            language = asked.get("language", actor.user.language)
            return table_response(request, weeks.week_table(territory, week, rows, language=language))
        found = {"territory_id": territory.pk, "week": week, "rows": rows}
        return Response(forms.WeekPlanOutput(found).data)


@extend_schema(tags=["shifts"])
class AbsenceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Absence]):
    """Who is away. Technicians ask, a supervisor decides; or those who plan enter what they were told."""

    queryset = Absence.objects.none()
    serializer_class = forms.AbsenceOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = AbsenceFilter
    ordering = ["-starts_at"]
    ordering_fields = ["starts_at"]

    def get_queryset(self) -> QuerySet[Absence]:
        return selectors.absences_with_shown(access.visible_absences(actor_of(self.request).user))

    @extend_schema(operation_id="absences_retrieve", responses=forms.AbsenceDetailOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One absence, and the visits that are planned in it."""
        return self._answer(request, access.absence_to_see(actor_of(request), pk).pk)

    @extend_schema(
        operation_id="absences_ask", request=forms.AskAbsenceInput, responses={201: forms.AbsenceDetailOutput}
    )
    def create(self, request: Request) -> Response:
        """Ask to be away. For technicians."""
        absence = perform(request, forms.AskAbsenceInput, absences.ask_absence)
        return self._answer(request, absence.pk, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="absences_enter", request=forms.EnterAbsenceInput, responses={201: forms.AbsenceDetailOutput}
    )
    def enter(self, request: Request) -> Response:
        """Write down that somebody is away; it stands as approved. For those who plan."""
        absence = perform(request, forms.EnterAbsenceInput, absences.enter_absence)
        return self._answer(request, absence.pk, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="absences_approve", request=forms.ApproveAbsenceInput, responses=forms.AbsenceDetailOutput
    )
    def approve(self, request: Request, pk: UUID) -> Response:
        """Let them be away. For supervisors; nobody approves their own."""
        return self._step(request, forms.ApproveAbsenceInput, absences.approve_absence, pk)

    @extend_schema(
        operation_id="absences_reject", request=forms.RejectAbsenceInput, responses=forms.AbsenceDetailOutput
    )
    def reject(self, request: Request, pk: UUID) -> Response:
        """Say why they cannot be away. For supervisors."""
        return self._step(request, forms.RejectAbsenceInput, absences.reject_absence, pk)

    @extend_schema(
        operation_id="absences_cancel", request=forms.CancelAbsenceInput, responses=forms.AbsenceDetailOutput
    )
    def cancel(self, request: Request, pk: UUID) -> Response:
        """They come after all; of what has begun the rest is cancelled. For whoever is away, and those who plan."""
        return self._step(request, forms.CancelAbsenceInput, absences.cancel_absence, pk)

    def _step(self, request: Request, form: type[Form], command: Callable[..., Absence], pk: UUID) -> Response:
        return self._answer(request, perform(request, form, command, absence_id=pk).pk)

    def _answer(self, request: Request, pk: UUID, code: int = status.HTTP_200_OK) -> Response:
        absence = selectors.absences_with_shown(Absence.objects.filter(pk=pk)).get()
        seen = selectors.planned_visits(absence) & visible_visits(actor_of(request).user)
        visits = forms.PlannedVisitOutput(seen.select_related("ticket"), many=True)
        return Response({**forms.AbsenceOutput(absence).data, "planned_visits": visits.data}, code)
