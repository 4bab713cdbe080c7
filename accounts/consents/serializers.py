"""Shapes of consents."""

from typing import Any

from rest_framework import serializers

from accounts.consents.models import Consent
from accounts.signin.codes import DIGITS
from sync.serializing import Input, Output


class WordsOutput(serializers.Serializer[Any]):
    """The very words, in both languages."""

    en = serializers.CharField()
    zh = serializers.CharField()


class WordingOutput(serializers.Serializer[Any]):
    """What somebody would agree to today."""

    about = serializers.ChoiceField(Consent.About.choices)
    wording = serializers.CharField(help_text="The version of the words.")
    texts = WordsOutput()


class ChoiceOutput(WordingOutput):
    """How it stands: whether it holds now, and what was last said of it."""

    given = serializers.BooleanField(help_text="Whether it holds now.")
    outdated = serializers.BooleanField(help_text="They agreed to older words.")
    said_at = serializers.DateTimeField(source="consent.occurred_at", default=None, allow_null=True)
    agreed_wording = serializers.CharField(source="consent.wording", default="")
    address = serializers.CharField(source="consent.address", default="", help_text="For which it was given.")


class ConsentForInput(Input):
    """What somebody says of it, and to which words."""

    about = serializers.ChoiceField(Consent.About.choices)
    given = serializers.BooleanField()
    wording = serializers.CharField(max_length=20, help_text="The version of the words that they were shown.")


class ConsentInput(ConsentForInput):
    """The same of oneself."""

    code = serializers.CharField(
        max_length=DIGITS, required=False, allow_blank=True, help_text="For e-mail: the code that the address was sent."
    )


class ConsentOutput(Output, serializers.ModelSerializer[Consent]):
    """What somebody said, when and how."""

    actor_id = serializers.UUIDField()

    class Meta:
        model = Consent
        fields = [
            "id",
            "about",
            "given",
            "wording",
            "language",
            "address",
            "how",
            "actor_id",
            "occurred_at",
            "received_at",
        ]
        read_only_fields = fields
