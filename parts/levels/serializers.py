"""Shapes of stock levels over HTTP."""

from collections.abc import Mapping
from uuid import UUID

from rest_framework import serializers

from parts.catalogue.serializers import PartReference
from parts.levels.models import StockLevel
from parts.levels.selectors import Position
from parts.locations.serializers import LocationReference
from parts.quantities import QuantityField, plain
from parts.stock.serializers import MOST_LINES
from sync.serializing import Input, Output


class LevelInput(Input):
    """How much of a part is to lie there, and below what it is filled up: without `minimum`, below that."""

    part_id = serializers.UUIDField()
    par = QuantityField(allow_null=True, help_text="Null: no matter how much.")
    minimum = QuantityField(required=False, allow_null=True)


class SetLevelsInput(Input):
    """Levels of some parts at a place; those of other parts stay."""

    location_id = serializers.UUIDField()
    lines = LevelInput(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]


class StockLevelOutput(Output, serializers.ModelSerializer[StockLevel]):
    """How much of a part is to lie at a place, and how much is there, in good condition, or coming.

    `coming` is what was asked for or is on its way; `lacking` what it takes to fill it up, if it is below its minimum.
    """

    location = LocationReference()
    part = PartReference()
    minimum = QuantityField()
    par = QuantityField()
    on_hand = serializers.SerializerMethodField()
    coming = serializers.SerializerMethodField()
    lacking = serializers.SerializerMethodField()

    class Meta:
        model = StockLevel
        fields = ["id", "location", "part", "minimum", "par", "on_hand", "coming", "lacking"]
        read_only_fields = fields

    def get_on_hand(self, level: StockLevel) -> str:
        return plain(self._position(level).on_hand)

    def get_coming(self, level: StockLevel) -> str:
        return plain(self._position(level).coming)

    def get_lacking(self, level: StockLevel) -> str:
        return plain(self._position(level).lacking)

    def _position(self, level: StockLevel) -> Position:
        positions: Mapping[UUID, Position] = self.context["positions"]
        return positions[level.pk]
