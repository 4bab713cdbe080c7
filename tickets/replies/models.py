"""Templates of messages."""

from django.db import models

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.service_types.models import ServiceType


class ReplyTemplate(models.Model):
    """A message in English and Chinese, with `{placeholders}` that a ticket fills in (`placeholders.py`).

    Without territory or service type it is for all of them. Nothing is deleted: `is_active` takes one off the list.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", "We have to ask something"
        APPOINTMENT = "appointment"
        DELAY = "delay"
        RESULT = "result"
        APOLOGY = "apology"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: everywhere."
    )
    service_type = models.ForeignKey(
        ServiceType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: all services."
    )
    text = models.TextField(max_length=4_000)
    text_zh = models.TextField(max_length=4_000)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="one_reply_template_per_code")]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return self.code
