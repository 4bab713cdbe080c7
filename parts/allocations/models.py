"""What is promised to which visit, and where it lies."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from parts.catalogue.models import Part
from parts.locations.models import Location
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Allocation(models.Model):
    """So much of a part, in good condition, lies at a place for one visit. Nothing moves by it.

    It ends when the visit has used it up or it was sent there, both by a trigger on movements; when the visit ends in
    any way, by a trigger on visits; or when somebody releases it. Until then nobody else who has signal takes it. What
    happened without signal is kept all the same, so that less may be there than was promised.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    used = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(0))
    # Tickets stand above this app, so it keeps their ids only.
    visit_id = models.UUIDField()
    ticket_id = models.UUIDField()
    technician = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="allocations")
    """Whose visit it is, which never changes."""
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    """Who gave it free, if somebody did."""

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["location", "part"], condition=Q(ended_at=None), name="allocated_stock"),
            models.Index(fields=["-made_at", "-id"], name="allocations_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["visit_id", "location", "part"],
                condition=Q(ended_at=None),
                name="one_allocation_for_a_visit",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lt=10**9, used__gte=0, used__lte=F("quantity")),
                name="allocation_adds_up",
            ),
        ]
        triggers = feed_marks("allocations")

    def __str__(self) -> str:
        return f"{self.remaining} for {self.visit_id}"

    @property
    def remaining(self) -> Decimal:
        """How much nobody else takes."""
        return Decimal(0) if self.ended_at else self.quantity - self.used
