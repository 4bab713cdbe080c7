"""Shapes of stock over HTTP."""

from rest_framework import serializers

from parts.catalogue.serializers import PartReference
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from parts.stock.models import Condition, StockBalance, StockMovement
from sync.serializing import Input, Output

MOST_LINES = 500


class LineInput(Input):
    """So much of a part; each unit that is followed by serial has a line of its own."""

    id = serializers.UUIDField(required=False, help_text="Of the movement; the same id is the same line, sent again.")
    part_id = serializers.UUIDField()
    quantity = QuantityField()
    serial = serializers.CharField(max_length=100, required=False, allow_blank=True)
    condition = serializers.ChoiceField(Condition.choices, required=False)


class ReceivePartsInput(Input):
    """What came from outside to a place."""

    location_id = serializers.UUIDField()
    lines = LineInput(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class MovePartsInput(Input):
    """What went from one of our places to another."""

    from_location_id = serializers.UUIDField()
    to_location_id = serializers.UUIDField()
    lines = LineInput(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ReverseMovementInput(Input):
    """Why the movement was a mistake."""

    note = serializers.CharField(max_length=1000)


class BalanceOutput(Output, serializers.ModelSerializer[StockBalance]):
    """How much of a part is at a place in one condition, in the part's unit: on hand.

    `allocated` is how much of it is kept for visits, `available` what anybody may take: of what is damaged, or waits in
    quarantine or on its way, nothing.
    """

    location = LocationReference()
    part = PartReference()
    quantity = QuantityField()
    allocated = QuantityField(read_only=True)
    available = QuantityField(read_only=True)

    class Meta:
        model = StockBalance
        fields = ["id", "location", "part", "condition", "quantity", "allocated", "available"]
        read_only_fields = fields


class MovementOutput(Output, serializers.ModelSerializer[StockMovement]):
    """What went from where to where; a place that is null is the world outside. `reversed_by` puts it right."""

    part = PartReference()
    from_location = LocationReference(allow_null=True)
    to_location = LocationReference(allow_null=True)
    quantity = QuantityField()
    reversed_by = serializers.SerializerMethodField()

    class Meta:
        model = StockMovement
        fields = [
            "id",
            "reason",
            "part",
            "from_location",
            "to_location",
            "quantity",
            "condition",
            "serial",
            "follows_serial",
            "note",
            "ticket_id",
            "visit_id",
            "actor",
            "on_behalf_of",
            "occurred_at",
            "received_at",
            "operation_id",
            "reverses",
            "reversed_by",
            "flags",
        ]
        read_only_fields = fields

    def get_reversed_by(self, movement: StockMovement) -> str | None:
        reversal = getattr(movement, "reversal", None)
        return str(reversal.pk) if reversal else None
