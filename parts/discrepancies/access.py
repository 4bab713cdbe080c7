"""From a discrepancy's id to one that this person may see or settle."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role, territories
from accounts.people.models import Role, User
from fieldsvc.errors import must_exist
from parts.discrepancies.models import Discrepancy
from parts.locations.access import READERS
from parts.transfers.models import Transfer
from sync.commands import Actor
from sync.rows import locked

SETTLERS = (Role.STOREKEEPER, Role.SUPERVISOR)
"""Those who may settle what they do not own."""


def visible_discrepancies(user: User) -> QuerySet[Discrepancy]:
    """One's own as long as they are open, those in one's own van, and those of one's territories."""
    places = territories(user, *READERS)
    if places is None:
        return Discrepancy.objects.all()
    visible = Q(owner=user, status=Discrepancy.Status.OPEN) | Q(location__territory__in=places)
    if user.has_role(Role.TECHNICIAN):
        visible |= Q(location__keeper=user)
    return Discrepancy.objects.filter(visible)


def discrepancy_to_settle(actor: Actor, discrepancy_id: UUID) -> Discrepancy:
    """Locked, for its owner, and for storekeepers and supervisors of the territory.

    Raises NotFound, or Forbidden("role_required") for those who may only see it.
    """
    visible = Discrepancy.objects.all() if actor.user is None else visible_discrepancies(actor.user)
    discrepancy = must_exist(visible.filter(pk=discrepancy_id).select_related("location", "transfer_line").first())
    if discrepancy.owner != actor.user:
        require_role(actor, *SETTLERS, territory_id=discrepancy.location.territory_id)
    if discrepancy.transfer_line:  # whoever receives it locks the transfer first, too
        Transfer.objects.select_for_update().get(pk=discrepancy.transfer_line.transfer_id)
    shown = Discrepancy.objects.select_related(
        "part",
        "location",
        "movement__from_location",
        "movement__to_location",
        "found__to_location",
        "transfer_line__part__superseded_by",
        "stocktake_line__stocktake",
    )
    return locked(shown.filter(pk=discrepancy.pk)).get()
