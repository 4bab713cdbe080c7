"""From a stocktake's id to one that this person may see or decide upon."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.people.access import require_role
from accounts.people.models import User
from fieldsvc.errors import Forbidden, must_exist
from parts.discrepancies.access import SETTLERS
from parts.locations.access import location_to_see, visible_locations
from parts.locations.models import Location
from parts.stocktakes.models import Stocktake
from sync.commands import Actor
from sync.rows import locked


def visible_stocktakes(user: User) -> QuerySet[Stocktake]:
    """Those of the places that this person sees."""
    return Stocktake.objects.filter(location__in=visible_locations(user))


def location_to_have_counted(actor: Actor, location_id: UUID) -> Location:
    """For storekeepers and supervisors of its territory. Raises NotFound, or Forbidden("role_required")."""
    location = location_to_see(actor, location_id)
    require_role(actor, *SETTLERS, territory_id=location.territory_id)
    return location


def stocktake_to_decide(actor: Actor, stocktake_id: UUID) -> Stocktake:
    """Locked, for storekeepers and supervisors of the territory who have not counted it themselves.

    Raises NotFound, Forbidden("role_required"), Forbidden("own_count").
    """
    stocktake = stocktake_to_finish(actor, stocktake_id)
    if actor.user is not None and (
        stocktake.counted_by_id == actor.user.pk or stocktake.sheets.filter(counted_by=actor.user).exists()
    ):
        raise Forbidden("own_count", "Nobody decides upon a variance that they counted. Ask a colleague.")
    return stocktake


def stocktake_to_finish(actor: Actor, stocktake_id: UUID) -> Stocktake:
    """Locked, for storekeepers and supervisors of the territory. Raises NotFound, Forbidden("role_required")."""
    visible = Stocktake.objects.all() if actor.user is None else visible_stocktakes(actor.user)
    seen = must_exist(visible.filter(pk=stocktake_id).select_related("location").first())
    require_role(actor, *SETTLERS, territory_id=seen.location.territory_id)
    return stocktake_to_hand_in(stocktake_id)


def stocktake_to_hand_in(stocktake_id: UUID) -> Stocktake:
    """Locked: whoever may count its place may count a part of it. Raises NotFound."""
    return must_exist(stocktake_to_count(stocktake_id))


def stocktake_to_count(stocktake_id: UUID) -> Stocktake | None:
    """Locked, if there is one of this id: whoever may count its place may count it."""
    return locked(Stocktake.objects.select_related("location").filter(pk=stocktake_id)).first()
