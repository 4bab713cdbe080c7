"""Visits, the check-ins made at them, and the parts that they used or brought back."""

from datetime import datetime, timedelta
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual
from django.utils.functional import cached_property

from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row
from tickets.attendance.marks import attendance_marks
from tickets.complaints.models import append_only
from tickets.doubts.marks import doubt_mark
from tickets.reports.marks import report_marks

LONGEST_WINDOW = timedelta(days=31)
"""What is promised for longer is no appointment. So those of a day began at most so long before it."""
NO_OVERLAP = "visit_windows_of_a_technician_do_not_overlap"
"""The constraint that keeps a technician from being promised to two places at once."""
NOT_TWICE = "visits_of_a_technician_leave_time_for_work_and_ways"
"""The constraint that keeps a technician from working at one place while they are on the way to another."""
MAX_ACCURACY_M = 20_000_000
"""Half the way round the Earth: a larger radius says nothing, and infinity is not a radius."""

OF_ITS_TICKET = "SELECT territory_id FROM tickets_ticket WHERE id = {row}.ticket_id"


give_free = pgtrigger.Trigger(
    name="ended_visit_needs_no_parts",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "NEW.status IN ('completed', 'incomplete', 'cancelled') AND NEW.status IS DISTINCT FROM OLD.status"
    ),
    func="""
        UPDATE parts_allocation SET ended_at = coalesce(NEW.cancelled_at, NEW.completed_at, now())
        WHERE visit_id = NEW.id AND ended_at IS NULL;
        RETURN NULL;
    """,
)
"""What was kept for a visit is free for others once it has ended, in whichever of the many ways."""


