"""Shapes of stocktakes over HTTP and from phones."""

from decimal import Decimal

from rest_framework import serializers

from parts.catalogue.serializers import PartReference
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from parts.stock.models import Condition
from parts.stocktakes.models import Stocktake, StocktakeLine
from sync.serializing import Input, Output

MOST_COUNTED = 2_000


class OpenStocktakeInput(Input):
    """Which place is to be counted."""

    id = serializers.UUIDField(required=False)
    location_id = serializers.UUIDField()
    kind = serializers.ChoiceField(Stocktake.Kind.choices, required=False)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class CountedLineInput(Input):
    """How much of a part is there in one condition; the serials of those units that were read."""

    part_id = serializers.UUIDField()
    condition = serializers.ChoiceField(Condition.choices, required=False)
    quantity = QuantityField(min_value=Decimal(0))
    serials = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=MOST_COUNTED
    )


class CountStockInput(Input):
    """What somebody counted. A full count says that nothing else is there. The same id is the same count."""

    id = serializers.UUIDField(required=False)
    location_id = serializers.UUIDField()
    kind = serializers.ChoiceField(Stocktake.Kind.choices)
    lines = CountedLineInput(many=True, max_length=MOST_COUNTED)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class PostStocktakeInput(Input):
    """Why the books differed."""

    note = serializers.CharField(max_length=1000)


class CancelStocktakeInput(Input):
    """Why the count does not count."""

    reason = serializers.CharField(max_length=1000)


class StocktakeLineOutput(Output, serializers.ModelSerializer[StocktakeLine]):
    """What was counted, what the books say was there at that moment, and the difference."""

    part = PartReference()
    counted = QuantityField()
    expected = QuantityField()
    variance = QuantityField()

    class Meta:
        model = StocktakeLine
        fields = ["id", "part", "condition", "serial", "counted", "expected", "variance"]
        read_only_fields = fields


class StocktakeOutput(Output, serializers.ModelSerializer[Stocktake]):
    """A place that is or was counted. `value` is what all variances together are worth; null if nobody can say."""

    location = LocationReference()
    value = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)

    class Meta:
        model = Stocktake
        fields = [
            "id",
            "location",
            "kind",
            "status",
            "note",
            "opened_by",
            "opened_at",
            "counted_by",
            "counted_at",
            "received_at",
            "flags",
            "value",
            "posted_by",
            "posted_at",
            "cancelled_at",
            "cancelled_by",
            "decision_note",
        ]
        read_only_fields = fields


class StocktakeDetailOutput(StocktakeOutput):
    """The same with its lines."""

    lines = StocktakeLineOutput(many=True)

    class Meta(StocktakeOutput.Meta):
        fields = [*StocktakeOutput.Meta.fields, "lines"]
        read_only_fields = fields
