"""From a plan's id to a plan that this person may see or decide about: dispatchers and supervisors of its territory."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import WATCHERS, Territory
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import Invalid, must_exist
from parts.models import Location
from sync.commands import Actor
from tickets.routes.models import DepotCounter, PlannedStop, RoutePlan
from tickets.visits.access import DISPATCHERS

DRIVEN_TO = (Location.Kind.DEPOT, Location.Kind.CENTRAL)
"""Where parts may be fetched."""


def visible_plans(actor: Actor) -> QuerySet[RoutePlan]:
    """Those of the territories where this person dispatches."""
    return in_territories(RoutePlan.objects.all(), actor.user, *DISPATCHERS)


def listed_plans(actor: Actor) -> QuerySet[RoutePlan]:
    """The same, for lists. Raises Forbidden("role_required") for those who dispatch nowhere."""
    require_role(actor, *DISPATCHERS)
    return visible_plans(actor)


def plan_to_see(actor: Actor, plan_id: UUID) -> RoutePlan:
    """Raises NotFound."""
    return must_exist(visible_plans(actor).filter(pk=plan_id).first())


def plan_to_decide(actor: Actor, plan_id: UUID) -> RoutePlan:
    """Locked. Raises NotFound."""
    return must_exist(visible_plans(actor).filter(pk=plan_id).select_for_update().first())


def stops_to_see(actor: Actor, plan_id: UUID) -> QuerySet[PlannedStop]:
    """Of this plan. Raises NotFound."""
    return PlannedStop.objects.filter(plan=plan_to_see(actor, plan_id))


def depot_counters(actor: Actor) -> QuerySet[DepotCounter]:
    """All of them. Raises Forbidden("role_required") for those who are at no desk."""
    require_role(actor, *WATCHERS)
    return DepotCounter.objects.all()


def depot_to_drive_to(depot_id: UUID) -> Location:
    """One in use. Raises Invalid("depot_not_known")."""
    depot = Location.objects.filter(pk=depot_id, kind__in=DRIVEN_TO, is_active=True).first()
    if depot is None:
        raise Invalid("depot_not_known", "Choose a depot or a central store that is in use.", field="depot_id")
    return depot


def territory_to_plan(actor: Actor, territory_id: UUID) -> Territory:
    """Where this person dispatches. Raises NotFound."""
    require_role(actor, *DISPATCHERS)
    territories = in_territories(Territory.objects.filter(is_active=True), actor.user, *DISPATCHERS, field="pk")
    return must_exist(territories.filter(pk=territory_id).first())
