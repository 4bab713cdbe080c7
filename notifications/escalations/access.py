"""Plans are read by those who dispatch and supervise, and written by administrators."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Role
from accounts.people.access import require_administrator, require_role
from fieldsvc.errors import must_exist
from notifications.escalations.models import EscalationPlan
from sync.commands import Actor


def plans(actor: Actor) -> QuerySet[EscalationPlan]:
    """All of them. Raises Forbidden("role_required")."""
    require_role(actor, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)
    return EscalationPlan.objects.select_related("territory")


def plan_to_change(actor: Actor, plan_id: UUID) -> EscalationPlan:
    """Locked, for administrators of everything. Raises NotFound, Forbidden("role_required")."""
    must_exist(plans(actor).filter(pk=plan_id).first())
    require_administrator(actor)
    return must_exist(EscalationPlan.objects.select_for_update().filter(pk=plan_id).first())
