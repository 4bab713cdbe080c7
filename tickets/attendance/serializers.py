"""Shapes of attendance."""

from typing import Any

from rest_framework import serializers

from accounts.models import Language
from sync.serializing import AnyField, Input, Output
from tickets.attendance.models import AttendanceCorrection, AttendanceDay
from tickets.attendance.selectors import COUNTS, SUMS
from tickets.reports.serializers import DAYS


class CorrectDayInput(Input):
    """When they really came and left (left out: as it was told), or that it is excused; and why."""

    came_at = serializers.DateTimeField(required=False)
    left_at = serializers.DateTimeField(required=False)
    excused = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=1_000)


class ToldByEventsOutput(serializers.Serializer[Any]):
    """What would hold by the events alone."""

    state = serializers.ChoiceField(AttendanceDay.State.choices)
    came_at = serializers.DateTimeField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True)
    worked_s = serializers.IntegerField()
    late_s = serializers.IntegerField()
    early_s = serializers.IntegerField()
    overtime_s = serializers.IntegerField()
    marks = serializers.ListField(child=serializers.ChoiceField(AttendanceDay.Mark.choices))


class AttendanceDayOutput(Output, serializers.ModelSerializer[AttendanceDay]):
    """A technician's day: what was planned, and what holds. Durations are in seconds."""

    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name")
    territory_id = serializers.UUIDField(allow_null=True)
    told = ToldByEventsOutput(
        allow_null=True, help_text="What the events alone say, where a correction says otherwise."
    )

    class Meta:
        model = AttendanceDay
        fields = [
            "id",
            "technician_id",
            "technician_name",
            "territory_id",
            "day",
            "planned_from",
            "planned_until",
            "planned_s",
            "away",
            "state",
            "came_at",
            "left_at",
            "worked_s",
            "late_s",
            "early_s",
            "overtime_s",
            "marks",
            "told",
        ]
        read_only_fields = fields


class AttendanceCorrectionOutput(Output, serializers.ModelSerializer[AttendanceCorrection]):
    """What somebody said of a day."""

    corrected_by_name = serializers.CharField(source="corrected_by.name")
    withdrawn_by_name = serializers.CharField(source="withdrawn_by.name", allow_null=True, default=None)

    class Meta:
        model = AttendanceCorrection
        fields = [
            "id",
            "came_at",
            "left_at",
            "excused",
            "reason",
            "corrected_by_name",
            "corrected_at",
            "withdrawn_by_name",
            "withdrawn_at",
        ]
        read_only_fields = fields


class AttendanceDetailOutput(AttendanceDayOutput):
    """A day, and all that was ever said of it besides, the newest first."""

    corrections = AttendanceCorrectionOutput(many=True)

    class Meta(AttendanceDayOutput.Meta):
        fields = [*AttendanceDayOutput.Meta.fields, "corrections"]
        read_only_fields = fields


class AttendanceQuery(Input):
    """A week, and whose."""

    week = serializers.DateField(required=False, validators=DAYS, help_text="Its Monday; this week unless told.")
    territory = serializers.ListField(child=serializers.UUIDField(), default=list)
    technician = serializers.ListField(child=serializers.UUIDField(), default=list)
    language = serializers.ChoiceField(Language.choices, required=False, help_text="Of tables; your own unless told.")


class AttendanceFiguresOutput(serializers.Serializer[Any]):
    """Days, seconds, and the share of attended days: see docs/attendance.md."""

    attendance = serializers.FloatField(allow_null=True)

    def get_fields(self) -> dict[str, AnyField]:
        """Those of the class, the counts and the sums."""
        counts: dict[str, AnyField] = {name: serializers.IntegerField() for name in (*COUNTS, *SUMS)}
        return {**super().get_fields(), **counts}


class AttendanceRowOutput(AttendanceFiguresOutput):
    """One technician."""

    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField()


class AttendanceReportOutput(serializers.Serializer[Any]):
    """The attendance of a week."""

    week = serializers.DateField()
    rows = AttendanceRowOutput(many=True)
    total = AttendanceFiguresOutput()
