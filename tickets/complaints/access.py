"""From a ticket's id to a ticket that this person may see or change."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import DESK, WATCHERS, Role, User
from accounts.people.access import require_role, territories
from accounts.people.contacts import reads_contacts
from fieldsvc.errors import Forbidden, Invalid, must_exist
from sync import work
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit


def visible_tickets(user: User) -> QuerySet[Ticket]:
    """Those that are this person's work, and a resident's own."""
    seen = _at_work(user)
    if seen and user.has_role(Role.RESIDENT):
        seen |= Q(resident=user)
    return Ticket.objects.filter(seen)


def tickets_at_work(user: User) -> QuerySet[Ticket]:
    """Those that are this person's work: the desk's by territory; a technician's, see `followed_by`."""
    return Ticket.objects.filter(_at_work(user))


def _at_work(user: User) -> Q:
    """Condition on tickets; an empty one for those who see everything."""
    places = territories(user, *WATCHERS)
    if places is None:
        return Q()
    # Each condition only for those whom it can concern, so that a desk's list is one walk along an index.
    seen = Q(territory__in=places)
    return seen | followed_by(user) if user.has_role(Role.TECHNICIAN) else seen


def followed_by(user: User, *, ever: bool = False) -> Q:
    """Condition on tickets: this technician has a visit there, or found it on patrol.

    `ever` includes visits that were cancelled or given away: what a phone recorded there is taken all the same.
    """
    visits = Visit.objects.filter(ticket=OuterRef("pk"), technician=user)
    visited = Exists(visits if ever else visits.exclude(status=Visit.Status.CANCELLED))
    return Q(visited) | Q(source=Ticket.Source.PATROL, opened_by=user)


def audience(user: User, ticket: Ticket) -> str:
    """As whom this person sees a ticket that they may see: `desk`, `resident` or `technician`. Needs no query."""
    places = territories(user, *WATCHERS)
    if places is None or ticket.territory_id in places:
        return "desk"
    return "resident" if ticket.resident_id == user.pk else "technician"


def shows_contacts(user: User, ticket: Ticket) -> bool:
    """Whether this person needs to know how to reach the customer, also by the numbers in what was said of the ticket.

    See `accounts.people.contacts`. Needs no query.
    """
    match audience(user, ticket):
        case "desk":
            return reads_contacts(user)
        case "technician":
            return may_still_call(ticket)
    return True


def may_still_call(ticket: Ticket) -> bool:
    """Whether whoever comes for it may have to reach the customer: until it is closed or cancelled."""
    return ticket.status not in Ticket.ENDED


def ticket_to_see(actor: Actor, ticket_id: UUID) -> Ticket:
    """Raises NotFound unless the actor may see this ticket."""
    visible = Ticket.objects.all() if actor.user is None else visible_tickets(actor.user)
    return must_exist(visible.filter(pk=ticket_id).first())


def ticket_to_read_notes_of(actor: Actor, ticket_id: UUID) -> Ticket:
    """For our own people. Raises NotFound, or Forbidden("role_required") for the resident."""
    ticket = ticket_to_see(actor, ticket_id)
    if actor.user is not None and audience(actor.user, ticket) == "resident":
        raise Forbidden("role_required", "Notes are for our own people.", roles=sorted({*WATCHERS, Role.TECHNICIAN}))
    return ticket


def ticket_to_read_messages_of(actor: Actor, ticket_id: UUID) -> Ticket:
    """For the desk and the resident. Raises NotFound, or Forbidden("role_required") for a technician."""
    ticket = ticket_to_see(actor, ticket_id)
    if actor.user is not None and audience(actor.user, ticket) == "technician":
        raise Forbidden("role_required", "Messages are between resident and desk.", roles=sorted(WATCHERS))
    return ticket


def ticket_to_change(actor: Actor, ticket_id: UUID, *roles: str) -> Ticket:
    """Locked, for people with one of these roles in its territory; a technician has to follow it instead.

    Raises NotFound, or Forbidden("role_required") for those who may only see it.
    """
    if actor.offline and Role.TECHNICIAN in roles and work.remembers(_was_there(actor, ticket_id)):
        ticket = work.held(Ticket, ticket_id)
        if ticket is not None:
            return ticket
    ticket = _locked(actor, ticket_id)
    if Role.TECHNICIAN not in roles or not _is_on(actor, ticket):
        require_role(actor, *(role for role in roles if role != Role.TECHNICIAN), territory_id=ticket.territory_id)
    return ticket


