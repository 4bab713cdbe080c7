"""From a visit's id to a visit that this person may see or change."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import WATCHERS, Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Forbidden, must_exist
from sync import work
from sync.commands import Actor
from sync.rows import locked
from tickets.complaints.access import followed_by, lock_tickets, visible_tickets
from tickets.complaints.models import Ticket
from tickets.visits.models import CheckIn, PartUse, Visit

DISPATCHERS = (Role.DISPATCHER, Role.SUPERVISOR)
"""Those who send somebody, or call them back."""


def visible_visits(user: User) -> QuerySet[Visit]:
    """The desk's by territory, a technician's own and those that they go along to, and the lead's for a resident's own
    complaints."""
    return Visit.objects.filter(_visits_of_staff(user) | Q(ticket__resident=user, companion_of=None))


def visit_to_prepare(user: User, visit_id: UUID) -> Visit:
    """A visit of which this person is one of ours: of the desk's territories, or their own. Raises NotFound."""
    return must_exist(Visit.objects.filter(_visits_of_staff(user), pk=visit_id).select_related("ticket").first())


def visible_check_ins(user: User) -> QuerySet[CheckIn]:
    """The desk's and the technician's own. Where our people were is nobody else's business."""
    at_visits = _seen_by_staff(user, technician="technician", territory="visit__ticket__territory")
    return CheckIn.objects.filter(at_visits | _seen_by_staff(user, technician="technician", territory="territory"))


def visible_part_uses(user: User) -> QuerySet[PartUse]:
    """The desk's and the technician's own."""
    return PartUse.objects.filter(
        _seen_by_staff(user, technician="visit__technician", territory="visit__ticket__territory")
    )


def _visits_of_staff(user: User) -> Q:
    seen = _seen_by_staff(user, technician="technician", territory="ticket__territory")
    if not user.has_role(Role.TECHNICIAN):
        return seen
    along = Visit.objects.filter(companion_of=OuterRef("pk"), technician=user).exclude(status=Visit.Status.CANCELLED)
    return seen | Q(Exists(along))


def _seen_by_staff(user: User, *, technician: str, territory: str) -> Q:
    """Condition on rows: this technician's own, or of a territory where this person is at the desk."""
    desks = territories(user, *WATCHERS)
    if desks is None:
        return Q(pk__isnull=False)
    seen = Q(**{f"{territory}__in": desks})
    return seen | Q(**{technician: user}) if user.has_role(Role.TECHNICIAN) else seen


def own_visit_to_change(actor: Actor, visit_id: UUID) -> Visit:
    """The technician's own visit with its ticket, both locked; also one that was cancelled or given away meanwhile.

    Raises NotFound for what they cannot see, Forbidden("not_your_visit") for what they see but others do.
    """
    read_own_visits(actor, [visit_id])
    visit = work.held(Visit, visit_id)
    if visit is None or visit.technician_id != actor.user.pk:
        _visit_to_see(actor, visit_id)
        raise Forbidden("not_your_visit", "Only the technician of the visit can do this.")
    return visit


def read_own_visits(actor: Actor, visit_ids: Collection[UUID], *, tickets_besides: Collection[UUID] = ()) -> None:
    """Lock and hold, all at once, those of these visits that are this technician's, with their tickets.

    With them `tickets_besides` about which this person may tell something: one statement, as tickets have one order.
    """
    unread = {visit_id for visit_id in visit_ids if work.held(Visit, visit_id) is None}
    besides = {ticket_id for ticket_id in tickets_besides if work.held(Ticket, ticket_id) is None}
    if not unread and not besides:
        return
    # What they did without signal is theirs, whatever has become of their role since.
    visits = Visit.objects.all() if actor.offline else visible_visits(actor.user)
    own = visits.filter(pk__in=unread, technician=actor.user)
    seen = visible_tickets(actor.user).filter(pk__in=besides).values("pk")
    once_followed = Ticket.objects.filter(followed_by(actor.user, ever=True), pk__in=besides).values("pk")
    wanted = own.values("ticket").union(seen, once_followed) if besides else own.values("ticket")
    tickets = {ticket.pk: ticket for ticket in lock_tickets(Ticket.objects.filter(pk__in=wanted))}
    # No visit changes its ticket or its technician: with the ticket locked, these are the same ones.
    for visit in own.select_for_update(of=("self",)).order_by("pk"):
        visit.ticket, visit.technician = tickets[visit.ticket_id], actor.user
        work.hold([visit])


def visit_to_dispatch(actor: Actor, visit_id: UUID) -> Visit:
    """A visit of a territory where this person dispatches, with its ticket, both locked.

    Raises NotFound for what they cannot see, Forbidden("role_required") for what they see but may not plan.
    """
    visit = _visit_to_see(actor, visit_id)
    require_role(actor, *DISPATCHERS, territory_id=visit.ticket.territory_id)
    return _locked(visit)


def visit_to_hand_over(actor: Actor, visit_id: UUID) -> Visit:
    """A visit about whose lead this person may decide: their own, or of a territory where they dispatch. Locked, with
    its ticket. Raises as `own_visit_to_change` and `visit_to_dispatch`."""
    return own_visit_to_change(actor, visit_id) if actor.offline else visit_to_resolve(actor, visit_id)


def visit_to_resolve(actor: Actor, visit_id: UUID) -> Visit:
    """A visit of which this person may put right what was recorded: its technician, or whoever may dispatch it.

    Locked, with its ticket. Raises NotFound, or Forbidden("role_required").
    """
    visit = _visit_to_see(actor, visit_id)
    if visit.technician_id != actor.user.pk:
        require_role(actor, *DISPATCHERS, territory_id=visit.ticket.territory_id)
    return _locked(visit)


def _visit_to_see(actor: Actor, visit_id: UUID) -> Visit:
    visible = visible_visits(actor.user)
    if actor.offline:  # what they did is theirs, whatever has become of their role since
        visible = Visit.objects.filter(Q(pk__in=visible.filter(pk=visit_id).values("pk")) | Q(technician=actor.user))
    return must_exist(visible.select_related("ticket").filter(pk=visit_id).first())


def _locked(seen: Visit) -> Visit:
    """The visit as it is now that nobody else can change it. The ticket is locked first, as everywhere."""
    ticket = locked(Ticket.objects.select_related("service_type", "site", "resident").filter(pk=seen.ticket_id)).get()
    visit = locked(Visit.objects.select_related("technician").filter(pk=seen.pk)).get()
    visit.ticket = ticket
    return visit
