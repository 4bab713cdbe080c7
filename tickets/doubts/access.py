"""Doubts are for those who plan, by territory: whom they are about has told the truth until somebody has looked."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.people.access import require_role, territories
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from tickets.doubts.models import Doubt
from tickets.shifts.access import PLANNERS, READERS


def visible_doubts(actor: Actor, *roles: str) -> QuerySet[Doubt]:
    """Those of the territories where this person plans, and not about themselves. Raises Forbidden("role_required")."""
    roles = roles or READERS
    require_role(actor, *roles)
    places = territories(actor.user, *roles)
    doubts = Doubt.objects.exclude(check_in__technician=actor.user)
    if places is None:
        return doubts
    return doubts.filter(Q(check_in__visit__ticket__territory__in=places) | Q(check_in__territory__in=places))


def doubt_to_see(actor: Actor, doubt_id: UUID) -> Doubt:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(visible_doubts(actor).filter(pk=doubt_id).first())


def doubt_to_look_at(actor: Actor, doubt_id: UUID) -> Doubt:
    """Locked, for those who plan where it happened. Raises NotFound, Forbidden("role_required")."""
    doubt_to_see(actor, doubt_id)
    if not visible_doubts(actor, *PLANNERS).filter(pk=doubt_id).exists():
        raise Forbidden("role_required", "Ask somebody who has one of these roles.", roles=sorted(PLANNERS))
    return Doubt.objects.select_for_update().get(pk=doubt_id)
