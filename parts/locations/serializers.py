"""Shapes of locations over HTTP."""

from rest_framework import serializers

from parts.locations.models import Location
from sync.serializing import Input, Output


class CreateLocationInput(Input):
    """A new place for stock. Depots and vans need a territory; only vans have a keeper."""

    id = serializers.UUIDField(required=False)
    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    kind = serializers.ChoiceField(Location.Kind.choices)
    territory_id = serializers.UUIDField(required=False, allow_null=True)
    keeper_id = serializers.UUIDField(required=False, allow_null=True)


class ChangeLocationInput(Input):
    """What changes of a place."""

    code = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=120, required=False)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    territory_id = serializers.UUIDField(required=False, allow_null=True)
    keeper_id = serializers.UUIDField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class LocationOutput(Output, serializers.ModelSerializer[Location]):
    """A place that holds stock."""

    class Meta:
        model = Location
        fields = ["id", "code", "name", "name_zh", "kind", "territory", "keeper", "is_active"]
        read_only_fields = fields


class LocationReference(serializers.ModelSerializer[Location]):
    """A place as other things name it."""

    class Meta:
        model = Location
        fields = ["id", "code", "name", "name_zh", "kind"]
        read_only_fields = fields
