"""Shapes of doubts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.doubts.models import Doubt
from tickets.doubts.reasons import REASONS, told
from tickets.visits.serializers import CheckInOutput


class LookAtDoubtInput(Input):
    """What is to be made of it."""

    note = serializers.CharField(max_length=1_000)


class ReasonOutput(serializers.Serializer[Any]):
    """Something that speaks against it, and how many points it costs."""

    code = serializers.ChoiceField([*REASONS])
    points = serializers.IntegerField()
    text = serializers.CharField()
    text_zh = serializers.CharField()


class DoubtOutput(Output, serializers.ModelSerializer[Doubt]):
    """A check-in, how far it can be trusted, and why not."""

    check_in = CheckInOutput()
    reasons = serializers.SerializerMethodField()
    looked_by_name = serializers.CharField(source="looked_by.name", allow_null=True, default=None)

    class Meta:
        model = Doubt
        fields = ["id", "check_in", "score", "reasons", "looked_at", "looked_by_name", "note"]
        read_only_fields = fields

    @extend_schema_field(ReasonOutput(many=True))
    def get_reasons(self, doubt: Doubt) -> list[dict[str, Any]]:
        return told(doubt.reasons)
