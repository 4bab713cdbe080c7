"""Shapes of complaints about staff over HTTP."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.staff_complaints.models import StaffComplaint, StaffComplaintEvent


class FileStaffComplaintInput(Input):
    """What somebody complains of, and about whom, as far as they know."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one complaint.")
    text = serializers.CharField(max_length=5_000)
    happened_at = serializers.DateTimeField(help_text="Not in the future.")
    visit_id = serializers.UUIDField(required=False, allow_null=True, help_text="It is about who came then.")
    person_id = serializers.UUIDField(required=False, allow_null=True, help_text="It is about them.")
    ticket_id = serializers.UUIDField(required=False, allow_null=True)
    territory_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Needed where neither ticket nor visit nor desk says it."
    )
    on_behalf_of = serializers.UUIDField(
        required=False, allow_null=True, help_text="The resident for whom the desk writes it down."
    )
    contact_name = serializers.CharField(required=False, max_length=200, help_text="Of a caller who is not registered.")
    contact_number = serializers.CharField(required=False, max_length=32)


class TakeInput(Input):
    """The first reply: what whoever complains is told."""

    reply = serializers.CharField(max_length=5_000)
    take_over = serializers.BooleanField(required=False, help_text="From a colleague who has taken it.")


class NamePersonInput(Input):
    """Whom it concerns, and how that is known."""

    person_id = serializers.UUIDField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class AnswerInput(Input):
    """What came of it, and what whoever complains is told."""

    outcome = serializers.ChoiceField(StaffComplaint.Outcome.choices)
    answer = serializers.CharField(max_length=5_000)


class WithdrawStaffComplaintInput(Input):
    """Why nothing more is wanted."""

    reason = serializers.CharField(max_length=1_000)


class StaffComplaintFiledOutput(Output, serializers.ModelSerializer[StaffComplaint]):
    """That it was filed, to be read out: all that an agent ever sees of it."""

    class Meta:
        model = StaffComplaint
        fields = ["id", "reference", "received_at", "due_at"]
        read_only_fields = fields


class StaffComplaintOutput(Output, serializers.ModelSerializer[StaffComplaint]):
    """A complaint about staff. `awaited_by` is by when we owe a first reply; null when there was one."""

    territory_id = serializers.UUIDField()
    ticket_id = serializers.UUIDField(allow_null=True)
    ticket_reference = serializers.CharField(source="ticket.reference", default="")
    visit_id = serializers.UUIDField(allow_null=True)
    concerned = PersonOutput(allow_null=True)
    resident = PersonOutput(allow_null=True)
    filed_by = PersonOutput(allow_null=True)
    handler = PersonOutput(allow_null=True)
    awaited_by = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = StaffComplaint
        fields = [
            "id",
            "reference",
            "state",
            "text",
            "happened_at",
            "territory_id",
            "ticket_id",
            "ticket_reference",
            "visit_id",
            "concerned",
            "resident",
            "contact_name",
            "contact_number",
            "filed_by",
            "handler",
            "received_at",
            "due_at",
            "awaited_by",
            "replied_at",
            "reply",
            "ended_at",
            "outcome",
            "answer",
            "withdrawal_reason",
        ]
        read_only_fields = fields


class StaffComplaintEventOutput(Output, serializers.ModelSerializer[StaffComplaintEvent]):
    """Something that happened to it; `concerned` and `handler` are as from then on."""

    actor = PersonOutput(allow_null=True)
    on_behalf_of = PersonOutput(allow_null=True)
    concerned = PersonOutput(allow_null=True)
    handler = PersonOutput(allow_null=True)

    class Meta:
        model = StaffComplaintEvent
        fields = [
            "id",
            "kind",
            "actor",
            "on_behalf_of",
            "concerned",
            "handler",
            "outcome",
            "text",
            "percent",
            "occurred_at",
            "received_at",
        ]
        read_only_fields = fields
