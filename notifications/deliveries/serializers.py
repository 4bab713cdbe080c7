"""Shapes of deliveries."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications.deliveries.selectors import StepTaken, steps_of
from notifications.escalations.steps import Way
from notifications.messages.models import Message
from notifications.notices.models import Notice
from notifications.notices.serializers import NoticeSubjectOutput
from sync.serializing import Output


class ToldOutput(serializers.Serializer[Any]):
    """Somebody who was told."""

    id = serializers.UUIDField(source="person.pk")
    name = serializers.CharField(source="person")
    acknowledged_at = serializers.DateTimeField(allow_null=True)


class DeliveryStepOutput(serializers.Serializer[Any]):
    """A step of the plan, as it was when the notice was sent."""

    minutes = serializers.IntegerField()
    way = serializers.ChoiceField(Way.choices)
    due_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True, help_text="Null: not yet, or not needed any more.")
    told = ToldOutput(many=True)


class DeliveryMessageOutput(Output, serializers.ModelSerializer[Message]):
    """What went out of the house, and how that went."""

    class Meta:
        model = Message
        fields = ["id", "channel", "status", "attempts", "created_at", "sent_at", "last_error"]
        read_only_fields = fields


class DeliveryOutput(serializers.ModelSerializer[Notice]):
    """How a notice went, without its words."""

    subject = NoticeSubjectOutput(source="*")
    ticket_id = serializers.UUIDField(allow_null=True)
    territory_id = serializers.UUIDField(allow_null=True)
    person_id = serializers.UUIDField(source="user_id")
    person = serializers.CharField(source="user")
    waiting = serializers.SerializerMethodField(help_text="Another step comes unless somebody acknowledges.")
    messages = DeliveryMessageOutput(many=True)
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = [
            "id",
            "kind",
            "person_id",
            "person",
            "subject",
            "ticket_id",
            "territory_id",
            "urgent",
            "wants_ack",
            "created_at",
            "acknowledged_at",
            "waiting",
            "messages",
            "steps",
        ]
        read_only_fields = fields

    def get_waiting(self, notice: Notice) -> bool:
        return notice.escalate_at is not None

    @extend_schema_field(DeliveryStepOutput(many=True))
    def get_steps(self, notice: Notice) -> Any:
        steps: Iterable[StepTaken] = steps_of(notice)
        return DeliveryStepOutput(list(steps), many=True).data
