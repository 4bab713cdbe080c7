"""Shapes of plans, service lives and inspections."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.fields import JsonObjectField
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife

STATES = ("due", "overdue", "done", "cancelled", "skipped")


class ChangePlanInput(Input):
    """Terms of a plan."""

    name = serializers.CharField(max_length=200, required=False)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    service_type_id = serializers.UUIDField(required=False)
    details = JsonObjectField(required=False, help_text="Answers of the service type's form.")
    territory_id = serializers.UUIDField(required=False, allow_null=True)
    asset_kind = serializers.CharField(max_length=80, required=False, allow_blank=True)
    customer_class = serializers.SlugField(max_length=40, required=False, allow_blank=True)
    rule = serializers.CharField(max_length=200, required=False, help_text="RFC 5545: FREQ=MONTHLY;BYMONTHDAY=1")
    starts_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False, allow_null=True)
    lead_days = serializers.IntegerField(required=False, min_value=0, max_value=366)
    calendar_id = serializers.UUIDField(required=False, allow_null=True)
    shift = serializers.ChoiceField(InspectionPlan.Shift.choices, required=False)


class PlanTermsInput(ChangePlanInput):
    """A plan that is not there yet."""

    service_type_id = serializers.UUIDField()
    subject = serializers.ChoiceField(InspectionPlan.Subject.choices)
    rule = serializers.CharField(max_length=200, help_text="RFC 5545: FREQ=MONTHLY;BYMONTHDAY=1")
    starts_on = serializers.DateField()


class CreatePlanInput(PlanTermsInput):
    """A new plan."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=60)
    name = serializers.CharField(max_length=200)


class PreviewPlanInput(PlanTermsInput):
    """A plan to look at before it is saved, and how many of its next dates."""

    count = serializers.IntegerField(required=False, min_value=1, max_value=100, default=12)


class EndPlanInput(Input):
    """The first day on which it holds no more, and what becomes of open tickets."""

    ends_on = serializers.DateField()
    cancel_open = serializers.BooleanField()
    reason = serializers.CharField(max_length=1000)


class SkipInspectionInput(Input):
    """Why not."""

    reason = serializers.CharField(max_length=1000)


class SkipComingInput(SkipInspectionInput):
    """Which of the plan's days, for which equipment or contract, and why not."""

    day = serializers.DateField()
    asset_id = serializers.UUIDField(required=False)
    account_id = serializers.UUIDField(required=False)


class ChangeLifeInput(Input):
    """Terms of a service life."""

    months = serializers.IntegerField(required=False, min_value=1, max_value=1200)
    service_type_id = serializers.UUIDField(required=False)
    details = JsonObjectField(required=False, help_text="Answers of the service type's form.")
    lead_days = serializers.IntegerField(required=False, min_value=0, max_value=366)
    valid_until = serializers.DateField(required=False, allow_null=True)


class CreateLifeInput(ChangeLifeInput):
    """How long a component may serve; without a name, the equipment as a whole."""

    id = serializers.UUIDField(required=False)
    asset_kind = serializers.CharField(max_length=80)
    component = serializers.CharField(max_length=80, required=False, allow_blank=True)
    months = serializers.IntegerField(min_value=1, max_value=1200)
    service_type_id = serializers.UUIDField()
    territory_id = serializers.UUIDField(required=False, allow_null=True)
    valid_from = serializers.DateField()


class PlanOutput(Output, serializers.ModelSerializer[InspectionPlan]):
    """A plan. `last_error` says why a ticket could not be raised, until it can."""

    service_type_id = serializers.UUIDField()
    territory_id = serializers.UUIDField(allow_null=True)
    calendar_id = serializers.UUIDField(allow_null=True)
    details = serializers.DictField()

    class Meta:
        model = InspectionPlan
        fields = [
            "id",
            "code",
            "name",
            "name_zh",
            "service_type_id",
            "details",
            "territory_id",
            "subject",
            "asset_kind",
            "customer_class",
            "rule",
            "starts_on",
            "ends_on",
            "lead_days",
            "calendar_id",
            "shift",
            "last_error",
        ]
        read_only_fields = fields


class DueOutput(serializers.Serializer[Any]):
    """A day by the rule, and the day on which the inspection is due then."""

    day = serializers.DateField()
    period = serializers.CharField()
    due_on = serializers.DateField()


class PlanPreviewOutput(serializers.Serializer[Any]):
    """The next dates, and for how much equipment or how many contracts tickets would be raised now."""

    dates = DueOutput(many=True)
    subjects = serializers.IntegerField()


class EndedOutput(serializers.Serializer[Any]):
    """The plan, the tickets that were cancelled, and those that stay as somebody is to go there."""

    plan = PlanOutput()
    cancelled = serializers.ListField(child=serializers.UUIDField())
    kept = serializers.ListField(child=serializers.UUIDField())


class LifeOutput(Output, serializers.ModelSerializer[ServiceLife]):
    """How long a component may serve."""

    service_type_id = serializers.UUIDField()
    territory_id = serializers.UUIDField(allow_null=True)
    details = serializers.DictField()

    class Meta:
        model = ServiceLife
        fields = [
            "id",
            "asset_kind",
            "component",
            "months",
            "service_type_id",
            "details",
            "territory_id",
            "lead_days",
            "valid_from",
            "valid_until",
            "last_error",
        ]
        read_only_fields = fields


class InspectionOutput(Output, serializers.ModelSerializer[Inspection]):
    """What fell due, and what became of it."""

    plan_id = serializers.UUIDField(allow_null=True)
    life_id = serializers.UUIDField(allow_null=True)
    asset_id = serializers.UUIDField(allow_null=True)
    account_id = serializers.UUIDField(allow_null=True)
    ticket_id = serializers.UUIDField(allow_null=True)
    ticket_reference = serializers.CharField(source="ticket.reference", allow_null=True, default=None)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Inspection
        fields = [
            "id",
            "plan_id",
            "life_id",
            "asset_id",
            "account_id",
            "component",
            "period",
            "due_on",
            "state",
            "ticket_id",
            "ticket_reference",
            "raised_at",
            "skipped_at",
            "skip_reason",
        ]
        read_only_fields = fields

    def get_state(self, inspection: Inspection) -> str:
        return inspection.state_on(self.context["today"])
