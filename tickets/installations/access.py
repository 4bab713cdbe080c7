"""From an id to an installation that this person may see or decide."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Conflict, Forbidden, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.access import followed_by
from tickets.complaints.models import Ticket
from tickets.installations.models import Installation
from tickets.visits.models import Visit

DECIDING = (Role.DISPATCHER, Role.SUPERVISOR)


def visible_installations(user: User, *, ever: bool = False) -> QuerySet[Installation]:
    """Those of the desk's territories; a technician's, at the sites of their tickets. `ever` as for sites."""
    places = territories(user, *WATCHERS)
    if places is None:
        return Installation.objects.all()
    seen = Q(ticket__territory__in=places)
    if user.has_role(Role.TECHNICIAN):
        followed = Ticket.objects.filter(followed_by(user, ever=ever))
        seen |= Q(ticket__in=followed) | Q(ticket__site__in=followed.exclude(site=None).values("site"))
    return Installation.objects.filter(seen)


def installation_to_decide(actor: Actor, installation_id: UUID) -> Installation:
    """Locked, its ticket before it, for those who have not worked on it themselves.

    Dispatchers and supervisors decide by what they know, technicians by what they see: they have to have been on site
    since it was put in. Raises NotFound, Forbidden("role_required" | "own_installation"), Conflict("not_looked_at").
    """
    seen = must_exist(visible_installations(actor.user, ever=actor.offline).filter(pk=installation_id).first())
    ticket = locked(Ticket.objects.filter(pk=seen.ticket_id)).get()
    installation = Installation.objects.select_for_update().get(pk=installation_id)
    installation.ticket = ticket
    arrivals = Visit.objects.filter(technician=actor.user, arrived_at__isnull=False)
    if arrivals.filter(ticket=ticket).exists():
        raise Forbidden("own_installation", "Nobody accepts what they have put in themselves. Ask a colleague.")
    places = territories(actor.user, *DECIDING)
    if places is not None and ticket.territory_id not in places:
        require_role(actor, *DECIDING, Role.TECHNICIAN, territory_id=ticket.territory_id)
        there = arrivals.filter(ticket__site=ticket.site_id, arrived_at__gte=installation.installed_at)
        if ticket.site_id is None or not there.exists():
            raise Conflict("not_looked_at", "Check in at a visit there, and look at it as it is now.")
    return installation
