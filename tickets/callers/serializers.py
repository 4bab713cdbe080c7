"""Shapes of the search for a caller."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.callers.selectors import FOUND_BY


class FindCallersQuery(Input):
    """What has been typed so far."""

    q = serializers.CharField(
        max_length=100,
        help_text="At least two characters of a phone number, account, name, address, serial or reference.",
    )


class CallerOutput(Output, serializers.Serializer[Any]):
    """Somebody who may be calling, or about what, with who and where that is as far as it is known."""

    kind = serializers.ChoiceField([*FOUND_BY])
    id = serializers.UUIDField(help_text="Of the person, account, site, asset or ticket.")
    score = serializers.FloatField(help_text="How well it fits, from 0 to 1.")
    matched = serializers.ListField(child=serializers.CharField(), help_text="The fields below that fit.")
    name = serializers.CharField()
    phone = serializers.CharField()
    account_number = serializers.CharField()
    site_name = serializers.CharField()
    complex = serializers.CharField()
    address = serializers.CharField()
    model = serializers.CharField()
    serial = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField()
    territory_id = serializers.UUIDField(allow_null=True)
    person_id = serializers.UUIDField(allow_null=True)
    account_id = serializers.UUIDField(allow_null=True)
    site_id = serializers.UUIDField(allow_null=True)
