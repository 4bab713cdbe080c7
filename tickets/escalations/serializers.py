"""Shapes of escalations."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.escalations.models import Escalation


class TakeUpInput(Input):
    """What is to be done now."""

    note = serializers.CharField(max_length=1_000)


class GiveBackInput(Input):
    """Why somebody else has to see to it."""

    reason = serializers.CharField(max_length=1_000)


class EscalationOutput(Output, serializers.ModelSerializer[Escalation]):
    """A ticket that went to the next level, and who sees to it."""

    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    ticket_status = serializers.CharField(source="ticket.status")
    territory_id = serializers.UUIDField(source="ticket.territory_id")
    visit_id = serializers.UUIDField()
    taken_up_by = PersonOutput(allow_null=True)

    class Meta:
        model = Escalation
        fields = [
            "id",
            "ticket_id",
            "ticket_reference",
            "ticket_status",
            "territory_id",
            "visit_id",
            "days",
            "escalated_at",
            "received_at",
            "taken_up_at",
            "taken_up_by",
            "note",
        ]
        read_only_fields = fields
