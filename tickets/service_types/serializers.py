"""Shapes of service types over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.service_types.models import ServiceType

FORM_SCHEMA = {"type": "object", "additionalProperties": True, "description": "JSON Schema (2020-12) of an object."}


@extend_schema_field(FORM_SCHEMA)
class FormField(serializers.JSONField):
    """An intake form."""


class CodedText(serializers.Serializer[Any]):
    """A line of a checklist, or a way in which a repair ends."""

    code = serializers.SlugField(max_length=40)
    text = serializers.CharField(max_length=200)
    text_zh = serializers.CharField(max_length=200, default="", allow_blank=True)


class ChangeServiceTypeInput(Input):
    """What changes; lists are replaced as a whole."""

    name = serializers.CharField(max_length=120, required=False)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    form = FormField(required=False)
    skills = serializers.ListField(
        child=serializers.SlugField(max_length=50), required=False, max_length=20, help_text="Codes."
    )
    policy_id = serializers.UUIDField(required=False, allow_null=True, help_text="Null: the standard policy.")
    checklist = serializers.ListField(child=CodedText(), required=False, max_length=100)
    resolution_codes = serializers.ListField(child=CodedText(), required=False, max_length=100)
    default_priority = serializers.IntegerField(min_value=1, max_value=4, required=False)
    visit_minutes = serializers.IntegerField(min_value=1, max_value=1440, required=False)
    duplicate_hours = serializers.IntegerField(
        min_value=0, max_value=720, required=False, help_text="How long a second report may be of the same fault."
    )
    repeat_days = serializers.IntegerField(
        min_value=0, max_value=365, required=False, help_text="How long after a resolution the fault comes back."
    )
    outage_tickets = serializers.IntegerField(
        min_value=2, max_value=1_000, required=False, help_text="So many of one fault in one area are an outage."
    )
    outage_minutes = serializers.IntegerField(
        min_value=1, max_value=1_440, required=False, help_text="Within so many minutes."
    )
    is_active = serializers.BooleanField(required=False)


class CreateServiceTypeInput(ChangeServiceTypeInput):
    """A new kind of service."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)


class ServiceTypeOutput(Output, serializers.ModelSerializer[ServiceType]):
    """A kind of service."""

    form = FormField()
    skills = serializers.SlugRelatedField[Any]("code", many=True, read_only=True)
    policy_id = serializers.UUIDField(allow_null=True)
    checklist = CodedText(many=True)
    resolution_codes = CodedText(many=True)

    class Meta:
        model = ServiceType
        fields = [
            "id",
            "code",
            "name",
            "name_zh",
            "form",
            "skills",
            "policy_id",
            "checklist",
            "resolution_codes",
            "default_priority",
            "visit_minutes",
            "duplicate_hours",
            "repeat_days",
            "outage_tickets",
            "outage_minutes",
            "is_active",
        ]
        read_only_fields = fields
