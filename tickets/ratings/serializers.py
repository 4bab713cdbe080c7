"""Shapes of ratings and their reasons, over HTTP and for phones."""

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.ratings.models import RatingReason, VisitRating


class RatingInput(Input):
    """How satisfied somebody is: 1 is not at all, 5 is fully."""

    id = serializers.UUIDField(required=False)
    score = serializers.IntegerField(min_value=1, max_value=5)
    reasons = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=10, help_text="Codes that go with it."
    )
    comment = serializers.CharField(required=False, allow_blank=True, max_length=2_000)


class VisitRatingOutput(Output, serializers.ModelSerializer[VisitRating]):
    """How satisfied a technician was with the help they had for a visit."""

    visit_id = serializers.UUIDField()
    ticket_id = serializers.UUIDField(source="visit.ticket_id")
    ticket_reference = serializers.CharField(source="visit.ticket.reference")
    technician_id = serializers.UUIDField(source="visit.technician_id")
    technician_name = serializers.CharField(source="visit.technician.name")

    class Meta:
        model = VisitRating
        fields = [
            "id",
            "visit_id",
            "ticket_id",
            "ticket_reference",
            "technician_id",
            "technician_name",
            "score",
            "reasons",
            "comment",
            "occurred_at",
            "received_at",
            "flags",
        ]
        read_only_fields = fields


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
    whose = serializers.ChoiceField(RatingReason.Whose.choices, required=False, help_text="Default: residents'.")
    code = serializers.SlugField(max_length=40)
    text = serializers.CharField(max_length=200)
    text_zh = serializers.CharField(max_length=200)


class RatingReasonOutput(Output, serializers.ModelSerializer[RatingReason]):
    """A reason that goes with scores from `lowest` to `highest`."""

    class Meta:
        model = RatingReason
        fields = ["id", "whose", "code", "text", "text_zh", "lowest", "highest", "is_active"]
        read_only_fields = fields
