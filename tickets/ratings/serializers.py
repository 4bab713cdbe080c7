"""Shapes of reasons over HTTP."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.ratings.models import RatingReason


class ChangeRatingReasonInput(Input):
    """What changes."""

    text = serializers.CharField(max_length=200, required=False)
    text_zh = serializers.CharField(max_length=200, required=False)
    lowest = serializers.IntegerField(min_value=1, max_value=5, required=False, help_text="Goes with scores from here")
    highest = serializers.IntegerField(min_value=1, max_value=5, required=False, help_text="up to here.")
    is_active = serializers.BooleanField(required=False)


class CreateRatingReasonInput(ChangeRatingReasonInput):
    """A new reason."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    text = serializers.CharField(max_length=200)
    text_zh = serializers.CharField(max_length=200)


class RatingReasonOutput(Output, serializers.ModelSerializer[RatingReason]):
    """A reason that goes with scores from `lowest` to `highest`."""

    class Meta:
        model = RatingReason
        fields = ["id", "code", "text", "text_zh", "lowest", "highest", "is_active"]
        read_only_fields = fields
