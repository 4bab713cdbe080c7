"""The ticket, what happened to it, what was said about it, how it was rated."""

from uuid import UUID

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Concat, Lower

from accounts.models import Territory
from accounts.searching import search_indexes
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row
from tickets.reports.formulas import COUNTED_EVENTS
from tickets.reports.marks import report_marks
from tickets.sites.models import Asset, ServiceAccount, Site

FOLLOWED_BY = ("archived", "territory", "resident")
"""On what of a ticket it depends who follows what belongs to it, besides who comes."""
READ_BY = (*FOLLOWED_BY, "status")
"""And what they read of it: see `access.shows_contacts`."""


def notes_of_what_ends() -> pgtrigger.Trigger:
    """As a ticket ends, or is opened again, its notes read otherwise: see `access.may_still_call`."""
    return pgtrigger.Trigger(
        name="feed_notes_of_what_ends",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("((OLD.closed_at IS NULL) <> (NEW.closed_at IS NULL))"),
        func="""
            INSERT INTO sync_feedmark (collection, doc_id, spread, xid)
            SELECT 'notes', id, false, pg_current_xact_id()::text::bigint
            FROM tickets_note WHERE ticket_id = NEW.id AND kind = 'note';
            RETURN NULL;
        """,
    )


def append_only(*, besides: str = "") -> list[pgtrigger.Trigger]:
    """Rows that record what happened are written once; the database refuses to change or delete them.

    `besides` is a column that is no part of what happened, and may change.
    """
    if not besides:
        return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
    return [
        pgtrigger.Protect(
            name="append_only", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=[besides])
        ),
        pgtrigger.Protect(name="append_only_delete", operation=pgtrigger.Delete),
    ]


