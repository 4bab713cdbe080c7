"""From a requisition's id to one that this person may see, cancel, decide or release."""

from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.people.access import require_role
from accounts.people.models import Role, User
from fieldsvc.errors import Forbidden, must_exist
from parts.locations.access import visible_locations
from parts.requisitions.models import Requisition
from parts.worth import is_within
from sync.commands import Actor
from sync.rows import locked

DECIDERS = (Role.STOREKEEPER, Role.SUPERVISOR)
"""Those who approve and reject what others ask for; only the latter what is worth more than `REQUISITION_LIMIT`."""


def visible_requisitions(user: User) -> QuerySet[Requisition]:
    """One's own, and those for or from a place that this person sees."""
    places = visible_locations(user)
    return Requisition.objects.filter(Q(requested_by=user) | Q(location__in=places) | Q(depot__in=places))


def requisition_to_see(actor: Actor, requisition_id: UUID) -> Requisition:
    """Raises NotFound unless this person may see it."""
    visible = Requisition.objects.all() if actor.user is None else visible_requisitions(actor.user)
    return must_exist(visible.filter(pk=requisition_id).select_related("location").first())


def own_requisition_to_change(actor: Actor, requisition_id: UUID) -> Requisition:
    """Locked, for whoever asked. Raises NotFound, or Forbidden("not_your_requisition") for those who only see it."""
    requisition = requisition_to_see(actor, requisition_id)
    if actor.user is not None and requisition.requested_by_id != actor.subject.pk:
        raise Forbidden("not_your_requisition", "Whoever asked for it may withdraw it.")
    return _locked(requisition_id)


def requisition_to_decide(actor: Actor, requisition_id: UUID) -> Requisition:
    """Locked, for storekeepers and supervisors of the territory, if somebody else asked.

    Raises NotFound, Forbidden("role_required"), Forbidden("own_requisition").
    """
    requisition = requisition_to_see(actor, requisition_id)
    require_role(actor, *DECIDERS, territory_id=requisition.location.territory_id)
    if actor.user is not None and requisition.requested_by_id == actor.user.pk:
        raise Forbidden("own_requisition", "Nobody decides about what they asked for themselves. Ask a colleague.")
    return _locked(requisition_id)


def require_high_enough(actor: Actor, requisition: Requisition, value: Decimal | None) -> None:
    """Raises Forbidden("above_limit") unless the actor approves of so much; what nobody can value is too much."""
    if actor.user is None or is_within(value, settings.REQUISITION_LIMIT):
        return
    _, *higher = DECIDERS
    try:
        require_role(actor, *higher, territory_id=requisition.location.territory_id)
    except Forbidden:
        raise Forbidden(
            "above_limit",
            "This is worth more than you approve. Ask a supervisor, or approve less of it.",
            value=None if value is None else str(value),
            limit=str(settings.REQUISITION_LIMIT),
            roles=higher,
        ) from None


def requisition_to_release(actor: Actor, requisition_id: UUID) -> Requisition:
    """Locked, for storekeepers of the territory. Raises NotFound, or Forbidden("role_required")."""
    requisition = requisition_to_see(actor, requisition_id)
    require_role(actor, Role.STOREKEEPER, territory_id=requisition.location.territory_id)
    return _locked(requisition_id)


def _locked(requisition_id: UUID) -> Requisition:
    shown = Requisition.objects.select_related("location", "depot", "requested_by")
    return locked(shown.filter(pk=requisition_id)).get()