class WindowRange(models.Func):
    """`tstzrange(start, end, '[)')`: one may begin the moment another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Visit(Row):
    """One service appointment of one technician for one ticket.

    The technician of a visit never changes: giving the work to somebody else makes a new visit that
    `replaces` the old one. So what a phone sends for a visit that was given away in the meantime is still
    known to be the work of its own technician.

    Where several go, each has a visit of their own: the lead's, who answers for the ticket, and those of companions,
    `companion_of` it. Who leads may change; see `crew.py`.
    """

    class Status(models.TextChoices):
        SCHEDULED = "scheduled"
        DISPATCHED = "dispatched"
        ACCEPTED = "accepted"
        TRAVELLING = "travelling"
        ON_SITE = "on_site"
        COMPLETED = "completed"
        INCOMPLETE = "incomplete"
        CANCELLED = "cancelled"

    class PartsAnswer(models.TextChoices):
        USED = "used"
        NONE = "none"

    ACTIVE = (Status.SCHEDULED, Status.DISPATCHED, Status.ACCEPTED, Status.TRAVELLING, Status.ON_SITE)
    """The visit still occupies its technician in its window."""
    PLANNED = frozenset({Status.SCHEDULED, Status.DISPATCHED, Status.ACCEPTED})
    """Nobody has set out yet."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="visits", db_index=False)
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits", db_index=False
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.SCHEDULED)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    companion_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="companions",
        db_index=False,
        help_text="The visit of the lead along with whom its technician goes.",
    )
    lead_offered_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The visit of the companion who is asked to lead, and has not answered yet.",
    )

    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    occupied_from = models.DateTimeField(
        null=True, blank=True, help_text="When its technician sets out, as planned; null: as the window begins."
    )
    occupied_until = models.DateTimeField(
        null=True, blank=True, help_text="When the work is probably done; null: as the window ends."
    )
    override_reason = models.TextField(
        blank=True, help_text="Why somebody was sent, or sent then, against a rule that a reason may break."
    )

    # When each step happened (corrected time of the phone), not when we heard of it.
    dispatched_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    travelling_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    departed_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True, help_text="When the visit ended, done or not.")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    diagnosis = models.TextField(blank=True)
    checklist_answers = models.JSONField(default=dict, blank=True, help_text="Answer by the code of the check.")
    resolution_code = models.CharField(max_length=40, blank=True)
    parts_answer = models.CharField(max_length=8, choices=PartsAnswer, blank=True)
    signed_by = models.CharField(max_length=200, blank=True)
    signature = models.ForeignKey(
        "tickets.Attachment", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    no_signature_reason = models.TextField(blank=True)
    incomplete_reason = models.TextField(blank=True)
    undiagnosed = models.BooleanField(default=False, help_text="Incomplete, as nobody could say what was wrong.")
    next_visit_wanted = models.BooleanField(default=False)
    next_window_start = models.DateTimeField(null=True, blank=True, help_text="When the customer would like it.")
    next_window_end = models.DateTimeField(null=True, blank=True)
    parts_needed = models.TextField(blank=True, help_text="What to bring the next time.")
    decline_reason = models.TextField(blank=True, help_text="Set when the technician declined the visit.")
    cancel_reason = models.TextField(blank=True, help_text="Set when the office cancelled or gave away the visit.")
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        ordering = ("window_start", "id")
        indexes = [
            models.Index(fields=("technician", "window_start"), name="visit_technician_window"),
            models.Index(fields=("ticket", "status"), name="visit_ticket_status"),
            models.Index(fields=("window_start", "window_end", "id"), name="visits_by_window"),
            models.Index("companion_of", condition=models.Q(companion_of__isnull=False), name="visits_of_companions"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(window_end__gt=models.F("window_start")), name="visit_window_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(models.F("window_end") - models.F("window_start"), LONGEST_WINDOW),
                name="visit_window_is_no_longer_than_a_month",
            ),
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    ("technician", RangeOperators.EQUAL),
                    (WindowRange("window_start", "window_end", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(status__in=("scheduled", "dispatched", "accepted", "travelling", "on_site")),
                deferrable=models.Deferrable.IMMEDIATE,  # a plan of a day lets two visits change places
            ),
            ExclusionConstraint(
                name=NOT_TWICE,
                expressions=[
                    ("technician", RangeOperators.EQUAL),
                    (
                        WindowRange(
                            Coalesce("occupied_from", "window_start"),
                            Coalesce("occupied_until", "window_end"),
                            RangeBoundary(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=models.Q(status__in=("scheduled", "dispatched", "accepted", "travelling", "on_site")),
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=models.Q(occupied_from__isnull=True, occupied_until__isnull=True)
                | models.Q(occupied_from__isnull=False, occupied_until__gt=models.F("occupied_from")),
                name="visit_occupied_from_until_or_neither",
            ),
            models.CheckConstraint(
                condition=models.Q(companion_of=None)
                | (models.Q(lead_offered_to=None) & ~models.Q(companion_of=models.F("id"))),
                name="companion_leads_nobody",
            ),
        ]
        # Who comes decides who follows the ticket, and with it all that belongs to the ticket.
        triggers = [
            *audited(root="{row}.ticket_id", territory=OF_ITS_TICKET, changes_only=True),
            *feed_marks("visits"),
            *feed_marks("visits", key="companion_of_id", name="crew"),
            *feed_marks(
                "tickets",
                key="ticket_id",
                name="visit",
                audience=("technician_id", "ticket_id", "{row}.status = 'cancelled'"),
            ),
            *report_marks(),
            give_free,
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} visit {self.window_start:%Y-%m-%d %H:%M}"

    @property
    def is_active(self) -> bool:
        """Whether the visit still occupies its technician."""
        return self.status in self.ACTIVE

    @property
    def leads(self) -> bool:
        """Whether its technician answers for the ticket, alone or with companions."""
        return self.companion_of_id is None

    @cached_property
    def crew(self) -> "list[Visit]":
        """The visits of those who go along, as far as they were not called off."""
        return list(self.companions.exclude(status=self.Status.CANCELLED).select_related("technician").order_by("pk"))

    @property
    def occupies(self) -> tuple[datetime, datetime]:
        """From when until when, as planned; for the whole of its window where nobody has reckoned it."""
        return self.occupied_from or self.window_start, self.occupied_until or self.window_end


class CheckIn(Row):
    """That a technician arrived, left, or began or ended a shift: a raw fact, never changed afterwards.

    The beginning and the end of a shift belong to no visit; `territory` is whose desk counts it. They leave phones and
    desks by being `archived`; what belongs to a visit leaves with its ticket.
    """

    class Kind(models.TextChoices):
        ARRIVAL = "arrival"
        DEPARTURE = "departure"
        SHIFT_START = "shift_start"
        SHIFT_END = "shift_end"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="check_ins")
    technician = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="check_ins")
    territory = models.ForeignKey(
        "accounts.Territory", on_delete=models.PROTECT, null=True, blank=True, related_name="shift_events"
    )
    kind = models.CharField(max_length=16, choices=Kind)
    latitude = models.FloatField(null=True, blank=True, help_text="Degrees north, WGS 84; null without a fix.")
    longitude = models.FloatField(null=True, blank=True, help_text="Degrees east, WGS 84; null without a fix.")
    accuracy_m = models.FloatField(null=True, blank=True, help_text="Radius in metres that the phone claims.")
    distance_m = models.FloatField(null=True, blank=True, help_text="Metres from the site, when both places are known.")
    outside_fence = models.BooleanField(default=False)
    mock = models.BooleanField(default=False, help_text="The phone says that the position was set by an app.")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    captured = models.JSONField(default=dict, blank=True, help_text="The phone's own clocks, as it sent them.")
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    archived = models.BooleanField(default=False)

    SHIFT = (Kind.SHIFT_START, Kind.SHIFT_END)

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = [
            models.Index(fields=("technician", "-occurred_at"), name="check_in_technician_time"),
            models.Index(fields=("-occurred_at", "-id"), name="check_in_time"),
            models.Index("occurred_at", condition=models.Q(visit=None, archived=False), name="shift_events_to_archive"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=("arrival", "departure"), visit__isnull=False, territory__isnull=True)
                | models.Q(kind__in=("shift_start", "shift_end"), visit__isnull=True),
                name="check_in_at_a_visit_or_of_a_shift",
            ),
            # NaN sorts above every number in PostgreSQL, so these refuse it too.
            models.CheckConstraint(condition=models.Q(latitude__range=(-90, 90)), name="check_in_latitude_on_earth"),
            models.CheckConstraint(
                condition=models.Q(longitude__range=(-180, 180)), name="check_in_longitude_on_earth"
            ),
            models.CheckConstraint(
                condition=models.Q(accuracy_m__gte=0, accuracy_m__lte=MAX_ACCURACY_M), name="check_in_accuracy_sane"
            ),
        ]
        triggers = [
            *feed_marks("check_ins"),
            *append_only(besides="archived"),
            *attendance_marks(since="occurred_at", until="occurred_at", append_only=True),
            doubt_mark,
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"


class PartUse(Row):
    """A part that was fitted at a visit, or taken back from the customer. Append only, beside its stock movement."""

    class Kind(models.TextChoices):
        USED = "used"
        RETURNED = "returned"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="part_uses")
    kind = models.CharField(max_length=16, choices=Kind)
    part = models.ForeignKey("parts.Part", on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    serial = models.CharField(max_length=100, blank=True)
    removed_serial = models.CharField(
        max_length=100, blank=True, help_text="Serial of the part that this one took the place of."
    )
    movement = models.OneToOneField("parts.StockMovement", on_delete=models.PROTECT, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = [
            models.Index(fields=("-occurred_at", "-id"), name="part_use_time"),
            models.Index("removed_serial", condition=~models.Q(removed_serial=""), name="part_uses_by_removed_serial"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="part_use_quantity_positive")]
        triggers = [*feed_marks("part_uses"), *append_only()]

    def __str__(self) -> str:
        return f"{self.quantity} {self.get_kind_display()}"


class Swap(models.Model):
    """At a visit one unit of an asset was taken out and another put in. A fact, beside the part uses that it is.

    `yields` says that somebody else's claim to the same unit came first, as long as nobody has decided otherwise.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="swaps")
    asset = models.ForeignKey("tickets.Asset", on_delete=models.PROTECT, related_name="swaps")
    component = models.CharField(max_length=80, blank=True, help_text="Empty: all of it.")
    part = models.ForeignKey("parts.Part", on_delete=models.PROTECT, related_name="+")
    removed_serial = models.CharField(max_length=100, blank=True)
    installed_serial = models.CharField(max_length=100)
    fitted = models.OneToOneField(PartUse, on_delete=models.PROTECT, related_name="+")
    taken = models.OneToOneField(PartUse, on_delete=models.PROTECT, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    yields = models.BooleanField(default=False)

    class Meta:
        ordering = ("occurred_at", "id")
        indexes = [models.Index("part", "installed_serial", name="swaps_by_installed_serial")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(installed_serial="") & ~models.Q(installed_serial=models.F("removed_serial")),
                name="swap_of_two_units",
            )
        ]
        triggers = [*feed_marks("assets", key="asset_id", name="swaps"), *append_only(besides="yields")]

    def __str__(self) -> str:
        return f"{self.removed_serial} → {self.installed_serial}"

    @property
    def order(self) -> tuple[datetime, UUID]:
        """By this the first of two claims is told."""
        return self.occurred_at, self.pk
