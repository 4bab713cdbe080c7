"""Calendars, the promises of a policy, and the clocks that run on tickets.

`arithmetic.py` does the reckoning; `services.py` says when a clock starts, pauses, ends and warns.
"""

from datetime import datetime, time, timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from accounts.territories.time_zones import validate_time_zone
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row
from tickets.complaints.models import Ticket
from tickets.reports.marks import report_marks


class Target(models.TextChoices):
    """What is promised on a ticket. Each has a clock of its own."""

    FIRST_REPLY = "first_reply", "First reply"
    ON_SITE = "on_site", "Technician on site"
    RESOLUTION = "resolution", "Resolved"
    CALLBACK = "callback", "Called back"
    RESULT_TOLD = "result_told", "Result told to the customer"


class BusinessCalendar(models.Model):
    """When a promise of business time counts: windows per weekday as the wall clock of `time_zone` shows them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(
        max_length=64, validators=[validate_time_zone], help_text="IANA name, such as Asia/Shanghai."
    )

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="one_calendar_per_code")]
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class CalendarWindow(models.Model):
    """Open hours on one weekday, Monday is 0. Closing at 00:00 means the end of the day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="windows")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday, 6 is Sunday.")
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="window_is_on_a_weekday"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes=time(0, 0)), name="window_closes_after_it_opens"
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day on which a calendar is closed all day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(F("calendar"), F("day"), name="one_holiday_per_day")]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.day} {self.name}".rstrip()


class SlaPolicy(models.Model):
    """A set of promises. A service type without one goes by the policy with the code `standard`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = "SLA policy"
        verbose_name_plural = "SLA policies"
        constraints = [models.UniqueConstraint(fields=["code"], name="one_policy_per_code")]
        triggers = audited()

    def __str__(self) -> str:
        return self.name


def default_percents() -> list[int]:
    """Warn the technician at 50, the dispatchers at 75, the supervisors at 100 percent of the target."""
    return [50, 75, 100]


class PolicyTarget(models.Model):
    """One promise: what we aim at (`target_duration`) and what must never be passed (`limit_duration`).

    A row with a `priority` goes before the row without one, for tickets of that priority.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.ForeignKey(SlaPolicy, on_delete=models.CASCADE, related_name="targets")
    target = models.CharField(max_length=16, choices=Target)
    priority = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: every priority.")
    target_duration = models.DurationField()
    limit_duration = models.DurationField()
    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty: elapsed time, by day and night.",
    )  # fmt: skip
    warn_percents = ArrayField(
        models.PositiveSmallIntegerField(), default=default_percents, blank=True, help_text="Percent of the target."
    )
    pausing_reasons = ArrayField(
        models.CharField(max_length=24), default=list, blank=True, help_text="Hold reasons that stop this clock."
    )

    class Meta:
        ordering = ["target", "priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "target", "priority"], nulls_distinct=False, name="one_promise_per_target"
            ),
            models.CheckConstraint(condition=Q(target_duration__gt=timedelta(0)), name="target_takes_time"),
            models.CheckConstraint(
                condition=Q(limit_duration__gte=F("target_duration")), name="limit_is_not_before_target"
            ),
            models.CheckConstraint(
                condition=Q(priority=None) | Q(priority__range=(1, 4)), name="promise_priority_is_1_to_4"
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.get_target_display()} within {self.target_duration}"


class SegmentRange(models.Func):
    """A span of time between two columns; without an end it goes on. One may begin the moment another ends."""

    function = "TSTZRANGE"
    output_field: ClassVar[DateTimeRangeField] = DateTimeRangeField()


EVERY_TYPE = Value(UUID(int=0), models.UUIDField())
"""Stands for no service type in particular where rows are compared, as NULL is equal to nothing."""


