"""Shapes of scorecards and scores over HTTP."""

from typing import Any

from rest_framework import serializers

from accounts.models import Language
from sync.serializing import Input, Output
from tickets.callbacks.serializers import DAYS
from tickets.complaints.serializers import PersonOutput
from tickets.reports.formulas import Unit
from tickets.scorecards.indicators import INDICATORS, MARK
from tickets.scorecards.models import Criterion, Scorecard, ScorecardVersion, ScoreMark, Subject
from tickets.scorecards.selectors import Line, Score

WEIGHED = [*INDICATORS, MARK]


class RenameScorecardInput(Input):
    """Other words for the same."""

    name = serializers.CharField(max_length=200, required=False)
    name_zh = serializers.CharField(max_length=200, required=False)


class CreateScorecardInput(Input):
    """A new scorecard."""

    id = serializers.UUIDField(required=False)
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=200)
    name_zh = serializers.CharField(max_length=200)
    subject = serializers.ChoiceField(Subject.choices)


class CriterionInput(Input):
    """What counts, and how much."""

    indicator = serializers.ChoiceField(WEIGHED)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Of a mark.")
    name_zh = serializers.CharField(required=False, allow_blank=True, max_length=200)
    weight = serializers.IntegerField(min_value=1, max_value=100)
    worst = serializers.FloatField(required=False, allow_null=True, help_text="Worth no points, as what is worse.")
    best = serializers.FloatField(required=False, allow_null=True, help_text="Worth 100 points, as what is better.")
    least = serializers.IntegerField(
        required=False, min_value=1, max_value=10_000, help_text="Of fewer it says nothing. Default: 1."
    )


class AddVersionInput(Input):
    """What is weighed from when until when."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one version.")
    valid_from = serializers.DateField(validators=DAYS, help_text="The first day of a month to come.")
    valid_until = serializers.DateField(validators=DAYS, required=False, allow_null=True, help_text="The last of one.")
    criteria = CriterionInput(many=True, allow_empty=False)


class EndVersionInput(Input):
    """Until when it holds."""

    valid_until = serializers.DateField(validators=DAYS, help_text="The last day of a month.")


class CriterionOutput(Output, serializers.ModelSerializer[Criterion]):
    """What counts, and how much."""

    class Meta:
        model = Criterion
        fields = ["id", "indicator", "name", "name_zh", "weight", "worst", "best", "least"]
        read_only_fields = fields


class ScorecardVersionOutput(Output, serializers.ModelSerializer[ScorecardVersion]):
    """What a scorecard weighs from one month to another."""

    made_by = PersonOutput(allow_null=True)
    criteria = CriterionOutput(many=True)

    class Meta:
        model = ScorecardVersion
        fields = ["id", "valid_from", "valid_until", "made_by", "made_at", "criteria"]
        read_only_fields = fields


class ScorecardOutput(Output, serializers.ModelSerializer[Scorecard]):
    """A scorecard with all its versions, the oldest first."""

    versions = ScorecardVersionOutput(many=True)

    class Meta:
        model = Scorecard
        fields = ["id", "code", "name", "name_zh", "subject", "versions"]
        read_only_fields = fields


class IndicatorOutput(serializers.Serializer[Any]):
    """What can be weighed, and of whom."""

    indicator = serializers.CharField(source="name")
    unit = serializers.ChoiceField([*Unit], help_text="In which `worst` and `best` are said.")
    name = serializers.CharField(source="english")
    name_zh = serializers.CharField(source="chinese")
    subjects = serializers.ListField(child=serializers.ChoiceField(Subject.choices))


class ScoresQuery(Input):
    """Of which month and place."""

    month = serializers.DateField(validators=DAYS, required=False, help_text="Any day of it. Default: this month.")
    territory = serializers.UUIDField(required=False, help_text="Where; needed for people.")
    person = serializers.UUIDField(required=False)
    language = serializers.ChoiceField(Language.choices, required=False, help_text="Of tables; your own unless told.")
    cursor = serializers.CharField(required=False, help_text="From `next` or `previous` of another page.")
    page_size = serializers.IntegerField(required=False, help_text="Rows in a page, up to 200.")


class ScoreMarkInput(Input):
    """Points that nothing reckons, or others than what was reckoned."""

    id = serializers.UUIDField(required=False, help_text="Made by the client: a repeated request is one mark.")
    criterion_id = serializers.UUIDField()
    territory_id = serializers.UUIDField()
    person_id = serializers.UUIDField(required=False, allow_null=True, help_text="None for a territory.")
    month = serializers.DateField(validators=DAYS, help_text="Any day of it.")
    points = serializers.IntegerField(min_value=0, max_value=100, allow_null=True, help_text="Null takes it back.")
    reason = serializers.CharField(max_length=1_000)


class ScoreMarkOutput(Output, serializers.ModelSerializer[ScoreMark]):
    """What a supervisor said, and why."""

    criterion_id = serializers.UUIDField()
    territory_id = serializers.UUIDField()
    person = PersonOutput(allow_null=True)
    marked_by = PersonOutput()

    class Meta:
        model = ScoreMark
        fields = [
            "id",
            "criterion_id",
            "territory_id",
            "person",
            "month",
            "points",
            "reason",
            "marked_by",
            "marked_at",
        ]
        read_only_fields = fields


class ScoredOutput(serializers.Serializer[Any]):
    """Who or what is judged."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ScoreLineOutput(serializers.Serializer[Any]):
    """One criterion: what the indicator says, what that is worth, and how much of it counts here."""

    criterion_id = serializers.UUIDField()
    indicator = serializers.ChoiceField(WEIGHED)
    name = serializers.CharField()
    name_zh = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="As in reports; null where there is nothing to tell of.")
    of = serializers.IntegerField(help_text="How many tickets, promises or reviews it speaks of.")
    reckoned = serializers.FloatField(allow_null=True, help_text="Points, before any correction.")
    correction = ScoreMarkOutput(allow_null=True)
    points = serializers.FloatField(allow_null=True, help_text="0 to 100; null where nothing is known.")
    weight = serializers.IntegerField(help_text="Of 100.")
    share = serializers.FloatField(help_text="Of 1: the weight, and what came to it of criteria without points.")


