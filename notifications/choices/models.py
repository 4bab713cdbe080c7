"""What one person has chosen, and what waits because of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.messages.models import Message
from notifications.notices.models import Notice
from sync.audit.triggers import audited
from sync.ids import uuid7


class NoticeChoices(models.Model):
    """Of what a person is told by which channel, when they want to be left alone, and how often they hear of what can
    wait. Hours are by their own wall clock.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", "at once in the app"
        PUSH = "push", "web push"
        SMS = "sms", "SMS"
        EMAIL = "email", "e-mail"

    class Digest(models.TextChoices):
        AT_ONCE = "at_once", "at once"
        HOURLY = "hourly", "every hour"
        DAILY = "daily", "every morning"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices")
    wanted = models.JSONField(default=dict)
    """By kind and channel: yes or no. The empty kind is every one of which nothing else is said."""
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    digest = models.CharField(max_length=8, choices=Digest.choices, default=Digest.AT_ONCE)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            )
        ]
        triggers = audited(row="person_id")

    def __str__(self) -> str:
        return f"choices of {self.person_id}"

    def wants(self, kind: str, channel: str) -> bool | None:
        """What they have said of this kind, or else of every kind; None: nothing."""
        for chosen in (self.wanted.get(kind, {}), self.wanted.get("", {})):
            if channel in chosen:
                return bool(chosen[channel])
        return None


class HeldNotice(models.Model):
    """A notice that goes out by this channel at that moment, together with whatever else waits for it then."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=Message.Channel.choices)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="held_once_per_channel")]

    def __str__(self) -> str:
        return f"{self.channel} at {self.due_at:%Y-%m-%d %H:%M}"
