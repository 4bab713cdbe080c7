"""Requisitions: what is wanted where, and how much of it was approved."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.worth import is_within, worth
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Requisition(models.Model):
    """Parts are wanted at `location`, perhaps from a certain depot, perhaps for a certain visit.

    What falls below its minimum is *proposed*, by nobody (`requested_by` is null), until a storekeeper decides.
    It is *released* once transfers bring all that was approved, and *closed* when that has arrived. What was approved
    and is on no transfer yet may follow, unless somebody has said why it does not (`drop_reason`).
    """

    class Origin(models.TextChoices):
        BY_HAND = "by_hand", "somebody thought of it"
        MINIMUM = "minimum", "there is less than the minimum"
        VISIT = "visit", "a visit needs it"

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        SUBMITTED = "submitted"
        APPROVED = "approved"
        PARTLY_APPROVED = "partly_approved"
        REJECTED = "rejected"
        RELEASED = "released"
        CLOSED = "closed"
        CANCELLED = "cancelled"

    ENDED = (Status.REJECTED, Status.CLOSED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid7)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="requisitions")
    depot = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="requisitions_from"
    )
    """From where, if whoever asks knows; whoever releases it may choose another."""
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="requisitions"
    )
    origin = models.CharField(max_length=16, choices=Origin, default=Origin.BY_HAND)
    reason = models.TextField(blank=True)
    # Tickets stand above this app, so it keeps their ids only.
    ticket_id = models.UUIDField(null=True, blank=True)
    visit_id = models.UUIDField(null=True, blank=True)
    needed_by = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.SUBMITTED)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    operation_id = models.UUIDField(null=True, blank=True)
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    drop_reason = models.TextField(blank=True, help_text="Why what is on no transfer by now does not follow.")
    ended_at = models.DateTimeField(null=True, blank=True)
    archived = models.BooleanField(default=False, help_text="Ended so long ago that phones and desks carry it no more.")

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["-occurred_at", "-id"], name="requisitions_by_time"),
            models.Index(fields=["ended_at"], condition=Q(archived=False), name="requisitions_to_archive"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["rejected", "closed", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["rejected", "closed", "cancelled"]) & Q(ended_at__isnull=True)),
                name="requisition_ended_some_time",
            ),
            models.CheckConstraint(
                condition=Q(archived=False) | Q(ended_at__isnull=False), name="only_ended_requisition_is_archived"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "submitted", "cancelled"]) | Q(decided_at__isnull=False),
                name="requisition_was_decided",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled") | Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="nobody_decides_their_own_requisition",
            ),
            models.UniqueConstraint(
                fields=["location"], condition=Q(status="proposed"), name="one_proposal_for_a_place"
            ),
        ]
        triggers = feed_marks("requisitions")

    def __str__(self) -> str:
        return f"{self.status} since {self.occurred_at:%Y-%m-%d}"

    @property
    def value(self) -> Decimal | None:
        """What was approved of it is worth or, as long as nobody has decided, all of it; None if nobody can say."""
        return worth((line.substitute or line.part, line.counts) for line in self.lines.all())

    @property
    def is_above_limit(self) -> bool:
        """It takes a supervisor to approve it."""
        return not is_within(self.value, settings.REQUISITION_LIMIT)


class RequisitionLine(models.Model):
    """So much of a part is wanted; `approved` is null until somebody has decided, perhaps for a `substitute`."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    requisition = models.ForeignKey(Requisition, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveSmallIntegerField()
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="requisition_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    approved = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    substitute = models.ForeignKey(
        Part, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    """What is approved instead of the part."""
    reckoning = models.JSONField(
        null=True, blank=True, help_text="Why it is proposed: `on_hand`, `coming`, `minimum`, `par`, as they were."
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["requisition", "number"], name="one_requisition_line_per_number"),
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lt=10**9), name="requisition_of_something"),
            models.CheckConstraint(
                condition=Q(approved__isnull=True) | Q(approved__gte=0, approved__lte=F("quantity")),
                name="not_more_approved_than_wanted",
            ),
            models.CheckConstraint(
                condition=Q(substitute__isnull=True) | (Q(approved__isnull=False) & ~Q(substitute=F("part"))),
                name="substitute_was_approved",
            ),
        ]
        triggers = feed_marks("requisitions", key="requisition_id", name="requisition_line")

    def __str__(self) -> str:
        return f"{self.quantity}"

    @property
    def counts(self) -> Decimal:
        """How much was approved, if anybody has decided, or is wanted."""
        return self.quantity if self.approved is None else self.approved
