"""Devices and what the server knows of their clocks."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from sync.audit.triggers import audited
from sync.ids import uuid7

OF_ITSELF = (
    "app_version",
    "schema",
    "last_contact_at",
    "last_push_at",
    "last_pull_at",
    "pending_operations",
    "pending_uploads",
    "oldest_pending_at",
    "pending_told_at",
    "skew_ms",
)
"""What a device tells of itself whenever it calls: nothing that anybody did to it."""


class Device(models.Model):
    """A phone or tablet of one person. The app makes its `id` when it is installed or when its owner changes."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=100, blank=True)
    platform = models.CharField(max_length=50, blank=True)
    app_version = models.CharField(max_length=50, blank=True)
    schema = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    last_contact_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)
    last_pull_at = models.DateTimeField(null=True, blank=True)
    """To within five minutes, as a pull must not cost a write every time."""
    pending_operations = models.PositiveIntegerField(null=True, blank=True)
    pending_uploads = models.PositiveIntegerField(null=True, blank=True)
    oldest_pending_at = models.DateTimeField(null=True, blank=True)
    """When the oldest of what had not been sent was done, by the phone's word, corrected by its skew."""
    pending_told_at = models.DateTimeField(null=True, blank=True)
    """When the phone last told how much it had not sent yet."""
    skew_ms = models.BigIntegerField(null=True, blank=True)
    """How far the device's wall clock was ahead of ours at its last push, in milliseconds."""
    cut_off_at = models.DateTimeField(null=True, blank=True)
    cut_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    wipe_told_at = models.DateTimeField(null=True, blank=True)
    """When the phone asked again after it was cut off, and heard that it has to wipe itself."""

    class Meta:
        db_table = "sync_device"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["last_contact_at", "id"], name="devices_by_contact")]
        triggers = audited(unheard=OF_ITSELF)

    def __str__(self) -> str:
        return self.name or str(self.id)


class BootAnchor(models.Model):
    """One contact with one boot of a device: its monotonic clock stood at `monotonic_ms` when ours said `server_time`.

    The contact of each boot that was delayed least is kept, so that what was captured in it can be dated whatever its
    wall clock says.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="anchors")
    boot = models.CharField(max_length=64)
    monotonic_ms = models.BigIntegerField()
    server_time = models.DateTimeField()

    class Meta:
        db_table = "sync_bootanchor"
        constraints = [models.UniqueConstraint(fields=["device", "boot"], name="one_anchor_per_boot")]
