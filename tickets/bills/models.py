"""Bills and credit notes with their lines, the numbers that they take, the reminders that were sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket, append_only
from tickets.prices.models import PriceItem


class BillCounter(models.Model):
    """The last number that a territory has given out in a year. It is locked until the commit, so there are no gaps."""

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["territory", "year"], name="one_bill_counter_per_year")]

    def __str__(self) -> str:
        return f"{self.last} in {self.year}"


class Bill(models.Model):
    """What a customer owes for a ticket, or (a credit note) what they do not owe after all. Written once.

    Amounts are in minor units of `currency`, tax included; `taxes` is the tax in the total, by rate in percent. Bills
    and credit notes of a territory share its numbers of a year. `outstanding` is derived: what of a bill neither
    payments nor credit notes have met yet, the oldest bill being paid first.
    """

    class Kind(models.TextChoices):
        BILL = "bill"
        CREDIT_NOTE = "credit_note"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.BILL)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=80)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credit_notes")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="bills")
    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="bills", help_text="Whose it is."
    )
    customer_name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=520, blank=True)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    taxes = models.JSONField()
    reason = models.TextField(blank=True, help_text="Of a credit note: what was wrong.")
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    outstanding = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["issued_at", "id"]
        indexes = [
            models.Index("ticket", "issued_at", name="bills_of_a_ticket"),
            models.Index("issued_at", "id", name="bills_by_time"),
            models.Index("resident", "issued_at", condition=Q(resident__isnull=False), name="bills_of_a_resident"),
            models.Index("due_on", condition=Q(outstanding__gt=0), name="bills_to_remind_of"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["territory", "year", "sequence"], name="one_bill_per_number"),
            models.UniqueConstraint(fields=["number"], name="bill_numbers_differ"),
            models.CheckConstraint(
                condition=Q(kind="bill", corrects=None, due_on__isnull=False)
                | Q(kind="credit_note", corrects__isnull=False, outstanding=0) & ~Q(reason=""),
                name="credit_note_corrects_a_bill",
            ),
            models.CheckConstraint(condition=Q(total__gt=0, outstanding__gte=0), name="bill_of_something"),
        ]
        triggers = append_only(besides="outstanding")

    def __str__(self) -> str:
        return self.number


class BillLine(models.Model):
    """So much of what was agreed to was done or used. Of a credit note: so much of a line is not owed after all."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    quote_line = models.ForeignKey("tickets.QuoteLine", on_delete=models.PROTECT, related_name="bill_lines")
    credits = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credited_by")
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=16, choices=PriceItem.Unit)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.BigIntegerField()
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2)
    amount = models.BigIntegerField()
    free_reason = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "number"], name="one_bill_line_per_number"),
            models.CheckConstraint(condition=Q(quantity__gte=0, amount__gte=0), name="bill_line_is_sane"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.quantity} {self.name}"


class BillReminder(models.Model):
    """The customer was reminded of a bill, so many days after (negative: before) it fell due. Once each."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="reminders")
    days = models.SmallIntegerField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bill", "days"], name="one_reminder_per_day")]

    def __str__(self) -> str:
        return f"{self.days} days after it fell due"
