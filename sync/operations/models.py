"""Receipts: the memory of what was answered to which operation."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sync.devices.models import Device
from sync.rows import Row


class Receipt(Row):
    """One operation, as it came and as it was answered.

    A receipt stands for an answer that will not change by itself: applied, merged, conflict, refused or blocked.
    Our own failures leave no receipt, so that the phone's next try is a first one.
    """

    class Status(models.TextChoices):
        APPLIED = "applied", "Applied"
        MERGED = "merged", "Applied, with fields merged from both sides"
        CONFLICT = "conflict", "Kept, with something to resolve"
        REFUSED = "refused", "Refused"
        BLOCKED = "blocked", "Waits for another operation"

    WAITING = frozenset({Status.REFUSED, Status.BLOCKED})
    """Not done: to be released or discarded."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="receipts")
    operation_id = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    schema = models.PositiveIntegerField()
    data = models.JSONField()
    digest = models.BinaryField(max_length=32)
    """SHA-256 of kind and data: the same id must bring the same content."""
    captured = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list)
    status = models.CharField(max_length=16, choices=Status)
    answer = models.JSONField(default=dict)
    """The members of the answer beside id and status."""
    depends_on = ArrayField(models.UUIDField(), default=list)
    blocked_by = models.UUIDField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True)
    discarded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    discarded_at = models.DateTimeField(null=True)
    discard_reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "sync_receipt"
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "operation_id"], name="an_operation_counts_once"),
            models.CheckConstraint(
                condition=Q(status="blocked", blocked_by__isnull=False) | ~Q(status="blocked") & Q(blocked_by=None),
                name="blocked_names_its_cause",
            ),
            models.CheckConstraint(
                condition=Q(discarded_at=None, discard_reason="")
                | Q(discarded_at__isnull=False, status="refused") & ~Q(discard_reason=""),
                name="a_discarded_operation_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "blocked_by"], condition=Q(status="blocked"), name="receipts_blocked_by"),
            models.Index(fields=["device", "-received_at"], name="receipts_of_a_device"),
            models.Index(
                fields=["device"],
                condition=Q(status__in=["refused", "blocked"], discarded_at=None),
                name="receipts_waiting_of_a_device",
            ),
            models.Index(fields=["-received_at", "-id"], name="receipts_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.operation_id}: {self.status}"
