"""Notices: what somebody has to hear, written in the transaction in which it became true."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from fieldsvc.time import now
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row


class Notice(Row):
    """One piece of news for one person, in both languages. The person acknowledges it on any device, once."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=50)
    subject_collection = models.CharField(max_length=50)
    subject_id = models.UUIDField()
    ticket_id = models.UUIDField(null=True, blank=True)
    territory_id = models.UUIDField(null=True, blank=True)
    title = models.TextField()
    title_zh = models.TextField()
    body = models.TextField(blank=True)
    body_zh = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    """What the words were made of, for a client that wants to say it in its own way."""
    urgent = models.BooleanField(default=False)
    wants_ack = models.BooleanField(default=False)
    dedupe_key = models.CharField(max_length=200, unique=True)
    """The same event tells the same person once, however often it is reported."""
    created_at = models.DateTimeField(default=now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_device = models.ForeignKey(
        "sync.Device", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    steps = models.JSONField(default=list, blank=True)
    """What happens while it is not acknowledged, as the plan was when it was sent: see `notifications/escalations`."""
    steps_taken = models.PositiveSmallIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True, blank=True)
    """When the next step is due; empty when there is none, or nobody waits for it any more."""
    escalated_at = models.DateTimeField(null=True, blank=True)
    """When the last step was taken."""
    cause = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="consequences")
    """The notice that nobody acknowledged, if that is what this one reports."""

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_of_person"),
            models.Index(fields=["territory_id", "-created_at", "-id"], name="notice_of_territory"),
            models.Index(fields=["ticket_id"], condition=Q(ticket_id__isnull=False), name="notice_about_ticket"),
            models.Index(
                fields=["user", "created_at"], condition=Q(acknowledged_at=None), name="notice_unacknowledged"
            ),
            models.Index(fields=["escalate_at"], condition=Q(escalate_at__isnull=False), name="notice_to_escalate"),
            models.Index(fields=["subject_id"], condition=Q(escalate_at__isnull=False), name="notice_awaited_about"),
        ]
        constraints = [
            # Its territory's dispatchers are the ones to hear that it was not acknowledged.
            models.CheckConstraint(
                condition=Q(wants_ack=False) | Q(territory_id__isnull=False), name="awaited_notice_has_territory"
            ),
        ]
        triggers = feed_marks("notices")

    def __str__(self) -> str:
        return self.title
