"""What customers were reminded of: once each."""

from django.db import models
from django.db.models import F

from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.sites.models import ServiceAccount
from tickets.warranties.models import Warranty


class AppointmentReminder(models.Model):
    """The resident was reminded that somebody comes in the window that begins then, whoever it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+", db_index=False)
    window_start = models.DateTimeField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(F("ticket"), F("window_start"), name="one_reminder_per_window")]

    def __str__(self) -> str:
        return f"of {self.window_start:%Y-%m-%d %H:%M}"


class ContractReminder(models.Model):
    """The holder was reminded so many days after (negative: before) that day that the contract ends then."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    contract_until = models.DateField()
    days = models.SmallIntegerField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(F("account"), F("contract_until"), F("days"), name="one_reminder_of_a_contract")
        ]

    def __str__(self) -> str:
        return f"{self.days} days from {self.contract_until}"


class WarrantyReminder(models.Model):
    """The resident was reminded so many days after (negative: before) its last day that a warranty ends."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    warranty = models.ForeignKey(Warranty, on_delete=models.PROTECT, related_name="+", db_index=False)
    days = models.SmallIntegerField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(F("warranty"), F("days"), name="one_reminder_of_a_warranty")]

    def __str__(self) -> str:
        return f"{self.days} days from its end"
