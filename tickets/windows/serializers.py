"""Shapes of windows over HTTP."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import OnBehalfOfInput
from tickets.windows.models import OfferedWindow


class ChooseWindowRequest(OnBehalfOfInput):
    """One of the windows on offer."""

    window_start = serializers.DateTimeField()
    window_end = serializers.DateTimeField()


class SpanOutput(Output, serializers.Serializer[Any]):
    """A span of time in which somebody comes."""

    window_start = serializers.DateTimeField()
    window_end = serializers.DateTimeField()


class WindowChoiceOutput(Output, serializers.Serializer[Any]):
    """What may be chosen, and what holds now."""

    offered = SpanOutput(many=True)
    current = SpanOutput(allow_null=True, help_text="Of the planned visit, else what was chosen.")
    planned = serializers.BooleanField(help_text="A technician was found for it.")
    change_until = serializers.DateTimeField(allow_null=True, help_text="Until when the planned visit can be moved.")


class OfferWindowInput(Input):
    """Hours of a weekday, by the wall clock of the territory."""

    territory_id = serializers.UUIDField()
    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    opens = serializers.TimeField()
    closes = serializers.TimeField()


class OfferedWindowOutput(Output, serializers.ModelSerializer[OfferedWindow]):
    """Hours of a weekday in which residents may have somebody come."""

    territory_id = serializers.UUIDField()

    class Meta:
        model = OfferedWindow
        fields = ["id", "territory_id", "weekday", "opens", "closes"]
        read_only_fields = fields
