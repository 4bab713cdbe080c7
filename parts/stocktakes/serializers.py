"""Shapes of stocktakes over HTTP and from phones."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import User
from parts.catalogue.serializers import PartReference
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from parts.stock.models import Condition
from parts.stocktakes.models import CountSheet, CountSheetLine, Stocktake, StocktakeLine
from sync.serializing import Input, Output

MOST_COUNTED = 2_000


class OpenStocktakeInput(Input):
    """Which place is to be counted."""

    id = serializers.UUIDField(required=False)
    location_id = serializers.UUIDField()
    kind = serializers.ChoiceField(Stocktake.Kind.choices, required=False)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    blind = serializers.BooleanField(required=False)
    part_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=MOST_COUNTED, help_text="Of a cycle count."
    )


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


class HandInSheetInput(Input):
    """What one of several people counted of their shelves. The same id is the same sheet."""

    id = serializers.UUIDField(required=False)
    lines = CountedLineInput(many=True, allow_empty=False, max_length=MOST_COUNTED)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class HandInSheetOperation(HandInSheetInput):
    """The same from a phone."""

    stocktake_id = serializers.UUIDField()


class RecountInput(Input):
    """Why it is to be counted again."""

    id = serializers.UUIDField(required=False, help_text="Of the new stocktake.")
    reason = serializers.CharField(max_length=1000)


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
    expected = QuantityField(allow_null=True)
    variance = QuantityField(allow_null=True)

    class Meta:
        model = StocktakeLine
        fields = [
            "id",
            "part",
            "condition",
            "serial",
            "counted",
            "counted_at",
            "expected",
            "variance",
            "moved_meanwhile",
        ]
        read_only_fields = fields


class SheetLineOutput(Output, serializers.ModelSerializer[CountSheetLine]):
    """What stands on a sheet."""

    part = PartReference()
    counted = QuantityField()

    class Meta:
        model = CountSheetLine
        fields = ["part", "condition", "serial", "counted"]
        read_only_fields = fields


class CountSheetOutput(Output, serializers.ModelSerializer[CountSheet]):
    """What one of several people counted."""

    lines = SheetLineOutput(many=True)

    class Meta:
        model = CountSheet
        fields = ["id", "counted_by", "counted_at", "received_at", "note", "flags", "lines"]
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
            "blind",
            "recount_of",
            "value",
            "posted_by",
            "posted_at",
            "cancelled_at",
            "cancelled_by",
            "decision_note",
        ]
        read_only_fields = fields

    def to_representation(self, stocktake: Stocktake) -> dict[str, Any]:
        body = super().to_representation(stocktake)
        if hides_the_books(stocktake, self.context["request"].user):
            body["value"] = None
        return body


class StocktakeDetailOutput(StocktakeOutput):
    """The same with what is to be counted (`wanted`), its lines, and the sheets of those who count together."""

    wanted = PartReference(many=True)
    lines = StocktakeLineOutput(many=True)
    sheets = CountSheetOutput(many=True)

    class Meta(StocktakeOutput.Meta):
        fields = [*StocktakeOutput.Meta.fields, "wanted", "lines", "sheets"]
        read_only_fields = fields

    def to_representation(self, stocktake: Stocktake) -> dict[str, Any]:
        body = super().to_representation(stocktake)
        if hides_the_books(stocktake, self.context["request"].user):
            for line in body["lines"]:
                line["expected"] = line["variance"] = None
        return body


def hides_the_books(stocktake: Stocktake, viewer: User) -> bool:
    """Who counted blind, and may have to count again, is not told what the books say."""
    counters = {stocktake.counted_by_id, *(sheet.counted_by_id for sheet in stocktake.sheets.all())}
    return stocktake.blind and stocktake.status == Stocktake.Status.COUNTED and viewer.pk in counters
