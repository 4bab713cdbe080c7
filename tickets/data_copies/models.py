"""Copies that were asked for, and how far they are."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sync.ids import uuid7


class DataCopy(models.Model):
    """One copy of somebody's data: a ZIP file in the storage, for its owner, until it expires."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Being made"
        READY = "ready"
        EXPIRED = "expired"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who helped them."
    )
    checks = models.JSONField(default=list, help_text="How they have shown that agent who they are.")
    held_at = models.DateTimeField(null=True, help_text="When the worker that makes it, or died over it, last said so.")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=100, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=100, blank=True, help_text="In the storage.")
    size = models.PositiveBigIntegerField(null=True, help_text="In bytes.")

    class Meta:
        ordering = ["-asked_at"]
        verbose_name_plural = "data copies"
        constraints = [
            models.UniqueConstraint(F("person"), condition=Q(status="waiting"), name="one_waiting_copy_per_person"),
            models.CheckConstraint(
                condition=~Q(status="ready") | Q(ready_at__isnull=False, expires_at__isnull=False) & ~Q(name=""),
                name="ready_copy_has_a_file",
            ),
        ]
        indexes = [models.Index("person", F("asked_at").desc(), name="copies_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.status}"
