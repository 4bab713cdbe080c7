"""What lists of scorecards and marks can be narrowed to."""

import django_filters as filters

from tickets.scorecards.models import Scorecard, ScoreMark, Subject


class ScorecardFilter(filters.FilterSet):  # type: ignore[misc]
    """Scorecards by whom they judge."""

    subject = filters.ChoiceFilter(choices=Subject.choices)
    code = filters.CharFilter()

    class Meta:
        model = Scorecard
        fields: list[str] = []


class ScoreMarkFilter(filters.FilterSet):  # type: ignore[misc]
    """Marks by place, person, month and criterion, and by who gave them when."""

    territory = filters.UUIDFilter()
    person = filters.UUIDFilter()
    month = filters.DateFilter()
    criterion = filters.UUIDFilter()
    scorecard = filters.UUIDFilter("criterion__version__scorecard")
    marked_by = filters.UUIDFilter()
    marked_after = filters.IsoDateTimeFilter("marked_at", "gte")
    marked_before = filters.IsoDateTimeFilter("marked_at", "lt")

    class Meta:
        model = ScoreMark
        fields: list[str] = []
