from rest_framework import serializers

from accounts.territories.models import Skill, Territory
from sync.serializing import Output


class TerritoryOutput(Output, serializers.ModelSerializer[Territory]):
    """An area with its own desk and technicians."""

    class Meta:
        model = Territory
        fields = ["id", "code", "name", "name_zh", "time_zone", "is_active"]
        read_only_fields = fields


class SkillOutput(Output, serializers.ModelSerializer[Skill]):
    """Something that a technician has learnt."""

    class Meta:
        model = Skill
        fields = ["id", "code", "name", "name_zh"]
        read_only_fields = fields
