"""From a movement's or balance's id to one that this person may see or put right."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role
from accounts.people.models import Role, User
from fieldsvc.errors import must_exist
from parts.locations.access import visible_locations
from parts.stock.models import StockBalance, StockMovement
from sync.commands import Actor
from sync.rows import locked


def visible_balances(user: User) -> QuerySet[StockBalance]:
    """What is at the places that this person sees."""
    return StockBalance.objects.filter(location__in=visible_locations(user))


def visible_movements(user: User) -> QuerySet[StockMovement]:
    """What came to or left the places that this person sees."""
    places = visible_locations(user)
    return StockMovement.objects.filter(Q(from_location__in=places) | Q(to_location__in=places))


def movement_to_reverse(actor: Actor, movement_id: UUID) -> StockMovement:
    """Locked, for the storekeeper of both places. Raises NotFound, or Forbidden("role_required")."""
    visible = StockMovement.objects.all() if actor.user is None else visible_movements(actor.user)
    movement = must_exist(visible.filter(pk=movement_id).select_related("from_location", "to_location").first())
    for place in (movement.from_location, movement.to_location):
        if place:
            require_role(actor, Role.STOREKEEPER, territory_id=place.territory_id)
    return locked(StockMovement.objects.select_related("from_location", "to_location").filter(pk=movement.pk)).get()
