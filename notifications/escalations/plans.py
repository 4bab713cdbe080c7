"""Commands on plans of escalation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Territory
from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from notifications import kinds
from notifications.escalations import access
from notifications.escalations.models import EscalationPlan
from notifications.escalations.steps import Step, why_not
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint


@command
def create_plan(
    *,
    actor: Actor,
    occurred_at: datetime,
    steps: Sequence[Step],
    id: UUID | None = None,
    kind: str = "",
    territory_id: UUID | None = None,
) -> EscalationPlan:
    """A new plan, for notices from now on.

    Raises Invalid (`kind_unknown`, `territory_unknown`, `steps_not_valid`), Conflict (`plan_exists`, `id_taken`),
    Forbidden("role_required").
    """
    require_administrator(actor)
    if kind and kind not in kinds.KINDS:
        raise Invalid("kind_unknown", "Choose one of the kinds of notices.", field="kind")
    if territory_id and not Territory.objects.filter(pk=territory_id).exists():
        raise Invalid("territory_unknown", "Choose one of the territories.", field="territory_id")
    check_steps(steps)
    try:
        with transaction.atomic():
            return EscalationPlan.objects.create(
                pk=id or uuid7(), kind=kind, territory_id=territory_id, steps=list(steps)
            )
    except IntegrityError as error:
        if violated_constraint(error) == "one_escalation_plan_per_kind_and_place":
            raise Conflict("plan_exists", "There is a plan for this kind and territory. Change that one.") from error
        if violated_constraint(error) == "notifications_escalationplan_pkey":
            raise id_taken() from error
        raise


@command
def change_plan(*, actor: Actor, occurred_at: datetime, plan_id: UUID, steps: Sequence[Step]) -> EscalationPlan:
    """Other steps, for notices from now on. Raises NotFound, Invalid("steps_not_valid"), Forbidden("role_required")."""
    plan = access.plan_to_change(actor, plan_id)
    check_steps(steps)
    plan.steps = list(steps)
    plan.save(update_fields=["steps"])
    return plan


@command
def remove_plan(*, actor: Actor, occurred_at: datetime, plan_id: UUID) -> None:
    """From now on the next less exact plan counts. Raises NotFound, Forbidden("role_required")."""
    access.plan_to_change(actor, plan_id).delete()


def check_steps(steps: Sequence[Any]) -> None:
    """Raises Invalid("steps_not_valid") with what is wrong."""
    if wrong := why_not(steps):
        raise Invalid("steps_not_valid", wrong, field="steps")
