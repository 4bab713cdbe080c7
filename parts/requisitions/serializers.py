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


class RequisitionOperation(Input):
    """Which requisition a phone means."""

    requisition_id = serializers.UUIDField()


class ApprovedLineInput(Input):
    """So much of a line, which may be nothing."""

    line_id = serializers.UUIDField()
    quantity = QuantityField(min_value=Decimal(0))


class ApproveRequisitionInput(Input):
    """Of which lines less is approved than was wanted."""

    lines = ApprovedLineInput(many=True, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class RejectRequisitionInput(Input):
    """Why nothing is sent."""

    reason = serializers.CharField(max_length=1000)


class ReleaseRequisitionInput(Input):
    """From where it is sent; `lines` say which units, or what instead."""

    from_location_id = serializers.UUIDField(required=False)
    lines = TransferLineInput(many=True, allow_empty=False, max_length=MOST_LINES, required=False)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class RequisitionLineOutput(Output, serializers.ModelSerializer[RequisitionLine]):
    """What is wanted of a part, and how much was approved."""

    part = PartReference()
    quantity = QuantityField()
    approved = QuantityField(allow_null=True)

    class Meta:
        model = RequisitionLine
        fields = ["id", "part", "quantity", "approved", "note"]
        read_only_fields = fields


class RequisitionOutput(Output, serializers.ModelSerializer[Requisition]):
    """Somebody asks for parts. `transfers` bring what was approved."""

    location = LocationReference()
    depot = LocationReference(allow_null=True)
    lines = RequisitionLineOutput(many=True)
    transfers = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)

    class Meta:
        model = Requisition
        fields = [
            "id",
            "status",
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
            "ended_at",
            "lines",
            "transfers",
        ]
        read_only_fields = fields
