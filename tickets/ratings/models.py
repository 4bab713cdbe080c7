"""Reasons of ratings, and what technicians say of the help they had. Residents' ratings stand with their tickets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.complaints.models import append_only
from tickets.reports.marks import report_marks


class RatingReason(models.Model):
    """Something that whose it is may name beside a score from `lowest` to `highest`: "came late" with 1 to 3.

    Nothing is deleted, as ratings name it: `is_active` takes one off the list.
    """

    class Whose(models.TextChoices):
        RESIDENT = "resident", "Of residents, about the repair"
        TECHNICIAN = "technician", "Of technicians, about the help they had"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whose = models.CharField(max_length=10, choices=Whose, default=Whose.RESIDENT)
    code = models.SlugField(max_length=40)
    text = models.CharField(max_length=200)
    text_zh = models.CharField(max_length=200)
    lowest = models.PositiveSmallIntegerField(default=1)
    highest = models.PositiveSmallIntegerField(default=5)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_rating_reason_per_code"),
            models.CheckConstraint(
                condition=Q(lowest__gte=1, highest__lte=5, highest__gte=F("lowest")),
                name="rating_reason_goes_with_scores",
                violation_error_message="Give scores from 1 to 5, the lower one first.",
            ),
            models.CheckConstraint(
                condition=Q(whose__in=("resident", "technician")), name="rating_reason_is_somebodys"
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.text


class VisitRating(models.Model):
    """How satisfied its technician was with the help they had for a visit, 1 (not at all) to 5, and why. Append only.

    It is about how they were sent, helped and informed, and about parts. Once per visit. `reasons` are codes of
    `RatingReason`. For supervisors alone: the desk that is spoken of does not read it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    visit = models.OneToOneField("tickets.Visit", on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    comment = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__range=(1, 5)), name="visit_rating_is_1_to_5")]
        indexes = [models.Index(F("occurred_at").desc(), F("id").desc(), name="visit_ratings_newest_first")]
        triggers = [
            *report_marks(key="(SELECT ticket_id FROM tickets_visit WHERE id = visit_id)", append_only=True),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.score}/5"
