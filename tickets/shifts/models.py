"""Shifts as they are planned, and absences."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import LessThanOrEqual

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from tickets.attendance.marks import attendance_marks
from tickets.sites.models import Site

LONGEST_SHIFT = timedelta(hours=24)
"""Nobody works longer at a stretch. So the shifts of a day began at most so long before it."""
LONGEST_ABSENCE = timedelta(days=366)
"""Who is away for longer has left."""
NO_OVERLAP = "shifts_of_a_technician_do_not_overlap"
"""The constraint that keeps a technician from being planned twice for the same hours."""


class TimeRange(models.Func):
    """`tstzrange(starts_at, ends_at, '[)')`: one shift may begin the moment another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _place_on_earth(end: str) -> Q:
    """No place, or both coordinates of one."""
    latitude, longitude = f"{end}_latitude", f"{end}_longitude"
    return Q(**{latitude: None, longitude: None}) | Q(
        **{f"{latitude}__range": (-90, 90), f"{longitude}__range": (-180, 180)}
    )


class Shift(models.Model):
    """A stretch of time in which a technician works for a territory, as it was planned. Commands own it.

    A `draft` is known to those who plan, and to nobody else. Once `published` it stands on the technician's phone, who
    is told of every change. Of a `standby` shift its technician may be called, and need not clock in.

    A place is where the day begins or ends, in degrees (WGS 84); with a site, its place as it was when this was said.
    """

    class Kind(models.TextChoices):
        REGULAR = "regular"
        STANDBY = "standby"

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts", db_index=False
    )
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="shifts", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.REGULAR)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    break_starts_at = models.DateTimeField(null=True, blank=True)
    break_ends_at = models.DateTimeField(null=True, blank=True)
    start_site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    start_latitude = models.FloatField(null=True, blank=True)
    start_longitude = models.FloatField(null=True, blank=True)
    end_site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_latitude = models.FloatField(null=True, blank=True)
    end_longitude = models.FloatField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="For the technician.")
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ("starts_at", "id")
        indexes = [
            models.Index(fields=("technician", "starts_at"), name="shifts_of_a_technician"),
            models.Index(fields=("territory", "starts_at", "id"), name="shifts_of_a_territory"),
            models.Index(fields=("starts_at", "id"), name="shifts_by_start"),
            models.Index("ends_at", condition=Q(archived=False), name="shifts_to_archive"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_starts"),
            models.CheckConstraint(
                condition=LessThanOrEqual(F("ends_at") - F("starts_at"), LONGEST_SHIFT),
                name="shift_is_no_longer_than_a_day",
            ),
            models.CheckConstraint(
                condition=Q(break_starts_at=None, break_ends_at=None)
                | Q(
                    break_starts_at__gte=F("starts_at"),
                    break_ends_at__gt=F("break_starts_at"),
                    break_ends_at__lte=F("ends_at"),
                ),
                name="break_lies_within_its_shift",
            ),
            models.CheckConstraint(condition=_place_on_earth("start"), name="shift_starts_on_earth"),
            models.CheckConstraint(condition=_place_on_earth("end"), name="shift_ends_on_earth"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="published_shift_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False), name="cancelled_shift_says_when"
            ),
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    ("technician", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=("draft", "published")),
            ),
        ]
        triggers = [*audited(territory="{row}.territory_id"), *feed_marks("shifts"), *attendance_marks()]

    def __str__(self) -> str:
        return f"{self.technician_id}: {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"


class Absence(models.Model):
    """A technician is away. Asked for, and decided by somebody else; or entered by those who plan. Commands own it.

    Whole days stand in `first_day` and `last_day`, by the wall clock of the territory; `starts_at` and `ends_at` say
    the same in moments, as they do of hours. `territory` is whose desk decides: of a technician who works everywhere it
    may be nobody's in particular.
    """

    class Kind(models.TextChoices):
        LEAVE = "leave"
        SICK = "sick"
        TRAINING = "training"
        OTHER = "other"

    class State(models.TextChoices):
        ASKED = "asked"
        APPROVED = "approved"
        REJECTED = "rejected"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences", db_index=False
    )
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=9, choices=State)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=1_000, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=1_000, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=1_000, blank=True)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ("-starts_at", "-id")
        indexes = [
            models.Index(fields=("technician", "starts_at"), name="absences_of_a_technician"),
            models.Index("territory", F("starts_at").desc(), F("id").desc(), name="absences_of_a_territory"),
            models.Index(F("starts_at").desc(), F("id").desc(), name="absences_by_start"),
            models.Index("ends_at", condition=Q(archived=False), name="absences_to_archive"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_it_starts"),
            models.CheckConstraint(
                condition=LessThanOrEqual(F("ends_at") - F("starts_at"), LONGEST_ABSENCE),
                name="absence_is_no_longer_than_a_year",
            ),
            models.CheckConstraint(
                condition=Q(first_day=None, last_day=None) | Q(last_day__gte=F("first_day")),
                name="absence_of_whole_days_or_of_hours",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None)
                | Q(state__in=("approved", "rejected"), decided_at__isnull=False)
                | Q(state="cancelled", cancelled_at__isnull=False),
                name="absence_says_what_became_of_it",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("technician")), name="nobody_approves_their_own_absence"
            ),
        ]
        triggers = [*audited(territory="{row}.territory_id"), *feed_marks("absences"), *attendance_marks()]

    def __str__(self) -> str:
        return f"{self.technician_id}: {self.kind} {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"
