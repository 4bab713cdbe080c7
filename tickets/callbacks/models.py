"""A callback, what happened to it, and how many may be open at once."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.calls.models import Call
from tickets.clock.moments import Promised
from tickets.complaints.models import Ticket, append_only
from tickets.reports.marks import report_marks


class Callback(Promised):
    """We promised to call somebody back by `due_at`. Commands own it (`services.py`).

    Each time nobody answers, a new `round` begins, with a moment of its own; `first_due_at` and `first_called_at` say
    whether the promise itself was kept.

    `responsible` answers for it, nobody in person while it waits for the team; `asked` was asked to take it over, and
    has not said yes. `call` is the one in which it was promised.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done", "We spoke with them"
        UNREACHED = "unreached", "They did not answer, however often we called"
        WITHDRAWN = "withdrawn", "They need no call any more"

    class Cause(models.TextChoices):
        QUESTION = "question", "A question that could not be answered at once"
        DISSATISFIED = "dissatisfied", "Somebody was dissatisfied"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause.choices)
    question = models.TextField()
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="callbacks")
    call = models.OneToOneField(Call, on_delete=models.PROTECT, null=True, related_name="callback")
    resident = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact_name = models.CharField(max_length=200, blank=True)
    contact_number = models.CharField(max_length=32, blank=True)

    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    promised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="callbacks"
    )
    asked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    promised_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1)
    round_began_at = models.DateTimeField()
    first_due_at = models.DateTimeField()
    first_called_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, help_text="What they were told, or why it was withdrawn.")

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None)
                | Q(state__in=("done", "unreached", "withdrawn"), ended_at__isnull=False, asked=None, fires_at=None),
                name="ended_callback_says_when",
            ),
            models.CheckConstraint(
                condition=Q(asked=None) | Q(responsible=None) | ~Q(asked=F("responsible")),
                name="callback_is_handed_to_somebody_else",
            ),
            models.CheckConstraint(condition=Q(cause__in=("question", "dissatisfied")), name="callback_cause_is_known"),
        ]
        indexes = [
            models.Index("due_at", "id", name="callbacks_by_due"),
            models.Index("territory", "due_at", "id", condition=Q(state="open"), name="callbacks_open_of_a_desk"),
            models.Index("responsible", "due_at", condition=Q(state="open"), name="callbacks_open_of_a_person"),
            models.Index("territory", "first_due_at", name="callbacks_of_a_day"),
            models.Index("fires_at", condition=Q(fires_at__isnull=False), name="callbacks_to_fire"),
        ]
        triggers = report_marks(only="ticket_id IS NOT NULL")

    def __str__(self) -> str:
        return f"{self.contact_name or self.contact_number}: {self.question[:60]}"


class CallbackEvent(models.Model):
    """Something that happened to a callback. Append only. `responsible` is who answered for it from then on."""

    class Kind(models.TextChoices):
        PROMISED = "promised"
        CLAIMED = "claimed"
        ASKED = "asked", "Somebody was asked to take it over"
        ACCEPTED = "accepted"
        DECLINED = "declined", "It was not handed over after all"
        CALLED = "called"
        WARNED = "warned"
        WITHDRAWN = "withdrawn"

    HANDED = (Kind.PROMISED, Kind.CLAIMED, Kind.ACCEPTED)
    """From then on somebody else may be responsible."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    responsible = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    call = models.OneToOneField(Call, on_delete=models.PROTECT, null=True, related_name="+")
    round = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.UniqueConstraint(
                "callback", "round", "percent", condition=Q(kind="warned"), name="callback_warns_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="warned", percent__isnull=False) | ~Q(kind="warned") & Q(percent=None),
                name="callback_warning_has_percent",
            ),
        ]
        indexes = [models.Index("callback", "occurred_at", "id", name="events_of_a_callback")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.kind


class CallbackQuota(models.Model):
    """How many callbacks may be open at once: of one agent, or of the whole desk of a territory.

    It holds on the days from `valid_from` to `valid_until`, and where it names hours only for what is promised within
    them, by the wall clock of the territory. Where several hold, the smallest does.
    """

    class Per(models.TextChoices):
        AGENT = "agent"
        TEAM = "team"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    per = models.CharField(max_length=5, choices=Per.choices)
    most_open = models.PositiveSmallIntegerField()
    opens = models.TimeField(null=True, blank=True, help_text="Empty: all day.")
    closes = models.TimeField(null=True, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day; empty: until further notice.")

    class Meta:
        ordering = ["territory", "per", "valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(per__in=("agent", "team")), name="quota_is_per_agent_or_team"),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None)
                | Q(opens__isnull=False, closes__isnull=False, closes__gt=F("opens")),
                name="quota_hours_end_after_they_begin",
                violation_error_message="Give both hours, the later one last, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="quota_ends_after_it_begins",
                violation_error_message="Let it end after it begins.",
            ),
        ]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return f"{self.most_open} per {self.per}"
