"""For how long we answer for work and parts, and what we answer for."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from parts.models import Part
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.prices.models import DayRange
from tickets.service_types.models import ServiceType
from tickets.sites.models import Asset, Site

NO_OVERLAP = "warranty_terms_do_not_overlap"


class WarrantyTerm(models.Model):
    """For so long we answer for repairs of a service type, or for units of a part, that are made or fitted meanwhile.

    It holds from the day `valid_from` until the day before `valid_until`. What was repaired or fitted under it keeps
    its warranty, whatever holds later.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_type = models.ForeignKey(
        ServiceType, on_delete=models.PROTECT, null=True, blank=True, related_name="warranty_terms"
    )
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    months = models.PositiveSmallIntegerField(default=0)
    days = models.PositiveSmallIntegerField(default=0, help_text="On top of the months.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The first day on which it holds no more.")

    class Meta:
        ordering = ["valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    (Coalesce("service_type", "part"), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                violation_error_message="There is a warranty for some of these days already.",
            ),
            models.CheckConstraint(
                condition=Q(service_type__isnull=False, part=None) | Q(service_type=None, part__isnull=False),
                name="warranty_term_is_for_work_or_a_part",
            ),
            models.CheckConstraint(condition=Q(months__gt=0) | Q(days__gt=0), name="warranty_takes_a_day"),
            models.CheckConstraint(condition=Q(months__lte=240, days__lte=3660), name="warranty_is_sane"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="warranty_term_holds_for_a_day"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.months} months, {self.days} days from {self.valid_from}"

    def holds_on(self, day: date) -> bool:
        """Whether what is done on that day is under it."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class Warranty(models.Model):
    """From the moment `since` to the day `until`, the last one, we answer for a repair, or for a unit of a part.

    A repair: for the same fault at the same site, or on the same asset. A unit is known by its serial; `replaced_for`
    is the ticket for which it was taken out again. Both are where their ticket is. What ended long ago, or turned out
    not to have stayed or not to be repaired, is archived.
    """

    class Kind(models.TextChoices):
        REPAIR = "repair"
        PART = "part"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="warranties")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="warranties")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="warranties")
    service_type = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="+")
    fault = models.TextField(blank=True, help_text="What it was, as it was told; empty: it was not.")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    part_use = models.OneToOneField(
        "tickets.PartUse", on_delete=models.PROTECT, null=True, blank=True, related_name="warranty"
    )
    serial = models.CharField(max_length=100, blank=True)
    since = models.DateTimeField(help_text="When it was repaired or fitted.")
    until = models.DateField(help_text="The last day.")
    replaced_for = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    blocked = models.BooleanField(default=False, help_text="Until the installation is accepted, but in an emergency.")
    archived = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-until", "id"]
        indexes = [
            models.Index("until", condition=Q(archived=False), name="warranties_to_archive"),
            models.Index("serial", condition=Q(kind="part"), name="warranties_by_serial"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="repair", part=None, part_use=None, serial="", replaced_for=None)
                | Q(kind="part", part__isnull=False, part_use__isnull=False) & ~Q(serial=""),
                name="warranty_of_a_repair_or_a_known_unit",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=False) | Q(asset__isnull=False), name="warranty_is_somewhere"
            ),
            models.UniqueConstraint("ticket", "since", condition=Q(kind="repair"), name="one_warranty_of_a_repair"),
        ]
        triggers = feed_marks("warranties")

    def __str__(self) -> str:
        return f"{self.kind} until {self.until}"
