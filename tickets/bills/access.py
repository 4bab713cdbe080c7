"""From an id to a bill that this person may see or change."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.bills.models import Bill
from tickets.complaints.access import tickets_at_work, visible_tickets
from tickets.complaints.models import Ticket


def visible_bills(user: User) -> QuerySet[Bill]:
    """Those of tickets that are this person's work, and those that a resident was sent: nobody else's."""
    if territories(user, *WATCHERS) is None:
        return Bill.objects.all()
    seen = Q(Exists(tickets_at_work(user).filter(pk=OuterRef("ticket"))))
    return Bill.objects.filter(seen | Q(resident=user) if user.has_role(Role.RESIDENT) else seen)


def ticket_to_see(actor: Actor, ticket_id: UUID) -> Ticket:
    """Whose charges this person may see. Raises NotFound."""
    return must_exist(visible_tickets(actor.user).filter(pk=ticket_id).first())


def ticket_to_charge(actor: Actor, ticket_id: UUID, *roles: str) -> Ticket:
    """Locked, for people with one of these roles in its territory. Raises NotFound, Forbidden("role_required")."""
    tickets = Ticket.objects.all() if actor.user is None else visible_tickets(actor.user)
    seen = must_exist(tickets.filter(pk=ticket_id).first())
    require_role(actor, *roles, territory_id=seen.territory_id)
    return locked(Ticket.objects.select_related("territory", "resident").filter(pk=ticket_id)).get()


def bill_to_correct(actor: Actor, bill_id: UUID, *roles: str) -> Bill:
    """Its ticket is locked, so nothing about it changes. Raises NotFound, Forbidden("role_required")."""
    bills = Bill.objects.all() if actor.user is None else visible_bills(actor.user)
    seen = must_exist(bills.filter(pk=bill_id, kind=Bill.Kind.BILL).first())
    ticket = ticket_to_charge(actor, seen.ticket_id, *roles)
    bill = Bill.objects.select_related("territory").get(pk=bill_id)
    bill.ticket = ticket
    return bill
