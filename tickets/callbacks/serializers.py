"""Shapes of callbacks over HTTP."""

from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers

from accounts.people.contacts import WithContacts
from sync.serializing import Input, Output
from tickets.callbacks.models import Callback, CallbackEvent, CallbackQuota
from tickets.calls.models import Call
from tickets.calls.serializers import CallInput
from tickets.complaints.serializers import PersonOutput

DAYS = [MinValueValidator(date(1, 6, 1)), MaxValueValidator(date(9998, 12, 31))]
"""A day before and a day after there has to be room for another time zone."""


class PromiseCallbackInput(CallInput):
    """What somebody asked who is to be called back, and at which number."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one callback.")
    question = serializers.CharField(max_length=2_000)
    territory_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Needed where neither ticket nor site nor desk says it."
    )
    by_phone = serializers.BooleanField(required=False, help_text="Asked in a call, which is logged. Default: true.")
    for_team = serializers.BooleanField(required=False, help_text="Whoever is free calls. Default: whoever promises.")


class CallBackInput(Input):
    """How the call went."""

    id = serializers.UUIDField(required=False, help_text="Of the call: a repeated request is one call.")
    reached = serializers.BooleanField()
    answer = serializers.CharField(
        required=False, allow_blank=True, max_length=2_000, help_text="What they were told; needed if reached."
    )
    result = serializers.ChoiceField(
        [Call.Result.ANSWERED, Call.Result.TICKET_OPENED, Call.Result.TICKET_ATTACHED],
        required=False,
        help_text="What came of it, if they were reached. Default: answered.",
    )
    ticket_id = serializers.UUIDField(required=False, help_text="Opened while talking. Default: the callback's.")
    again_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="If they were not reached: when to call again, within three days."
    )
    started_at = serializers.DateTimeField(required=False, help_text="Not before the promise. Default: now.")
    ended_at = serializers.DateTimeField(required=False, allow_null=True)


class HandOverInput(Input):
    """Who is asked to take it over."""

    person_id = serializers.UUIDField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class DeclineInput(Input):
    """Why it stays where it is."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=1_000)


class WithdrawInput(Input):
    """Why they need no call any more."""

    reason = serializers.CharField(max_length=1_000)


class CallbackOutput(WithContacts, serializers.ModelSerializer[Callback]):
    """A callback: `due_at` is by when we call, in this round; `first_due_at` what was promised at first."""

    CONTACTS = frozenset({"contact_number", "question"})

    territory_id = serializers.UUIDField()
    ticket_id = serializers.UUIDField(allow_null=True)
    ticket_reference = serializers.CharField(source="ticket.reference", default="")
    call_id = serializers.UUIDField(allow_null=True)
    resident = PersonOutput(allow_null=True)
    promised_by = PersonOutput(allow_null=True)
    responsible = PersonOutput(allow_null=True)
    asked = PersonOutput(allow_null=True)

    class Meta:
        model = Callback
        fields = [
            "id",
            "state",
            "cause",
            "question",
            "territory_id",
            "ticket_id",
            "ticket_reference",
            "call_id",
            "resident",
            "contact_name",
            "contact_number",
            "promised_by",
            "promised_at",
            "responsible",
            "asked",
            "round",
            "due_at",
            "first_due_at",
            "first_called_at",
            "ended_at",
            "outcome",
        ]
        read_only_fields = fields


class CallbackEventOutput(Output, serializers.ModelSerializer[CallbackEvent]):
    """Something that happened to a callback; `responsible` is who answered for it from then on."""

    actor = PersonOutput(allow_null=True)
    responsible = PersonOutput(allow_null=True)
    asked = PersonOutput(allow_null=True)
    call_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = CallbackEvent
        fields = [
            "id",
            "kind",
            "actor",
            "responsible",
            "asked",
            "call_id",
            "round",
            "percent",
            "reason",
            "occurred_at",
            "received_at",
        ]
        read_only_fields = fields


class FiguresInput(Input):
    """Which days of which desk."""

    territory = serializers.UUIDField()
    first = serializers.DateField(validators=DAYS)
    last = serializers.DateField(validators=DAYS)


class KeptOfDayOutput(Output, serializers.Serializer[Any]):
    """Of the callbacks that fell due on a day for somebody, how many were kept in time."""

    day = serializers.DateField()
    person_id = serializers.UUIDField(allow_null=True, help_text="Null: it waited for the team.")
    person = serializers.CharField()
    promised = serializers.IntegerField()
    kept = serializers.IntegerField()
    missed = serializers.IntegerField()
    open = serializers.IntegerField()
    none_needed = serializers.IntegerField()
    reached = serializers.IntegerField()
    kept_share = serializers.FloatField(allow_null=True, help_text="Of kept and missed; null where there are none.")


class ChangeQuotaInput(Input):
    """What changes."""

    most_open = serializers.IntegerField(required=False, min_value=0, max_value=1_000)
    opens = serializers.TimeField(required=False, allow_null=True, help_text="Null: all day.")
    closes = serializers.TimeField(required=False, allow_null=True)
    valid_from = serializers.DateField(required=False)
    valid_until = serializers.DateField(required=False, allow_null=True, help_text="The last day.")


class CreateQuotaInput(ChangeQuotaInput):
    """How many callbacks may be open at once."""

    id = serializers.UUIDField(required=False)
    territory_id = serializers.UUIDField()
    per = serializers.ChoiceField(CallbackQuota.Per.choices)
    most_open = serializers.IntegerField(min_value=0, max_value=1_000)
    valid_from = serializers.DateField()


class QuotaOutput(Output, serializers.ModelSerializer[CallbackQuota]):
    """How many callbacks may be open at once."""

    territory_id = serializers.UUIDField()

    class Meta:
        model = CallbackQuota
        fields = ["id", "territory_id", "per", "most_open", "opens", "closes", "valid_from", "valid_until"]
        read_only_fields = fields
