"""Access that is to go to another phone."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sync.ids import uuid7

DECISION = ["status", "decided_at", "decided_by", "stop_reason"]


class Recovery(models.Model):
    """An agent was told that a resident has another number. What was asked, and how it was answered, is never changed.

    It is done when a supervisor approves it, who is not the agent, or at `due_at`, unless somebody stops it: the
    resident, who hears of it at the old number and in the app, or the desk.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recoveries")
    old_phone = models.CharField(max_length=16, blank=True)
    new_phone = models.CharField(max_length=16)
    checks = models.JSONField(help_text="What was asked, and whether it was answered rightly.")
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Then it is done without approval.")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Null: time."
    )
    stop_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name_plural = "recoveries"
        constraints = [
            models.UniqueConstraint(F("person"), condition=Q(status="waiting"), name="one_waiting_recovery_per_person"),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at=None) | ~Q(status="waiting") & Q(decided_at__isnull=False),
                name="decided_recovery_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="recovery_takes_two",
            ),
        ]
        indexes = [
            models.Index(F("asked_at").desc(), F("id").desc(), name="recoveries_newest_first"),
            models.Index("due_at", condition=Q(status="waiting"), name="recoveries_due"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="facts_stay", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=DECISION)
            ),
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.status}"
