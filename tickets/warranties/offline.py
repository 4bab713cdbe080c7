"""Warranties on phones, so that a quote is right without signal: with the sites where somebody may have to go."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sync.registry import Body, Document
from sync.serializing import body_of
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.sites.offline import staff_scopes
from tickets.warranties.models import Warranty
from tickets.warranties.selectors import with_shown
from tickets.warranties.serializers import WarrantyOutput


@dataclass(frozen=True, slots=True)
class WarrantyRow:
    """A warranty, and the scopes of its site."""

    warranty: Warranty
    scopes: Collection[str]

    @property
    def pk(self) -> UUID:
        """The warranty's."""
        return self.warranty.pk


def load_warranties(ids: Collection[UUID]) -> Iterable[WarrantyRow]:
    """The rows, with whoever has the site: in three queries."""
    warranties = list(with_shown(Warranty.objects.filter(pk__in=ids)))
    scopes = staff_scopes({warranty.site_id for warranty in warranties if warranty.site_id})
    return [WarrantyRow(one, sorted(scopes.get(one.site_id, ()) if one.site_id else ())) for one in warranties]


def warranty_followers(row: WarrantyRow) -> Iterable[str]:
    """The desk and the technicians of the site's tickets, until it has ended long ago."""
    return [] if row.warranty.archived else row.scopes


def render_warranty(row: WarrantyRow, audience: str) -> Body:
    """As over HTTP."""
    return body_of(WarrantyOutput)(row.warranty)


DOCUMENTS = {
    "warranties": Document(
        load=load_warranties, followers=warranty_followers, render=render_warranty, alike=OUR_OWN_PEOPLE
    )
}
