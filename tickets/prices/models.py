"""The price list: items, and what each costs from when to when."""

from datetime import date
from uuid import UUID

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from accounts.models import Territory
from parts.models import Part
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from tickets.prices.money import MAX_AMOUNT

NO_OVERLAP = "prices_of_an_item_do_not_overlap"
EVERYWHERE = Value(UUID(int=0), output_field=models.UUIDField())
CURRENCY = r"^[A-Z]{3}$"


class DayRange(models.Func):
    """`daterange(valid_from, valid_until, '[)')`: the next price holds from the day on which this one ends."""

    function = "DATERANGE"
    output_field = DateRangeField()


class PriceItem(models.Model):
    """Something that a customer can be charged for: work of a kind, or a part of the catalogue."""

    class Kind(models.TextChoices):
        SERVICE = "service"
        PART = "part"

    class Unit(models.TextChoices):
        """What one of it is. Of a part it is the part's own unit."""

        VISIT = "visit"
        HOUR = "hour"
        PIECE = "piece"
        SET = "set"
        METRE = "metre"
        LITRE = "litre"
        KILOGRAM = "kilogram"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind)
    part = models.OneToOneField(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="price_item")
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=16, choices=Unit)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_price_item_per_code"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="price_item_has_code_and_name"),
            models.CheckConstraint(
                condition=Q(kind="part", part__isnull=False) | Q(kind="service", part__isnull=True),
                name="price_item_of_a_part_names_it",
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Price(models.Model):
    """What one unit of an item costs the customer, tax included, in one territory or (without) in all others.

    `amount` is in minor units of `currency`, `tax_rate` in percent. It holds from the day `valid_from` until the day
    before `valid_until`, by the calendar of the territory in which somebody works.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(PriceItem, on_delete=models.PROTECT, related_name="prices")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: everywhere."
    )
    amount = models.BigIntegerField(help_text="In minor units of the currency, tax included.")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, help_text="Percent.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The first day on which it holds no more.")
    archived = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["item", "valid_from"]
        indexes = [
            models.Index("valid_until", condition=Q(archived=False), name="prices_to_archive"),
            models.Index("valid_from", "id", name="prices_by_day"),
        ]
        constraints = [
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    ("item", RangeOperators.EQUAL),
                    (Coalesce("territory", EVERYWHERE), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                violation_error_message="There is a price for some of these days already.",
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="price_holds_for_a_day"),
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lte=MAX_AMOUNT), name="price_is_sane"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="price_currency_is_a_code"),
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lt=100), name="price_tax_rate_is_sane"),
        ]
        triggers = [*feed_marks("prices"), *audited()]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} from {self.valid_from}"

    def holds_on(self, day: date) -> bool:
        """Whether it is the price of that day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)
