"""The call log is the desk's, by territory."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK, WATCHERS, Role
from accounts.people.access import in_territories, require_role, territories
from fieldsvc.errors import Forbidden, Invalid, NotFound, must_exist
from sync.commands import Actor
from tickets.calls.models import Call
from tickets.complaints.access import ticket_to_change
from tickets.complaints.models import Ticket


def visible_calls(actor: Actor) -> QuerySet[Call]:
    """Those of the actor's territories. Raises Forbidden("role_required") for those who answer no callers."""
    require_role(actor, *WATCHERS)
    calls = Call.objects.all()
    return calls if actor.user is None else in_territories(calls, actor.user, *WATCHERS)


def call_to_see(actor: Actor, call_id: UUID) -> Call:
    """Raises NotFound, Forbidden("role_required")."""
    return must_exist(visible_calls(actor).filter(pk=call_id).first())


def call_to_change(actor: Actor, call_id: UUID) -> Call:
    """Locked, for whoever made the call and for supervisors of its territory.

    Raises NotFound, Forbidden("role_required").
    """
    call = must_exist(visible_calls(actor).select_for_update(of=("self",)).filter(pk=call_id).first())
    if actor.user is not None and call.agent_id != actor.user.pk:
        places = territories(actor.user, Role.SUPERVISOR)
        if places is not None and call.territory_id not in places:
            raise Forbidden("role_required", "Whoever made the call corrects it.", roles=[Role.SUPERVISOR])
    return call


def ticket_to_talk_about(actor: Actor, ticket_id: UUID) -> Ticket:
    """Locked. Raises Invalid("ticket_unknown") for one that is not of this desk, Forbidden("role_required")."""
    require_role(actor, *DESK)
    try:
        return ticket_to_change(actor, ticket_id, *DESK)
    except NotFound:
        raise Invalid("ticket_unknown", "Choose a ticket of your desk.", field="ticket_id") from None
