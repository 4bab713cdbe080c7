"""Who has asked to be forgotten."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sync.ids import uuid7


class Erasure(models.Model):
    """Somebody deletes their account. Until `due_at` they may change their mind; then nothing of it comes back."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        UNDONE = "undone"
        DONE = "done"
        STOPPED = "stopped", "They work here now"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who helped them."
    )
    checks = models.JSONField(default=list, help_text="How they have shown that agent who they are.")
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who undid it."
    )
    failed_at = models.DateTimeField(null=True, help_text="The last time that it could not be done; it is tried again.")
    last_error = models.CharField(max_length=100, blank=True)
    counts = models.JSONField(default=dict, help_text="How many rows of each table the person went out of.")

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(F("person"), condition=Q(status="waiting"), name="one_waiting_erasure_per_person"),
        ]
        indexes = [models.Index("due_at", condition=Q(status="waiting"), name="erasures_due")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.status}"
