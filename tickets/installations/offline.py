"""Installations on phones: with the sites where somebody may have to go, and accepted there without signal."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from rest_framework import serializers

from sync.registry import Body, Document, Operation
from sync.serializing import body_of
from tickets.audiences import OUR_OWN_PEOPLE
from tickets.installations import services
from tickets.installations.models import Installation
from tickets.installations.selectors import with_shown
from tickets.installations.serializers import AcceptInstallationInput, InstallationOutput, RejectInstallationInput
from tickets.sites.offline import staff_scopes


class AcceptOperation(AcceptInstallationInput):
    """Which one, from a phone."""

    installation_id = serializers.UUIDField()


class RejectOperation(RejectInstallationInput):
    """Which one, from a phone."""

    installation_id = serializers.UUIDField()


OPERATIONS = {
    "installation.accept": Operation(AcceptOperation, services.accept_installation),
    "installation.reject": Operation(RejectOperation, services.reject_installation),
}


@dataclass(frozen=True, slots=True)
class InstallationRow:
    """An installation, and the scopes of its site."""

    installation: Installation
    scopes: Collection[str]

    @property
    def pk(self) -> UUID:
        """The installation's."""
        return self.installation.pk


def load_installations(ids: Collection[UUID]) -> Iterable[InstallationRow]:
    """The rows, with whoever has the site: in three queries."""
    found = list(with_shown(Installation.objects.filter(pk__in=ids)))
    scopes = staff_scopes({one.ticket.site_id for one in found if one.ticket.site_id})
    return [
        InstallationRow(one, sorted(scopes.get(one.ticket.site_id, ()) if one.ticket.site_id else ())) for one in found
    ]


def installation_followers(row: InstallationRow) -> Iterable[str]:
    """The desk and the technicians of the site's tickets, until it is accepted and its ticket ended long ago."""
    over = row.installation.state == Installation.State.ACCEPTED and row.installation.ticket.archived
    return [] if over else row.scopes


def render_installation(row: InstallationRow, audience: str) -> Body:
    """As over HTTP."""
    return body_of(InstallationOutput)(row.installation)


DOCUMENTS = {
    "installations": Document(
        load=load_installations,
        followers=installation_followers,
        render=render_installation,
        alike=OUR_OWN_PEOPLE,
    )
}
