"""From a plan's id to a plan that this person may see or decide about: dispatchers and supervisors of its territory."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Territory
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import must_exist
from sync.commands import Actor
from tickets.routes.models import PlannedStop, RoutePlan
from tickets.visits.access import DISPATCHERS


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


def territory_to_plan(actor: Actor, territory_id: UUID) -> Territory:
    """Where this person dispatches. Raises NotFound."""
    require_role(actor, *DISPATCHERS)
    territories = in_territories(Territory.objects.filter(is_active=True), actor.user, *DISPATCHERS, field="pk")
    return must_exist(territories.filter(pk=territory_id).first())
