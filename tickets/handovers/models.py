"""A hand-over of a shift at the desk, and what is in it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.callbacks.models import Callback
from tickets.complaints.models import Ticket, append_only
from tickets.outages.models import Outage


class HandOver(models.Model):
    """Somebody's shift ends, and a colleague is asked to take over what is open. Commands own it.

    `given_by` has signed it by giving it, `taken_by` signs it by accepting. Until then nothing changes hands.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="What was said to it, or why not.")

    class Meta:
        ordering = ["-given_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(given_by=F("taken_by")), name="hand_over_is_to_somebody_else"),
            models.CheckConstraint(
                condition=Q(state="asked", ended_at=None)
                | Q(state__in=("accepted", "declined", "withdrawn"), ended_at__isnull=False),
                name="ended_hand_over_says_when",
            ),
            models.UniqueConstraint(
                "territory", "given_by", condition=Q(state="asked"), name="one_hand_over_waits_for_its_answer"
            ),
        ]
        indexes = [models.Index("territory", F("given_at").desc(), F("id").desc(), name="hand_overs_of_a_desk")]

    def __str__(self) -> str:
        return f"{self.given_by} → {self.taken_by}: {self.state}"


class HandedMatter(models.Model):
    """Something that was open when a shift was handed over: a ticket, a callback or an outage. Append only.

    `theirs`: whoever gave it answered for it; the rest waits for the whole desk and is told to be known. `taken_at`:
    whoever accepted answers for it since then; what was done or had changed hands before stays as it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="matters")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, null=True, related_name="+")
    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, null=True, related_name="+")
    theirs = models.BooleanField()
    due_at = models.DateTimeField(null=True, help_text="By when the next promise falls due.")
    reply_owed = models.BooleanField(default=False, help_text="The customer waits for a word of ours.")
    warned_percent = models.PositiveSmallIntegerField(null=True, help_text="So much of a promise had been used up.")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering = [F("due_at").asc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ticket__isnull=False, callback=None, outage=None)
                | Q(ticket=None, callback__isnull=False, outage=None)
                | Q(ticket=None, callback=None, outage__isnull=False),
                name="handed_matter_is_one_thing",
            ),
            models.CheckConstraint(condition=Q(taken_at=None) | Q(theirs=True), name="only_what_was_theirs_is_taken"),
        ]
        triggers = append_only(besides="taken_at")

    def __str__(self) -> str:
        return str(self.ticket_id or self.callback_id or self.outage_id)
