"""Shapes of what may be one fault."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.models import Ticket
from tickets.complaints.serializers import TicketOutput
from tickets.duplicates.selectors import MOST, Report, matched_by


class ReportQuery(Input):
    """What has been said so far; the more of it, the more is found."""

    service_type = serializers.CharField(max_length=40, help_text="Code of the service type.")
    fault = serializers.CharField(required=False, max_length=200, help_text="The form's answer for the kind of fault.")
    site_id = serializers.UUIDField(required=False)
    asset_id = serializers.UUIDField(required=False)
    account_number = serializers.CharField(required=False, max_length=40)
    complex = serializers.CharField(required=False, max_length=200)
    address = serializers.CharField(required=False, max_length=300)
    contact_phone = serializers.CharField(required=False, max_length=32)
    reported_at = serializers.DateTimeField(required=False, help_text="Default: now.")


class JoinTicketInput(Input):
    """The main ticket of the same fault."""

    main_id = serializers.UUIDField()


class SeparateTicketInput(Input):
    """Why it is another fault after all."""

    reason = serializers.CharField(max_length=1_000)


class TellApartInput(Input):
    """The other ticket, and why the two are not the same fault."""

    other_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=1_000)


class LikelyTicketOutput(Output, serializers.ModelSerializer[Ticket]):
    """A ticket that may be about the same fault, as far as the desk needs to decide."""

    service_type = serializers.CharField(source="service_type.code")
    fault = serializers.CharField()
    site_id = serializers.UUIDField(allow_null=True)
    follows_id = serializers.UUIDField(allow_null=True)
    matched = serializers.SerializerMethodField(
        help_text="By what it is of the same place: asset, site, address, phone."
    )

    class Meta:
        model = Ticket
        fields = [
            "id",
            "reference",
            "status",
            "source",
            "service_type",
            "fault",
            "title",
            "complex",
            "address",
            "site_id",
            "contact_name",
            "contact_phone",
            "reported_at",
            "resolved_at",
            "follows_id",
            "matched",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_matched(self, ticket: Ticket) -> list[str]:
        return list(matched_by(self.context["report"], ticket))


class LikenessOutput(Input):
    """What is known already of the fault that is being reported."""

    duplicates = LikelyTicketOutput(many=True, help_text=f"Perhaps the same report; the newest {MOST}.")
    repeats = LikelyTicketOutput(allow_null=True, help_text="Resolved not long ago: the fault has come back.")


class StandingMessageOutput(Input):
    """What late callers hear."""

    message = serializers.CharField()
    message_zh = serializers.CharField()


class OpenedTicketOutput(TicketOutput):
    """A ticket that was just opened; for the desk with what may be the same."""

    outage = StandingMessageOutput(required=False, help_text="Where it is part of an accepted outage.")
    duplicates = LikelyTicketOutput(many=True, required=False, help_text="For the desk: perhaps the same fault.")

    class Meta(TicketOutput.Meta):
        fields = [*TicketOutput.Meta.fields, "outage", "duplicates"]


def as_offered(report: Report, tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """These tickets as they are like the report."""
    form = LikelyTicketOutput(context={"report": report})
    return [form.to_representation(ticket) for ticket in tickets]
