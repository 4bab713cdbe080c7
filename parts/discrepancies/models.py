"""Discrepancies: something happened that the books say could not."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.stock.models import StockMovement
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Discrepancy(models.Model):
    """So much of a part was handled at a place beyond what the books allow, and `owner` has to find out why.

    `movement` records what happened. Where the books held too little for it, `found` is the movement that put the
    missing quantity there first, so that no balance ever fell below nothing.
    """

    class Kind(models.TextChoices):
        SHORT = "short", "more was used than the books held"
        UNKNOWN_PART = "unknown_part", "the catalogue did not know the part"
        SERIAL_CLASH = "serial_clash", "by the books the serial was elsewhere"
        SERIAL_MISSING = "serial_missing", "nobody read the serial"

    class Status(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"

    class Settlement(models.TextChoices):
        EXPLAINED_BY_RECEIPT = "explained_by_receipt", "the paper came later than the part"
        ACCEPTED = "accepted", "it was as it was recorded"
        WRITTEN_OFF = "written_off", "nobody can say; the loss is ours"

    id = models.UUIDField(primary_key=True, default=uuid7)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="discrepancies")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="discrepancies")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    serial = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_discrepancies")
    movement = models.OneToOneField(StockMovement, on_delete=models.PROTECT, related_name="discrepancy")
    found = models.OneToOneField(StockMovement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ticket_id = models.UUIDField(null=True, blank=True)
    visit_id = models.UUIDField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField()
    """When it happened, not when we heard of it."""
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settlement = models.CharField(max_length=24, choices=Settlement, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name_plural = "discrepancies"
        indexes = [
            models.Index(fields=["location", "-opened_at"], condition=Q(status="open"), name="open_discrepancies"),
            models.Index(fields=["-opened_at", "-id"], name="discrepancies_by_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="discrepancy_of_something"),
            models.CheckConstraint(
                condition=Q(status="open", settlement="", settled_at__isnull=True)
                | (Q(status="settled", settled_at__isnull=False) & ~Q(settlement="")),
                name="discrepancy_settled_somehow",
            ),
        ]
        triggers = feed_marks("discrepancies")

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind}"
