"""Tickets that went to the next level."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from sync.ids import uuid7
from tickets.complaints.models import Ticket


class Escalation(models.Model):
    """On so many different days a technician went there, and could not say what was wrong. Somebody has to decide.

    `escalated_at` is when the last of these visits ended. It waits until a supervisor takes it up.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="escalations")
    visit = models.ForeignKey(
        "tickets.Visit", on_delete=models.PROTECT, related_name="+", db_index=False, help_text="The last straw."
    )
    days = models.PositiveSmallIntegerField()
    escalated_at = models.DateTimeField()
    received_at = models.DateTimeField()
    taken_up_at = models.DateTimeField(null=True, blank=True)
    taken_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True, help_text="What is to be done now.")

    class Meta:
        ordering = ["escalated_at", "id"]
        indexes = [models.Index("escalated_at", "id", name="escalations_by_time")]
        constraints = [
            models.UniqueConstraint("ticket", condition=Q(taken_up_at=None), name="one_waiting_escalation_of_a_ticket"),
            models.CheckConstraint(
                condition=Q(taken_up_at=None, taken_up_by=None)
                | Q(taken_up_at__isnull=False, taken_up_by__isnull=False),
                name="escalation_taken_up_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.escalated_at:%Y-%m-%d}"
