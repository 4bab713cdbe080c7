"""Stocktakes: what was counted at a moment, and what the books say of that moment."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.stock.models import Condition
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Stocktake(models.Model):
    """A place is counted. What was counted is a fact of the moment `counted_at`; the books are judged by that moment.

    A *full* count speaks of everything: what it does not name is not there. A *cycle* count speaks of the parts that
    it names, in every condition.
    """

    class Kind(models.TextChoices):
        FULL = "full"
        CYCLE = "cycle"

    class Status(models.TextChoices):
        OPEN = "open"
        COUNTED = "counted"
        POSTED = "posted"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stocktakes")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.FULL)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    note = models.TextField(blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    counted_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    """When we heard of the count."""
    operation_id = models.UUIDField(null=True, blank=True)
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    blind = models.BooleanField(
        default=False, help_text="Whoever counts is shown what the books say only when it has been decided upon."
    )
    wanted = models.ManyToManyField(Part, blank=True, related_name="+", help_text="What is to be counted, if not all.")
    recount_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="recounts")
    """The count that was doubted."""
    value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    """What all variances together are worth, by the catalogue; null where a part that varies has no price."""
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Null where it posted by itself, its variance being within the limit."""
    posted_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    archived = models.BooleanField(default=False, help_text="Ended so long ago that phones and desks carry it no more.")

    ENDED_AT = Coalesce("posted_at", "cancelled_at")
    """When it was decided upon; null as long as nobody has."""

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="stocktakes_by_time"),
            models.Index(fields=["location", "counted_at"], name="counts_of_a_place"),
            models.Index(
                Coalesce("posted_at", "cancelled_at"), condition=Q(archived=False), name="stocktakes_to_archive"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["counted", "posted"]) | Q(counted_at__isnull=False), name="count_has_a_moment"
            ),
            models.CheckConstraint(
                condition=(Q(status="posted") & Q(posted_at__isnull=False))
                | (~Q(status="posted") & Q(posted_at__isnull=True)),
                name="stocktake_posted_some_time",
            ),
            models.CheckConstraint(
                condition=(Q(status="cancelled") & Q(cancelled_at__isnull=False))
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="stocktake_cancelled_some_time",
            ),
            models.CheckConstraint(
                condition=Q(archived=False) | Q(posted_at__isnull=False) | Q(cancelled_at__isnull=False),
                name="only_ended_stocktake_is_archived",
            ),
            models.CheckConstraint(
                condition=Q(posted_by__isnull=True) | Q(counted_by__isnull=True) | ~Q(posted_by=F("counted_by")),
                name="nobody_posts_their_own_count",
            ),
        ]
        triggers = feed_marks("stocktakes")

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"


class StocktakeLine(models.Model):
    """Of one part in one condition: how much was counted, and how much by the books was there at that moment.

    A unit whose serial was read, or is in the books, has a line of its own. `expected` leaves out what this stocktake
    itself has `adjusted`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    stocktake = models.ForeignKey(Stocktake, on_delete=models.CASCADE, related_name="lines", db_index=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="stocktake_lines")
    condition = models.CharField(max_length=16, choices=Condition)
    serial = models.CharField(max_length=100, blank=True)
    counted = models.DecimalField(max_digits=14, decimal_places=3)
    counted_at = models.DateTimeField(null=True, blank=True)
    """When the last sheet that names the part was counted; null where the stocktake has one moment for all."""
    moved_meanwhile = models.BooleanField(default=False)
    """The part moved between two sheets that name it: some of it may have been counted twice, or not at all."""
    expected = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    adjusted = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))

    class Meta:
        ordering = ["part__number", "condition", "serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["stocktake", "part", "condition", "serial"], name="one_stocktake_line_each"
            ),
            models.CheckConstraint(condition=Q(counted__gte=0, counted__lt=10**11), name="counted_so_much"),
        ]
        triggers = feed_marks("stocktakes", key="stocktake_id", name="stocktake_line")

    def __str__(self) -> str:
        return f"{self.counted} of {self.expected}"

    @property
    def variance(self) -> Decimal:
        """How much more was there than the books say; below nothing for what was missing."""
        return self.counted - self.expected


class CountSheet(models.Model):
    """What one of several people counted of a place: the shelves that were theirs, at a moment of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    stocktake = models.ForeignKey(Stocktake, on_delete=models.CASCADE, related_name="sheets")
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    counted_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    """When we heard of it."""
    operation_id = models.UUIDField(null=True, blank=True)
    note = models.TextField(blank=True)
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        ordering = ["counted_at", "id"]
        triggers = feed_marks("stocktakes", key="stocktake_id", name="count_sheet")

    def __str__(self) -> str:
        return f"{self.counted_by} {self.counted_at}"


class CountSheetLine(models.Model):
    """How much somebody counted of one part in one condition; a unit whose serial was read has a line of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    sheet = models.ForeignKey(CountSheet, on_delete=models.CASCADE, related_name="lines", db_index=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    condition = models.CharField(max_length=16, choices=Condition)
    serial = models.CharField(max_length=100, blank=True)
    counted = models.DecimalField(max_digits=14, decimal_places=3)

    class Meta:
        ordering = ["part__number", "condition", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "part", "condition", "serial"], name="one_sheet_line_each"),
            models.CheckConstraint(condition=Q(counted__gte=0, counted__lt=10**11), name="sheet_counted_so_much"),
        ]

    def __str__(self) -> str:
        return str(self.counted)
