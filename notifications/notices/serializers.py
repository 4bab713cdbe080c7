"""Shapes of notices over HTTP and WebSocket."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications.notices.models import Notice
from sync.serializing import Input, Output


class AcknowledgeNoticeInput(Input):
    """Which notice was seen."""

    notice_id = serializers.UUIDField()


class NoticeSubjectOutput(serializers.Serializer[Any]):
    """The document that a notice is about."""

    collection = serializers.CharField(source="subject_collection")
    id = serializers.UUIDField(source="subject_id")


class NoticeWordsOutput(serializers.Serializer[Any]):
    """A notice in one language."""

    title = serializers.CharField()
    body = serializers.CharField()


class NoticeTextsOutput(serializers.Serializer[Any]):
    """A notice in each language."""

    en = NoticeWordsOutput()
    zh = NoticeWordsOutput()


class NoticeOutput(Output, serializers.ModelSerializer[Notice]):
    """A notice: `title` and `body` in the reader's language (`context["language"]`), `texts` in both."""

    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()
    texts = serializers.SerializerMethodField()
    subject = NoticeSubjectOutput(source="*")
    ticket_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Notice
        fields = [
            "id",
            "kind",
            "title",
            "body",
            "texts",
            "urgent",
            "wants_ack",
            "subject",
            "ticket_id",
            "data",
            "created_at",
            "acknowledged_at",
        ]
        read_only_fields = fields

    def get_title(self, notice: Notice) -> str:
        return notice.title_zh if self.context["language"] == "zh" else notice.title

    def get_body(self, notice: Notice) -> str:
        return notice.body_zh if self.context["language"] == "zh" else notice.body

    @extend_schema_field(NoticeTextsOutput)
    def get_texts(self, notice: Notice) -> dict[str, dict[str, str]]:
        return {
            "en": {"title": notice.title, "body": notice.body},
            "zh": {"title": notice.title_zh, "body": notice.body_zh},
        }


class UnacknowledgedOutput(serializers.Serializer[Any]):
    """How much waits to be seen."""

    count = serializers.IntegerField()
    urgent = serializers.IntegerField()
