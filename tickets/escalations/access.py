"""From an id to an escalation that this person may see or decide."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import WATCHERS, Role, User
from accounts.people.access import in_territories, require_role
from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.models import Ticket
from tickets.escalations.models import Escalation


def visible_escalations(user: User) -> QuerySet[Escalation]:
    """Those of the desk's territories."""
    return in_territories(Escalation.objects.all(), user, *WATCHERS, field="ticket__territory_id")


def escalation_to_decide(actor: Actor, escalation_id: UUID) -> Escalation:
    """Locked, its ticket before it, for supervisors. Raises NotFound, Forbidden("role_required")."""
    seen = must_exist(visible_escalations(actor.user).filter(pk=escalation_id).first())
    ticket = locked(Ticket.objects.select_related("responsible").filter(pk=seen.ticket_id)).get()
    require_role(actor, Role.SUPERVISOR, territory_id=ticket.territory_id)
    escalation = locked(Escalation.objects.select_related("taken_up_by").filter(pk=escalation_id)).get()
    escalation.ticket = ticket
    return escalation
