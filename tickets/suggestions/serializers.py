"""Shapes of suggestions, of what they weigh, and of automatic dispatch."""

from typing import Any

from rest_framework import serializers

from sync.serializing import Input, Output
from tickets.complaints.serializers import PersonOutput
from tickets.suggestions.models import OBJECTIVES, AutoDispatchRule, AutoDispatchStop, AutomaticVisit, SuggestionWeights
from tickets.suggestions.selectors import WHY_NOT
from tickets.travel.selectors import Source

MOST = 50


class SuggestionsQuery(Input):
    """How many, within which window, and whether it is told who is not suggested."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=5)
    window_start = serializers.DateTimeField(required=False, help_text="Default: the promised one's, or now.")
    window_end = serializers.DateTimeField(required=False, help_text="Default: the promised one's, or some days on.")
    excluded = serializers.BooleanField(default=False, help_text="Tell who is not suggested, and why.")


class ObjectiveOutput(Output, serializers.Serializer[Any]):
    """One objective."""

    objective = serializers.ChoiceField(choices=OBJECTIVES)
    points = serializers.IntegerField(help_text="0 to 100.")
    figures = serializers.DictField(help_text="What the points come from.")
    text = serializers.CharField()
    text_zh = serializers.CharField()


class LegOutput(Output, serializers.Serializer[Any]):
    """A way."""

    seconds = serializers.IntegerField()
    metres = serializers.IntegerField()


class SuggestionOutput(Output, serializers.Serializer[Any]):
    """Somebody who could go there, and the first time at which they could."""

    technician = PersonOutput()
    score = serializers.IntegerField(help_text="0 to 100.")
    window_start = serializers.DateTimeField(source="slot.starts_at")
    window_end = serializers.DateTimeField(source="slot.ends_at")
    way_there = LegOutput(source="slot.way_there", allow_null=True, help_text="Null: not known.")
    way_on = LegOutput(source="slot.way_on", allow_null=True, help_text="To where they have to be next, if known.")
    reasons = ObjectiveOutput(many=True)


class ExcludedOutput(Output, serializers.Serializer[Any]):
    """Somebody who is not suggested."""

    technician = PersonOutput()
    reason = serializers.ChoiceField(choices=sorted(WHY_NOT))
    missing = serializers.ListField(child=serializers.CharField(), help_text="Codes of skills, numbers of parts.")
    text = serializers.CharField()
    text_zh = serializers.CharField()


class WeightsOutput(Output, serializers.ModelSerializer[SuggestionWeights]):
    """What suggestions weigh between two moments."""

    service_type = serializers.CharField(source="service_type.code", default=None, allow_null=True)

    class Meta:
        model = SuggestionWeights
        fields = ["id", "service_type", *OBJECTIVES, "parts_required", "holds_from", "holds_until"]
        read_only_fields = fields


class WeighedOutput(Output, serializers.Serializer[Any]):
    """What was weighed."""

    clock = serializers.IntegerField()
    travel = serializers.IntegerField()
    load = serializers.IntegerField()
    continuity = serializers.IntegerField()
    parts = serializers.IntegerField()
    parts_required = serializers.BooleanField()


class SuggestionsOutput(Output, serializers.Serializer[Any]):
    """The best first."""

    window_start = serializers.DateTimeField(help_text="From when on a time was looked for.")
    window_end = serializers.DateTimeField()
    weights = WeighedOutput()
    travel_source = serializers.ChoiceField(choices=[source.value for source in Source])
    suggestions = SuggestionOutput(many=True)
    excluded = ExcludedOutput(many=True, allow_null=True)


class AddWeightsInput(Input):
    """Only the proportion of the weights counts."""

    id = serializers.UUIDField(required=False)
    service_type = serializers.SlugField(default=None, allow_null=True, help_text="Its code. Null: all others.")
    clock = serializers.IntegerField(min_value=0, max_value=100, default=35)
    travel = serializers.IntegerField(min_value=0, max_value=100, default=25)
    load = serializers.IntegerField(min_value=0, max_value=100, default=15)
    continuity = serializers.IntegerField(min_value=0, max_value=100, default=10)
    parts = serializers.IntegerField(min_value=0, max_value=100, default=15)
    parts_required = serializers.BooleanField(default=False)
    holds_from = serializers.DateTimeField(required=False, help_text="Not in the past. Default: now.")
    holds_until = serializers.DateTimeField(default=None, allow_null=True, help_text="Null: until others begin.")


class EndWeightsInput(Input):
    """When they end; now, if that is not said."""

    holds_until = serializers.DateTimeField(required=False, help_text="Not in the past.")


class SetAutoDispatchInput(Input):
    """From which score on, in which hours of the territory: opens after closes is over night, the same is all day."""

    service_type = serializers.SlugField(help_text="Its code.")
    from_score = serializers.IntegerField(min_value=0, max_value=100, default=60)
    opens = serializers.TimeField()
    closes = serializers.TimeField()


class StopAutoDispatchInput(Input):
    """Why, for colleagues."""

    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class AutoDispatchRuleOutput(Output, serializers.ModelSerializer[AutoDispatchRule]):
    """A kind of service that is dispatched automatically."""

    service_type = serializers.CharField(source="service_type.code")

    class Meta:
        model = AutoDispatchRule
        fields = ["id", "service_type", "from_score", "opens", "closes"]
        read_only_fields = fields


class AutomaticVisitOutput(Output, serializers.ModelSerializer[AutomaticVisit]):
    """A visit that was dispatched automatically."""

    visit_id = serializers.UUIDField()
    technician = PersonOutput(source="visit.technician")
    status = serializers.CharField(source="visit.status")
    decline_reason = serializers.CharField(source="visit.decline_reason")

    class Meta:
        model = AutomaticVisit
        fields = ["visit_id", "technician", "score", "status", "decline_reason"]
        read_only_fields = fields


class AutoDispatchStopOutput(Output, serializers.ModelSerializer[AutoDispatchStop]):
    """Who took the ticket over. Nobody: there was nobody left to send."""

    stopped_by = PersonOutput(allow_null=True)

    class Meta:
        model = AutoDispatchStop
        fields = ["stopped_by", "stopped_at", "reason"]
        read_only_fields = fields


class AutoDispatchOutput(Output, serializers.Serializer[Any]):
    """How automatic dispatch stands with a ticket."""

    rule = AutoDispatchRuleOutput(allow_null=True, help_text="Of its kind of service. Null: people dispatch it.")
    waits = serializers.BooleanField(help_text="Somebody will be sent automatically, in the hours of the rule.")
    stop = AutoDispatchStopOutput(allow_null=True)
    visits = AutomaticVisitOutput(many=True)
