"""Kinds of service: what has to be asked at intake, who can do it, what is promised."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models import Skill
from parts.models import Part
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row
from tickets.clock.models import SlaPolicy
from tickets.prices.models import PriceItem


def empty_form() -> dict[str, Any]:
    """A form that asks for nothing."""
    return {"type": "object", "properties": {}}


class ServiceType(Row):
    """A kind of service. It is never deleted, as tickets refer to it: `is_active` says whether it is still offered.

    `form` is a JSON Schema (2020-12) of an object: see `forms.py`. `checklist` and `resolution_codes` are lists of
    `{"code", "text", "text_zh"}`. Without a policy, the standard one holds. What a technician had better take along are
    its `likely_parts`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    form = models.JSONField(default=empty_form)
    skills = models.ManyToManyField(
        Skill,
        through="ServiceTypeSkill",
        related_name="service_types",
        help_text="What a technician must be able to do.",
    )
    policy = models.ForeignKey(
        SlaPolicy,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="service_types",
        verbose_name="SLA policy",
    )
    checklist = models.JSONField(default=list, blank=True)
    resolution_codes = models.JSONField(default=list, blank=True)
    default_priority = models.PositiveSmallIntegerField(default=3, help_text="1 is the most urgent, 4 the least.")
    is_installation = models.BooleanField(
        default=False, help_text="It puts something new in, which somebody else has to accept."
    )
    paid_work = models.ForeignKey(
        PriceItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The work that customers pay for when a visit is completed. Empty: nothing.",
    )
    visit_minutes = models.PositiveSmallIntegerField(default=60, help_text="How long a visit usually takes.")
    duplicate_hours = models.PositiveSmallIntegerField(
        default=72, help_text="Hours in which a second report of a fault at one place may be the same one."
    )
    repeat_days = models.PositiveSmallIntegerField(
        default=15, help_text="Days after a resolution in which the same fault at one place is a repeat."
    )
    outage_tickets = models.PositiveSmallIntegerField(
        default=5, help_text="So many tickets of one fault in one area are probably an outage."
    )
    outage_minutes = models.PositiveSmallIntegerField(default=30, help_text="Minutes within which they are reported.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_service_type_per_code"),
            models.CheckConstraint(condition=Q(default_priority__range=(1, 4)), name="service_type_priority_is_1_to_4"),
            models.CheckConstraint(condition=Q(visit_minutes__gt=0), name="service_type_visit_takes_time"),
            models.CheckConstraint(condition=Q(outage_tickets__gte=2), name="an_outage_is_more_than_one_ticket"),
        ]
        triggers = [*feed_marks("service_types"), *audited()]

    def __str__(self) -> str:
        return self.name


class ServiceTypeSkill(models.Model):
    """A skill that a service type asks for. A table of its own, so that its rows mark the service type for phones."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_type = models.ForeignKey(ServiceType, on_delete=models.CASCADE)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(F("service_type"), F("skill"), name="a_skill_is_asked_for_once")]
        triggers = [*feed_marks("service_types", key="service_type_id", name="skill"), *audited()]

    def __str__(self) -> str:
        return f"{self.service_type_id} {self.skill_id}"


class ServiceTypePart(models.Model):
    """A part that a service of this kind is likely to need, `quantity` of it as a rule. In the order of `position`.

    It stays as somebody named it; whoever reads it is shown the part that is fitted in its place today.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_type = models.ForeignKey(ServiceType, on_delete=models.CASCADE, related_name="likely_parts", db_index=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0, help_text="The first to think of comes first.")
    quantity = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, blank=True, help_text="As a rule, in the part's unit."
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(F("service_type"), F("part"), name="a_part_is_likely_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="likely_part_is_some"),
        ]
        triggers = [*feed_marks("service_types", key="service_type_id", name="part"), *audited()]

    def __str__(self) -> str:
        return f"{self.service_type_id} {self.part_id}"
