"""One cause of many reports."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.complaints.models import Ticket
from tickets.segments.models import NetworkSegment


class Outage(models.Model):
    """Many tickets of one kind in one place within a short time: probably one fault. Commands own it.

    Its cause is what its tickets have in common: territory, service type, kind of fault, and either the area
    (`Ticket.area`) or the segment of a network, whose name stands in `area` then. Its tickets point to it. Once it is
    accepted, `main` is the one on which we work, and the others follow that (`complaints/following.py`); everybody
    concerned hears the standing message.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        RESOLVED = "resolved"

    OPEN = frozenset({Status.PROPOSED, Status.ACCEPTED})
    """It takes up further tickets of the same cause."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="outages")
    service_type = models.ForeignKey("tickets.ServiceType", on_delete=models.PROTECT, related_name="outages")
    fault = models.TextField(blank=True)
    area = models.TextField()
    segment = models.ForeignKey(NetworkSegment, on_delete=models.PROTECT, null=True, related_name="outages")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PROPOSED)
    main = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.CharField(max_length=1_000, blank=True)
    message_zh = models.CharField(max_length=1_000, blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=1_000, blank=True, help_text="Why it was rejected.")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                F("territory"),
                F("service_type"),
                F("fault"),
                F("area"),
                condition=Q(status__in=("proposed", "accepted"), segment=None),
                name="one_open_outage_per_area",
            ),
            models.UniqueConstraint(
                F("service_type"),
                F("fault"),
                F("segment"),
                condition=Q(status__in=("proposed", "accepted"), segment__isnull=False),
                name="one_open_outage_per_segment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("proposed", "accepted", "rejected", "resolved")), name="outage_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(main__isnull=False), name="accepted_outage_has_a_main_ticket"
            ),
            models.CheckConstraint(
                condition=~Q(status="resolved") | Q(resolved_at__isnull=False), name="resolved_outage_says_when"
            ),
        ]
        indexes = [
            models.Index(F("proposed_at").desc(), F("id").desc(), name="outages_newest_first"),
            models.Index("territory", "status", F("proposed_at").desc(), name="outages_of_a_desk"),
        ]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return f"{self.area}: {self.fault}"
