"""Sites, service accounts and assets: where, by which contract, and what stands there."""

from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Territory
from accounts.searching import search_indexes, text_of
from sync.audit.triggers import audited
from sync.feed.marks import feed_marks
from sync.ids import uuid7
from sync.rows import Row

SITE_TEXT = text_of("name", "complex", "address")
ACCOUNT_TEXT = text_of("number", "holder_name", "phone")
ASSET_TEXT = text_of("model", "serial")
"""By what each is found while somebody types."""

OF_ITS_SITE = "SELECT territory_id FROM tickets_site WHERE id = {row}.site_id"


class Site(Row):
    """A place where somebody may have to stand: a flat, a hotel, a meter room, a depot.

    Latitude and longitude are degrees (WGS 84), both or neither. A check-in further away than `radius_m` metres plus
    its own accuracy is flagged. One address in one complex of a territory is one site.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=200, blank=True)
    complex = models.CharField(max_length=200, blank=True, help_text="Residential complex, hotel, depot.")
    address = models.CharField(max_length=300, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    radius_m = models.PositiveIntegerField("radius, metres", default=150)
    access_notes = models.TextField(blank=True, help_text="Gate, floor, whom to ring, the dog.")

    class Meta:
        ordering = ["complex", "address"]
        constraints = [
            models.UniqueConstraint("territory", Lower("complex"), Lower("address"), name="one_site_per_address"),
            models.CheckConstraint(
                # A comparison with NULL would pass: that both are there has to be said.
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="site_is_on_earth",
            ),
            models.CheckConstraint(condition=Q(radius_m__gt=0), name="site_has_a_radius"),
            models.CheckConstraint(condition=~Q(address="", complex=""), name="site_has_an_address"),
        ]
        indexes = search_indexes("sites", SITE_TEXT, "territory")
        triggers = [*feed_marks("sites", audience=("territory_id",)), *audited(territory="{row}.territory_id")]

    def __str__(self) -> str:
        return self.name or ", ".join(part for part in (self.complex, self.address) if part)


class ServiceAccount(models.Model):
    """A customer's contract at a site. `holder` is the resident who has bound it to their sign-in, if anybody has.

    `household` are those who live with them and have bound it, too, by the ids of persons, none of whom is ever
    deleted: they see what the holder sees of site and equipment, and complain under the contract.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.CharField(max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="accounts")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="service_accounts"
    )
    holder_name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    customer_class = models.SlugField(
        max_length=40, blank=True, db_index=False, help_text="What kind of contract: by it, other policies may hold."
    )
    contract_until = models.DateField(null=True, blank=True, help_text="The last day; empty: until further notice.")

    household = ArrayField(models.UUIDField(), default=list, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="one_account_per_number"),
            models.CheckConstraint(condition=~Q(number=""), name="account_has_a_number"),
        ]
        indexes = [
            *search_indexes("accounts", ACCOUNT_TEXT),
            GinIndex(fields=["household"], name="accounts_of_a_household"),
            models.Index(
                "contract_until", condition=Q(contract_until__isnull=False), name="accounts_by_end_of_contract"
            ),
        ]
        triggers = [
            *feed_marks("sites", key="site_id", name="accounts", audience=("holder_id", "household")),
            *audited(territory=OF_ITS_SITE),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def residents(self) -> list[UUID]:
        """Those who have bound it, the holder first."""
        return [*([self.holder_id] if self.holder_id else []), *self.household]


def bound_by(person_id: object, prefix: str = "") -> Q:
    """Condition on accounts (or by `prefix` on what has one): this person has bound it, as holder or household."""
    return Q(**{f"{prefix}holder": person_id}) | Q(**{f"{prefix}household__contains": [person_id]})


class Asset(models.Model):
    """A piece of equipment at a site: a router, an access point, a gas meter."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="assets")
    account = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="assets")
    kind = models.CharField(max_length=80)
    model = models.CharField(max_length=120, blank=True)
    serial = models.CharField(max_length=120, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    removed_on = models.DateField(null=True, blank=True, help_text="It stands there no more.")
    components = models.JSONField(default=dict, blank=True, help_text="The serial of each component, by its name.")

    class Meta:
        ordering = ["kind", "model", "serial"]
        constraints = [
            models.UniqueConstraint("model", "serial", condition=~Q(serial=""), name="one_asset_per_serial"),
            models.CheckConstraint(condition=~Q(kind=""), name="asset_has_a_kind"),
        ]
        indexes = [models.Index("serial", name="assets_by_serial"), *search_indexes("assets", ASSET_TEXT)]
        triggers = [*feed_marks("assets"), *audited(territory=OF_ITS_SITE)]

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.model, self.serial) if part)

    def serial_of(self, component: str) -> str:
        """The serial on record of a component; without a name, of all of it. Empty where nobody knows."""
        return str(self.components.get(component, "")) if component else self.serial

    def put(self, component: str, serial: str) -> None:
        """Another unit is there now. Not saved."""
        if component:
            self.components = {**self.components, component: serial}
        else:
            self.serial = serial
