"""Parts: one row for each thing that can be fitted, counted and paid for."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row


def _trigrams(field: str) -> GinIndex:
    """Makes `icontains` on the field fast, which PostgreSQL sees as `UPPER(field) LIKE …`."""
    return GinIndex(OpClass(Upper(field), name="gin_trgm_ops"), name=f"part_{field}_trigrams")


class Part(Row):
    """An entry of the catalogue.

    A technician who fits something that the catalogue does not know makes a *provisional* part; a storekeeper gives
    it a proper number or merges it into the part that it is. `price` is what one unit costs, in `currency` (ISO 4217).
    """

    class Unit(models.TextChoices):
        PIECE = "piece"
        SET = "set"
        METRE = "metre"
        LITRE = "litre"
        KILOGRAM = "kilogram"

    class Tracking(models.TextChoices):
        QUANTITY = "quantity"
        SERIAL = "serial"

    class Status(models.TextChoices):
        ACTIVE = "active"
        PROVISIONAL = "provisional"
        SUPERSEDED = "superseded"
        RETIRED = "retired"

    COUNTED = (Unit.PIECE, Unit.SET)
    """Units of which there are no fractions."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="As the maker prints it on the part.")
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.PIECE)
    tracking = models.CharField(max_length=16, choices=Tracking, default=Tracking.QUANTITY)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="CNY", help_text="ISO 4217")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Who met it on site, if it came into the catalogue as a provisional part; somebody to ask."""
    proposed_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    """When a storekeeper found that it is `superseded_by`, and moved its stock there."""

    class Meta:
        ordering = ["number"]
        indexes = [_trigrams("number"), _trigrams("name"), _trigrams("name_zh"), _trigrams("model")]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="one_part_per_number"),
            models.CheckConstraint(condition=~Q(number=""), name="part_has_a_number"),
            models.CheckConstraint(condition=~Q(name=""), name="part_has_a_name"),
            models.CheckConstraint(condition=Q(price__gte=0), name="part_price_is_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="part_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(status="superseded", superseded_by__isnull=False)
                | (~Q(status="superseded") & Q(superseded_by__isnull=True)),
                name="part_superseded_by_something",
            ),
            # Nobody on site can be expected to have read the serials of something that nobody knows.
            models.CheckConstraint(
                condition=~Q(status="provisional") | Q(tracking="quantity"), name="provisional_part_by_quantity"
            ),
            models.CheckConstraint(condition=~Q(superseded_by=F("id")), name="part_not_superseded_by_itself"),
            models.CheckConstraint(
                condition=Q(merged_at__isnull=True) | Q(status="superseded"), name="part_merged_into_something"
            ),
        ]
        triggers = [
            *audited(),
            *feed_marks("parts"),
            pgtrigger.Trigger(
                name="counted_part_keeps_its_unit",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("unit", "tracking"),
                func="""
                    IF EXISTS (SELECT 1 FROM parts_stockmovement WHERE part_id = OLD.id) THEN
                        RAISE EXCEPTION 'part % has been counted: its unit and tracking stay', OLD.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'counted_part_keeps_its_unit';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def is_provisional(self) -> bool:
        """Nobody has said yet what it really is."""
        return self.status == self.Status.PROVISIONAL

    @property
    def booked_as(self) -> "Part":
        """The part under which its stock is booked: itself, or the one into which it was merged."""
        return self.superseded_by if self.merged_at and self.superseded_by else self

    @property
    def follows_serials(self) -> bool:
        """Each unit is known by its serial, and the books say where that one is."""
        return self.tracking == self.Tracking.SERIAL
