"""Shapes of speed tables over HTTP."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.travel.models import SpeedTable, check_bands, check_slow_hours


class BandInput(Input):
    """How fast one drives so far, as part of a longer way."""

    up_to_km = serializers.FloatField(allow_null=True, help_text="By road; null for the last band.")
    kmh = serializers.FloatField(help_text="1 to 300.")


class SlowHoursInput(Input):
    """A span of every day, by the wall clock of the territory."""

    opens = serializers.TimeField(format="%H:%M")
    closes = serializers.TimeField(format="%H:%M")
    percent = serializers.IntegerField(help_text="100 to 500: how long a drive takes then, of what it takes else.")


class SetSpeedTableInput(Input):
    """What is left out has its usual value."""

    territory_id = serializers.UUIDField(allow_null=True, default=None, help_text="Null: all that have no own.")
    detour_percent = serializers.IntegerField(min_value=100, max_value=500, default=130)
    parking_seconds = serializers.IntegerField(min_value=0, max_value=3600, default=180)
    bands = BandInput(many=True, required=False)
    slow_hours = SlowHoursInput(many=True, required=False)

    def validate_bands(self, bands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Raises ValidationError."""
        bands = [dict(band) for band in bands]
        check_bands(bands)
        return bands

    def validate_slow_hours(self, hours: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """As they are kept. Raises ValidationError."""
        kept = [{**span, "opens": f"{span['opens']:%H:%M}", "closes": f"{span['closes']:%H:%M}"} for span in hours]
        check_slow_hours(kept)
        return kept


class SpeedTableOutput(Output, serializers.ModelSerializer[SpeedTable]):
    """How fast people get about in a territory, or in all that have no table of their own."""

    territory_id = serializers.UUIDField(allow_null=True)
    bands = BandInput(many=True)
    slow_hours = SlowHoursInput(many=True)

    class Meta:
        model = SpeedTable
        fields = ["id", "territory_id", "detour_percent", "parking_seconds", "bands", "slow_hours"]
        read_only_fields = fields
