"""Shapes of calendar links."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Output
from tickets.calendar_links.models import CalendarLink


class CalendarLinkOutput(Output, serializers.ModelSerializer[CalendarLink]):
    """That there is one. Its address is shown only when it is made."""

    class Meta:
        model = CalendarLink
        fields = ["made_at"]
        read_only_fields = fields


class NewCalendarLinkOutput(Output, serializers.Serializer[Any]):
    """The address for calendar apps, this one time: whoever knows it reads the visits."""

    url = serializers.URLField()
