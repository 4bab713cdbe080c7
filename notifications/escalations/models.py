"""Plans of escalation, and the steps that were taken."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Territory
from notifications.escalations.steps import Way
from notifications.notices.models import Notice
from sync.audit.triggers import audited
from sync.ids import uuid7


class EscalationPlan(models.Model):
    """What to do, and when, as long as a notice of this kind is not acknowledged. No steps: nothing.

    Where several speak of a notice, the most exact counts: see `steps.py`. A notice keeps the steps that it was sent
    with: another plan is for later ones.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=50, blank=True, help_text="Empty: every kind that asks for acknowledgement.")
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: everywhere."
    )
    steps = models.JSONField(default=list, blank=True, help_text='Such as [{"minutes": 10, "way": "sms"}].')

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "territory"], nulls_distinct=False, name="one_escalation_plan_per_kind_and_place"
            )
        ]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return f"{self.kind or 'every kind'} in {self.territory or 'every territory'}"


class Escalation(models.Model):
    """A step that was taken, once. Append only.

    What became of a message stands with the message; whether somebody who was told has acknowledged, with their notice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="escalations", db_index=False)
    number = models.PositiveSmallIntegerField()
    """Which step of the notice, from 0 on."""
    way = models.CharField(max_length=12, choices=Way.choices)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    told = ArrayField(models.UUIDField(), default=list)
    """Whom it was meant for: the same person, or others. Who had heard of it before heard nothing new."""

    class Meta:
        ordering = ["notice", "number"]
        constraints = [models.UniqueConstraint(fields=["notice", "number"], name="each_step_is_taken_once")]

    def __str__(self) -> str:
        return f"{self.way} at {self.taken_at:%H:%M}"
