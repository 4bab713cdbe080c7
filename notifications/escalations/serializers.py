"""Shapes of plans over HTTP."""

from typing import Any

from rest_framework import serializers

from notifications.escalations.models import EscalationPlan
from notifications.escalations.steps import LONGEST, Way
from sync.serializing import Input


class EscalationStepInput(Input):
    """One step."""

    minutes = serializers.IntegerField(min_value=0, max_value=LONGEST, help_text="After the notice was sent.")
    way = serializers.ChoiceField(Way.choices)


class ChangeEscalationPlanInput(Input):
    """Other steps, in their order. None: nobody hears of it."""

    steps = EscalationStepInput(many=True)


class CreateEscalationPlanInput(ChangeEscalationPlanInput):
    """A new plan."""

    id = serializers.UUIDField(required=False)
    kind = serializers.CharField(
        max_length=50, required=False, allow_blank=True, help_text="Empty: every kind that asks for acknowledgement."
    )
    territory_id = serializers.UUIDField(required=False, allow_null=True, help_text="Null: everywhere.")


class EscalationStepOutput(serializers.Serializer[Any]):
    """One step of a plan."""

    minutes = serializers.IntegerField()
    way = serializers.ChoiceField(Way.choices)


class EscalationPlanOutput(serializers.ModelSerializer[EscalationPlan]):
    """A plan."""

    territory_id = serializers.UUIDField(allow_null=True)
    steps = EscalationStepOutput(many=True)

    class Meta:
        model = EscalationPlan
        fields = ["id", "kind", "territory_id", "steps"]
        read_only_fields = fields
