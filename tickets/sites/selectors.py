"""Reads of sites, accounts and equipment."""

from django.db.models import QuerySet

from tickets.sites.models import Asset


def with_swaps(assets: QuerySet[Asset]) -> QuerySet[Asset]:
    """With all that the output of a piece of equipment shows of other tables, in two queries."""
    return assets.select_related("site").prefetch_related("swaps__visit__technician")
