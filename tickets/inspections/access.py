"""From an id to a plan, a service life or an inspection that this person may see or change."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import WATCHERS, Role, User
from accounts.people.access import require_administrator, require_role, territories
from fieldsvc.errors import NotFound, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.models import Ticket
from tickets.inspections.models import Inspection, InspectionPlan, ServiceLife

R = TypeVar("R", InspectionPlan, ServiceLife)
PLANNERS = (Role.DISPATCHER, Role.SUPERVISOR)
"""Those who decide that an inspection is skipped."""


def visible_rules(rules: QuerySet[R], user: User) -> QuerySet[R]:
    """For the desk: those of its territories, and those of all."""
    places = territories(user, *WATCHERS)
    if places is None:
        return rules
    return rules.filter(Q(territory=None) | Q(territory__in=places)) if places else rules.none()


def visible_inspections(user: User) -> QuerySet[Inspection]:
    """The desk's, by the territory where the subject stands."""
    places = territories(user, *WATCHERS)
    if places is None:
        return Inspection.objects.all()
    return Inspection.objects.filter(Q(asset__site__territory__in=places) | Q(account__site__territory__in=places))


def rule_to_change(actor: Actor, rules: QuerySet[R], pk: UUID) -> R:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for the desk."""
    if not visible_rules(rules, actor.user).filter(pk=pk).exists():
        raise NotFound()
    require_administrator(actor)
    return rules.select_for_update(of=("self",)).get(pk=pk)


def plan_to_skip(actor: Actor, plan_id: UUID) -> InspectionPlan:
    """Locked, so that nothing is raised meanwhile. Raises NotFound."""
    must_exist(visible_rules(InspectionPlan.objects.all(), actor.user).filter(pk=plan_id).first())
    return locked(InspectionPlan.objects.select_related("calendar").filter(pk=plan_id)).get()


def inspection_to_skip(actor: Actor, inspection_id: UUID) -> Inspection:
    """Locked, for those who plan in its territory. Raises NotFound, Forbidden("role_required")."""
    shown = visible_inspections(actor.user).select_related("asset__site", "account__site")
    inspection = must_exist(shown.filter(pk=inspection_id).first())
    locked(Ticket.objects.filter(inspection=inspection))  # tickets first
    subject = inspection.asset or inspection.account
    require_role(actor, *PLANNERS, territory_id=subject.site.territory_id)  # type: ignore[union-attr]
    return locked(Inspection.objects.select_related("ticket").filter(pk=inspection_id)).get()
