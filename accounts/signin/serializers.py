from typing import Any

from rest_framework import serializers

from accounts.consents.wordings import WORDINGS
from accounts.people.models import Language
from accounts.people.serializers import UserOutput
from accounts.signin.codes import DIGITS, RESEND_AFTER, VALID_FOR
from sync.devices.views import DeviceInput, NewDeviceOutput
from sync.serializing import Input


class SignInInput(Input):
    """For staff. Without device the token is one for a script."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    device = DeviceInput(required=False)


class RequestCodeInput(Input):
    """`language` is that of the message, unless we know this person's own."""

    phone = serializers.CharField(max_length=30)
    language = serializers.ChoiceField(Language.choices, default=Language.ENGLISH)


class CodeRequestedOutput(serializers.Serializer[Any]):
    """The same for every phone number."""

    resend_in = serializers.IntegerField(
        default=int(RESEND_AFTER.total_seconds()), help_text="Seconds until another code may be asked for."
    )
    expires_in = serializers.IntegerField(
        default=int(VALID_FOR.total_seconds()), help_text="Seconds for which the code is good."
    )


class VerifyCodeInput(Input):
    """`name` and `language` are those of somebody who registers with it."""

    phone = serializers.CharField(max_length=30)
    code = serializers.CharField(max_length=DIGITS)
    device = DeviceInput(required=False)
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, default=Language.ENGLISH)
    terms = serializers.ChoiceField(
        list(WORDINGS["terms"]),
        required=False,
        help_text="The version of the terms to which they agree with it: see GET /consents/wordings.",
    )


class SignedInOutput(serializers.Serializer[Any]):
    """Send `Authorization: Token <token>` from now on. The token is not shown again."""

    token = serializers.CharField()
    user = UserOutput()
    device = NewDeviceOutput(allow_null=True)


class ChangeOwnPasswordInput(Input):
    """The present password and the one from now on."""

    present = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
