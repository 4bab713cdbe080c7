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

    `movement` records what happened, if anything moved. Where the books held too little for it, `found` is the movement
    that put the missing quantity there first, so that no balance ever fell below nothing. `reason` is what whoever told
    of it said.
    """

    class Kind(models.TextChoices):
        SHORT = "short", "more was used than the books held"
        UNKNOWN_PART = "unknown_part", "the catalogue did not know the part"
        SERIAL_CLASH = "serial_clash", "by the books the serial was elsewhere"
        SERIAL_MISSING = "serial_missing", "nobody read the serial"
        SHORT_RECEIPT = "short_receipt", "less arrived than was sent"
        SURPLUS_RECEIPT = "surplus_receipt", "more arrived than was sent"
        DAMAGED = "damaged", "it arrived damaged"
        RECEIPT_DIFFERS = "receipt_differs", "of the same transfer, somebody else received more"
        COUNTED_LESS = "counted_less", "less was counted than the books say"
        COUNTED_MORE = "counted_more", "more was counted than the books say"
        CANCELLED_TRANSFER = "cancelled_transfer", "it arrived by a transfer that had been cancelled"

    class Status(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"

    class Settlement(models.TextChoices):
        EXPLAINED_BY_RECEIPT = "explained_by_receipt", "the paper came later than the part"
        ACCEPTED = "accepted", "it was as it was recorded"
        WRITTEN_OFF = "written_off", "nobody can say; the loss is ours"
        WITHDRAWN = "withdrawn", "the count was cancelled"
        RETURNED = "returned", "it went back to where it had been sent from"

    id = models.UUIDField(primary_key=True, default=uuid7)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="discrepancies")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="discrepancies")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    serial = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=24, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_discrepancies")
    movement = models.OneToOneField(
        StockMovement, on_delete=models.PROTECT, null=True, blank=True, related_name="discrepancy"
    )
    found = models.OneToOneField(StockMovement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    transfer_line = models.ForeignKey(
        "parts.TransferLine", on_delete=models.PROTECT, null=True, blank=True, related_name="discrepancies"
    )
    stocktake_line = models.ForeignKey(
        "parts.StocktakeLine", on_delete=models.PROTECT, null=True, blank=True, related_name="discrepancies"
    )
    reason = models.TextField(blank=True)
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
    archived = models.BooleanField(default=False, help_text="Ended so long ago that phones and desks carry it no more.")

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name_plural = "discrepancies"
        indexes = [
            models.Index(fields=["location", "-opened_at"], condition=Q(status="open"), name="open_discrepancies"),
            models.Index(fields=["-opened_at", "-id"], name="discrepancies_by_time"),
            models.Index(fields=["settled_at"], condition=Q(archived=False), name="discrepancies_to_archive"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="discrepancy_of_something"),
            models.CheckConstraint(
                condition=Q(status="open", settlement="", settled_at__isnull=True)
                | (Q(status="settled", settled_at__isnull=False) & ~Q(settlement="")),
                name="discrepancy_settled_somehow",
            ),
            models.CheckConstraint(
                condition=Q(archived=False) | Q(settled_at__isnull=False), name="only_settled_is_archived"
            ),
            models.CheckConstraint(
                condition=Q(movement__isnull=False) | Q(transfer_line__isnull=False) | Q(stocktake_line__isnull=False),
                name="discrepancy_about_something",
            ),
            models.UniqueConstraint(
                fields=["transfer_line", "kind"],
                condition=Q(status="open", kind__in=["short_receipt", "receipt_differs"]),
                name="one_open_question_per_line",
            ),
        ]
        triggers = feed_marks("discrepancies")

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind}"
