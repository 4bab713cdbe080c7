"""Shapes of sites, accounts and assets."""

from functools import cached_property
from uuid import UUID

from rest_framework import serializers

from accounts.models import User
from accounts.people.contacts import WithContacts
from sync.serializing import Input
from tickets.audiences import ByAudience
from tickets.sites.access import accounts_worked_on, audience
from tickets.sites.models import Asset, ServiceAccount, Site
from tickets.visits.serializers import SwapOutput


class EditSiteInput(Input):
    """What is known of a site. Latitude and longitude in degrees (WGS 84), both or neither; the radius in metres."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    complex = serializers.CharField(required=False, allow_blank=True, max_length=200)
    address = serializers.CharField(required=False, allow_blank=True, max_length=300)
    latitude = serializers.FloatField(required=False, allow_null=True, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, allow_null=True, min_value=-180, max_value=180)
    radius_m = serializers.IntegerField(required=False, min_value=1, max_value=100_000)
    access_notes = serializers.CharField(required=False, allow_blank=True, max_length=5_000)


class AddSiteInput(EditSiteInput):
    """A new site; it needs an address or a complex."""

    id = serializers.UUIDField(required=False)
    territory_id = serializers.UUIDField()


class MoveSiteInput(Input):
    """The territory that looks after it from now on, and why."""

    territory_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=1_000)


class EditAccountInput(Input):
    """What is known of a contract. Who has it is not edited but handed over: see `tickets/households/`."""

    site_id = serializers.UUIDField(required=False)
    holder_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=32)
    customer_class = serializers.SlugField(
        required=False, allow_blank=True, max_length=40, help_text="By it, other response times may be promised."
    )
    contract_until = serializers.DateField(
        required=False, allow_null=True, help_text="Its last day, before which the holder is reminded; null: no end."
    )


class AddAccountInput(EditAccountInput):
    """A new contract."""

    id = serializers.UUIDField(required=False)
    number = serializers.CharField(max_length=40)
    site_id = serializers.UUIDField()
    holder_id = serializers.UUIDField(required=False, allow_null=True, help_text="The registered resident, if any.")


class EditAssetInput(Input):
    """What is known of a piece of equipment."""

    site_id = serializers.UUIDField(required=False)
    account_id = serializers.UUIDField(required=False, allow_null=True)
    kind = serializers.CharField(required=False, max_length=80)
    model = serializers.CharField(required=False, allow_blank=True, max_length=120)
    serial = serializers.CharField(required=False, allow_blank=True, max_length=120)
    installed_on = serializers.DateField(required=False, allow_null=True)
    removed_on = serializers.DateField(required=False, allow_null=True, help_text="It stands there no more.")


class AddAssetInput(EditAssetInput):
    """A new piece of equipment."""

    id = serializers.UUIDField(required=False)
    site_id = serializers.UUIDField()
    kind = serializers.CharField(max_length=80)


class SiteOutput(ByAudience, serializers.ModelSerializer[Site]):
    """A site. How to get in, and what a check-in is measured by, is for our own people."""

    RESIDENT_SEES = frozenset({"id", "name", "complex", "address"})

    territory_id = serializers.UUIDField()

    class Meta:
        model = Site
        fields = [
            "id",
            "name",
            "complex",
            "address",
            "territory_id",
            "latitude",
            "longitude",
            "radius_m",
            "access_notes",
        ]

    def audience_of(self, row: Site, viewer: User) -> str:
        return audience(viewer, row.territory_id)


class AccountOutput(WithContacts, serializers.ModelSerializer[ServiceAccount]):
    """A contract, with the number on record: for our own people, and for whoever holds it."""

    CONTACTS = frozenset({"phone"})

    site_id = serializers.UUIDField()
    holder_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = ServiceAccount
        fields = ["id", "number", "site_id", "holder_id", "holder_name", "phone", "customer_class", "contract_until"]
        read_only_fields = fields

    def shows(self, row: ServiceAccount) -> bool:
        """The desk, those who have bound it, and technicians as long as they work on a complaint under it."""
        if super().shows(row) or self.viewer is None:
            return super().shows(row)
        return self.viewer.pk in row.residents or row.pk in self._worked_on

    @cached_property
    def _worked_on(self) -> frozenset[UUID]:
        return accounts_worked_on(self.viewer) if self.viewer else frozenset()


class AssetOutput(ByAudience, serializers.ModelSerializer[Asset]):
    """A piece of equipment. What was replaced in it, and by whom, is for our own people."""

    RESIDENT_SEES = frozenset({"id", "site_id", "account_id", "kind", "model", "serial", "installed_on", "removed_on"})

    site_id = serializers.UUIDField()
    account_id = serializers.UUIDField(allow_null=True)
    components = serializers.DictField(child=serializers.CharField(), help_text="The serial of each, by its name.")
    swaps = SwapOutput(many=True, help_text="What was replaced, the oldest first.")

    class Meta:
        model = Asset
        fields = [
            "id",
            "site_id",
            "account_id",
            "kind",
            "model",
            "serial",
            "installed_on",
            "removed_on",
            "components",
            "swaps",
        ]

    def audience_of(self, row: Asset, viewer: User) -> str:
        return audience(viewer, row.site.territory_id)
