"""Shapes of samples over HTTP."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.callbacks.serializers import DAYS
from tickets.complaints.serializers import PersonOutput
from tickets.samples.models import Finding, Review, Sample, SampledTicket


class DrawSampleInput(Input):
    """Of which closed tickets, and how many."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one sample.")
    territory_id = serializers.UUIDField()
    first = serializers.DateField(validators=DAYS, help_text="Closed from this day on, by the territory's clock")
    last = serializers.DateField(validators=DAYS, help_text="to this day, at most 90 days later.")
    technician_id = serializers.UUIDField(required=False, help_text="Where this technician was.")
    agent_id = serializers.UUIDField(required=False, help_text="What this agent wrote down.")
    service_type = serializers.CharField(required=False, max_length=60)
    size = serializers.IntegerField(required=False, min_value=1, max_value=500, help_text="Default: `SAMPLE_SIZE`.")


class FindingInput(Input):
    """A field that was compared."""

    field = serializers.ChoiceField(Finding.Field.choices)
    differs = serializers.BooleanField()
    told = serializers.CharField(
        required=False, allow_blank=True, max_length=1_000, default="", help_text="What it is there, if it differs."
    )


class ReviewInput(Input):
    """What paper or resident say."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one review.")
    against = serializers.ChoiceField(Review.Against.choices)
    findings = FindingInput(many=True, allow_empty=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2_000)


class FiguresInput(Input):
    """Of which samples."""

    territory = serializers.UUIDField()
    first = serializers.DateField(help_text="Samples of days from this one")
    last = serializers.DateField(help_text="to this one.")
    weekly = serializers.BooleanField(
        required=False, help_text="Those of weeks alone, or the others: nobody chose of what those of weeks are."
    )
    technician = serializers.UUIDField(required=False, help_text="Tickets where this technician was.")


class SampleOutput(Output, serializers.ModelSerializer[Sample]):
    """A sample of closed tickets, and how far its review has come."""

    territory_id = serializers.UUIDField()
    technician = PersonOutput(allow_null=True)
    agent = PersonOutput(allow_null=True)
    service_type = serializers.CharField(source="service_type.code", allow_null=True, default=None)
    drawn_by = PersonOutput(allow_null=True)
    drawn = serializers.IntegerField()
    reviewed = serializers.IntegerField()
    inconsistent = serializers.IntegerField()

    class Meta:
        model = Sample
        fields = [
            "id",
            "territory_id",
            "weekly",
            "first",
            "last",
            "technician",
            "agent",
            "service_type",
            "size",
            "population",
            "seed",
            "drawn_by",
            "drawn_at",
            "drawn",
            "reviewed",
            "inconsistent",
        ]
        read_only_fields = fields


class SampledTicketOutput(Output, serializers.ModelSerializer[SampledTicket]):
    """A ticket of a sample, with the newest verdict: null while nobody has reviewed it."""

    sample_id = serializers.UUIDField()
    ticket_id = serializers.UUIDField()
    ticket_reference = serializers.CharField(source="ticket.reference")
    ticket_title = serializers.CharField(source="ticket.title")
    consistent = serializers.BooleanField(source="verdict.consistent", allow_null=True, default=None)
    reviewed_at = serializers.DateTimeField(source="verdict.reviewed_at", allow_null=True, default=None)
    reviewer = PersonOutput(source="verdict.reviewer", allow_null=True, default=None)

    class Meta:
        model = SampledTicket
        fields = [
            "id",
            "sample_id",
            "ticket_id",
            "ticket_reference",
            "ticket_title",
            "place",
            "consistent",
            "reviewed_at",
            "reviewer",
        ]
        read_only_fields = fields


class FindingOutput(Output, serializers.ModelSerializer[Finding]):
    """A field that was compared."""

    class Meta:
        model = Finding
        fields = ["field", "recorded", "differs", "told"]
        read_only_fields = fields


class ReviewOutput(Output, serializers.ModelSerializer[Review]):
    """A review."""

    reviewer = PersonOutput()
    findings = FindingOutput(many=True)

    class Meta:
        model = Review
        fields = ["id", "against", "consistent", "inconsistent_from", "note", "reviewer", "reviewed_at", "findings"]
        read_only_fields = fields


class RecordedOutput(serializers.Serializer[Any]):
    """A field to compare, and what our record says of it."""

    field = serializers.ChoiceField(Finding.Field.choices)
    name = serializers.CharField()
    name_zh = serializers.CharField()
    recorded = serializers.CharField(allow_blank=True)


class SampledTicketDetailOutput(serializers.Serializer[Any]):
    """A ticket of a sample, its record as it is now, and all reviews, the oldest first."""

    ticket = SampledTicketOutput()
    record = RecordedOutput(many=True)
    reviews = ReviewOutput(many=True)


class FieldFiguresOutput(serializers.Serializer[Any]):
    """How often a field was compared, and differed."""

    field = serializers.ChoiceField(Finding.Field.choices)
    compared = serializers.IntegerField()
    differed = serializers.IntegerField()


class SampleFiguresOutput(serializers.Serializer[Any]):
    """How many of the tickets that were reviewed are inconsistent."""

    drawn = serializers.IntegerField()
    reviewed = serializers.IntegerField()
    inconsistent = serializers.IntegerField()
    inconsistent_share = serializers.FloatField(allow_null=True, help_text="Of the reviewed; null where none was.")
    fields_compared = FieldFiguresOutput(many=True, source="fields")
