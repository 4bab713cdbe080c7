"""Shapes of SMS that came."""

from rest_framework import serializers

from accounts.people.contacts import WithContacts
from sync.serializing import Input
from tickets.complaints.serializers import PersonOutput
from tickets.incoming_sms.models import IncomingSms


class SmsCameInput(Input):
    """An SMS, in our names for what the provider tells."""

    provider_id = serializers.CharField(max_length=200)
    sender = serializers.CharField(max_length=32)
    text = serializers.CharField(max_length=10_000, allow_blank=True)


class AttachSmsInput(Input):
    """To which ticket it belongs."""

    ticket_id = serializers.UUIDField()


class SettleSmsInput(Input):
    """What the desk has made of it."""

    outcome = serializers.CharField(max_length=1_000)


class IncomingSmsOutput(WithContacts, serializers.ModelSerializer[IncomingSms]):
    """An SMS that came, and what became of it."""

    CONTACTS = frozenset({"sender", "text", "outcome"})

    person = PersonOutput(allow_null=True, help_text="Whose number it is.")
    territory_id = serializers.UUIDField(allow_null=True, help_text="Null: every desk sees it.")
    ticket_id = serializers.UUIDField(allow_null=True, help_text="What it is, or probably is, about.")
    ticket_reference = serializers.CharField(source="ticket.reference", default="")
    staff_complaint_id = serializers.UUIDField(allow_null=True)
    message_id = serializers.UUIDField(allow_null=True, help_text="In the conversation of the ticket.")
    settled_by = PersonOutput(allow_null=True)

    class Meta:
        model = IncomingSms
        fields = [
            "id",
            "state",
            "sender",
            "text",
            "received_at",
            "person",
            "territory_id",
            "ticket_id",
            "ticket_reference",
            "staff_complaint_id",
            "message_id",
            "settled_by",
            "settled_at",
            "outcome",
        ]
        read_only_fields = fields
