"""Shapes of messages: what is on its way, without its words."""

from typing import Any

from rest_framework import serializers

from notifications.messages.models import Message
from sync.serializing import Output


class OutgoingMessageOutput(Output, serializers.ModelSerializer[Message]):
    """One message of the outbox. Nobody needs the whole address to see that it is wrong."""

    address = serializers.SerializerMethodField()
    notice_id = serializers.UUIDField(allow_null=True)
    notice_kind = serializers.CharField(source="notice.kind", default="")
    person_id = serializers.UUIDField(source="notice.user_id", default=None, allow_null=True)
    person = serializers.CharField(source="notice.user", default="")
    ticket_id = serializers.UUIDField(source="notice.ticket_id", default=None, allow_null=True)
    territory_id = serializers.UUIDField(source="notice.territory_id", default=None, allow_null=True)
    resent_by_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Message
        fields = [
            "id",
            "channel",
            "kind",
            "address",
            "status",
            "attempts",
            "created_at",
            "expires_at",
            "next_try_at",
            "sent_at",
            "last_error",
            "resent_at",
            "resent_by_id",
            "notice_id",
            "notice_kind",
            "person_id",
            "person",
            "ticket_id",
            "territory_id",
        ]
        read_only_fields = fields

    def get_address(self, message: Message) -> str:
        if message.channel == Message.Channel.PUSH:
            return message.address
        name, at, host = message.address.partition("@")
        return f"{name[:1]}…@{host}" if at else f"{name[:3]}…{name[-4:]}"


class ResentOutput(serializers.Serializer[Any]):
    """How many are tried anew."""

    resent = serializers.IntegerField()
