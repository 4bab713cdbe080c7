"""From a place's id to one whose stock levels this person may see or set."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.people.access import require_role
from accounts.people.models import Role, User
from parts.levels.models import StockLevel
from parts.locations.access import location_to_receive, visible_locations
from parts.locations.models import Location
from sync.commands import Actor


def visible_levels(user: User) -> QuerySet[StockLevel]:
    """Those of the places that this person sees."""
    return StockLevel.objects.filter(location__in=visible_locations(user))


def location_to_level(actor: Actor, location_id: UUID) -> Location:
    """A place in use, locked, for storekeepers of its territory.

    Raises NotFound, Forbidden("role_required"), Conflict("location_not_stocked" | "location_closed").
    """
    location = location_to_receive(actor, location_id)
    require_role(actor, Role.STOREKEEPER, territory_id=location.territory_id)
    return Location.objects.select_for_update().get(pk=location.pk)
