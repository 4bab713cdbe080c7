"""From a refund's id to one that this person may see, decide or pay out."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from tickets.bills.access import ticket_to_charge
from tickets.refunds.models import Refund


def visible_refunds(user: User) -> QuerySet[Refund]:
    """The desk's by territory. Residents read of what was paid back among the charges of their tickets."""
    places = territories(user, *WATCHERS)
    return Refund.objects.all() if places is None else Refund.objects.filter(ticket__territory__in=places)


def refund_to_decide(actor: Actor, refund_id: UUID) -> Refund:
    """Locked with its ticket, for supervisors who did not ask for it.

    Raises NotFound, Forbidden("role_required"), Forbidden("own_refund").
    """
    refund = _locked(actor, refund_id, Role.SUPERVISOR)
    if refund.requested_by_id == actor.user.pk:
        raise Forbidden("own_refund", "Nobody decides about what they asked for. Ask another supervisor.")
    return refund


def refund_to_pay(actor: Actor, refund_id: UUID) -> Refund:
    """Locked with its ticket, for the desk. Raises NotFound, Forbidden("role_required")."""
    return _locked(actor, refund_id, *DESK)


def _locked(actor: Actor, refund_id: UUID, *roles: str) -> Refund:
    seen = must_exist(visible_refunds(actor.user).select_related("ticket").filter(pk=refund_id).first())
    require_role(actor, *roles, territory_id=seen.ticket.territory_id)
    ticket = ticket_to_charge(actor, seen.ticket_id, *roles)
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=refund_id)
    refund.ticket = ticket
    return refund
