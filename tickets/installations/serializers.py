"""Shapes of installations."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.installations.models import Installation


class AcceptInstallationInput(Input):
    """What was looked at."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class RejectInstallationInput(Input):
    """What is not in order."""

    note = serializers.CharField(max_length=1_000)


class InstallationOutput(Output, serializers.ModelSerializer[Installation]):
    """Something new, and whether it was accepted."""

    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    territory_id = serializers.UUIDField(source="ticket.territory_id")
    site_id = serializers.UUIDField(source="ticket.site_id", allow_null=True)
    asset_id = serializers.UUIDField(source="ticket.asset_id", allow_null=True)
    decided_by = PersonOutput(allow_null=True)

    class Meta:
        model = Installation
        fields = [
            "id",
            "ticket_id",
            "ticket_reference",
            "territory_id",
            "site_id",
            "asset_id",
            "installed_at",
            "state",
            "decided_at",
            "decided_by",
            "note",
        ]
        read_only_fields = fields
