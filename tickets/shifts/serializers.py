"""Shapes of shifts and absences."""

from rest_framework import serializers

from sync.serializing import Output
from tickets.shifts.models import Absence, Shift


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
