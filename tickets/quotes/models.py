"""The quote with its lines, and work that was done without anybody's agreement to pay for it."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Territory
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from tickets.complaints.models import Ticket, append_only
from tickets.prices.models import PriceItem
from tickets.prices.money import MAX_AMOUNT


class Quote(models.Model):
    """What a customer was shown, and what they said to it. Lines and sums are never changed: what was signed stays so.

    `total` is what the customer was shown, `reckoned_total` what our price list makes of the same lines; amounts are in
    minor units of `currency`, tax included. `answered_how` tells what the answer rests on: a signature on the spot, the
    customer's own app, or a call with the desk, for which `answered_by` stands.
    """

    class Status(models.TextChoices):
        SHOWN = "shown"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    class How(models.TextChoices):
        SIGNATURE = "signature"
        APP = "app"
        PHONE = "phone"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="quotes")
    visit = models.ForeignKey(
        "tickets.Visit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Where it was shown.",
    )
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", help_text="Whose prices.")
    status = models.CharField(max_length=16, choices=Status, default=Status.SHOWN)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    reckoned_total = models.BigIntegerField()
    note = models.TextField(blank=True, help_text="What the customer is to know of it.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)

    answered_at = models.DateTimeField(null=True, blank=True)
    answered_how = models.CharField(max_length=16, choices=How, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_by = models.CharField(max_length=200, blank=True, help_text="Who said it.")
    signature = models.ForeignKey(
        "tickets.Attachment", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer_note = models.TextField(blank=True, help_text="What the customer said to it.")
    billed_at = models.DateTimeField(null=True, blank=True, help_text="When it was last looked at for a bill.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [
            models.Index("ticket", "occurred_at", name="quotes_of_a_ticket"),
            models.Index("occurred_at", "id", name="quotes_by_time"),
            models.Index("answered_at", condition=Q(status="accepted", billed_at=None), name="quotes_to_bill"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=0, reckoned_total__gte=0, total__lte=MAX_AMOUNT), name="quote_total_is_sane"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("accepted", "declined"), answered_at__isnull=False)
                & ~Q(answered_how="")
                & ~Q(signed_by="")
                | Q(status__in=("shown", "withdrawn")),
                name="answered_quote_says_when_how_and_who",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | ~Q(answered_how="signature") | Q(signature__isnull=False),
                name="signed_quote_has_a_signature",
            ),
            models.UniqueConstraint(
                fields=["signature"],
                condition=~Q(flags__contains=["signature_shared"]),
                name="one_quote_per_signature",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(withdrawn_at__isnull=False), name="withdrawn_quote_says_when"
            ),
        ]
        triggers = [
            *feed_marks("quotes"),
            pgtrigger.Protect(
                name="quote_stays_as_it_was_shown",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("ticket", "currency", "total", "reckoned_total", "occurred_at"),
            ),
            pgtrigger.Protect(name="quotes_stay", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.total} {self.currency}, {self.status}"


class QuoteLine(models.Model):
    """So much of an item at this price, as it was shown. `listed_price` is what our list says, null if nothing.

    A line is free for a reason: then it costs nothing, and needs nobody's agreement. What is under warranty is free for
    that one, unless a supervisor has said why it is charged.
    """

    class FreeReason(models.TextChoices):
        WARRANTY = "warranty"
        CONTRACT = "contract"
        GOODWILL = "goodwill"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    item = models.ForeignKey(PriceItem, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=16, choices=PriceItem.Unit)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.BigIntegerField()
    listed_price = models.BigIntegerField(null=True)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2)
    amount = models.BigIntegerField()
    free_reason = models.CharField(max_length=16, choices=FreeReason, blank=True)
    free_note = models.CharField(max_length=500, blank=True)
    warranty = models.ForeignKey(
        "tickets.Warranty",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What answers for it, also where it is charged all the same.",
    )
    charge_reason = models.CharField(max_length=500, blank=True, help_text="Why it is charged though it is covered.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["quote", "number"], name="one_quote_line_per_number"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quote_of_something"),
            models.CheckConstraint(condition=Q(free_reason="") | Q(amount=0), name="free_line_costs_nothing"),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, amount__gte=0, amount__lte=MAX_AMOUNT), name="quote_line_is_sane"
            ),
        ]
        triggers = [*feed_marks("quotes", key="quote_id", name="line"), *append_only()]

    def __str__(self) -> str:
        return f"{self.quantity} {self.name}"


class ConsentGap(models.Model):
    """At a visit something was fitted or done that costs money, and nobody had agreed to it, for somebody to settle.

    `missing` are the items: `item_id`, `name`, `name_zh`, `quantity`. It is settled by an agreement after the fact, or
    by a supervisor who waives it; until then nothing of it is on a bill.
    """

    class Settlement(models.TextChoices):
        AGREED = "agreed"
        WAIVED = "waived"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="consent_gaps")
    visit = models.OneToOneField("tickets.Visit", on_delete=models.PROTECT, related_name="consent_gap")
    missing = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    settlement = models.CharField(max_length=8, choices=Settlement, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [models.Index("occurred_at", "id", name="consent_gaps_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(settlement="", settled_at=None) | ~Q(settlement="") & Q(settled_at__isnull=False),
                name="settled_gap_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.settlement or 'open'} since {self.occurred_at:%Y-%m-%d}"
