"""Shapes of requisitions over HTTP and from phones."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from parts.catalogue.serializers import PartReference
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from parts.requisitions.models import Requisition, RequisitionLine
from parts.stock.serializers import MOST_LINES
from parts.transfers.serializers import TransferLineInput
from sync.serializing import Input, Output


class RequisitionLineInput(Input):
    """So much of a part, which may be a provisional one."""

    part_id = serializers.UUIDField()
    quantity = QuantityField()
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class SubmitRequisitionInput(Input):
    """What is wanted, where, from which depot (if that is known), and for what. The same id is the same requisition."""

    id = serializers.UUIDField(required=False)
    location_id = serializers.UUIDField()
    depot_id = serializers.UUIDField(required=False, allow_null=True)
    lines = RequisitionLineInput(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    ticket_id = serializers.UUIDField(required=False, allow_null=True)
    visit_id = serializers.UUIDField(required=False, allow_null=True)
    needed_by = serializers.DateTimeField(required=False, allow_null=True)


class ProposeInput(Input):
    """The place that is to be filled up to its levels."""

    location_id = serializers.UUIDField()


class RequisitionOperation(Input):
    """Which requisition a phone means."""

    requisition_id = serializers.UUIDField()


class ApprovedLineInput(Input):
    """So much of a line, which may be nothing (all of it, if that is not said), or another part instead."""

    line_id = serializers.UUIDField()
    quantity = QuantityField(min_value=Decimal(0), required=False)
    substitute_id = serializers.UUIDField(required=False, allow_null=True, help_text="A part that may take its place.")


class ApproveRequisitionInput(Input):
    """Of which lines less is approved than was wanted, or something else."""

    lines = ApprovedLineInput(many=True, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class RejectRequisitionInput(Input):
    """Why nothing is sent."""

    reason = serializers.CharField(max_length=1000)


class DropRestInput(Input):
    """Why what is on no transfer by now does not follow."""

    reason = serializers.CharField(max_length=1000)


class ReleaseRequisitionInput(Input):
    """From where it is sent; `lines` say which units, what instead, or how much for now."""

    from_location_id = serializers.UUIDField(required=False)
    lines = TransferLineInput(many=True, allow_empty=False, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class RequisitionLineOutput(Output, serializers.ModelSerializer[RequisitionLine]):
    """What is wanted of a part, and how much was approved, perhaps of a `substitute`. `sent` is on transfers.

    `reckoning` says why it was proposed: `on_hand`, `coming`, `minimum` and `par` as they were.
    """

    part = PartReference()
    quantity = QuantityField()
    approved = QuantityField(allow_null=True)
    substitute = PartReference(allow_null=True)
    sent = QuantityField(read_only=True)
    reckoning = serializers.DictField(child=serializers.CharField(), allow_null=True)

    class Meta:
        model = RequisitionLine
        fields = ["id", "part", "quantity", "approved", "substitute", "sent", "reckoning", "note"]
        read_only_fields = fields


class RequisitionOutput(Output, serializers.ModelSerializer[Requisition]):
    """Somebody asks for parts. `transfers` bring what was approved.

    `value` is what it is worth by the catalogue: what was approved of it or, as long as nobody has decided, all of it;
    null if nobody can say. `above_limit` says that it takes a supervisor to approve it.
    """

    location = LocationReference()
    depot = LocationReference(allow_null=True)
    lines = RequisitionLineOutput(many=True)
    transfers = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    value = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True, read_only=True)
    above_limit = serializers.BooleanField(source="is_above_limit", read_only=True)

    class Meta:
        model = Requisition
        fields = [
            "id",
            "status",
            "origin",
            "location",
            "depot",
            "requested_by",
            "reason",
            "ticket_id",
            "visit_id",
            "needed_by",
            "occurred_at",
            "received_at",
            "flags",
            "decided_by",
            "decided_at",
            "decision_note",
            "drop_reason",
            "ended_at",
            "value",
            "above_limit",
            "lines",
            "transfers",
        ]
        read_only_fields = fields
