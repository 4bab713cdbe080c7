"""Who reads reports, and of which territories. Of others nothing is counted, in totals neither."""

from django.db.models import QuerySet

from accounts.models import Role, User
from accounts.people.access import in_territories, require_role
from sync.commands import Actor
from tickets.complaints.models import Ticket
from tickets.reports.models import ReportCell, TicketFacts

READERS = (Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)


def reader_of(actor: Actor) -> User:
    """Raises Forbidden("role_required") for those who have to do the work, not to count it."""
    require_role(actor, *READERS)
    user: User = actor.user
    return user


def cells(user: User) -> QuerySet[ReportCell]:
    """Those of the reader's territories; facts and tickets likewise."""
    return in_territories(ReportCell.objects.all(), user, *READERS)


def facts(user: User) -> QuerySet[TicketFacts]:
    """See `cells`."""
    return in_territories(TicketFacts.objects.all(), user, *READERS)


def open_tickets(user: User) -> QuerySet[Ticket]:
    """See `cells`."""
    return in_territories(Ticket.objects.filter(status__in=Ticket.OPEN), user, *READERS)
