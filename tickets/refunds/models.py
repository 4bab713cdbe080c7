"""The refund, and the ways on which it reaches the customer."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.prices.money import MAX_AMOUNT


class Refund(models.Model):
    """Money back: `refund` of what was paid, and `compensation` on top where we had charged too much.

    Above the limit somebody else has to approve it, and nobody decides about what they asked for. It is `paid` when all
    of its repayments have reached the customer.
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

    class Meta:
        ordering = ["requested_at", "id"]
        indexes = [
            models.Index("ticket", "requested_at", name="refunds_of_a_ticket"),
            models.Index("requested_at", "id", name="refunds_by_time"),
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
                condition=Q(status="paid", paid_at__isnull=False) | ~Q(status="paid") & Q(paid_at=None),
                name="paid_refund_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total} {self.currency}, {self.status}"

    @property
    def total(self) -> int:
        """What the customer gets."""
        return self.refund + self.compensation


class Repayment(models.Model):
    """A part of a refund on its way: back to the `payment` by link that it came from, or (without) by hand.

    One by hand is `asked` until somebody notes the receipt. One through the provider is `sent` when the provider has
    taken it, `confirmed` when the customer has it; it may also have `failed`, even after it was confirmed. Then `owner`
    sees to it, until it is settled: tried once more, or given by hand. `in_doubt` says that nobody knows whether the
    provider did it after all. A failure that is over stays as it was, and another repayment stands beside it.
    """

    class Status(models.TextChoices):
        ASKED = "asked"
        SENT = "sent"
        CONFIRMED = "confirmed"
        FAILED = "failed"

    class Settlement(models.TextChoices):
        AGAIN = "again"
        BY_HAND = "by_hand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="repayments")
    payment = models.ForeignKey(
        "tickets.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="repayments"
    )
    amount = models.BigIntegerField()
    compensation = models.BigIntegerField(default=0, help_text="So much of it is no part of what was paid.")
    status = models.CharField(max_length=16, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="When the worker asks the provider.")
    last_error = models.TextField(blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the provider calls it.")
    sent_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="Of when the provider's last word is.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    territory = models.ForeignKey(
        Territory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="In whose books it stands, once it was confirmed.",
    )
    receipt_number = models.CharField(max_length=60, blank=True, help_text="Of what was given by hand.")
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    failed_at = models.DateTimeField(null=True, blank=True)
    in_doubt = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settlement = models.CharField(max_length=8, choices=Settlement, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True, help_text="Of whoever settled it.")

    OPEN = Q(status__in=(Status.ASKED, Status.SENT)) | Q(status=Status.FAILED, settlement="")
    """Of these the customer has still to get the money."""
    MAY_HAVE_GONE = ~Q(status=Status.FAILED) | Q(in_doubt=True, settlement="")
    """So much of their payment cannot go back another time."""

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index("asked_at", "id", name="repayments_by_time"),
            models.Index("next_try_at", condition=Q(status="asked", payment__isnull=False), name="repayments_to_ask"),
            models.Index("sent_at", condition=Q(status="sent"), name="repayments_to_confirm"),
            models.Index("confirmed_at", condition=Q(confirmed_at__isnull=False), name="repayments_by_confirmation"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=2 * MAX_AMOUNT, compensation__gte=0)
                & Q(compensation__lte=F("amount")),
                name="repayment_of_something",
            ),
            models.CheckConstraint(
                condition=Q(payment=None, status__in=("asked", "confirmed"), next_try_at=None)
                | Q(payment__isnull=False, receipt_number="", given_by=None),
                name="repayment_is_by_hand_or_through_the_provider",
            ),
            models.CheckConstraint(
                condition=Q(status="confirmed", confirmed_at__isnull=False) | ~Q(status="confirmed"),
                name="confirmed_repayment_says_when",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, territory=None) | Q(confirmed_at__isnull=False, territory__isnull=False),
                name="confirmed_repayment_stands_in_some_books",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(payment__isnull=False) | ~Q(receipt_number=""),
                name="repayment_by_hand_has_a_receipt",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | Q(failed_at__isnull=False), name="failed_repayment_says_when"
            ),
            models.CheckConstraint(
                condition=Q(settlement="", settled_at=None) | ~Q(settlement="") & Q(settled_at__isnull=False),
                name="settled_repayment_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}, {self.status}"

    @property
    def refunded(self) -> int:
        """So much of it is of what was paid."""
        return self.amount - self.compensation
