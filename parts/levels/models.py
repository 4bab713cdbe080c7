"""Stock levels, as storekeepers set them for a place and a part."""

from django.db import models
from django.db.models import F, Q

from parts.catalogue.models import Part
from parts.locations.models import Location
from sync.audit.triggers import audited
from sync.ids import uuid7


class StockLevel(models.Model):
    """Of this part, `par` is to lie at this place, in the part's unit. It is filled up when there is less than
    `minimum`, which is the reorder point; a van is filled up as soon as anything is missing where both are the same.

    What took the place of the part since counts as the part, and is what is sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="levels", db_index=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="levels")
    minimum = models.DecimalField(max_digits=12, decimal_places=3)
    par = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        ordering = ["location", "part"]
        constraints = [
            models.UniqueConstraint(fields=["location", "part"], name="one_level_each"),
            models.CheckConstraint(
                condition=Q(minimum__gt=0, minimum__lte=F("par"), par__lt=10**9), name="level_adds_up"
            ),
        ]
        triggers = audited(
            root="{row}.location_id",
            territory="SELECT territory_id FROM parts_location WHERE id = {row}.location_id",
        )

    def __str__(self) -> str:
        return f"{self.minimum} to {self.par}"
