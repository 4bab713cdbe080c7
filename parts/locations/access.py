"""From a location's id to a location that this person may see, change, stock or draw from."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role, territories
from accounts.people.models import Role, User
from fieldsvc.errors import Conflict, Forbidden, NotFound, must_exist
from parts.locations.models import Location
from sync import work
from sync.commands import Actor

READERS = (Role.AGENT, Role.DISPATCHER, Role.STOREKEEPER, Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Those who see the stock of their territories."""
ARRANGERS = (Role.STOREKEEPER, Role.ADMINISTRATOR)
"""Those who set places up."""


def visible_locations(user: User) -> QuerySet[Location]:
    """The places of one's territories and those that serve all of them; a technician's own van.

    What is at the customers belongs to no territory: whoever sees everything sees it.
    """
    places = territories(user, *READERS)
    if places is None:
        return Location.objects.all()
    visible = Q(keeper=user) if user.has_role(Role.TECHNICIAN) else Q(pk__in=[])
    if places:
        visible |= Q(territory__in=places) | (Q(territory=None) & ~Q(kind=Location.Kind.CUSTOMER))
    return Location.objects.filter(visible)


def location_to_see(actor: Actor, location_id: UUID) -> Location:
    """Raises NotFound unless this person may see it."""
    visible = Location.objects.all() if actor.user is None else visible_locations(actor.user)
    return must_exist(visible.filter(pk=location_id).first())


def require_arranger(actor: Actor, territory_id: UUID | None) -> None:
    """Raises Forbidden("role_required") unless the actor sets places up there; without territory, everywhere."""
    if actor.user is None:
        return
    places = territories(actor.user, *ARRANGERS)
    if places is not None and territory_id not in places:
        raise Forbidden("role_required", "Ask a storekeeper or administrator of that territory.", roles=[*ARRANGERS])


def location_to_change(actor: Actor, location_id: UUID) -> Location:
    """Locked. Raises NotFound, or Forbidden("role_required") for those who may only see it."""
    location = location_to_see(actor, location_id)
    require_arranger(actor, location.territory_id)
    return Location.objects.select_for_update().get(pk=location.pk)


def location_to_stock(actor: Actor, location_id: UUID) -> Location:
    """A place where this storekeeper puts something down or picks it up.

    A place without a territory serves all of them, so any storekeeper does. Raises NotFound,
    Forbidden("role_required"), Conflict("location_not_stocked" | "location_closed").
    """
    require_role(actor, Role.STOREKEEPER, territory_id=location_to_see(actor, location_id).territory_id)
    return location_to_receive(actor, location_id)


def location_to_receive(actor: Actor, location_id: UUID) -> Location:
    """A place in use to which this person may have something sent.

    Raises NotFound, Conflict("location_not_stocked" | "location_closed").
    """
    location = location_to_see(actor, location_id)
    _refuse_other_than_shelf(location)
    if not location.is_active:
        raise _closed(location)
    return location


def location_to_use(actor: Actor, location_id: UUID) -> tuple[Location, tuple[str, ...]]:
    """The place whose parts this person handles, and what is odd about that: their own van, or a storekeeper's depot.

    What happened without signal is kept although the van was given to somebody else or closed meanwhile, and flagged
    `not_keeper` or `location_closed`. Raises NotFound, Forbidden("not_your_stock"), Conflict("location_not_stocked"),
    and Conflict("location_closed") for what has not happened yet.
    """
    location = must_exist(
        work.remembered(("location", location_id), lambda: Location.objects.filter(pk=location_id).first())
    )
    flags: tuple[str, ...] = ()
    if not _is_in_charge(actor, location):
        if actor.offline and location.keepers.filter(keeper=actor.subject).exists():
            flags += ("not_keeper",)
        elif visible_locations(actor.user).filter(pk=location.pk).exists():
            raise Forbidden("not_your_stock", "Take parts from your own van, or ask a storekeeper.")
        else:
            raise NotFound()
    _refuse_other_than_shelf(location)
    if not location.is_active:
        if not actor.offline:
            raise _closed(location)
        flags += ("location_closed",)
    return location, flags


def _is_in_charge(actor: Actor, location: Location) -> bool:
    if actor.user is None or location.keeper_id == actor.subject.pk:
        return True
    places = territories(actor.user, Role.STOREKEEPER)
    if location.territory_id is None:  # it serves all territories, so any storekeeper keeps it
        return places is None or bool(places)
    return places is None or location.territory_id in places


def _refuse_other_than_shelf(location: Location) -> None:
    if location.kind not in Location.SHELVES:
        raise Conflict(
            "location_not_stocked",
            "Parts reach a customer by a visit, and the scrap by two persons. Choose a store, a depot or a van.",
            allowed=[*Location.SHELVES],
        )


def _closed(location: Location) -> Conflict:
    return Conflict("location_closed", f"{location.code} is closed. Choose another place, or have it opened again.")
