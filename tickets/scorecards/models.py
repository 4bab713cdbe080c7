"""A scorecard, what it weighs from which month on, and what supervisors have said by hand."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.complaints.models import append_only

WEIGHTS_ADD_UP = """
    IF EXISTS (SELECT FROM tickets_scorecardversion WHERE id = coalesce(NEW.version_id, OLD.version_id))
       AND (SELECT sum(weight) FROM tickets_criterion WHERE version_id = coalesce(NEW.version_id, OLD.version_id))
           IS DISTINCT FROM 100 THEN
        RAISE EXCEPTION 'the weights of a scorecard add up to 100' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
HAS_BEGUN = """
    IF (SELECT valid_from FROM tickets_scorecardversion WHERE id = OLD.version_id) <= CURRENT_DATE THEN
        RAISE EXCEPTION 'what people are judged by already is not changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
"""


class Subject(models.TextChoices):
    """Who or what is judged. People are judged by territory: by what they did there."""

    TECHNICIAN = "technician"
    AGENT = "agent"
    TERRITORY = "territory"


class DaysRange(Func):
    """The days from one column to another, both included; without an end it goes on."""

    template = "daterange(%(expressions)s)"
    output_field = DateRangeField()

    def __init__(self, first: str, last: str) -> None:
        super().__init__(F(first), F(last), Value("[]"))


class Scorecard(models.Model):
    """By what technicians, agents or territories are judged. What that is says the version that holds in a month."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200)
    subject = models.CharField(max_length=10, choices=Subject)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_scorecard_per_code"),
            models.CheckConstraint(
                condition=Q(subject__in=("technician", "agent", "territory")), name="scorecard_subject_is_known"
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class ScorecardVersion(models.Model):
    """What a scorecard weighs, from the first day of a month to the last day of one. It never changes but its end.

    One that has not begun can be deleted; the database keeps those that have.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="versions")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="The last day; empty: until another one begins.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            ExclusionConstraint(
                name="one_scorecard_version_at_a_time",
                expressions=[
                    ("scorecard", RangeOperators.EQUAL),
                    (DaysRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(valid_from__day=1), name="scorecard_version_begins_with_a_month"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="scorecard_version_ends_after_it_begins",
            ),
        ]
        triggers = [
            *audited(),
            pgtrigger.Protect(
                name="only_its_end_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["valid_until"]),
            ),
            pgtrigger.Protect(
                name="begun_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.valid_from <= CURRENT_DATE"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} from {self.valid_from}"


class Criterion(models.Model):
    """What counts, and how much: an indicator, or (`mark`) what a supervisor says under a name of its own.

    A value of `worst` is worth no points and one of `best` 100, in between in proportion; `worst` may be the greater
    one. Of fewer than `least` tickets, promises or whatever it speaks of it says nothing. Never changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(ScorecardVersion, on_delete=models.CASCADE, related_name="criteria")
    place = models.PositiveSmallIntegerField()
    indicator = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True, help_text="Of a mark. Indicators have the words of reports.")
    name_zh = models.CharField(max_length=200, blank=True)
    weight = models.PositiveSmallIntegerField()
    worst = models.FloatField(null=True)
    best = models.FloatField(null=True)
    least = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint("version", "place", name="one_criterion_per_place"),
            models.UniqueConstraint(
                "version", "indicator", condition=~Q(indicator="mark"), name="indicator_is_weighed_once"
            ),
            models.CheckConstraint(condition=Q(weight__range=(1, 100)), name="criterion_has_a_weight"),
            models.CheckConstraint(
                condition=Q(indicator="mark", worst=None, best=None) & ~Q(name="") & ~Q(name_zh="")
                | ~Q(indicator="mark") & Q(worst__isnull=False, best__isnull=False) & ~Q(worst=F("best")),
                name="criterion_says_what_is_best",
            ),
        ]
        triggers = [
            *audited(root="{row}.version_id"),
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="begun_is_kept",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=HAS_BEGUN,
            ),
            pgtrigger.Trigger(
                name="weights_add_up",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=WEIGHTS_ADD_UP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weight} % {self.name or self.indicator}"


class ScoreMark(models.Model):
    """What a supervisor says of somebody (without person: of the territory) in a month, with the reason. Append only.

    For a criterion that nothing reckons these are its points; for another it is a correction that stands beside what
    was reckoned. The newest counts; without `points` it takes back those before it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="marks")
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    month = models.DateField(help_text="Its first day.")
    points = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField()
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField()

    class Meta:
        ordering = ["-marked_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="score_mark_is_of_a_month"),
            models.CheckConstraint(condition=Q(points=None) | Q(points__range=(0, 100)), name="score_mark_is_0_to_100"),
            models.CheckConstraint(condition=~Q(reason=""), name="score_mark_says_why"),
            models.CheckConstraint(
                condition=Q(person=None) | ~Q(person=F("marked_by")), name="nobody_marks_their_own_score"
            ),
        ]
        indexes = [
            models.Index("territory", "month", "criterion", name="score_marks_of_a_month"),
            models.Index("territory", F("marked_at").desc(), F("id").desc(), name="score_marks_newest_first"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.points} of 100"