class ScoreOutput(serializers.Serializer[Any]):
    """What somebody, or a territory, is worth in a month."""

    subject = ScoredOutput()
    score = serializers.FloatField(allow_null=True, help_text="0 to 100; null where nothing is known.")
    coverage = serializers.FloatField(help_text="How much of the weight is on criteria of which something is known.")
    criteria = ScoreLineOutput(many=True)


class ScoresOutput(serializers.Serializer[Any]):
    """A page of scores, by name."""

    month = serializers.DateField(help_text="Its first day.")
    version_id = serializers.UUIDField()
    as_of = serializers.DateTimeField(help_text="What was known by then is counted.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ScoreOutput(many=True)


def score_body(score: Score) -> dict[str, Any]:
    """One score as it is told."""
    return {
        "subject": {"id": score.subject.pk, "name": score.subject.name},
        "score": score.value,
        "coverage": score.coverage,
        "criteria": [_line_body(score, line) for line in score.lines],
    }


def names_of(criterion: Criterion) -> tuple[str, str]:
    """English, Chinese: of a mark its own, of an indicator those of reports, unless it was given others."""
    indicator = INDICATORS.get(criterion.indicator)
    english, chinese = (indicator.english, indicator.chinese) if indicator else ("", "")
    return criterion.name or english, criterion.name_zh or chinese


def _line_body(score: Score, line: Line) -> dict[str, Any]:
    criterion = line.criterion
    name, name_zh = names_of(criterion)
    return {
        "criterion_id": criterion.pk,
        "indicator": criterion.indicator,
        "name": name,
        "name_zh": name_zh,
        "value": line.told.value,
        "of": line.told.of,
        "reckoned": line.reckoned,
        "correction": line.correction and ScoreMarkOutput(line.correction).data,
        "points": line.points,
        "weight": criterion.weight,
        "share": score.share(line),
    }
