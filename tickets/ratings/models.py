"""Reasons of a rating."""

from django.db import models
from django.db.models import F, Q

from sync.audit.triggers import audited
from sync.ids import uuid7


class RatingReason(models.Model):
    """Something that a resident may name beside a score from `lowest` to `highest`: "came late" with 1 to 3.

    Nothing is deleted, as ratings name it: `is_active` takes one off the list.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
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
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.text
