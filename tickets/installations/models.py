"""Installations and their acceptance."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from sync.feed.marks import feed_marks
from sync.ids import uuid7
from tickets.complaints.models import Ticket


class Installation(models.Model):
    """For this ticket something new was put in. Until it is accepted, nothing of it is under warranty.

    `installed_at` is when the last visit for it was completed. What was rejected waits again once it was worked on.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        REJECTED = "rejected"
        ACCEPTED = "accepted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="installation")
    installed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True, help_text="What was found, when it was accepted or rejected.")

    class Meta:
        ordering = ["installed_at", "id"]
        indexes = [models.Index("installed_at", "id", name="installations_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None, decided_by=None)
                | ~Q(state="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="decided_installation_says_by_whom",
            ),
        ]
        triggers = feed_marks("installations")

    def __str__(self) -> str:
        return f"{self.state}, {self.installed_at:%Y-%m-%d}"
