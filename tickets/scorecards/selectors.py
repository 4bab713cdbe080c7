"""Scores: what the indicators say of somebody in a month, what that is worth, and all of it together.

A criterion of which nothing is known counts neither for nor against: its weight is shared out among the others in
proportion to theirs. So with the points p and the weights w of the criteria of which something is known

    score = Σ p·w / Σ w        coverage = Σ w / 100
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Territory, User
from sync.rows import with_related
from tickets.scorecards.models import Criterion, Scorecard, ScorecardVersion, ScoreMark, Subject
from tickets.scorecards.reckoning import Month, Question, Told

NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion of a score. `correction` is the supervisor's mark that counts, if there is one."""

    criterion: Criterion
    told: Told
    correction: ScoreMark | None

    @property
    def reckoned(self) -> float | None:
        """From 0 to 100; None of what is too little to say anything, and of what nothing reckons."""
        worst, best, value = self.criterion.worst, self.criterion.best, self.told.value
        if worst is None or best is None or value is None or self.told.of < self.criterion.least:
            return None
        return round(100 * min(max((value - worst) / (best - worst), 0), 1), 1)

    @property
    def points(self) -> float | None:
        """From 0 to 100; None where nothing is known."""
        return self.reckoned if self.correction is None else self.correction.points


@dataclass(frozen=True, slots=True)
class Score:
    """What somebody, or a territory, is worth by a scorecard in a month."""

    subject: User | Territory
    lines: Sequence[Line]

    @property
    def known(self) -> int:
        """How much of the weight is on criteria of which something is known; with 100 nothing is missing."""
        return sum(line.criterion.weight for line in self.lines if line.points is not None)

    @property
    def coverage(self) -> float:
        """The same as a share."""
        return self.known / 100

    @property
    def value(self) -> float | None:
        """From 0 to 100; None where nothing is known at all."""
        points = sum(line.points * line.criterion.weight for line in self.lines if line.points is not None)
        return round(points / self.known, 1) if self.known else None

    def share(self, line: Line) -> float:
        """How much a criterion counts for here, of 1: its weight, and what came to it of those without points."""
        return round(line.criterion.weight / self.known, 4) if line.points is not None else 0.0


def version_of(scorecard: Scorecard, month: Month) -> ScorecardVersion | None:
    """What the scorecard weighs in this month, with its criteria."""
    lasting = Q(valid_until=None) | Q(valid_until__gte=month.last)
    versions = scorecard.versions.filter(lasting, valid_from__lte=month.first).select_related("scorecard")
    return versions.prefetch_related("criteria").first()


def scores(
    version: ScorecardVersion,
    subjects: Sequence[User] | Sequence[Territory],
    *,
    places: Collection[Territory],
    month: Month,
    at: datetime,
) -> list[Score]:
    """Of each of these people, for what they did in these places; or of each of these territories."""
    criteria = list(version.criteria.all())
    question = Question(
        kind=Subject(version.scorecard.subject),
        ids=[subject.pk for subject in subjects],
        places=places,
        month=month,
        at=at,
    )
    answers = question.answers({criterion.indicator for criterion in criteria})
    marks = _marks(criteria, places=places, month=month)

    def line(criterion: Criterion, pk: UUID) -> Line:
        told = answers.get(criterion.indicator, {}).get(pk, NOTHING)
        return Line(criterion, told, marks.get((criterion.pk, pk)))

    return [Score(subject, [line(criterion, subject.pk) for criterion in criteria]) for subject in subjects]


def _marks(
    criteria: Collection[Criterion], *, places: Collection[Territory], month: Month
) -> dict[tuple[UUID, UUID], ScoreMark]:
    """The newest of each criterion that was not taken back, by whom or what it is about."""
    marks = ScoreMark.objects.filter(criterion__in=criteria, territory__in=places, month=month.first)
    newest = marks.order_by("criterion_id", "territory_id", "person_id", "-marked_at", "-id")
    found = marks_with_shown(newest.distinct("criterion_id", "territory_id", "person_id"))
    return {(mark.criterion_id, mark.person_id or mark.territory_id): mark for mark in found if mark.points is not None}


def marks_with_shown(marks: QuerySet[ScoreMark]) -> QuerySet[ScoreMark]:
    """With all that the output of a mark shows of other tables, in one query."""
    return with_related(marks, person=("name",), marked_by=("name",))


def scorecards_with_shown(scorecards: QuerySet[Scorecard]) -> QuerySet[Scorecard]:
    """With their versions, and what each of them weighs."""
    versions = with_related(ScorecardVersion.objects.order_by("valid_from"), made_by=("name",))
    return scorecards.prefetch_related(Prefetch("versions", versions.prefetch_related("criteria")))
