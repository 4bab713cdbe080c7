"""Shapes of shifts and absences."""

from typing import Any

from rest_framework import serializers

from accounts.models import Language
from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.reports.serializers import DAYS
from tickets.shifts.models import Absence, Shift

MOST_PEOPLE = 500
"""So many are named at once."""


class PlacesInput(Input):
    """Where the shift begins and ends: a site, or coordinates; null: nowhere in particular."""

    start_site_id = serializers.UUIDField(required=False, allow_null=True)
    start_latitude = serializers.FloatField(required=False, allow_null=True)
    start_longitude = serializers.FloatField(required=False, allow_null=True)
    end_site_id = serializers.UUIDField(required=False, allow_null=True)
    end_latitude = serializers.FloatField(required=False, allow_null=True)
    end_longitude = serializers.FloatField(required=False, allow_null=True)
    kind = serializers.ChoiceField(Shift.Kind.choices, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class PlanShiftInput(PlacesInput):
    """Who works when."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one shift.")
    territory_id = serializers.UUIDField()
    technician_id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    break_starts_at = serializers.DateTimeField(required=False, allow_null=True)
    break_ends_at = serializers.DateTimeField(required=False, allow_null=True)


class ChangeShiftInput(PlacesInput):
    """What is to be different."""

    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    break_starts_at = serializers.DateTimeField(required=False, allow_null=True)
    break_ends_at = serializers.DateTimeField(required=False, allow_null=True)


class CancelShiftInput(Input):
    """Why nobody works then."""

    reason = serializers.CharField(max_length=500)


class SomePeopleInput(Input):
    """A territory, and perhaps only some of those who work there."""

    territory_id = serializers.UUIDField()
    technician_ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_PEOPLE, default=list, help_text="Nobody named: all of them."
    )


class PublishShiftsInput(SomePeopleInput):
    """A week, by its Monday."""

    week = serializers.DateField(validators=DAYS)


class CopyWeekInput(SomePeopleInput):
    """Two weeks, by their Mondays."""

    from_week = serializers.DateField(validators=DAYS)
    to_week = serializers.DateField(validators=DAYS)


class PatternLineInput(Input):
    """Hours of a weekday, by the wall clock of the territory. What is not after the beginning is of the next day."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    starts = serializers.TimeField()
    ends = serializers.TimeField()
    break_starts = serializers.TimeField(required=False, allow_null=True)
    break_ends = serializers.TimeField(required=False, allow_null=True)


class PlanPatternInput(PlacesInput):
    """The same weekdays for some people, from a day to another."""

    territory_id = serializers.UUIDField()
    technician_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_PEOPLE)
    first_day = serializers.DateField(validators=DAYS)
    last_day = serializers.DateField(validators=DAYS)
    pattern = serializers.ListField(child=PatternLineInput(), min_length=1, max_length=50)


class AskAbsenceInput(Input):
    """Whole days, or from one moment to another."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one absence.")
    kind = serializers.ChoiceField(Absence.Kind.choices)
    first_day = serializers.DateField(required=False, validators=DAYS)
    last_day = serializers.DateField(required=False, validators=DAYS)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class EnterAbsenceInput(AskAbsenceInput):
    """The same, of somebody who works in this territory."""

    territory_id = serializers.UUIDField()
    technician_id = serializers.UUIDField()


class ApproveAbsenceInput(Input):
    """What there is to say to it."""

    answer = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class RejectAbsenceInput(Input):
    """Why not."""

    answer = serializers.CharField(max_length=1_000)


class CancelAbsenceInput(Input):
    """Why not after all."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class CancelOwnAbsenceInput(CancelAbsenceInput):
    """Which one, from a phone."""

    absence_id = serializers.UUIDField()


class ShiftOutput(Output, serializers.ModelSerializer[Shift]):
    """A shift as it is planned."""

    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name")
    territory_id = serializers.UUIDField()
    start_site_id = serializers.UUIDField(allow_null=True)
    end_site_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Shift
        fields = [
            "id",
            "technician_id",
            "technician_name",
            "territory_id",
            "kind",
            "state",
            "starts_at",
            "ends_at",
            "break_starts_at",
            "break_ends_at",
            "start_site_id",
            "start_latitude",
            "start_longitude",
            "end_site_id",
            "end_latitude",
            "end_longitude",
            "note",
            "published_at",
            "cancelled_at",
            "cancel_reason",
        ]
        read_only_fields = fields


class AbsenceOutput(Output, serializers.ModelSerializer[Absence]):
    """An absence, and what became of it."""

    technician_id = serializers.UUIDField()
    technician_name = serializers.CharField(source="technician.name")
    territory_id = serializers.UUIDField(allow_null=True, help_text="Whose desk decides; null: that of all.")
    decided_by_name = serializers.CharField(source="decided_by.name", allow_null=True, default=None)

    class Meta:
        model = Absence
        fields = [
            "id",
            "technician_id",
            "technician_name",
            "territory_id",
            "kind",
            "state",
            "starts_at",
            "ends_at",
            "first_day",
            "last_day",
            "reason",
            "asked_at",
            "decided_by_name",
            "decided_at",
            "answer",
            "cancelled_at",
            "cancel_reason",
        ]
        read_only_fields = fields


class PlannedVisitOutput(serializers.Serializer[Any]):
    """A visit that was planned for somebody who is away then."""

    id = serializers.UUIDField()
    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    status = serializers.CharField()
    window_start = serializers.DateTimeField()
    window_end = serializers.DateTimeField()


class AbsenceDetailOutput(AbsenceOutput):
    """The same, and the visits that are in the way."""

    planned_visits = PlannedVisitOutput(many=True)

    class Meta(AbsenceOutput.Meta):
        fields = [*AbsenceOutput.Meta.fields, "planned_visits"]
        read_only_fields = fields


class PublishedOutput(serializers.Serializer[Any]):
    """How many shifts were published."""

    published = serializers.IntegerField()


class SkippedShiftOutput(serializers.Serializer[Any]):
    """What was not planned, and why."""

    technician_id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    why = serializers.ChoiceField(["overlaps", "absent", "in_past", "no_such_hour", "not_a_technician"])


class PlannedShiftsOutput(serializers.Serializer[Any]):
    """The drafts that were made, and what was left out."""

    planned = serializers.ListField(child=serializers.UUIDField())
    skipped = SkippedShiftOutput(many=True)


class WeekQuery(Input):
    """A week of a territory."""

    territory = serializers.UUIDField()
    week = serializers.DateField(required=False, validators=DAYS, help_text="Its Monday; this week unless told.")
    language = serializers.ChoiceField(Language.choices, required=False, help_text="Of tables; your own unless told.")


class WeekRowOutput(serializers.Serializer[Any]):
    """What is planned for one technician."""

    technician = PersonOutput()
    shifts = ShiftOutput(many=True)
    absences = AbsenceOutput(many=True)
    planned_s = serializers.IntegerField(help_text="Seconds: shifts on duty, less breaks, less absences.")


class WeekPlanOutput(serializers.Serializer[Any]):
    """Who works when in a week."""

    territory_id = serializers.UUIDField()
    week = serializers.DateField()
    rows = WeekRowOutput(many=True)
