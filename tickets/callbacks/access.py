"""Callbacks are the desk's, by territory."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import holds, in_territories, require_administrator, require_role, territories
from fieldsvc.errors import Forbidden, Invalid, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.callbacks.models import Callback, CallbackQuota
from tickets.complaints.models import Ticket

LEADERS = (Role.DISPATCHER, Role.SUPERVISOR)
"""Those who see to it that what somebody else promised is kept."""


def visible_callbacks(actor: Actor) -> QuerySet[Callback]:
    """Those of the actor's territories. Raises Forbidden("role_required") for those who answer no callers."""
    require_role(actor, *WATCHERS)
    callbacks = Callback.objects.all()
    return callbacks if actor.user is None else in_territories(callbacks, actor.user, *WATCHERS)


def callback_to_see(actor: Actor, callback_id: UUID) -> Callback:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(visible_callbacks(actor).filter(pk=callback_id).first())


def callback_to_change(actor: Actor, callback_id: UUID) -> Callback:
    """Locked, after its ticket, for the desk of its territory. Raises NotFound, Forbidden("role_required")."""
    seen = callback_to_see(actor, callback_id)
    require_role(actor, *DESK, territory_id=seen.territory_id)
    ticket = None
    if seen.ticket_id is not None:
        ticket = locked(Ticket.objects.select_related("service_type", "resident").filter(pk=seen.ticket_id)).get()
    shown = Callback.objects.select_related("responsible", "asked", "resident", "territory")
    callback = locked(shown.filter(pk=callback_id)).get()
    callback.ticket = ticket
    return callback


def leads(actor: Actor, callback: Callback) -> bool:
    """Whether the actor is a dispatcher or supervisor of its territory."""
    if actor.user is None:
        return True
    places = territories(actor.user, *LEADERS)
    return places is None or callback.territory_id in places


def must_answer_for(actor: Actor, callback: Callback) -> None:
    """For whoever is responsible, and for dispatchers and supervisors. Raises Forbidden("not_your_callback")."""
    if not leads(actor, callback) and callback.responsible != actor.user:
        raise Forbidden("not_your_callback", "Ask whoever is responsible for it, or a dispatcher.")


def colleague_to_ask(territory_id: UUID, person_id: UUID, *, besides: User | None) -> User:
    """Somebody of this desk, besides whoever has it, who could take it over. Raises Invalid("not_of_the_desk")."""
    desk = User.objects.filter(holds(DESK, [territory_id]), is_active=True)
    person = desk.filter(pk=person_id).first()
    if person is None or person == besides:
        raise Invalid("not_of_the_desk", "Choose somebody else of this desk.", field="person_id")
    return person


def quotas(actor: Actor) -> QuerySet[CallbackQuota]:
    """Those of the actor's territories. Raises Forbidden("role_required")."""
    require_role(actor, *WATCHERS)
    rows = CallbackQuota.objects.all()
    return rows if actor.user is None else in_territories(rows, actor.user, *WATCHERS)


def quota_to_change(actor: Actor, quota_id: UUID) -> CallbackQuota:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    quota = must_exist(quotas(actor).select_for_update(of=("self",)).filter(pk=quota_id).first())
    require_administrator(actor)
    return quota
