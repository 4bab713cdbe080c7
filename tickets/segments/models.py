"""Segments of networks, and which sites hung on them when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.ids import uuid7
from tickets.sites.models import Site


class NetworkSegment(models.Model):
    """A stretch of pipe, cable or feeder: when it fails, everybody on it has the same fault, in several complexes.

    `service_types` are the codes of what it carries; a water main says nothing of broadband. Empty: of everything. It
    is not deleted, as outages and connections refer to it: `is_active` takes it out of use.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="network_segments")
    code = models.SlugField(max_length=40, db_index=False)
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    service_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code", "id"]
        constraints = [models.UniqueConstraint("territory", "code", name="one_network_segment_per_code")]
        indexes = [models.Index("code", "id", name="network_segments_by_code")]
        triggers = audited(territory="{row}.territory_id")

    def __str__(self) -> str:
        return self.name


class NetworkConnection(models.Model):
    """A site hangs, or hung, on a segment. It may hang on several: the water main, and the feeder of its lifts.

    What ended stays on record: a fault that was reported then belongs to the segment of then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    segment = models.ForeignKey(NetworkSegment, on_delete=models.PROTECT, related_name="connections", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="connections", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "site"], condition=Q(until=None), name="site_hangs_once_on_a_segment"
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="connection_ends_later"),
        ]
        indexes = [
            models.Index("site", "until", name="segments_of_a_site"),
            models.Index("segment", F("since").desc(), F("id").desc(), name="connections_of_a_segment"),
        ]
        triggers = audited(territory="SELECT territory_id FROM tickets_networksegment WHERE id = {row}.segment_id")

    def __str__(self) -> str:
        return f"{self.segment}: {self.site}"
