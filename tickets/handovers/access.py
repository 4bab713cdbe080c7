"""Hand-overs are the desk's, by territory; administrators of a territory read them, too."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK, WATCHERS, Role, Territory
from accounts.people.access import in_territories, require_role, territories
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.handovers.models import HandOver
from tickets.sites.access import active_territory

LEADERS = (Role.DISPATCHER, Role.SUPERVISOR)
"""Those who may call off what somebody else has left behind."""


def visible_hand_overs(actor: Actor) -> QuerySet[HandOver]:
    """Those of the actor's territories. Raises Forbidden("role_required")."""
    require_role(actor, *WATCHERS)
    return in_territories(HandOver.objects.all(), actor.user, *WATCHERS)


def hand_over_to_see(actor: Actor, hand_over_id: UUID) -> HandOver:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(visible_hand_overs(actor).filter(pk=hand_over_id).first())


def desk_to_hand_over(actor: Actor, territory_id: UUID) -> Territory:
    """Where the actor works at the desk. Raises Forbidden("role_required"), Invalid("territory_unknown")."""
    require_role(actor, *DESK)
    territory = active_territory(territory_id)
    require_role(actor, *DESK, territory_id=territory.pk)
    return territory


def hand_over_to_answer(actor: Actor, hand_over_id: UUID) -> HandOver:
    """Locked, before all that is in it, for whoever was asked.

    Raises NotFound, Forbidden("role_required" | "not_your_hand_over").
    """
    hand_over = _locked(actor, hand_over_id)
    if hand_over.taken_by != actor.user:
        raise Forbidden("not_your_hand_over", "Only whoever was asked answers.")
    return hand_over


def hand_over_to_withdraw(actor: Actor, hand_over_id: UUID) -> HandOver:
    """Locked, for whoever gave it, and for dispatchers and supervisors.

    Raises NotFound, Forbidden("role_required" | "not_your_hand_over").
    """
    hand_over = _locked(actor, hand_over_id)
    leads = territories(actor.user, *LEADERS)
    if hand_over.given_by != actor.user and leads is not None and hand_over.territory_id not in leads:
        raise Forbidden("not_your_hand_over", "Ask whoever gave it, or a dispatcher.")
    return hand_over


def _locked(actor: Actor, hand_over_id: UUID) -> HandOver:
    seen = hand_over_to_see(actor, hand_over_id)
    require_role(actor, *DESK, territory_id=seen.territory_id)
    return locked(HandOver.objects.select_related("territory", "given_by", "taken_by").filter(pk=hand_over_id)).get()
