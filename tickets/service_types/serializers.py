"""Shapes of service types over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from parts.catalogue.models import Part
from parts.quantities import QuantityField
from sync.serializing import Input, Output, body_of
from tickets.audiences import RESIDENT, ByAudience
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


class LikelyPartInput(Input):
    """A part that is likely to be needed, and how much of it as a rule."""

    part_id = serializers.UUIDField()
    quantity = QuantityField(required=False, allow_null=True, help_text="In the part's unit. Null: who knows.")


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
    paid_work_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Item of the price list: work for which customers pay."
    )
    is_installation = serializers.BooleanField(required=False)
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
    likely_parts = serializers.ListField(
        child=LikelyPartInput(), required=False, max_length=50, help_text="The first to think of first."
    )
    is_active = serializers.BooleanField(required=False)


class CreateServiceTypeInput(ChangeServiceTypeInput):
    """A new kind of service."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)


class LikelyPartOutput(Output, serializers.Serializer[Any]):
    """A part to take along: the one that is fitted today, also where somebody named one whose place it has taken."""

    part_id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    unit = serializers.ChoiceField(Part.Unit.choices)
    quantity = QuantityField(allow_null=True, help_text="As a rule. Null: nobody said.")


class LikelyPartInVanOutput(LikelyPartOutput):
    """The same, and how much of it the technician has."""

    in_van = QuantityField(
        allow_null=True, help_text="In good condition. Null: the technician has no van, or none that you see."
    )


class ServiceTypeOutput(ByAudience, serializers.ModelSerializer[ServiceType]):
    """A kind of service. What to take along is for those who work here."""

    form = FormField()
    skills = serializers.SlugRelatedField[Any]("code", many=True, read_only=True)
    policy_id = serializers.UUIDField(allow_null=True)
    paid_work_id = serializers.UUIDField(allow_null=True)
    checklist = CodedText(many=True)
    resolution_codes = CodedText(many=True)
    likely_parts = serializers.SerializerMethodField()

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
            "paid_work_id",
            "is_installation",
            "visit_minutes",
            "duplicate_hours",
            "repeat_days",
            "outage_tickets",
            "outage_minutes",
            "is_active",
            "likely_parts",
        ]

    RESIDENT_SEES = frozenset(Meta.fields) - {"likely_parts"}

    def audience_of(self, row: ServiceType, viewer: User) -> str:
        return "desk" if viewer.works_here else RESIDENT

    @extend_schema_field(LikelyPartOutput(many=True))
    def get_likely_parts(self, service_type: ServiceType) -> Any:
        return [*map(body_of(LikelyPartOutput), self.context["likely_parts"].get(service_type.pk, ()))]
