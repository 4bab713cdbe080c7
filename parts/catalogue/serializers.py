"""Shapes of parts over HTTP and from phones."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from parts.catalogue.models import Part
from sync.serializing import Input, Output


class PriceField(serializers.DecimalField):
    """Money as a decimal string, with two digits after the point."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 2, "min_value": Decimal(0), **kwargs})


class CreatePartInput(Input):
    """A new part. `price` is for one `unit`."""

    id = serializers.UUIDField(required=False)
    number = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=200)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    model = serializers.CharField(max_length=200, required=False, allow_blank=True)
    unit = serializers.ChoiceField(Part.Unit.choices, required=False)
    tracking = serializers.ChoiceField(Part.Tracking.choices, required=False)
    price = PriceField(required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False, help_text="ISO 4217")


class ChangePartInput(Input):
    """What changes of a part. `status` takes a provisional part into the catalogue, retires one or brings it back."""

    number = serializers.CharField(max_length=64, required=False)
    name = serializers.CharField(max_length=200, required=False)
    name_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    model = serializers.CharField(max_length=200, required=False, allow_blank=True)
    unit = serializers.ChoiceField(Part.Unit.choices, required=False)
    tracking = serializers.ChoiceField(Part.Tracking.choices, required=False)
    price = PriceField(required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False, help_text="ISO 4217")
    status = serializers.ChoiceField([Part.Status.ACTIVE, Part.Status.RETIRED], required=False)
    superseded_by_id = serializers.UUIDField(required=False, allow_null=True)


class ProvisionalPartInput(Input):
    """A part that the catalogue does not know: what is printed on it, what to call it, how to count it."""

    id = serializers.UUIDField(required=False)
    model = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    unit = serializers.ChoiceField(Part.Unit.choices, required=False)


class MergePartInput(Input):
    """Which part of the catalogue the provisional part really is."""

    into_id = serializers.UUIDField()
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class PartOutput(Output, serializers.ModelSerializer[Part]):
    """A part of the catalogue. `merged_at` tells a merged provisional part from one that its maker superseded."""

    price = PriceField(allow_null=True)
    superseded_by_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Part
        fields = [
            "id",
            "number",
            "name",
            "name_zh",
            "model",
            "unit",
            "tracking",
            "status",
            "superseded_by_id",
            "price",
            "currency",
            "proposed_at",
            "merged_at",
        ]
        read_only_fields = fields


class PartReference(serializers.ModelSerializer[Part]):
    """A part as other things name it."""

    class Meta:
        model = Part
        fields = ["id", "number", "name", "name_zh", "unit"]
        read_only_fields = fields
