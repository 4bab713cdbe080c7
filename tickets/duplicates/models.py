"""What the desk has decided about two tickets that looked like one fault."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sync.ids import uuid7
from tickets.complaints.models import Ticket


class ToldApart(models.Model):
    """Two tickets that are not about the same fault, and why: they are not offered as duplicates again.

    Each pair stands here once, the smaller id first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    one = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=1_000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(F("one"), F("other"), name="a_pair_is_told_apart_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="told_apart_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} is not {self.other_id}"
