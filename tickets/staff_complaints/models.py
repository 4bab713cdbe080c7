"""A complaint about somebody who works here, and what happened to it."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When

from accounts.models import Territory
from sync.ids import uuid7
from tickets.clock.moments import Promised
from tickets.complaints.models import Ticket, append_only
from tickets.visits.models import Visit


class StaffComplaint(Promised):
    """Somebody complains about a member of staff. Commands own it (`services.py`), `access.py` says who sees it.

    No ticket, and nothing of a ticket refers to it: what people may read of tickets never leads here.

    `concerned` is whom it is about, nobody as long as nobody was named. `resident` is who complains, if they are
    registered; of others `contact_name` and `contact_number` tell. `filed_by` wrote it down. `handler` has taken it.
    The first reply is due at `due_at`, fixed when the complaint is received. `awaited_by` is `due_at` as long as we owe
    that reply.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        IN_REVIEW = "in_review"
        ANSWERED = "answered"
        WITHDRAWN = "withdrawn"

    class Outcome(models.TextChoices):
        UPHELD = "upheld"
        PARTLY_UPHELD = "partly_upheld"
        NOT_UPHELD = "not_upheld"

    OPEN = (State.RECEIVED, State.IN_REVIEW)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    happened_at = models.DateTimeField()
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="+")
    concerned = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    resident = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact_name = models.CharField(max_length=200, blank=True)
    contact_number = models.CharField(max_length=32, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    state = models.CharField(max_length=9, choices=State.choices, default=State.RECEIVED)
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    replied_at = models.DateTimeField(null=True)
    reply = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=13, choices=Outcome.choices, blank=True)
    answer = models.TextField(blank=True)
    withdrawal_reason = models.TextField(blank=True)
    awaited_by = models.GeneratedField(
        expression=Case(When(replied_at=None, ended_at=None, then="due_at")),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )

    class Meta:
        ordering = ["awaited_by", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(concerned=None) | Q(handler=None) | ~Q(concerned=F("handler")),
                name="nobody_handles_a_complaint_about_themselves",
            ),
            models.CheckConstraint(
                condition=Q(resident=None) | Q(handler=None) | ~Q(resident=F("handler")),
                name="nobody_handles_their_own_staff_complaint",
            ),
            models.CheckConstraint(
                condition=Q(concerned=None) | Q(resident=None) | ~Q(concerned=F("resident")),
                name="staff_complaint_is_about_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(resident__isnull=False) | ~Q(contact_name="") & ~Q(contact_number=""),
                name="staff_complaint_says_whose_it_is",
            ),
            models.CheckConstraint(
                condition=Q(state="received", handler=None, ended_at=None)
                | Q(state="in_review", handler__isnull=False, replied_at__isnull=False, ended_at=None)
                | Q(state="answered", handler__isnull=False, ended_at__isnull=False, fires_at=None)
                | Q(state="withdrawn", ended_at__isnull=False, fires_at=None),
                name="staff_complaint_is_what_its_state_says",
            ),
            models.CheckConstraint(
                condition=Q(state="answered", outcome__in=("upheld", "partly_upheld", "not_upheld")) & ~Q(answer="")
                | ~Q(state="answered") & Q(outcome="", answer=""),
                name="answered_staff_complaint_has_outcome",
            ),
        ]
        indexes = [
            models.Index("awaited_by", "id", name="staff_complaints_awaited"),
            models.Index("territory", "awaited_by", "id", name="staff_complaints_of_a_place"),
            models.Index("resident", "concerned", name="staff_complaints_of_resident"),
            models.Index("fires_at", condition=Q(fires_at__isnull=False), name="staff_complaints_to_fire"),
        ]

    def __str__(self) -> str:
        return self.reference


class StaffComplaintEvent(models.Model):
    """Something that happened to a complaint about staff. Append only, and kept apart from the audit.

    `concerned` and `handler` are as from then on. `text` is what was said with it: a reply, an answer, a reason.
    """

    class Kind(models.TextChoices):
        FILED = "filed"
        NAMED = "named", "It was said whom it is about"
        TAKEN = "taken"
        ANSWERED = "answered"
        WITHDRAWN = "withdrawn"
        WARNED = "warned"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    complaint = models.ForeignKey(StaffComplaint, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    concerned = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=13, choices=StaffComplaint.Outcome.choices, blank=True)
    text = models.TextField(blank=True)
    percent = models.PositiveSmallIntegerField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.UniqueConstraint(
                "complaint", "percent", condition=Q(kind="warned"), name="staff_complaint_warns_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="warned", percent__isnull=False) | ~Q(kind="warned") & Q(percent=None),
                name="staff_complaint_warning_has_percent",
            ),
        ]
        indexes = [models.Index("complaint", "occurred_at", "id", name="events_of_a_staff_complaint")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.kind
