"""Transfers: what was sent, what has arrived of it, and who said so."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.stock.models import Condition
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Transfer(models.Model):
    """Parts go from one of our places to another. Between dispatch and receipt they are at `in_transit`.

    It is *received* once nothing of it is under way any more: it arrived, went back, or was written off.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        DISPATCHED = "dispatched"
        PARTLY_RECEIVED = "partly_received"
        RECEIVED = "received"
        CANCELLED = "cancelled"

    UNDER_WAY = (Status.DISPATCHED, Status.PARTLY_RECEIVED)

    id = models.UUIDField(primary_key=True, default=uuid7)
    from_location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="transfers_out")
    in_transit = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="transfers_through")
    to_location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="transfers_in")
    requisition = models.ForeignKey(
        "parts.Requisition", on_delete=models.PROTECT, null=True, blank=True, related_name="transfers"
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    dispatched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    dispatched_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """Since when nothing of it is under way: it was received or cancelled."""
    archived = models.BooleanField(default=False, help_text="Ended so long ago that phones and desks carry it no more.")
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancel_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="transfers_by_time"),
            models.Index(fields=["ended_at"], condition=Q(archived=False), name="transfers_to_archive"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(from_location=F("to_location")), name="transfer_changes_the_place"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(dispatched_at__isnull=False),
                name="transfer_under_way_was_dispatched",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["received", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["received", "cancelled"]) & Q(ended_at__isnull=True)),
                name="transfer_ended_some_time",
            ),
            models.CheckConstraint(
                condition=Q(archived=False) | Q(ended_at__isnull=False), name="only_ended_transfer_is_archived"
            ),
        ]
        triggers = feed_marks("transfers")

    def __str__(self) -> str:
        return f"{self.status} since {self.created_at:%Y-%m-%d}"


class TransferLine(models.Model):
    """So much of one part; each unit that is followed by serial has a line of its own, as in the ledger.

    `wanted` is the line of the requisition that it serves.

    `arrived` is how much people say has come in all, `damaged` how much of that in bad condition; more may come than
    was sent. `settled` is what will not come any more: it went back, or was written off.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveSmallIntegerField()
    wanted = models.ForeignKey(
        "parts.RequisitionLine", on_delete=models.PROTECT, null=True, blank=True, related_name="transfer_lines"
    )
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="transfer_lines")
    condition = models.CharField(max_length=16, choices=Condition, default=Condition.GOOD)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    serial = models.CharField(max_length=100, blank=True)
    arrived = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(0))
    damaged = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(0))
    settled = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(0))

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "number"], name="one_transfer_line_per_number"),
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lt=10**9), name="transfer_of_something"),
            models.CheckConstraint(
                condition=Q(arrived__gte=0, damaged__gte=0, settled__gte=0)
                & Q(damaged__lte=F("arrived"), settled__lte=F("quantity")),
                name="transfer_line_adds_up",
            ),
        ]
        triggers = feed_marks("transfers", key="transfer_id", name="transfer_line")

    def __str__(self) -> str:
        return f"{self.quantity} {self.condition}"

    @property
    def expected(self) -> Decimal:
        """How much of it arrives in all, as far as anybody knows: what was sent less what went back or is lost."""
        return self.quantity - self.settled

    @property
    def outstanding(self) -> Decimal:
        """How much of it is still under way."""
        return max(Decimal(0), self.expected - self.arrived)


class TransferReceipt(models.Model):
    """Somebody received a transfer and said what had come. A fact: written once, whatever the books think of it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="receipts")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    """When we heard of it."""
    operation_id = models.UUIDField(null=True, blank=True)
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        ordering = ["received_at", "id"]
        triggers = [pgtrigger.Protect(name="receipt_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"received {self.occurred_at:%Y-%m-%d}"


class TransferReceiptLine(models.Model):
    """Of one line: how much had come in all, `damaged` of it in bad condition, and why not everything as it was sent.

    `serial` is the unit that was really in the box, if that was another one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    receipt = models.ForeignKey(TransferReceipt, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(TransferLine, on_delete=models.PROTECT, related_name="receipt_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    damaged = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(0))
    serial = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["line__number"]
        constraints = [
            models.UniqueConstraint(fields=["receipt", "line"], name="one_word_per_receipt_and_line"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, damaged__gte=0, damaged__lte=F("quantity"), quantity__lt=10**9),
                name="receipt_line_adds_up",
            ),
        ]
        triggers = [pgtrigger.Protect(name="receipt_line_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity}, {self.damaged} damaged"
