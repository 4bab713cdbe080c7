"""Shapes of templates over HTTP."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.replies.models import ReplyTemplate


class ChangeReplyTemplateInput(Input):
    """What changes."""

    kind = serializers.ChoiceField(ReplyTemplate.Kind.choices, required=False)
    territory_id = serializers.UUIDField(required=False, allow_null=True, help_text="Null: everywhere.")
    service_type = serializers.CharField(max_length=40, required=False, allow_null=True, help_text="Null: all of them.")
    text = serializers.CharField(max_length=4_000, required=False, help_text="English, with {placeholders}.")
    text_zh = serializers.CharField(max_length=4_000, required=False, help_text="Chinese, with {placeholders}.")
    is_active = serializers.BooleanField(required=False)


class CreateReplyTemplateInput(ChangeReplyTemplateInput):
    """A new template."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    kind = serializers.ChoiceField(ReplyTemplate.Kind.choices)
    text = serializers.CharField(max_length=4_000)
    text_zh = serializers.CharField(max_length=4_000)


class ReplyTemplateOutput(Output, serializers.ModelSerializer[ReplyTemplate]):
    """A template."""

    territory_id = serializers.UUIDField(allow_null=True)
    service_type = serializers.CharField(source="service_type.code", default=None, allow_null=True)

    class Meta:
        model = ReplyTemplate
        fields = ["id", "code", "kind", "territory_id", "service_type", "text", "text_zh", "is_active"]
        read_only_fields = fields


class PreviewInput(Input):
    """For which ticket."""

    ticket = serializers.UUIDField()


class PreviewOutput(Output, serializers.Serializer[Any]):
    """A template as it reads for a ticket."""

    text = serializers.CharField()
    text_zh = serializers.CharField()
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Placeholders for which the ticket has nothing to say yet."
    )
    language = serializers.CharField(help_text="The customer's, `en` or `zh`; empty if they are not registered.")
