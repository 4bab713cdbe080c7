"""Filters of the lists of sites, accounts and assets."""

import django_filters as filters

from tickets.sites.models import Asset, ServiceAccount, Site


class SiteFilter(filters.FilterSet):  # type: ignore[misc]
    territory = filters.UUIDFilter("territory")

    class Meta:
        model = Site
        fields: list[str] = []


class AccountFilter(filters.FilterSet):  # type: ignore[misc]
    number = filters.CharFilter("number")
    site = filters.UUIDFilter("site")
    holder = filters.UUIDFilter("holder")
    contract_until_after = filters.DateFilter("contract_until", "gte", label="It ends on this day or later.")
    contract_until_before = filters.DateFilter("contract_until", "lt", label="It ends before this day.")

    class Meta:
        model = ServiceAccount
        fields: list[str] = []


class AssetFilter(filters.FilterSet):  # type: ignore[misc]
    site = filters.UUIDFilter("site")
    account = filters.UUIDFilter("account")
    kind = filters.CharFilter("kind")
    serial = filters.CharFilter("serial")

    class Meta:
        model = Asset
        fields: list[str] = []
