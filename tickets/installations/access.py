"""From an id to an installation that this person may see or decide."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import WATCHERS, Role, User
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.models import Ticket
from tickets.installations.models import Installation
from tickets.visits.models import Visit


def visible_installations(user: User) -> QuerySet[Installation]:
    """Those of the desk's territories."""
    return in_territories(Installation.objects.all(), user, *WATCHERS, field="ticket__territory_id")


def installation_to_decide(actor: Actor, installation_id: UUID) -> Installation:
    """Locked, its ticket before it, for dispatchers and supervisors who have not worked on it themselves.

    Raises NotFound, Forbidden("role_required" | "own_installation").
    """
    seen = must_exist(visible_installations(actor.user).filter(pk=installation_id).first())
    ticket = locked(Ticket.objects.filter(pk=seen.ticket_id)).get()
    require_role(actor, Role.DISPATCHER, Role.SUPERVISOR, territory_id=ticket.territory_id)
    if Visit.objects.filter(ticket=ticket, technician=actor.user, arrived_at__isnull=False).exists():
        raise Forbidden("own_installation", "Nobody accepts what they have put in themselves. Ask a colleague.")
    installation = Installation.objects.select_for_update().get(pk=installation_id)
    installation.ticket = ticket
    return installation
