"""Conflicts, and who wrote a field last."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class FieldAuthor(models.Model):
    """Who wrote the present value of a merged field, and when: one side of the story of a conflict."""

    id = models.BigAutoField(primary_key=True)
    collection = models.TextField()
    doc_id = models.UUIDField()
    field = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    device_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "sync_fieldauthor"
        constraints = [models.UniqueConstraint(fields=["collection", "doc_id", "field"], name="one_author_per_field")]


class Conflict(models.Model):
    """A value or a piece of work of a device that is not what the server has.

    Law 6: nothing that a device wrote is dropped in silence; it is current, or it stands here.
    """

    class Kind(models.TextChoices):
        FIELD = "field", "Two values for one field"
        OVERTAKEN = "overtaken", "Work on something that had changed hands or state meanwhile"
        UNIQUE = "unique", "Two claims to one unique thing"
        DELETED = "deleted", "An edit of something deleted"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"

    class Keep(models.TextChoices):
        SERVER = "server", "The server's"
        DEVICE = "device", "The device's"
        EDIT = "edit", "Another"

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=16, choices=Kind)
    collection = models.TextField()
    doc_id = models.UUIDField()
    field = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    base = models.JSONField(null=True)
    server_value = models.JSONField(null=True)
    server_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    server_at = models.DateTimeField(null=True)
    device_value = models.JSONField(null=True)
    device_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    device_id = models.UUIDField(null=True)
    operation_id = models.UUIDField(null=True)
    captured = models.JSONField(null=True)
    """What the device's clocks said when its owner wrote this; `occurred_at` is what we made of that."""
    flags = ArrayField(models.CharField(max_length=32), default=list)
    """What that clock has to be suspected of, and how late this came: see `docs/sync.md`."""
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    scopes = ArrayField(models.TextField())
    """Where it stood when it was opened. Who sees it now follows from the document: see `offline.py`."""
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    keep = models.CharField(max_length=16, choices=Keep, blank=True)
    resolved_value = models.JSONField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sync_conflict"
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["status", "-received_at", "-id"], name="conflicts_by_status"),
            models.Index(fields=["collection", "doc_id"], name="conflicts_of_a_document"),
            models.Index(fields=["device_id"], condition=Q(status="open"), name="open_conflicts_of_a_device"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", resolved_at=None, keep="")
                | Q(status="resolved", resolved_at__isnull=False) & ~Q(keep=""),
                name="a_resolved_conflict_says_how",
            ),
        ]
        triggers = [*feed_marks("conflicts"), *audited(territory="sync_territory_of({row}.collection, {row}.doc_id)")]

    def __str__(self) -> str:
        return f"{self.kind} {self.collection}/{self.doc_id} {self.field}".rstrip()
