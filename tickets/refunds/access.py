"""From an id to a refund or a repayment that this person may see, decide, pay out or settle."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Forbidden, Invalid, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.bills.access import ticket_to_charge
from tickets.complaints.models import Ticket
from tickets.refunds.models import Refund, Repayment


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


def visible_repayments(user: User) -> QuerySet[Repayment]:
    """Those of the refunds that this person sees."""
    places = territories(user, *WATCHERS)
    if places is None:
        return Repayment.objects.all()
    return Repayment.objects.filter(refund__ticket__territory__in=places)


def repayment_to_settle(actor: Actor, repayment_id: UUID) -> Repayment:
    """Locked, its ticket and refund before it, for the desk. Raises NotFound, Forbidden("role_required")."""
    seen = must_exist(visible_repayments(actor.user).filter(pk=repayment_id).first())
    refund = refund_to_pay(actor, seen.refund_id)
    return _of(refund, repayment_id)


def repayment_at_provider(repayment_id: UUID) -> Repayment:
    """Locked, its ticket and refund before it, for the service itself."""
    ticket_id = Refund.objects.filter(repayments=repayment_id).values_list("ticket", flat=True).get()
    ticket = locked(Ticket.objects.select_related("territory", "resident").filter(pk=ticket_id)).get()
    refund = Refund.objects.select_for_update(of=("self",)).get(repayments=repayment_id)
    refund.ticket = ticket
    return _of(refund, repayment_id)


def repayment_told_of(reference: UUID) -> Repayment:
    """The same, for the provider. Raises Invalid("repayment_unknown")."""
    if not Repayment.objects.filter(pk=reference, payment__isnull=False).exists():
        raise Invalid("repayment_unknown", "We have asked for no such refund.", field="reference")
    return repayment_at_provider(reference)


def _of(refund: Refund, repayment_id: UUID) -> Repayment:
    repayment = Repayment.objects.select_for_update(of=("self",)).get(pk=repayment_id)
    repayment.refund = refund
    return repayment


def _locked(actor: Actor, refund_id: UUID, *roles: str) -> Refund:
    seen = must_exist(visible_refunds(actor.user).select_related("ticket").filter(pk=refund_id).first())
    require_role(actor, *roles, territory_id=seen.ticket.territory_id)
    ticket = ticket_to_charge(actor, seen.ticket_id, *roles)
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=refund_id)
    refund.ticket = ticket
    return refund
