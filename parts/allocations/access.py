"""From an allocation's id to one that this person may see or release."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role
from accounts.people.models import Role, User
from fieldsvc.errors import must_exist
from parts.allocations.models import Allocation
from parts.locations.access import visible_locations
from sync.commands import Actor
from sync.rows import locked

RELEASERS = (Role.STOREKEEPER, Role.DISPATCHER, Role.SUPERVISOR)
"""Those who give free what was promised to a visit of somebody else."""


def visible_allocations(user: User) -> QuerySet[Allocation]:
    """Those for one's own visits, and those at a place that this person sees."""
    return Allocation.objects.filter(Q(technician=user) | Q(location__in=visible_locations(user)))


def allocation_to_release(actor: Actor, allocation_id: UUID) -> Allocation:
    """Locked, for whoever's visit it is, and for those who see to the place. Raises NotFound,
    Forbidden("role_required")."""
    visible = Allocation.objects.all() if actor.user is None else visible_allocations(actor.user)
    allocation = must_exist(visible.filter(pk=allocation_id).select_related("location").first())
    if actor.user is None or allocation.technician_id != actor.user.pk:
        require_role(actor, *RELEASERS, territory_id=allocation.location.territory_id)
    return locked(Allocation.objects.filter(pk=allocation_id)).get()