def read_tickets_of_visits(actor: Actor, ticket_ids: Collection[UUID]) -> None:
    """Lock and hold, all at once, those of these tickets at which this technician has a visit, or once had one.

    They are the ones about which their phone may tell: see `ticket_to_change`.
    """
    own = {visit.ticket_id for visit in work.all_held(Visit) if visit.technician_id == actor.user.pk}
    unread = set()
    for ticket_id in ticket_ids:
        if ticket_id in own and work.held(Ticket, ticket_id):
            work.remember(_was_there(actor, ticket_id), True)
        elif not work.remembers(_was_there(actor, ticket_id)):
            unread.add(ticket_id)
    if unread:
        tickets = Ticket.objects.filter(followed_by(actor.user, ever=True), pk__in=unread)
        for ticket in lock_tickets(tickets):
            work.remember(_was_there(actor, ticket.pk), True)


def lock_tickets(tickets: QuerySet[Ticket]) -> list[Ticket]:
    """These tickets, locked in order and held, with what commands want to know of other tables."""
    shown = locked(tickets.select_related("service_type", "site", "resident").order_by("pk"))
    rows = [work.held(Ticket, row.pk) or row for row in shown]
    work.hold(rows)
    return rows


def _was_there(actor: Actor, ticket_id: UUID) -> tuple[str, UUID, UUID]:
    return "visited", actor.user.pk, ticket_id


def ticket_of_resident(actor: Actor, ticket_id: UUID, *roles: str) -> Ticket:
    """Locked, for the resident whose ticket it is and for an agent on their behalf.

    `roles` may do it in their own name too. For somebody who complained without being registered, the desk answers.
    Raises NotFound, Forbidden("not_your_ticket") or Forbidden("role_required").
    """
    ticket = _locked(actor, ticket_id)
    if actor.user is None or (ticket.resident_id == actor.user.pk and actor.on_behalf_of is None):
        return ticket
    if actor.on_behalf_of is not None and ticket.resident_id != actor.on_behalf_of.pk:
        raise Forbidden("not_your_ticket", "This is not a ticket of the person for whom you act.")
    if actor.on_behalf_of is not None or ticket.resident_id is None:
        require_role(actor, *DESK, territory_id=ticket.territory_id)
    elif roles:
        require_role(actor, *roles, territory_id=ticket.territory_id)
    else:
        raise Forbidden("not_your_ticket", "Only the resident can say that. You may act on their behalf.")
    return ticket


def acting_for(actor: Actor, resident_id: UUID | None) -> Actor:
    """The same actor, on behalf of a resident whom they help; as they are, without one.

    Raises Forbidden("role_required") for those who do not answer callers, Invalid("resident_unknown") for anybody
    who is not a resident.
    """
    if resident_id is None:
        return actor
    require_role(actor, *DESK)
    return replace(actor, on_behalf_of=resident_to_help(resident_id, field="on_behalf_of"))


def resident_to_help(resident_id: UUID, *, field: str) -> User:
    """Raises Invalid("resident_unknown") for anybody who is not a resident."""
    resident = User.objects.filter(pk=resident_id, is_active=True).filter(role_grants__role=Role.RESIDENT).first()
    if resident is None:
        raise Invalid("resident_unknown", "Choose a registered resident.", field=field)
    return resident


def _locked(actor: Actor, ticket_id: UUID) -> Ticket:
    """The ticket, locked. What a technician's phone recorded is taken even if the visit has been given away since."""
    tickets = Ticket.objects.select_related("service_type", "resident")
    if actor.user is not None:
        seen = Q(pk__in=visible_tickets(actor.user).filter(pk=ticket_id).values("pk"))
        if actor.offline:
            seen |= followed_by(actor.user, ever=True)
        tickets = tickets.filter(seen)
    return must_exist(locked(tickets.filter(pk=ticket_id)).first())


def _is_on(actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor follows it; for what happened without signal also if their visit was given away since."""
    if actor.user is None:
        return False
    return Ticket.objects.filter(followed_by(actor.user, ever=actor.offline), pk=ticket.pk).exists()
