"""Plans of a day, what stands in them, and where parts are fetched."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from parts.models import Location, Requisition
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit


class DepotCounter(models.Model):
    """Where a depot hands parts out to technicians: plans lead whoever needs some by way of it.

    Configuration, by administrators. A depot without one is none to drive to.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    depot = models.OneToOneField(
        Location, on_delete=models.CASCADE, related_name="+", limit_choices_to={"kind__in": ("depot", "central")}
    )
    latitude = models.FloatField(
        validators=[MinValueValidator(-90), MaxValueValidator(90)], help_text="Degrees north, WGS 84."
    )
    longitude = models.FloatField(
        validators=[MinValueValidator(-180), MaxValueValidator(180)], help_text="Degrees east, WGS 84."
    )
    minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MaxValueValidator(240)], help_text="How long it takes to have something handed out."
    )

    class Meta:
        ordering = ["depot__code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="depot_counter_is_on_earth"
            ),
            models.CheckConstraint(condition=Q(minutes__lte=240), name="depot_counter_takes_four_hours_at_most"),
        ]
        triggers = audited(territory="SELECT territory_id FROM parts_location WHERE id = {row}.depot_id")

    def __str__(self) -> str:
        return str(self.depot)


class RoutePlan(models.Model):
    """A proposal for one day of one territory: found by the worker, looked at, and accepted as a whole or in part.

    Nothing of it holds before it is accepted. It is kept until `expires_at`, as long as it can be looked at or undone.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        PLANNING = "planning"
        READY = "ready"
        CANCELLED = "cancelled"
        FAILED = "failed"

    UNDER_WAY = (Status.WAITING, Status.PLANNING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(help_text="By the wall clock of the territory.")
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    seconds_allowed = models.PositiveSmallIntegerField(help_text="How long it may be thought about.")
    parts_required = models.BooleanField(help_text="Whoever goes has the usual parts in the van.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True, help_text="When the worker that plans, or died over it, last said so.")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=100, blank=True)

    seconds = models.PositiveSmallIntegerField(default=0, help_text="Spent so far.")
    visits = models.PositiveIntegerField(default=0, help_text="To be planned.")
    best_left_out = models.PositiveIntegerField(null=True, help_text="Of these, by the best plan so far.")
    as_of = models.DateTimeField(null=True, help_text="What had happened by then was planned around.")
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    travel_source = models.CharField(max_length=8, blank=True, help_text="Who said how long the ways are.")
    figures = models.JSONField(default=dict, help_text="Of this plan, of the present one, and of nearest-first.")
    left_out = models.JSONField(default=list, help_text="What could not be planned, and why.")

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "day"],
                condition=Q(status__in=("waiting", "planning")),
                name="one_plan_of_a_day_is_being_made",
            ),
            models.CheckConstraint(
                condition=~Q(status="ready") | Q(ended_at__isnull=False, as_of__isnull=False),
                name="ready_plan_says_when",
            ),
        ]
        indexes = [
            models.Index("territory", F("asked_at").desc(), F("id").desc(), name="route_plans_of_a_territory"),
            models.Index("expires_at", name="route_plans_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.territory_id} {self.day}: {self.status}"


class PlannedStop(models.Model):
    """One stop of a technician's day in a plan: a visit; a depot where parts are fetched; or (without both) the break.

    A visit for which something is fetched names the `depot`, too, and in `parts` how much of what.

    `visit` is the one that there is already, as the plan found it: `was_…`. `change` says what accepting it would do;
    `fixed` is what is happening already. `accepted_visit` is what came of it, and what can be undone.
    """

    class Change(models.TextChoices):
        NONE = "none"
        NEW = "new", "Nobody was planned"
        NARROWED = "narrowed", "The window becomes a part of itself"
        MOVED = "moved", "Another window"
        REASSIGNED = "reassigned", "Another technician"

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(RoutePlan, on_delete=models.CASCADE, related_name="stops", db_index=False)
    technician = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveIntegerField(help_text="In the whole plan: one technician after the other.")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    fixed = models.BooleanField(default=False)
    depot = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    parts = models.JSONField(default=list, help_text="What is fetched there: part_id, number and quantity.")

    travel_seconds = models.PositiveIntegerField(default=0)
    travel_metres = models.PositiveIntegerField(default=0)
    arrives_at = models.DateTimeField()
    begins_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    late_seconds = models.PositiveIntegerField(default=0, help_text="After the end of the promised window.")

    change = models.CharField(max_length=10, choices=Change, default=Change.NONE)
    window_start = models.DateTimeField(null=True, help_text="What is promised once it is accepted.")
    window_end = models.DateTimeField(null=True)
    was_technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    was_status = models.CharField(max_length=16, blank=True)
    was_window_start = models.DateTimeField(null=True)
    was_window_end = models.DateTimeField(null=True)

    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    refusal = models.JSONField(null=True, help_text="Why it could not be accepted or undone, as a problem.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    accepted_visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    requisition = models.ForeignKey(
        Requisition, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ("plan", "position")
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="one_stop_per_position"),
            models.CheckConstraint(
                condition=Q(change="none")
                | Q(ticket__isnull=False, window_start__isnull=False, window_end__isnull=False),
                name="a_change_says_what_is_promised",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(accepted_visit__isnull=False), name="accepted_stop_has_a_visit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.ticket_id or self.depot_id or 'break'}"
