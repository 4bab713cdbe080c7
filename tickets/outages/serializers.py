"""Shapes of outages."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.outages.models import Outage
from tickets.outages.services import ALLOWED
from tickets.segments.serializers import SegmentNameOutput


class MessageInput(Input):
    """What is known, for everybody concerned and for late callers."""

    message = serializers.CharField(max_length=1_000)
    message_zh = serializers.CharField(max_length=1_000, required=False, allow_blank=True)


class AcceptOutageInput(MessageInput):
    """What is known, and on which of its tickets we work."""

    main_id = serializers.UUIDField(required=False, allow_null=True)


class DeclareOutageInput(MessageInput):
    """What is known, and the ticket on which we work."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one outage.")
    main_id = serializers.UUIDField()
    segment_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="A segment on which its site hangs. Default: its complex or address."
    )


class RejectOutageInput(Input):
    """Why these are several faults."""

    reason = serializers.CharField(max_length=1_000)


class AttachTicketInput(Input):
    """The ticket that is part of it."""

    ticket_id = serializers.UUIDField()


class DetachTicketInput(AttachTicketInput):
    """The ticket that is not part of it, and why."""

    reason = serializers.CharField(max_length=1_000)


class ResolveOutageInput(Input):
    """How it was ended: a resolution code of the service type."""

    resolution_code = serializers.CharField(max_length=40)


class OutageOutput(Output, serializers.ModelSerializer[Outage]):
    """One cause of many reports. The tickets are listed by `GET /tickets?outage=…`."""

    territory_id = serializers.UUIDField()
    service_type = serializers.CharField(source="service_type.code")
    segment = SegmentNameOutput(allow_null=True, help_text="Of a network, where that is what failed.")
    main_id = serializers.UUIDField(allow_null=True)
    decided_by = PersonOutput(allow_null=True)
    tickets = serializers.IntegerField(source="how_many", help_text="How many there are.")
    allowed = serializers.SerializerMethodField(help_text="Steps that lead on from the present status.")

    class Meta:
        model = Outage
        fields = [
            "id",
            "status",
            "allowed",
            "territory_id",
            "service_type",
            "fault",
            "area",
            "segment",
            "tickets",
            "main_id",
            "message",
            "message_zh",
            "proposed_at",
            "decided_at",
            "decided_by",
            "reason",
            "resolved_at",
        ]
        read_only_fields = fields

    def get_allowed(self, outage: Outage) -> list[str]:
        return ALLOWED[Outage.Status(outage.status)]
