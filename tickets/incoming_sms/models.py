"""An SMS that came, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Note, Ticket
from tickets.staff_complaints.models import StaffComplaint


class IncomingSms(models.Model):
    """Somebody has sent us an SMS. `sender` is their number (E.164), or whatever else the provider calls them.

    `person` is whose number that was, `message` the one in the conversation of the ticket. Where nobody knows to which
    territory it belongs, every desk sees it. One that answers what was told of a complaint about staff is apart.
    """

    class State(models.TextChoices):
        STOPPED = "stopped", "No more SMS"
        STARTED = "started", "SMS again"
        ACKNOWLEDGED = "acknowledged", "Somebody has seen what we told them"
        FORWARDED = "forwarded", "In the conversation of a ticket"
        OPEN = "open", "Waits for the desk"
        SETTLED = "settled", "The desk has seen to it"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider_id = models.CharField(max_length=200, help_text="What the provider calls it: told twice, it is one.")
    sender = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    staff_complaint = models.ForeignKey(StaffComplaint, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.OneToOneField(Note, on_delete=models.PROTECT, null=True, related_name="+")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, help_text="What the desk has made of it.")

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = verbose_name_plural = "incoming SMS"
        constraints = [
            models.UniqueConstraint(fields=["provider_id"], name="one_sms_per_name_of_the_provider"),
            models.CheckConstraint(
                condition=Q(state__in=("stopped", "started", "acknowledged", "forwarded", "open", "settled")),
                name="incoming_sms_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="forwarded") | Q(ticket__isnull=False, message__isnull=False),
                name="forwarded_sms_says_where_to",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_by__isnull=False, settled_at__isnull=False),
                name="settled_sms_says_by_whom",
            ),
        ]
        indexes = [
            models.Index(F("received_at").desc(), F("id").desc(), name="incoming_sms_newest"),
            models.Index(
                "territory",
                F("received_at").desc(),
                F("id").desc(),
                condition=Q(state="open"),
                name="incoming_sms_open",
            ),
            models.Index("sender", name="incoming_sms_of_a_number"),
        ]

    def __str__(self) -> str:
        return f"SMS of {self.received_at:%Y-%m-%d %H:%M}"
