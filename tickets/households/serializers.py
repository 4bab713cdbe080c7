"""Shapes of binding, moving and handing over."""

from typing import Any

from rest_framework import serializers

from accounts.checks import ChecksField
from accounts.people.contacts import WithContacts
from accounts.signin.codes import DIGITS, RESEND_AFTER, VALID_FOR
from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.households.models import AccountEvent, AccountOffer


class RequestBindingCodeInput(Input):
    """The number of the account, as it stands on the bill."""

    number = serializers.CharField(max_length=40)


class BindingCodeRequestedOutput(serializers.Serializer[Any]):
    """The same for every number."""

    resend_in = serializers.IntegerField(
        default=int(RESEND_AFTER.total_seconds()), help_text="Seconds until another code may be asked for."
    )
    expires_in = serializers.IntegerField(
        default=int(VALID_FOR.total_seconds()), help_text="Seconds for which the code is good."
    )


class BindAccountInput(Input):
    """The number of the account, and the code that the phone on its record was sent."""

    number = serializers.CharField(max_length=40)
    code = serializers.CharField(max_length=DIGITS)


class BindByDeskInput(Input):
    """Whose account it is, and how they have shown it."""

    person_id = serializers.UUIDField()
    checks = ChecksField()


class LeaveInput(Input):
    """Who gives the account up; whoever asks, if that is not said."""

    person_id = serializers.UUIDField(required=False)


class MoveAccountInput(Input):
    """Where they live now, what comes along. What is not named stays with the old place."""

    complex = serializers.CharField(required=False, allow_blank=True, max_length=200)
    address = serializers.CharField(required=False, allow_blank=True, max_length=300)
    territory_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Needed where there are several; see /territories."
    )
    ticket_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=50,
        help_text="Open tickets that are to be done there.",
    )
    asset_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=50, help_text="Equipment that they take along."
    )


class OfferAccountInput(Input):
    """With which number the next holder signs in."""

    id = serializers.UUIDField(required=False)
    phone = serializers.CharField(max_length=30)


class HandOverByDeskInput(Input):
    """Who has the account from now on, and how the former holder, or the new one, has shown that it is so."""

    person_id = serializers.UUIDField(required=False, allow_null=True, help_text="If they are registered.")
    holder_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=32)
    checks = ChecksField()


class HouseholdOutput(serializers.Serializer[Any]):
    """Who has bound the account."""

    holder = PersonOutput(allow_null=True)
    members = PersonOutput(many=True)


class OfferOutput(Output, serializers.ModelSerializer[AccountOffer]):
    """An account that somebody is to take over. Of the account, and of its holder, they see no more than this."""

    number = serializers.CharField(source="account.number")
    offered_by = serializers.CharField(source="offered_by.name")

    class Meta:
        model = AccountOffer
        fields = [
            "id",
            "number",
            "offered_by",
            "phone",
            "status",
            "offered_at",
            "expires_at",
            "decided_at",
        ]
        read_only_fields = fields


class AccountEventOutput(WithContacts, serializers.ModelSerializer[AccountEvent]):
    """What happened to an account. For the desk."""

    CONTACTS = frozenset({"data"})

    person = PersonOutput(allow_null=True)
    actor = PersonOutput(allow_null=True)
    on_behalf_of = PersonOutput(allow_null=True)

    class Meta:
        model = AccountEvent
        fields = ["id", "kind", "person", "actor", "on_behalf_of", "occurred_at", "received_at", "data"]
        read_only_fields = fields
