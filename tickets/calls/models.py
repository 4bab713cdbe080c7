"""One call: who spoke with whom about what, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.ids import uuid7
from tickets.complaints.models import Ticket, append_only
from tickets.sites.models import ServiceAccount, Site


class Call(models.Model):
    """A call of an agent, in or out. A fact: only its end may be told later.

    `resident` is who called, or was called, when they are registered with us; name and number are as they were said.
    The window of the visit stands here as it was told to the caller, whatever later becomes of the visit. A call that
    `corrects` another one says all of it anew, and counts in its place.
    """

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    class Result(models.TextChoices):
        ANSWERED = "answered", "Answered on the phone"
        TICKET_OPENED = "ticket_opened"
        TICKET_ATTACHED = "ticket_attached", "About a ticket that there was"
        CALLBACK_PROMISED = "callback_promised"
        NO_ANSWER = "no_answer"
        CUT_OFF = "cut_off", "Ended before anything was said"

    NOT_SPOKEN = frozenset({Result.NO_ANSWER, Result.CUT_OFF})
    """Nobody spoke with anybody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calls")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    result = models.CharField(max_length=20, choices=Result.choices)
    question = models.TextField(blank=True)
    answer = models.TextField(blank=True)

    resident = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    caller_name = models.CharField(max_length=200, blank=True)
    caller_number = models.CharField(max_length=32, blank=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, null=True, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="calls")
    visit = models.ForeignKey("tickets.Visit", on_delete=models.PROTECT, null=True, related_name="+")
    window_start = models.DateTimeField(null=True)
    window_end = models.DateTimeField(null=True)

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Null: still talking, or not told.")
    received_at = models.DateTimeField()

    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    correction_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=("in", "out")), name="call_direction_is_known"),
            models.CheckConstraint(
                condition=Q(
                    result__in=(
                        "answered",
                        "ticket_opened",
                        "ticket_attached",
                        "callback_promised",
                        "no_answer",
                        "cut_off",
                    )
                ),
                name="call_result_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="call_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(result__in=("ticket_opened", "ticket_attached")) | Q(ticket__isnull=False),
                name="call_about_a_ticket_names_it",
            ),
            models.CheckConstraint(
                condition=Q(visit=None, window_start=None, window_end=None)
                | Q(visit__isnull=False, ticket__isnull=False, window_start__isnull=False, window_end__isnull=False),
                name="booked_visit_says_when",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, correction_reason="") | Q(corrects__isnull=False) & ~Q(correction_reason=""),
                name="correction_of_a_call_says_why",
            ),
        ]
        indexes = [
            models.Index(F("started_at").desc(), F("id").desc(), name="calls_newest_first"),
            models.Index("territory", F("started_at").desc(), name="calls_of_a_desk"),
            models.Index("agent", F("started_at").desc(), name="calls_of_an_agent"),
            models.Index("caller_number", F("started_at").desc(), name="calls_of_a_number"),
        ]
        triggers = append_only(besides="ended_at")

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.started_at:%Y-%m-%d %H:%M}"
