"""Shapes of allocations over HTTP."""

from rest_framework import serializers

from parts.allocations.models import Allocation
from parts.catalogue.serializers import PartReference
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField
from sync.serializing import Output


class AllocationOutput(Output, serializers.ModelSerializer[Allocation]):
    """Stock that is kept at a place for a visit: `remaining` nobody else takes. Ended, it was used, or given free."""

    location = LocationReference()
    part = PartReference()
    quantity = QuantityField()
    used = QuantityField()
    remaining = QuantityField(read_only=True)

    class Meta:
        model = Allocation
        fields = [
            "id",
            "location",
            "part",
            "quantity",
            "used",
            "remaining",
            "visit_id",
            "ticket_id",
            "technician",
            "made_by",
            "made_at",
            "ended_at",
            "released_by",
        ]
        read_only_fields = fields
