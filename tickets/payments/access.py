"""From an id to a payment, a hand-in or a link that this person may see or change."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Invalid, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.bills.access import ticket_to_charge
from tickets.complaints.access import ticket_to_change, visible_tickets
from tickets.complaints.models import Ticket
from tickets.payments.models import CashHandIn, Payment, PaymentLink

CASHIERS = (Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR, Role.STOREKEEPER)
"""Those to whom technicians hand in cash."""


def visible_payments(user: User) -> QuerySet[Payment]:
    """The desk's by territory of the ticket, cashiers' cash by its own; what a technician took; residents' own."""
    desks, cashiers = territories(user, *WATCHERS), territories(user, *CASHIERS)
    if desks is None:
        return Payment.objects.all()
    cash = Q(method=Payment.Method.CASH)
    seen = Q(ticket__territory__in=desks) | Q(taken_by=user)
    seen |= cash if cashiers is None else cash & Q(territory__in=cashiers)
    return Payment.objects.filter(seen | Q(ticket__resident=user) if user.has_role(Role.RESIDENT) else seen)


def visible_hand_ins(user: User) -> QuerySet[CashHandIn]:
    """Of the cashiers' and the desk's territories, and one's own."""
    places = territories(user, *CASHIERS, *WATCHERS)
    if places is None:
        return CashHandIn.objects.all()
    return CashHandIn.objects.filter(Q(territory__in=places) | Q(technician=user))


def visible_links(user: User) -> QuerySet[PaymentLink]:
    """Those of tickets that this person sees; technicians have nothing to do with them."""
    places = territories(user, *WATCHERS)
    if places is None:
        return PaymentLink.objects.all()
    seen = Q(ticket__territory__in=places)
    if user.has_role(Role.RESIDENT):
        seen |= Q(Exists(visible_tickets(user).filter(pk=OuterRef("ticket"), resident=user)))
    return PaymentLink.objects.filter(seen)


def ticket_to_pay_for(actor: Actor, ticket_id: UUID) -> Ticket:
    """Locked, for the desk and its technicians, also former ones. Raises NotFound, Forbidden("role_required")."""
    return ticket_to_change(actor, ticket_id, *DESK, Role.TECHNICIAN)


def ticket_to_link(actor: Actor, ticket_id: UUID) -> Ticket:
    """Locked, for the desk and the resident whose it is. Raises NotFound, Forbidden("role_required")."""
    own = actor.user is not None and Ticket.objects.filter(pk=ticket_id, resident=actor.user).exists()
    if not own:
        return ticket_to_charge(actor, ticket_id, *DESK)
    return locked(Ticket.objects.select_related("territory", "resident").filter(pk=ticket_id)).get()


def payment_to_reverse(actor: Actor, payment_id: UUID) -> Payment:
    """Its ticket is locked. For supervisors. Raises NotFound, Forbidden("role_required")."""
    seen = must_exist(visible_payments(actor.user).filter(pk=payment_id).first())
    require_role(actor, Role.SUPERVISOR, territory_id=seen.ticket.territory_id)
    ticket = ticket_to_charge(actor, seen.ticket_id, Role.SUPERVISOR)
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    payment.ticket = ticket
    return payment


def cash_to_hand_in(actor: Actor, technician_id: UUID, payment_ids: Collection[UUID]) -> list[Payment]:
    """Cash that the technician holds, locked, of territories where whoever acts may receive it.

    Raises Invalid("payment_unknown"), Forbidden("role_required").
    """
    held = Payment.objects.filter(pk__in=payment_ids, taken_by=technician_id, method=Payment.Method.CASH, hand_in=None)
    visible = visible_payments(actor.user).filter(pk__in=payment_ids).values("pk")
    payments = list(locked(held.filter(pk__in=visible).order_by("pk")))
    for index, payment_id in enumerate(payment_ids):
        if payment_id not in {payment.pk for payment in payments}:
            detail = "Choose cash that this technician has taken and not handed in yet."
            raise Invalid("payment_unknown", detail, field=f"payments[{index}]")
    for payment in payments:
        require_role(actor, *CASHIERS, territory_id=payment.territory_id)
    return payments
