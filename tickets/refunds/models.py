"""The refund."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.prices.money import MAX_AMOUNT


class Refund(models.Model):
    """Money back: `refund` of what was paid, and `compensation` on top where we had charged too much.

    Above the limit somebody else has to approve it, and nobody decides about what they asked for.
    """

    class Kind(models.TextChoices):
        REFUND = "refund"
        OVERCHARGE = "overcharge"

    class Status(models.TextChoices):
        REQUESTED = "requested"
        APPROVED = "approved"
        REJECTED = "rejected"
        PAID = "paid"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="refunds")
    territory = models.ForeignKey(
        Territory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="In whose books it stands, once it is paid.",
    )
    bill = models.ForeignKey("tickets.Bill", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    credit_note = models.OneToOneField(
        "tickets.Bill", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    currency = models.CharField(max_length=3)
    overcharge = models.BigIntegerField(default=0, help_text="What was charged too much.")
    refund = models.BigIntegerField()
    compensation = models.BigIntegerField(default=0)
    reason = models.TextField()
    status = models.CharField(max_length=16, choices=Status)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    receipt_number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["requested_at", "id"]
        indexes = [
            models.Index("ticket", "requested_at", name="refunds_of_a_ticket"),
            models.Index("requested_at", "id", name="refunds_by_time"),
            models.Index("paid_at", condition=Q(paid_at__isnull=False), name="refunds_by_payment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(refund__gte=0, compensation__gte=0, refund__lte=MAX_AMOUNT, compensation__lte=MAX_AMOUNT)
                & (Q(refund__gt=0) | Q(compensation__gt=0)),
                name="refund_of_something",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", overcharge=0, compensation=0)
                | Q(kind="overcharge", overcharge__gt=0, bill__isnull=False),
                name="compensation_is_for_an_overcharge",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(requested_by=None) | ~Q(decided_by=F("requested_by")),
                name="nobody_decides_their_own_refund",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", decided_at=None) | ~Q(status="requested") & Q(decided_at__isnull=False),
                name="refund_was_decided",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid_at__isnull=False, territory__isnull=False) & ~Q(receipt_number="")
                | ~Q(status="paid") & Q(paid_at=None, territory=None),
                name="paid_refund_says_when_and_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total} {self.currency}, {self.status}"

    @property
    def total(self) -> int:
        """What the customer gets."""
        return self.refund + self.compensation
