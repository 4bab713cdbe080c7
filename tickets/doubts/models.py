"""Doubts about check-ins, and the marks by which they are judged."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from sync.ids import uuid7
from tickets.visits.models import CheckIn


class Doubt(models.Model):
    """Something about a check-in speaks against it. Derived (`judging.py`), except for who has looked at it.

    `score` is how far it can be trusted, from 100 (fully) down to 0. `reasons` maps the code of each reason to what it
    goes by (`reasons.py`). Nothing was refused for it, and nothing waits for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    check_in = models.OneToOneField(CheckIn, on_delete=models.PROTECT, related_name="doubt")
    occurred_at = models.DateTimeField(help_text="Of the check-in.")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True)
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=1_000, blank=True)

    class Meta:
        ordering = ("-occurred_at", "-id")
        constraints = [
            models.CheckConstraint(condition=Q(score__lte=100), name="score_of_a_check_in"),
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by=None) | Q(looked_at__isnull=False, looked_by__isnull=False),
                name="who_looked_at_a_doubt_and_when",
            ),
        ]
        indexes = [
            models.Index(F("occurred_at").desc(), F("id").desc(), name="doubts_by_time"),
            models.Index(
                F("occurred_at").desc(), F("id").desc(), condition=Q(looked_at=None), name="doubts_to_look_at"
            ),
            GinIndex("reasons", name="doubts_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.check_in_id}: {self.score}"


class DoubtMark(models.Model):
    """A check-in that has to be judged. Left by a trigger, whoever wrote and however."""

    id = models.BigAutoField(primary_key=True)
    check_in_id = models.UUIDField()

    def __str__(self) -> str:
        return str(self.check_in_id)
