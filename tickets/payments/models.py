"""Payments, cash that was handed in, links by which customers pay."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket, append_only
from tickets.prices.money import MAX_AMOUNT


class CashHandIn(models.Model):
    """A technician handed in cash: what their receipts come to (`expected`), and what somebody else has counted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    technician = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    expected = models.BigIntegerField()
    counted = models.BigIntegerField()
    note = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "id"]
        indexes = [models.Index("received_at", "id", name="cash_hand_ins_by_time")]
        constraints = [
            models.CheckConstraint(condition=~Q(technician=F("received_by")), name="nobody_hands_in_to_themselves"),
            models.CheckConstraint(
                condition=Q(counted=F("expected")) | ~Q(note=""), name="difference_in_cash_explained"
            ),
            models.CheckConstraint(condition=Q(counted__gte=0), name="cash_is_counted"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.counted} {self.currency}"


class PaymentLink(models.Model):
    """A page of the payment provider's where a customer pays. It is asked for by us (`wanted`) and then `open`."""

    class Status(models.TextChoices):
        WANTED = "wanted"
        OPEN = "open"
        PAID = "paid"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="payment_links")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=8, choices=Status, default=Status.WANTED)
    url = models.URLField(max_length=1000, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the provider calls it.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index("next_try_at", condition=Q(status="wanted"), name="payment_links_wanted"),
            models.Index("ticket", "asked_at", name="payment_links_of_a_ticket"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=MAX_AMOUNT), name="payment_link_amount_sane"),
            models.CheckConstraint(condition=~Q(status="open") | ~Q(url=""), name="open_payment_link_has_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}, {self.status}"


class Payment(models.Model):
    """Money that came, in minor units; below nothing, a payment that was recorded by mistake (`reverses`)."""

    class Method(models.TextChoices):
        CASH = "cash"
        TRANSFER = "transfer"
        LINK = "link"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="payments")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="+", help_text="In whose books it stands."
    )
    method = models.CharField(max_length=8, choices=Method)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    receipt_number = models.CharField(max_length=60, help_text="Of receipt, transfer or the provider's payment.")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    link = models.ForeignKey(PaymentLink, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    note = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    hand_in = models.ForeignKey(CashHandIn, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [
            models.Index("ticket", "occurred_at", name="payments_of_a_ticket"),
            models.Index("occurred_at", "id", name="payments_by_time"),
            models.Index("taken_by", condition=Q(method="cash", hand_in=None), name="cash_not_handed_in"),
            models.Index("taken_by", "receipt_number", name="payments_by_receipt"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0, amount__lte=MAX_AMOUNT)
                | Q(reverses__isnull=False, amount__lt=0, amount__gte=-MAX_AMOUNT),
                name="payment_of_something",
            ),
            models.CheckConstraint(
                condition=Q(method="link", link__isnull=False)
                | ~Q(method="link") & Q(link=None, taken_by__isnull=False),
                name="payment_came_from_somewhere",
            ),
            models.CheckConstraint(condition=~Q(receipt_number=""), name="payment_has_a_receipt"),
            models.CheckConstraint(condition=Q(method="cash") | Q(hand_in=None), name="only_cash_is_handed_in"),
            models.UniqueConstraint(
                "receipt_number", condition=Q(method="link", reverses=None), name="provider_tells_of_a_payment_once"
            ),
        ]
        triggers = append_only(besides="hand_in")

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} by {self.method}"
