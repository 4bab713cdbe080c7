"""From an id to a quote, or to a gap, that this person may see or change."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import territories
from fieldsvc.errors import must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.access import followed_by, ticket_of_resident, ticket_to_change, visible_tickets
from tickets.complaints.models import Ticket
from tickets.quotes.models import ConsentGap, Quote


def visible_quotes(user: User) -> QuerySet[Quote]:
    """Those of tickets that this person sees."""
    if territories(user, *WATCHERS) is None:
        return Quote.objects.all()
    seen = visible_tickets(user).filter(pk=OuterRef("ticket"))
    return Quote.objects.filter(Exists(seen))


def ticket_to_quote_for(actor: Actor, ticket_id: UUID) -> Ticket:
    """Locked, for the desk and for technicians who follow it. Raises NotFound, Forbidden("role_required")."""
    return ticket_to_change(actor, ticket_id, *DESK, Role.TECHNICIAN)


def quote_to_answer(actor: Actor, quote_id: UUID) -> tuple[Quote, str]:
    """Locked, its ticket before it; and how whoever acts can know what the customer said.

    A technician on the ticket has a signature, the customer speaks in the app, the desk has them on the line. Raises
    NotFound, Forbidden("not_your_ticket" | "role_required").
    """
    seen = _to_see(actor, quote_id)
    if actor.user is not None and actor.on_behalf_of is None and _is_on(actor, seen.ticket_id):
        return _locked(seen, ticket_to_change(actor, seen.ticket_id, Role.TECHNICIAN)), Quote.How.SIGNATURE
    ticket = ticket_of_resident(actor, seen.ticket_id)
    own = actor.user is not None and actor.user.pk == ticket.resident_id
    return _locked(seen, ticket), Quote.How.APP if own else Quote.How.PHONE


def quote_to_withdraw(actor: Actor, quote_id: UUID) -> Quote:
    """Locked, its ticket before it, for those who may make quotes. Raises NotFound, Forbidden("role_required")."""
    seen = _to_see(actor, quote_id)
    return _locked(seen, ticket_to_quote_for(actor, seen.ticket_id))


def visible_gaps(user: User) -> QuerySet[ConsentGap]:
    """The desk's by territory, and those of a technician's own visits."""
    desks = territories(user, *WATCHERS)
    if desks is None:
        return ConsentGap.objects.all()
    seen = Q(ticket__territory__in=desks)
    if user.has_role(Role.TECHNICIAN):
        seen |= Q(visit__technician=user)
    return ConsentGap.objects.filter(seen)


def gap_to_settle(actor: Actor, gap_id: UUID) -> ConsentGap:
    """Locked, its ticket before it. Raises NotFound."""
    gaps = ConsentGap.objects.all() if actor.user is None else visible_gaps(actor.user)
    seen = must_exist(gaps.filter(pk=gap_id).first())
    ticket = Ticket.objects.select_for_update().get(pk=seen.ticket_id)
    gap = locked(ConsentGap.objects.select_related("visit").filter(pk=gap_id)).get()
    gap.ticket = ticket
    return gap


def _to_see(actor: Actor, quote_id: UUID) -> Quote:
    """What a technician's phone told of a quote is taken even if the visit has been given away since."""
    quotes = Quote.objects.all()
    if actor.user is not None:
        seen = Q(pk__in=visible_quotes(actor.user).filter(pk=quote_id).values("pk"))
        if actor.offline:
            followed = Ticket.objects.filter(followed_by(actor.user, ever=True)).values("pk")
            seen |= Q(pk=quote_id, ticket__in=followed)
        quotes = quotes.filter(seen)
    return must_exist(quotes.filter(pk=quote_id).first())


def _is_on(actor: Actor, ticket_id: UUID) -> bool:
    return Ticket.objects.filter(followed_by(actor.user, ever=actor.offline), pk=ticket_id).exists()


def _locked(seen: Quote, ticket: Ticket) -> Quote:
    quote = Quote.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    quote.ticket = ticket
    return quote
