"""From an id to a term of warranty that this person may see or change, and to what is under warranty for a ticket."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import DESK, Role, User
from accounts.people.access import require_administrator, require_role
from fieldsvc.errors import NotFound
from sync.commands import Actor
from tickets.complaints.access import ticket_to_see
from tickets.complaints.models import Ticket
from tickets.warranties.models import WarrantyTerm


def visible_terms(user: User) -> QuerySet[WarrantyTerm]:
    """All of them for everybody who works here. Customers are shown quotes."""
    return WarrantyTerm.objects.all() if user.works_here else WarrantyTerm.objects.none()


def ticket_to_cover(actor: Actor, ticket_id: UUID) -> Ticket:
    """For the desk and technicians: what was repaired there may have been a stranger's.

    Raises NotFound, Forbidden("role_required").
    """
    ticket = ticket_to_see(actor, ticket_id)
    require_role(actor, *DESK, Role.ADMINISTRATOR, Role.TECHNICIAN)
    return ticket


def term_to_change(actor: Actor, term_id: UUID) -> WarrantyTerm:
    """Locked, for administrators of everything. Raises NotFound, or Forbidden("role_required") for other staff."""
    terms = WarrantyTerm.objects.all() if actor.user is None else visible_terms(actor.user)
    if not terms.filter(pk=term_id).exists():
        raise NotFound()
    require_administrator(actor)
    return WarrantyTerm.objects.select_for_update(of=("self",)).get(pk=term_id)