class PolicyPeriod(models.Model):
    """From when until when a policy holds for a service type, for a class of customers, or for the two together.

    What counts is when a ticket was reported. What goes by class goes before what goes by service type alone; both go
    before the policy that the service type names without a date.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="periods")
    service_type = models.ForeignKey(
        "tickets.ServiceType", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty: every service type.",
    )  # fmt: skip
    customer_class = models.SlugField(
        max_length=40, blank=True, db_index=False, help_text="Of the service account. Empty: every one."
    )
    holds_from = models.DateTimeField()
    holds_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until another one begins.")

    class Meta:
        ordering = ["holds_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(service_type=None, customer_class=""), name="policy_period_is_for_somebody"
            ),
            models.CheckConstraint(
                condition=Q(holds_until=None) | Q(holds_until__gt=F("holds_from")),
                name="policy_period_ends_after_start",
            ),
            ExclusionConstraint(
                name="one_policy_at_a_time",
                expressions=[
                    (Coalesce("service_type", EVERY_TYPE), RangeOperators.EQUAL),
                    ("customer_class", RangeOperators.EQUAL),
                    (SegmentRange("holds_from", "holds_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.policy} from {self.holds_from:%Y-%m-%d}"

    def covers(self, moment: datetime) -> bool:
        """Whether it holds for what is reported at this moment."""
        return self.holds_from <= moment and (self.holds_until is None or moment < self.holds_until)


IS_OPEN = Q(met_at=None, stopped_at=None)
"""Condition on clocks: there is still something to keep."""


class TicketClock(Row):
    """A promise, running on one ticket. Commands own it: see `services.py`.

    Which policy holds is decided when the ticket's first clock starts. The terms (durations, percents, reasons,
    calendar) are copied from it, so that a closed clock can still be explained by the terms it was judged under.
    `round` counts the clocks of one target on a ticket: a second callback, the result of a second repair.

    `due_at` and `limit_at` are when target and limit are used up as things stand; null while the clock stands still.
    `target_missed` and `limit_missed` are the verdicts on both. `judged_in_hindsight` says that the verdict changed
    when we heard later what had happened earlier. Warnings that had been given by then stay on record.
    """

    class State(models.TextChoices):
        """How the promise stands. Breached wins over paused and stopped: a target once passed stays passed."""

        RUNNING = "running"
        PAUSED = "paused"
        MET = "met", "Met within the target"
        BREACHED = "breached", "Target passed, whether met later or not"
        STOPPED = "stopped", "Nothing more to keep"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    target = models.CharField(max_length=16, choices=Target)
    round = models.PositiveSmallIntegerField(default=1)

    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="+")
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, null=True, related_name="+")
    target_duration = models.DurationField()
    limit_duration = models.DurationField()
    warn_percents = ArrayField(models.PositiveSmallIntegerField(), default=list)
    pausing_reasons = ArrayField(models.CharField(max_length=24), default=list)

    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    limit_at = models.DateTimeField(null=True)
    target_missed = models.BooleanField(default=False)
    limit_missed = models.BooleanField(default=False)
    judged_in_hindsight = models.BooleanField(default=False)

    class Meta:
        ordering = ["started_at", "target", "round"]
        constraints = [
            models.UniqueConstraint(F("ticket"), F("target"), F("round"), name="one_clock_per_round"),
            models.UniqueConstraint(F("ticket"), F("target"), condition=IS_OPEN, name="one_open_clock_per_target"),
            models.CheckConstraint(condition=Q(met_at=None) | Q(stopped_at=None), name="clock_ends_once"),
        ]
        indexes = [
            models.Index("due_at", "ticket", condition=IS_OPEN, name="open_clocks_by_due"),
        ]
        triggers = [*feed_marks("tickets", key="ticket_id", name="clock"), *report_marks()]

    def __str__(self) -> str:
        return f"{self.get_target_display()}: {self.get_state_display()}"

    @property
    def ended_at(self) -> datetime | None:
        """When it was met or stopped; None while it is open."""
        return self.met_at or self.stopped_at


class ClockTimer(models.Model):
    """When the sweep has to look at an open clock again. Not a column of the clock, as changes of that go to phones.

    Null while the clock stands still. A `stale` one is due at once: its policy or calendar was changed.
    """

    clock = models.OneToOneField(TicketClock, on_delete=models.CASCADE, primary_key=True, related_name="timer")
    fires_at = models.DateTimeField(null=True)
    stale = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index("fires_at", condition=Q(fires_at__isnull=False), name="clocks_to_fire")]

    def __str__(self) -> str:
        return str(self.fires_at)


class ClockSegment(Row):
    """A stretch of a clock's life. Segments follow one another without gap.

    The last one has no end of its own: it lasts until the clock's end, and would go on if the clock did.

    `reason` is the hold reason, whether it stops this clock (paused) or not (running), or `ended` for the time until a
    clock that had ended was taken up again. `actor` is who began the stretch; nobody is the service itself.
    """

    class Kind(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"

    ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clock = models.ForeignKey(TicketClock, on_delete=models.CASCADE, related_name="segments")
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.CharField(max_length=24, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="segment_ends_after_it_starts"
            ),
            ExclusionConstraint(
                name="segments_of_a_clock_do_not_overlap",
                expressions=[
                    ("clock", RangeOperators.EQUAL),
                    (SegmentRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.started_at:%Y-%m-%d %H:%M}"


class ClockWarning(models.Model):
    """That a threshold was reached and somebody was told. Never taken back, even if hindsight acquits."""

    class Audience(models.TextChoices):
        TECHNICIAN = "technician"
        DISPATCHER = "dispatcher"
        SUPERVISOR = "supervisor"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clock = models.ForeignKey(TicketClock, on_delete=models.CASCADE, related_name="warnings")
    percent = models.PositiveSmallIntegerField()
    audience = models.CharField(max_length=12, choices=Audience)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()

    class Meta:
        ordering = ["percent"]
        constraints = [models.UniqueConstraint(F("clock"), F("percent"), name="each_threshold_fires_once")]

    def __str__(self) -> str:
        return f"{self.percent}%"
