"""HTTP: days of attendance, and the weekly report."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.access import require_role
from fieldsvc.errors import must_exist
from fieldsvc.tables import TableView, table_response, tables, wants_table
from fieldsvc.time import now
from sync.http import actor_of, perform
from sync.serializing import validated
from tickets.attendance import access, selectors, services
from tickets.attendance import serializers as forms
from tickets.attendance.filters import AttendanceDayFilter
from tickets.attendance.models import AttendanceDay
from tickets.attendance.writing import attendance_table
from tickets.shifts.access import READERS
from tickets.shifts.days import DAY, day_of, must_be_monday


@extend_schema(tags=["shifts"])
class AttendanceDayViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[AttendanceDay]):
    """Who was there, day by day, the newest first. Technicians read their own."""

    queryset = AttendanceDay.objects.none()
    serializer_class = forms.AttendanceDayOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = AttendanceDayFilter
    ordering = ["-day"]
    ordering_fields = ["day"]

    def get_queryset(self) -> QuerySet[AttendanceDay]:
        return selectors.with_shown(access.visible_days(actor_of(self.request).user))

    @extend_schema(operation_id="attendance_days_retrieve", responses=forms.AttendanceDetailOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One day, and all that was ever said of it."""
        return _answer(must_exist(self.get_queryset().filter(pk=pk).first()))

    @extend_schema(
        operation_id="attendance_days_correct", request=forms.CorrectDayInput, responses=forms.AttendanceDetailOutput
    )
    def correct(self, request: Request, pk: UUID) -> Response:
        """Say when they really came and left, or excuse the day. For supervisors, and never of oneself."""
        return _answer(perform(request, forms.CorrectDayInput, services.correct_day, day_id=pk))


class AttendanceCorrectionView(APIView):
    """What somebody said of a day."""

    @extend_schema(
        operation_id="attendance_corrections_withdraw",
        tags=["shifts"],
        request=None,
        responses=forms.AttendanceDetailOutput,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Take it back. For supervisors, and never of oneself."""
        return _answer(perform(request, None, services.withdraw_correction, correction_id=pk))


class AttendanceReportView(TableView):
    """What a week of attendance amounts to."""

    @extend_schema(
        operation_id="reports_attendance",
        tags=["reports"],
        parameters=[forms.AttendanceQuery],
        responses=tables(forms.AttendanceReportOutput),
    )
    def get(self, request: Request) -> Response:
        """By technician and all together. For those who plan, of their own territories; not paged."""
        actor, asked = actor_of(request), validated(forms.AttendanceQuery, request.query_params)
        require_role(actor, *READERS)
        today = day_of(now(), ZoneInfo(actor.user.time_zone))
        week = asked.get("week") or today - today.weekday() * DAY
        must_be_monday(week)
        days = access.visible_days(actor.user)
        for name in ("territory", "technician"):
            days = days.filter(**{f"{name}__in": asked[name]}) if asked[name] else days
        rows = selectors.week_report(days, week)
        total = selectors.together(rows)
        if wants_table(request):
            language = asked.get("language", actor.user.language)
            return table_response(request, attendance_table(rows, total, week, language=language))
        told = [{"technician_id": row.technician_id, "technician_name": row.name, **_figures(row)} for row in rows]
        return Response({"week": week, "rows": told, "total": _figures(total)})


def _figures(row: selectors.WeekOf) -> dict[str, Any]:
    return {"attendance": row.attendance, **row.figures}


def _answer(day: AttendanceDay) -> Response:
    shown = selectors.with_shown(AttendanceDay.objects.filter(pk=day.pk)).get()
    corrections = shown.corrections.select_related("corrected_by", "withdrawn_by")
    said = forms.AttendanceCorrectionOutput(corrections, many=True).data
    return Response({**forms.AttendanceDayOutput(shown).data, "corrections": said})
