"""Shapes of choices."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications import kinds
from notifications.choices.models import NoticeChoices
from sync.serializing import Input


class NoticeChoiceInput(Input):
    """One thing that somebody says."""

    kind = serializers.CharField(max_length=50, allow_blank=True, help_text="Empty: of every other kind.")
    channel = serializers.ChoiceField(NoticeChoices.Channel.choices)
    wanted = serializers.BooleanField()


class NoticeChoicesInput(Input):
    """All that somebody chooses, in place of what they chose before."""

    quiet_from = serializers.TimeField(required=False, allow_null=True, help_text="By their own wall clock.")
    quiet_until = serializers.TimeField(required=False, allow_null=True)
    digest = serializers.ChoiceField(NoticeChoices.Digest.choices, required=False)
    choices = NoticeChoiceInput(many=True)


class NoticeChoiceOutput(serializers.Serializer[Any]):
    """One of them."""

    kind = serializers.CharField()
    channel = serializers.ChoiceField(NoticeChoices.Channel.choices)
    wanted = serializers.BooleanField()


class NoticeChoicesOutput(serializers.ModelSerializer[NoticeChoices]):
    """All that somebody has chosen; `can_wait` are the kinds that a digest gathers."""

    choices = serializers.SerializerMethodField()
    can_wait = serializers.SerializerMethodField()

    class Meta:
        model = NoticeChoices
        fields = ["quiet_from", "quiet_until", "digest", "choices", "can_wait"]
        read_only_fields = fields

    @extend_schema_field(NoticeChoiceOutput(many=True))
    def get_choices(self, chosen: NoticeChoices) -> list[dict[str, Any]]:
        return [
            {"kind": kind, "channel": channel, "wanted": wanted}
            for kind, said in sorted(chosen.wanted.items())
            for channel, wanted in sorted(said.items())
        ]

    def get_can_wait(self, chosen: NoticeChoices) -> list[str]:
        return sorted(kinds.CAN_WAIT)