class Ticket(Row):
    """A complaint. Commands own it (`services.py`); `transitions.py` has the table of its states.

    `reported_at` is when the customer said it, `received_at` when it reached us. The address stands here as it was
    told, whatever later becomes of the site. `resident` is whose ticket it is, when they are registered with us;
    `opened_by` wrote it down, `on_behalf_of` is who was helped with that. `responsible` was asked last and has not
    handed over yet. `closed_at` is when nothing more was to be done: closed or cancelled.

    `follows` is the main ticket of the same fault, which this one follows (`following.py`); one that was merged into it
    is no work of its own any more. `outage` is of what cause it seems to be a part. `repeats` is the one that was
    thought to be repaired when the fault came back.
    """

    class Status(models.TextChoices):
        NEW = "new"
        TRIAGED = "triaged"
        DISPATCHED = "dispatched"
        IN_PROGRESS = "in_progress"
        ON_HOLD = "on_hold"
        MERGED = "merged"
        RESOLVED = "resolved"
        CLOSED = "closed"
        CANCELLED = "cancelled"

    class Source(models.TextChoices):
        PHONE = "phone"
        APP = "app"
        WEB = "web"
        PATROL = "patrol"
        IMPORT = "import"
        PLAN = "plan"

    class HoldReason(models.TextChoices):
        """Why nothing happens for now. Which of them stop a clock, its policy says; see `PAUSING`."""

        WAITING_FOR_RESIDENT = "waiting_for_resident"
        WAITING_FOR_PART = "waiting_for_part"
        NO_ACCESS = "no_access"
        WAITING_FOR_OTHERS = "waiting_for_others"
        OTHER = "other"

    PAUSING = frozenset({HoldReason.WAITING_FOR_RESIDENT, HoldReason.WAITING_FOR_PART})
    """Hold reasons that stop response clocks unless a policy says otherwise: what we wait for is not ours to hurry."""
    ENDED = frozenset({Status.CLOSED, Status.CANCELLED})
    """Nothing more is to be done."""
    OPEN = frozenset({Status.NEW, Status.TRIAGED, Status.DISPATCHED, Status.IN_PROGRESS, Status.ON_HOLD})
    """Somebody still has to do something about the fault."""
    UNRESOLVED = OPEN | {Status.MERGED}
    """The fault is still there, here or in the ticket into which this one was merged."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=12, unique=True)
    service_type = models.ForeignKey(
        "tickets.ServiceType", on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(help_text="1 is the most urgent, 4 the least.")
    source = models.CharField(max_length=8, choices=Source.choices)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="tickets", db_index=False)

    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets", db_index=False
    )
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets", db_index=False
    )
    complex = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=300, blank=True)

    title = models.CharField(max_length=200)
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_phone = models.CharField(max_length=32, blank=True)
    access_notes = models.TextField(blank=True, help_text="How to get in, this time.")

    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="responsible_for"
    )

    reported_at = models.DateTimeField()
    received_at = models.DateTimeField()
    hold_reason = models.CharField(max_length=24, choices=HoldReason.choices, blank=True)
    held_from = models.CharField(max_length=16, choices=Status.choices, blank=True)
    resolution_code = models.CharField(max_length=40, blank=True)
    resolved_remotely = models.BooleanField(default=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    confirm_until = models.DateTimeField(null=True, blank=True, help_text="Then it closes by itself.")
    closed_at = models.DateTimeField(null=True, blank=True)

    external_source = models.CharField(max_length=40, blank=True)
    external_key = models.CharField(max_length=80, blank=True)
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    archived = models.BooleanField(default=False, help_text="Ended so long ago that phones and desks carry it no more.")
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers")
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeated_by")

    outage = models.ForeignKey(
        "tickets.Outage", on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    escalated_at = models.DateTimeField(null=True, blank=True, help_text="Until a supervisor takes it up.")
    reply_owed_since = models.DateTimeField(
        null=True, blank=True, help_text="Since then the resident waits for an answer to what they wrote."
    )

    fault = models.GeneratedField(
        expression=Lower(
            Coalesce(KT("details__fault"), KT("details__descriptor"), Value(""), output_field=models.TextField())
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    """The kind of fault, as the intake form was answered; empty where nobody asked."""
    place = models.GeneratedField(
        expression=Lower(Concat("complex", Value("|"), "address")), output_field=models.TextField(), db_persist=True
    )
    """Where it is as it was told, for finding other tickets of the same place."""
    area = models.GeneratedField(
        expression=Lower(Case(When(complex="", then="address"), default="complex")),
        output_field=models.TextField(),
        db_persist=True,
    )
    """What may be out as a whole: the complex or, where there is none, the building or crossing."""
    search_text = models.GeneratedField(
        expression=Lower(
            Concat(
                "reference",
                Value(" "),
                "title",
                Value(" "),
                "contact_name",
                Value(" "),
                "contact_phone",
                Value(" "),
                "complex",
                Value(" "),
                "address",
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    """What the desk's search looks through, under an index of trigrams and one of Chinese characters."""

    class Meta:
        ordering = ["-reported_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=(
                        "new",
                        "triaged",
                        "dispatched",
                        "in_progress",
                        "on_hold",
                        "merged",
                        "resolved",
                        "closed",
                        "cancelled",
                    )
                ),
                name="ticket_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=("phone", "app", "web", "patrol", "import", "plan")),
                name="ticket_source_is_known",
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="ticket_priority_is_1_to_4"),
            models.CheckConstraint(
                condition=~Q(status__in=("resolved", "closed")) | Q(resolved_at__isnull=False),
                name="resolved_ticket_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("closed", "cancelled"), closed_at__isnull=False)
                | ~Q(status__in=("closed", "cancelled")) & Q(closed_at__isnull=True),
                name="ended_ticket_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__gte=F("resolved_at")),
                name="ticket_closes_after_resolution",
            ),
            models.CheckConstraint(
                condition=Q(status="on_hold") & ~Q(hold_reason="") & ~Q(held_from="")
                | ~Q(status="on_hold") & Q(hold_reason="", held_from=""),
                name="only_held_ticket_has_hold_reason",
            ),
            models.CheckConstraint(
                condition=Q(external_source="", external_key="") | ~Q(external_source="") & ~Q(external_key=""),
                name="external_key_names_its_source",
            ),
            models.CheckConstraint(
                condition=Q(archived=False) | Q(closed_at__isnull=False), name="only_ended_ticket_is_archived"
            ),
            models.CheckConstraint(
                condition=~Q(status="merged") | Q(follows__isnull=False), name="merged_ticket_says_into_which"
            ),
            models.CheckConstraint(
                condition=~Q(follows=F("id")) & ~Q(repeats=F("id")), name="ticket_does_not_follow_itself"
            ),
            models.UniqueConstraint(
                "external_source", "external_key", condition=~Q(external_key=""), name="one_ticket_per_external_key"
            ),
        ]
        # Foreign keys with which one of these begins have none of their own: each costs every write of a ticket.
        indexes = [
            models.Index(F("reported_at").desc(), F("id").desc(), name="tickets_newest_first"),
            models.Index("territory", F("reported_at").desc(), F("id").desc(), name="tickets_of_a_territory"),
            models.Index("territory", "status", F("reported_at").desc(), name="tickets_of_a_desk"),
            models.Index("status", F("reported_at").desc(), name="tickets_by_status"),
            models.Index("priority", "id", name="tickets_most_urgent_first"),
            models.Index("source", F("reported_at").desc(), name="tickets_by_source"),
            models.Index("service_type", F("reported_at").desc(), name="tickets_by_service_type"),
            models.Index("resolved_at", condition=Q(status="resolved"), name="tickets_awaiting_confirmation"),
            models.Index("closed_at", condition=Q(archived=False), name="tickets_to_archive"),
            models.Index("territory", "closed_at", condition=Q(status="closed"), name="tickets_closed_of_a_desk"),
            # What may be the same fault: see tickets/duplicates/selectors.py.
            models.Index("site", F("reported_at").desc(), name="tickets_of_a_site"),
            models.Index("asset", F("reported_at").desc(), name="tickets_of_an_asset"),
            models.Index("place", F("reported_at").desc(), condition=~Q(address=""), name="tickets_of_an_address"),
            models.Index(
                "contact_phone", F("reported_at").desc(), condition=~Q(contact_phone=""), name="tickets_of_a_phone"
            ),
            models.Index("area", "service_type", F("reported_at").desc(), name="tickets_of_an_area"),
            models.Index(F("reported_at").desc(), condition=Q(repeats__isnull=False), name="tickets_that_repeat"),
            models.Index("escalated_at", condition=Q(escalated_at__isnull=False), name="tickets_escalated"),
            models.Index(
                "territory",
                "reply_owed_since",
                "id",
                condition=Q(reply_owed_since__isnull=False),
                name="tickets_owing_a_reply",
            ),
            *search_indexes("tickets", F("search_text"), "territory"),
        ]
        triggers = [
            *audited(
                root="{row}.id",
                territory="{row}.territory_id",
                unheard=("archived", "reply_owed_since"),
                changes_only=True,
            ),
            *feed_marks("tickets", audience=("archived", "territory_id", "site_id", "resident_id")),
            notes_of_what_ends(),
            *report_marks(key="id"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_emergency(self) -> bool:
        """Whether nothing is more urgent."""
        return self.priority == 1

    @property
    def found_by_id(self) -> UUID | None:
        """Who came upon it on patrol: they follow it as if they had been sent there."""
        return self.opened_by_id if self.source == self.Source.PATROL else None


class TicketEvent(Row):
    """Something that happened to a ticket. Append only. `kind` is a row of the table in `timeline.py`.

    Residents see only public events, as a sentence; `data` is what the sentence is made of.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=40)
    public = models.BooleanField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [models.Index("ticket", "occurred_at", "id", name="timeline_of_a_ticket")]
        triggers = [
            *feed_marks("tickets", key="ticket_id", name="timeline"),
            *report_marks(only=f"kind IN {COUNTED_EVENTS}", append_only=True),
            *append_only(),
        ]

    def __str__(self) -> str:
        return self.kind


class Note(Row):
    """Something said about a ticket: a note of our own people, or a message between resident and desk. Append only.

    An internal note is for us alone; a public one also stands in the resident's timeline. A message is never internal.
    """

    class Kind(models.TextChoices):
        NOTE = "note"
        MESSAGE = "message"

    id = models.UUIDField(primary_key=True, default=uuid7)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="notes", db_index=False)
    visit = models.ForeignKey("tickets.Visit", on_delete=models.PROTECT, null=True, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    internal = models.BooleanField()
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=32), default=list)

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="note") | Q(kind="message", internal=False), name="known_note_kind"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
        ]
        indexes = [models.Index("ticket", "kind", "occurred_at", "id", name="notes_of_a_ticket")]
        # One table, two collections: each loader leaves out the rows of the other.
        triggers = [*feed_marks("notes"), *feed_marks("messages"), *append_only()]

    def __str__(self) -> str:
        return self.text[:60]


class Rating(models.Model):
    """How satisfied the resident was, 1 (not at all) to 5, and why. Once per ticket. Append only.

    `reasons` are codes of `RatingReason`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    comment = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__range=(1, 5)), name="rating_is_1_to_5")]
        triggers = [
            *feed_marks("tickets", key="ticket_id", name="rating"),
            *report_marks(append_only=True),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.score}/5"
