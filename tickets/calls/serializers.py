"""Shapes of calls over HTTP."""

from typing import Any

from rest_framework import serializers

from accounts.people.contacts import WithContacts
from sync.serializing import Input, Output
from tickets.calls.models import Call
from tickets.complaints.serializers import PersonOutput

RESULTS = [choice for choice in Call.Result.choices if choice[0] != Call.Result.CALLBACK_PROMISED]
"""What an agent can say of a call. That a callback was promised follows from the promise."""


class CallInput(Input):
    """Who spoke about what. A number is checked; a name is taken as it is."""

    question = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    answer = serializers.CharField(required=False, allow_blank=True, max_length=2_000, help_text="What they were told.")
    resident_id = serializers.UUIDField(required=False, allow_null=True, help_text="Who it was, if registered.")
    caller_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    caller_number = serializers.CharField(required=False, allow_blank=True, max_length=32)
    site_id = serializers.UUIDField(required=False, allow_null=True)
    account_id = serializers.UUIDField(required=False, allow_null=True)
    ticket_id = serializers.UUIDField(required=False, allow_null=True)
    visit_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="The visit that was booked: its window is kept as it was told."
    )
    started_at = serializers.DateTimeField(required=False, help_text="Not in the future. Default: now.")
    ended_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Left out while they talk.")


class LogCallInput(CallInput):
    """A call, while it goes on or after it."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one call.")
    direction = serializers.ChoiceField(Call.Direction.choices)
    result = serializers.ChoiceField(RESULTS)
    territory_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Needed where neither ticket nor site nor desk says it."
    )


class CorrectCallInput(CallInput):
    """What was written down wrongly, and why. What is left out stays as it was."""

    id = serializers.UUIDField(required=False, help_text="Of the correcting entry.")
    reason = serializers.CharField(max_length=1_000)
    direction = serializers.ChoiceField(Call.Direction.choices, required=False)
    result = serializers.ChoiceField(RESULTS, required=False)


class CallOutput(WithContacts, serializers.ModelSerializer[Call]):
    """A call. One that was corrected names the entry that stands for it."""

    CONTACTS = frozenset({"caller_number", "question", "answer", "correction_reason"})

    agent = PersonOutput()
    resident = PersonOutput(allow_null=True)
    territory_id = serializers.UUIDField()
    site_id = serializers.UUIDField(allow_null=True)
    account_id = serializers.UUIDField(allow_null=True)
    ticket_id = serializers.UUIDField(allow_null=True)
    ticket_reference = serializers.CharField(source="ticket.reference", default="")
    visit_id = serializers.UUIDField(allow_null=True)
    corrects_id = serializers.UUIDField(allow_null=True)
    corrected_by_id = serializers.UUIDField(source="corrected_by.pk", default=None, allow_null=True)

    class Meta:
        model = Call
        fields = [
            "id",
            "direction",
            "result",
            "question",
            "answer",
            "agent",
            "territory_id",
            "resident",
            "caller_name",
            "caller_number",
            "site_id",
            "account_id",
            "ticket_id",
            "ticket_reference",
            "visit_id",
            "window_start",
            "window_end",
            "started_at",
            "ended_at",
            "received_at",
            "corrects_id",
            "correction_reason",
            "corrected_by_id",
        ]
        read_only_fields = fields


class CallOutcomesOutput(Output, serializers.Serializer[Any]):
    """Under which head how many calls count."""

    answered = serializers.IntegerField(help_text="On the phone, or the ticket was resolved without a visit.")
    needs_visit = serializers.IntegerField(help_text="A visit was booked, or the ticket has one.")
    callback = serializers.IntegerField()
    pending = serializers.IntegerField(help_text="Nobody can tell yet.")
    not_spoken = serializers.IntegerField()


class CallCountsOutput(Output, serializers.Serializer[Any]):
    """What came of the calls that came in."""

    calls = serializers.IntegerField()
    outcomes = CallOutcomesOutput()
    results = serializers.DictField(child=serializers.IntegerField(), help_text="By what was written down at the call.")
