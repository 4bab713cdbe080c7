"""Days of attendance, what people say of them besides, and the marks by which they are reckoned anew."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.shifts.models import Absence


class AttendanceDay(models.Model):
    """One technician's day by the wall clock where they work: what was planned, what was told, what follows from both.

    Derived (`reckoning.py`) from shifts, absences, check-ins and corrections; nobody writes it by hand. What stands in
    it holds, corrections included; `told` is what would hold without one. Durations are in seconds.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ATTENDED = "attended"
        MISSING = "missing"
        AWAITING_SYNC = "awaiting_sync"
        ON_LEAVE = "on_leave"
        EXCUSED = "excused"

    class Mark(models.TextChoices):
        NO_CLOCK_IN = "no_clock_in"
        NO_CLOCK_OUT = "no_clock_out"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attendance_days", db_index=False
    )
    day = models.DateField()
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    planned_from = models.DateTimeField(null=True, help_text="When work begins, less absences; null: none is planned.")
    planned_until = models.DateTimeField(null=True)
    planned_s = models.PositiveIntegerField(default=0)
    away = models.CharField(max_length=8, choices=Absence.Kind, blank=True, help_text="The kind of absence, if any.")
    state = models.CharField(max_length=13, choices=State)
    came_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    worked_s = models.PositiveIntegerField(default=0)
    late_s = models.PositiveIntegerField(default=0)
    early_s = models.PositiveIntegerField(default=0)
    overtime_s = models.PositiveIntegerField(default=0)
    marks = ArrayField(models.CharField(max_length=12, choices=Mark), default=list)
    told = models.JSONField(null=True, help_text="What the events alone say, where a correction says otherwise.")
    judge_again_at = models.DateTimeField(null=True, help_text="Until then time alone changes nothing.")

    class Meta:
        ordering = ("-day", "-id")
        constraints = [models.UniqueConstraint(fields=("technician", "day"), name="one_attendance_day")]
        indexes = [
            models.Index("territory", F("day").desc(), F("id").desc(), name="attendance_of_a_territory"),
            models.Index(F("day").desc(), F("id").desc(), name="attendance_by_day"),
            models.Index("judge_again_at", condition=Q(judge_again_at__isnull=False), name="attendance_to_judge"),
            models.Index("technician", condition=Q(state="awaiting_sync"), name="attendance_awaiting_sync"),
        ]

    def __str__(self) -> str:
        return f"{self.technician_id} {self.day}: {self.state}"


class AttendanceCorrection(models.Model):
    """What somebody says of a day besides what phones told: when the technician came and left, or that it is excused.

    The newest that was not withdrawn counts. Written once; only its withdrawal comes later.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.ForeignKey(AttendanceDay, on_delete=models.PROTECT, related_name="corrections")
    came_at = models.DateTimeField(null=True, help_text="Null: as it was told.")
    left_at = models.DateTimeField(null=True)
    excused = models.BooleanField(default=False)
    reason = models.CharField(max_length=1_000)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-corrected_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(came_at__isnull=False) | Q(left_at__isnull=False) | Q(excused=True),
                name="correction_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day_id}: {self.reason}"


class AttendanceMark(models.Model):
    """Something was written of a technician's days between two moments. Left by triggers (`marks.py`)."""

    id = models.BigAutoField(primary_key=True)
    technician_id = models.UUIDField()
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.technician_id}: {self.since:%Y-%m-%d}"
