"""Codes by which an account is bound, offers to take one over, and all that happened to accounts."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from sync.ids import uuid7
from tickets.complaints.models import append_only
from tickets.sites.models import ServiceAccount


class BindingCode(models.Model):
    """The code that this person has asked for last, to bind the account of a number. Only a keyed hash is kept.

    There is one for a number that no account has, too: nobody learns from us which numbers there are.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(F("person"), F("number"), name="one_binding_code_per_person_and_number")]

    def __str__(self) -> str:
        return f"code for {self.number}"


class AccountOffer(models.Model):
    """The holder of an account wants somebody else to have it, who signs in with `phone`, and says yes or no to it."""

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, related_name="offers")
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=16)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-offered_at", "-id"]
        constraints = [
            models.UniqueConstraint(F("account"), condition=Q(status="open"), name="one_open_offer_per_account"),
            models.CheckConstraint(
                condition=Q(status="open", decided_at=None) | ~Q(status="open") & Q(decided_at__isnull=False),
                name="decided_offer_says_when",
            ),
        ]
        indexes = [
            models.Index("phone", F("offered_at").desc(), name="offers_to_a_phone"),
            models.Index("offered_by", F("offered_at").desc(), name="offers_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.account} for {self.phone}"


class AccountEvent(models.Model):
    """Something that happened to an account: who did it, for whom, and to whom it happened. Append only."""

    class Kind(models.TextChoices):
        BOUND = "bound", "Bound by its holder"
        JOINED = "joined", "Bound by one of the household"
        LEFT = "left", "Given up by somebody who had bound it"
        MOVED = "moved", "Now at another site"
        OFFERED = "offered", "Offered to somebody"
        DECLINED = "declined", "The offer was declined"
        WITHDRAWN = "withdrawn", "The offer was withdrawn"
        HANDED_OVER = "handed_over", "Another holder"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    device_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [models.Index("account", F("occurred_at").desc(), F("id").desc(), name="history_of_an_account")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.kind
