"""Shapes of discrepancies over HTTP."""

from rest_framework import serializers

from parts.catalogue.serializers import PartReference
from parts.discrepancies.models import Discrepancy
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from sync.serializing import Input, Output


class SettleDiscrepancyInput(Input):
    """How the books and the shelf came to agree. `serial` names a unit that nobody had read when it was used."""

    settlement = serializers.ChoiceField(Discrepancy.Settlement.choices)
    note = serializers.CharField(max_length=1000)
    serial = serializers.CharField(max_length=100, required=False, allow_blank=True)


class DiscrepancyOutput(Output, serializers.ModelSerializer[Discrepancy]):
    """What the books say could not happen: `movement` is what happened, `found` what had to be there first."""

    location = LocationReference()
    part = PartReference()
    quantity = QuantityField()
    stocktake = serializers.UUIDField(source="stocktake_line.stocktake_id", allow_null=True, default=None)
    transfer = serializers.UUIDField(source="transfer_line.transfer_id", allow_null=True, default=None)

    class Meta:
        model = Discrepancy
        fields = [
            "id",
            "kind",
            "status",
            "location",
            "part",
            "quantity",
            "serial",
            "owner",
            "movement",
            "found",
            "transfer",
            "stocktake",
            "reason",
            "ticket_id",
            "visit_id",
            "opened_at",
            "settlement",
            "settled_at",
            "settled_by",
            "note",
        ]
        read_only_fields = fields
