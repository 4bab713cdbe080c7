"""Shapes of transfers over HTTP and from phones."""

from decimal import Decimal

from rest_framework import serializers

from parts.catalogue.serializers import PartReference
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from parts.stock.models import Condition
from parts.stock.serializers import MOST_LINES
from parts.transfers.models import Transfer, TransferLine, TransferReceipt, TransferReceiptLine
from parts.transfers.picking import Instead, Pick
from sync.serializing import Input, Output


class TransferLineInput(Input):
    """So much of a part; each unit that is followed by serial has a line of its own before it is dispatched."""

    part_id = serializers.UUIDField()
    quantity = QuantityField()
    serial = serializers.CharField(max_length=100, required=False, allow_blank=True)
    condition = serializers.ChoiceField(Condition.choices, required=False)


class CreateTransferInput(Input):
    """What is to be sent from where to where."""

    id = serializers.UUIDField(required=False)
    from_location_id = serializers.UUIDField()
    to_location_id = serializers.UUIDField()
    lines = TransferLineInput(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ChangeTransferInput(Input):
    """Other lines for a draft (all of them), or another note."""

    lines = TransferLineInput(many=True, allow_empty=False, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class CancelTransferInput(Input):
    """Why nothing is sent after all."""

    reason = serializers.CharField(max_length=1000)


class ReceiptLineInput(Input):
    """How much has come of a line in all, how much of that damaged, and why it is not as it was sent."""

    line_id = serializers.UUIDField()
    quantity = QuantityField(min_value=Decimal(0))
    damaged = QuantityField(min_value=Decimal(0), required=False)
    serial = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="Of the unit in the box, if it was another one."
    )
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ReceiveTransferInput(Input):
    """What has come of a transfer. A line that is not named is not spoken of. The same id is the same receipt."""

    id = serializers.UUIDField(required=False)
    lines = ReceiptLineInput(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ReceiveTransferOperation(ReceiveTransferInput):
    """The same from a phone."""

    transfer_id = serializers.UUIDField()


class TransferLineOutput(Output, serializers.ModelSerializer[TransferLine]):
    """What was sent, and how much of it has `arrived` (`damaged` of that); what is `settled` does not come any more."""

    part = PartReference()
    quantity = QuantityField()
    arrived = QuantityField()
    damaged = QuantityField()
    settled = QuantityField()

    class Meta:
        model = TransferLine
        fields = ["id", "wanted", "part", "condition", "quantity", "serial", "arrived", "damaged", "settled"]
        read_only_fields = fields


class ReceiptLineOutput(Output, serializers.ModelSerializer[TransferReceiptLine]):
    """What somebody said had come of a line."""

    quantity = QuantityField()
    damaged = QuantityField()

    class Meta:
        model = TransferReceiptLine
        fields = ["line", "quantity", "damaged", "serial", "reason"]
        read_only_fields = fields


class TransferReceiptOutput(Output, serializers.ModelSerializer[TransferReceipt]):
    """Somebody's word on what had come, as it was told."""

    lines = ReceiptLineOutput(many=True)

    class Meta:
        model = TransferReceipt
        fields = ["id", "received_by", "note", "occurred_at", "received_at", "flags", "lines"]
        read_only_fields = fields


class TransferOutput(Output, serializers.ModelSerializer[Transfer]):
    """Parts sent from one of our places to another."""

    from_location = LocationReference()
    to_location = LocationReference()
    lines = TransferLineOutput(many=True)
    receipts = TransferReceiptOutput(many=True)

    class Meta:
        model = Transfer
        fields = [
            "id",
            "status",
            "from_location",
            "to_location",
            "requisition",
            "note",
            "created_by",
            "created_at",
            "dispatched_by",
            "dispatched_at",
            "ended_at",
            "cancelled_by",
            "cancel_reason",
            "lines",
            "receipts",
        ]
        read_only_fields = fields


class InsteadOutput(Output, serializers.Serializer[Instead]):
    """What may be sent instead, and how much of it is there."""

    part = PartReference()
    on_hand = QuantityField()


class PickOutput(Output, serializers.Serializer[Pick]):
    """What to take of a line, and what to do where it is not there."""

    line = serializers.UUIDField(source="line.pk")
    part = PartReference(source="line.part")
    condition = serializers.ChoiceField(Condition.choices, source="line.condition")
    quantity = QuantityField(source="line.quantity")
    serial = serializers.CharField(source="line.serial")
    on_hand = QuantityField(help_text="What is left there for this line, in this condition.")
    missing = QuantityField()
    units = serializers.ListField(
        child=serializers.CharField(), help_text="Serials to choose from, where the line names none."
    )
    instead = InsteadOutput(many=True, help_text="Where something is missing.")
