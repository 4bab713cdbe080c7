"""Locations: the places between which stock moves."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Territory
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7


class Location(models.Model):
    """A place that holds stock. What comes from or goes to the world outside has no location at all.

    All customers together are one location: how much is there is what was fitted less what was taken back since the
    books began, so it alone may be negative, and nobody asks before they take. A place without a territory, like a
    central store, serves all of them.
    """

    class Kind(models.TextChoices):
        CENTRAL = "central"
        DEPOT = "depot"
        VAN = "van"
        IN_TRANSIT = "in_transit"
        QUARANTINE = "quarantine"
        CUSTOMER = "customer"
        SCRAP = "scrap"

    SHELVES = (Kind.CENTRAL, Kind.DEPOT, Kind.VAN, Kind.QUARANTINE)
    """Where a storekeeper can put something down or pick it up."""
    GIVING = (Kind.CENTRAL, Kind.DEPOT, Kind.VAN)
    """From where what is in good condition may be taken."""
    DEPOTS = (Kind.CENTRAL, Kind.DEPOT, Kind.IN_TRANSIT, Kind.QUARANTINE, Kind.SCRAP)
    """What storekeepers look after; each is a scope of the feed."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="stock_locations"
    )
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="kept_locations"
    )
    """The technician who drives the van and answers for what is in it."""
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_location_per_code"),
            models.CheckConstraint(condition=~Q(code=""), name="location_has_a_code"),
            models.CheckConstraint(condition=Q(keeper__isnull=True) | Q(kind="van"), name="location_keeper_has_a_van"),
            models.CheckConstraint(
                condition=~Q(kind__in=["depot", "van"]) | Q(territory__isnull=False), name="location_in_a_territory"
            ),
            models.UniqueConstraint(fields=["keeper"], condition=Q(is_active=True), name="one_van_per_keeper"),
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="customer"), name="one_customer_location"),
        ]
        triggers = [
            *audited(territory="{row}.territory_id"),
            *feed_marks("locations", audience=("keeper_id", "territory_id", "is_active")),
            pgtrigger.Trigger(
                name="location_remembers_its_keepers",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    INSERT INTO parts_vankeeper (id, location_id, keeper_id)
                    SELECT gen_random_uuid(), NEW.id, NEW.keeper_id WHERE NEW.keeper_id IS NOT NULL
                    ON CONFLICT DO NOTHING;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="location_keeps_its_kind",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("kind"),
                func="""
                    RAISE EXCEPTION 'location % stays a %', OLD.code, OLD.kind
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'location_keeps_its_kind';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def followers(self) -> list[str]:
        """The scopes in which the place and its stock stand: its keeper's, or those of the depot's storekeepers."""
        if not self.is_active:
            return []
        if self.kind in self.DEPOTS:
            return [f"depot:{self.pk}"]
        return [f"technician:{self.keeper_id}"] if self.keeper_id else []

    @property
    def is_limited(self) -> bool:
        """It cannot give what it does not have."""
        return self.kind != self.Kind.CUSTOMER


class VanKeeper(models.Model):
    """Somebody drives this van, or once did: what they tell of it later is theirs to tell. Kept by a trigger."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="keepers", db_index=False)
    keeper = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["location", "id"]
        constraints = [models.UniqueConstraint(fields=["location", "keeper"], name="keeper_remembered_once")]

    def __str__(self) -> str:
        return str(self.keeper)
