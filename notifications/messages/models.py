"""Messages: the outbox of what leaves the house, written in the transaction that wants it sent."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from fieldsvc.time import now
from sync.ids import uuid7


class Message(models.Model):
    """One SMS, a push to a device, or an e-mail whose first line is the subject.

    The worker hands it to the gateway, again and again if need be, until it is `sent` or `dead`.
    """

    class Channel(models.TextChoices):
        SMS = "sms", "SMS"
        EMAIL = "email", "e-mail"
        PUSH = "push", "web push"

    class Kind(models.TextChoices):
        TEXT = "text"
        CODE = "code", "one-time code"

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        DEAD = "dead"
        NEEDLESS = "needless", "seen before it was sent"

    id = models.UUIDField(primary_key=True, default=uuid7)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.SMS)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    notice = models.ForeignKey(
        "notifications.Notice", null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    """What it tells of; a one-time code tells of none."""
    address = models.CharField(max_length=254)
    """Phone number, e-mail address, or the push service."""
    subscription = models.ForeignKey(
        "notifications.PushSubscription", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    """The device of a push, as long as it is subscribed."""
    text = models.TextField(blank=True)
    """What it says. A one-time code is wiped out as soon as the message is sent or dead."""
    dedupe_key = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    """From then on it is of no use and is not sent any more."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=now)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    resent_at = models.DateTimeField(null=True, blank=True)
    """When somebody last took it out of the dead letters, and who."""
    resent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # As the worker takes them: what expires comes first.
            models.Index(
                F("expires_at").asc(nulls_last=True), "next_try_at", condition=Q(status="queued"), name="message_queued"
            ),
            models.Index(fields=["-created_at", "-id"], name="messages_newest"),
            models.Index(fields=["-created_at", "-id"], condition=Q(status="dead"), name="messages_dead"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="code") | Q(status="queued") | Q(text=""), name="finished_code_is_wiped_out"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}"
