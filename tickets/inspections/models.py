"""Plans, service lives of components, and what fell due by them."""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.clock.models import BusinessCalendar
from tickets.complaints.models import Ticket
from tickets.prices.models import DayRange
from tickets.service_types.models import ServiceType
from tickets.sites.models import Asset, ServiceAccount

EVERYWHERE = Value(UUID(int=0), output_field=models.UUIDField())
LIVES_DO_NOT_OVERLAP = "service_lives_of_a_component_do_not_overlap"


class InspectionPlan(models.Model):
    """What is inspected (equipment of a kind, or every contract), how often, and by which kind of service.

    `rule` is a recurrence rule of RFC 5545, begun at `starts_on`: `FREQ=MONTHLY;BYMONTHDAY=1`. It yields one date in
    each of its periods, in force from `starts_on` until the day before `ends_on`. Where the calendar is closed on a
    date, the inspection is due on the next open day, or the one before (`shift`). Its ticket is raised `lead_days`
    earlier.
    """

    class Subject(models.TextChoices):
        ASSET = "asset"
        ACCOUNT = "account"

    class Shift(models.TextChoices):
        NEXT = "next"
        PREVIOUS = "previous"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    service_type = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict, blank=True, help_text="Answers of the service type's form.")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: all of them."
    )
    subject = models.CharField(max_length=8, choices=Subject)
    asset_kind = models.CharField(max_length=80, blank=True, help_text="Of equipment: which.")
    customer_class = models.SlugField(
        max_length=40, blank=True, db_index=False, help_text="Of the contract. Empty: every one."
    )
    rule = models.CharField(max_length=200, help_text="RFC 5545, such as FREQ=MONTHLY;BYMONTHDAY=1.")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The first day on which it holds no more.")
    lead_days = models.PositiveSmallIntegerField(default=7)
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: every day.",
    )
    shift = models.CharField(max_length=8, choices=Shift, default=Shift.NEXT)
    last_error = models.TextField(blank=True, editable=False, help_text="Why a ticket could not be raised.")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_inspection_plan_per_code"),
            models.CheckConstraint(
                condition=Q(subject="asset") & ~Q(asset_kind="") | Q(subject="account", asset_kind=""),
                name="inspection_plan_of_equipment_says_which",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="inspection_plan_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(lead_days__lte=366), name="inspection_lead_is_sane"),
        ]
        triggers = audited(territory="{row}.territory_id", unheard=("last_error",))

    def __str__(self) -> str:
        return self.name


class ServiceLife(models.Model):
    """How many months a component of equipment may serve (all of it, without a name), from when to when that holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset_kind = models.CharField(max_length=80)
    component = models.CharField(max_length=80, blank=True)
    months = models.PositiveSmallIntegerField()
    service_type = models.ForeignKey(ServiceType, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict, blank=True, help_text="Answers of the service type's form.")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: everywhere."
    )
    lead_days = models.PositiveSmallIntegerField(default=30)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The first day on which it holds no more.")
    last_error = models.TextField(blank=True, editable=False, help_text="Why a ticket could not be raised.")

    class Meta:
        ordering = ["asset_kind", "component", "valid_from"]
        constraints = [
            ExclusionConstraint(
                name=LIVES_DO_NOT_OVERLAP,
                expressions=[
                    ("asset_kind", RangeOperators.EQUAL),
                    ("component", RangeOperators.EQUAL),
                    (Coalesce("territory", EVERYWHERE), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                violation_error_message="There is a service life for some of these days already.",
            ),
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=1200, lead_days__lte=366) & ~Q(asset_kind=""),
                name="service_life_is_sane",
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="service_life_holds_for_a_day"),
        ]
        triggers = audited(territory="{row}.territory_id", unheard=("last_error",))

    def __str__(self) -> str:
        return f"{self.asset_kind} {self.component}: {self.months} months"


class Inspection(models.Model):
    """What fell due for one subject in one period of a plan, or a component whose time is over. One row each, for ever.

    `period` is the name of the period (`2026-11`, `2026-W48`) whatever date the rule gives in it, so a changed rule
    does not raise it again; of a component it is the day since which it serves. A row without a ticket was skipped.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(InspectionPlan, on_delete=models.PROTECT, null=True, related_name="inspections")
    life = models.ForeignKey(ServiceLife, on_delete=models.PROTECT, null=True, related_name="inspections")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="inspections")
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, null=True, related_name="inspections")
    component = models.CharField(max_length=80, blank=True)
    period = models.CharField(max_length=12)
    due_on = models.DateField()
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, null=True, related_name="inspection")
    raised_at = models.DateTimeField()
    skipped_at = models.DateTimeField(null=True)
    skipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    skip_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index("due_on", "id", name="inspections_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "asset", "account", "period"],
                condition=Q(plan__isnull=False),
                nulls_distinct=False,
                name="one_inspection_per_period",
            ),
            models.UniqueConstraint(
                fields=["asset", "component", "period"], condition=Q(plan=None), name="one_ticket_per_worn_component"
            ),
            models.CheckConstraint(
                condition=Q(plan__isnull=False, life=None) | Q(plan=None, life__isnull=False),
                name="inspection_by_plan_or_by_age",
            ),
            models.CheckConstraint(
                condition=Q(asset__isnull=False, account=None) | Q(asset=None, account__isnull=False),
                name="inspection_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(skipped_at=None, ticket__isnull=False, skip_reason="")
                | Q(skipped_at__isnull=False) & ~Q(skip_reason=""),
                name="skipped_inspection_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period}, due {self.due_on}"

    def state_on(self, day: date) -> str:
        """`skipped`, or what became of its ticket: `due`, `overdue`, `done`, `cancelled`."""
        if self.skipped_at is not None or self.ticket is None:
            return "skipped"
        if self.ticket.status in Ticket.OPEN:
            return "overdue" if self.due_on < day else "due"
        return "cancelled" if self.ticket.status == Ticket.Status.CANCELLED else "done"
