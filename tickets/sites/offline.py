"""Sites and their equipment on phones: with the tickets for which somebody may have to go there.

The desk and technicians carry a site as long as one of its tickets is not archived; residents always carry their own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, When

from sync.conflicts.selectors import conflicts_about
from sync.registry import Body, Document
from sync.serializing import body_of
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.complaints.models import Ticket
from tickets.sites.models import Asset, ServiceAccount, Site
from tickets.sites.selectors import with_swaps
from tickets.sites.serializers import AssetOutput, SiteOutput
from tickets.visits import swaps
from tickets.visits.models import Visit


@dataclass(frozen=True, slots=True)
class Row:
    """A site or an asset, and the scopes that follow it."""

    subject: Any
    scopes: Collection[str]

    @property
    def pk(self) -> UUID:
        """The subject's."""
        pk: UUID = self.subject.pk
        return pk


def staff_scopes(site_ids: Collection[UUID]) -> Mapping[UUID, set[str]]:
    """By site, the desk and the technicians of its tickets that are not archived. Two queries."""
    scopes: dict[UUID, set[str]] = defaultdict(set)
    tickets = Ticket.objects.filter(site__in=site_ids, archived=False).order_by()
    found_by = Case(When(source=Ticket.Source.PATROL, then="opened_by"))
    for site_id, territory_id, finder_id in tickets.values_list("site", "territory", found_by).distinct():
        scopes[site_id].add(f"desk:{territory_id}")
        if finder_id:
            scopes[site_id].add(f"technician:{finder_id}")
    visits = Visit.objects.filter(ticket__site__in=site_ids, ticket__archived=False).order_by()
    present = visits.exclude(status=Visit.Status.CANCELLED)
    for site_id, technician_id in present.values_list("ticket__site", "technician").distinct():
        scopes[site_id].add(f"technician:{technician_id}")
    return scopes


def load_sites(ids: Collection[UUID]) -> Iterable[Row]:
    """The sites, with the residents who live there or have complained from there."""
    scopes = staff_scopes(ids)
    for account in ServiceAccount.objects.filter(site__in=ids):
        scopes[account.site_id] |= {f"resident:{person_id}" for person_id in account.residents}
    tickets = Ticket.objects.filter(site__in=ids, resident__isnull=False).order_by()
    for site_id, person_id in tickets.values_list("site", "resident").distinct():
        scopes[site_id].add(f"resident:{person_id}")
    return [Row(site, sorted(scopes[site.pk])) for site in Site.objects.filter(pk__in=ids)]


def load_assets(ids: Collection[UUID]) -> Iterable[Row]:
    """The equipment, with the residents whose contract it belongs to and those who have complained about it."""
    assets = list(with_swaps(Asset.objects.filter(pk__in=ids)).select_related("account"))
    scopes = staff_scopes({asset.site_id for asset in assets})
    residents: dict[UUID, set[str]] = defaultdict(set)
    tickets = Ticket.objects.filter(asset__in=ids, resident__isnull=False).order_by()
    for asset_id, person_id in tickets.values_list("asset", "resident").distinct():
        residents[asset_id].add(f"resident:{person_id}")
    for asset in assets:
        if asset.account:
            residents[asset.pk] |= {f"resident:{person_id}" for person_id in asset.account.residents}
    return [Row(asset, sorted(scopes[asset.site_id] | residents[asset.pk])) for asset in assets]


def followers(row: Row) -> Iterable[str]:
    """Found while loading."""
    return row.scopes


def render_site(row: Row, audience: str) -> Body:
    """The site as over HTTP."""
    return body_of(SiteOutput, audience=audience)(row.subject)


def render_asset(row: Row, audience: str) -> Body:
    """The equipment as over HTTP."""
    return body_of(AssetOutput, audience=audience)(row.subject)


def equipment_at(ids: Collection[UUID]) -> Mapping[str, Iterable[UUID]]:
    """The equipment at these sites, whose followers depend on the site's, and its conflicts."""
    assets = Asset.objects.filter(site__in=ids).values_list("pk", flat=True)
    return {"assets": assets, "conflicts": conflicts_about(assets=assets).values_list("pk", flat=True)}


DOCUMENTS = {
    "sites": Document(
        load=load_sites, followers=followers, render=render_site, alike=OUR_OWN_PEOPLE, spread=equipment_at
    ),
    "assets": Document(
        load=load_assets,
        followers=followers,
        render=render_asset,
        alike=OUR_OWN_PEOPLE,
        conflict_scopes=swaps.conflict_scopes,
        may_resolve=swaps.may_resolve_asset,
        resolve=swaps.resolve_asset,
    ),
}
