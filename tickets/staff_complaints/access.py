"""Who sees a complaint about staff: whoever complains, and whoever handles it. For all others there is none.

It is handled by the supervisors of its territory, except for the one concerned and the one who complains. Where that
leaves nobody, by the administrators of the territory, with the same exceptions.
"""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import DESK, STAFF, Role, RoleGrant, Territory, User
from accounts.people.access import holds, require_role, territories
from accounts.people.selectors import first_with_role
from fieldsvc.errors import Forbidden, Invalid, NotFound
from sync.commands import Actor
from tickets.complaints.access import visible_tickets
from tickets.complaints.models import Ticket
from tickets.staff_complaints.models import StaffComplaint
from tickets.visits.models import Visit

NOBODY = Value(UUID(int=0))


def visible_complaints(actor: Actor) -> QuerySet[StaffComplaint]:
    """One's own, and those that are one's to handle. Nothing else, whatever else one may see."""
    if actor.user is None:
        return StaffComplaint.objects.all()
    return StaffComplaint.objects.filter(Q(resident=actor.user) | _handled_by(actor.user))


def _handled_by(user: User) -> Q:
    """Condition on complaints. `handlers_of` is the same rule from the other side."""
    handled = _in_places(user, Role.SUPERVISOR) | _in_places(user, Role.ADMINISTRATOR) & ~Q(_supervised())
    return handled & ~Q(concerned=user) & ~Q(resident=user)


def _in_places(user: User, role: Role) -> Q:
    places = territories(user, role)
    return Q(territory__isnull=False) if places is None else Q(territory__in=places)


def _supervised() -> Exists:
    """Condition on complaints: there is a supervisor for them."""
    supervisors = RoleGrant.objects.filter(
        Q(territory=None) | Q(territory=OuterRef("territory")), role=Role.SUPERVISOR, user__is_active=True
    )
    for party in ("concerned", "resident"):
        supervisors = supervisors.exclude(user=Coalesce(OuterRef(f"{party}_id"), NOBODY))
    return Exists(supervisors)


def handlers_of(complaint: StaffComplaint) -> list[User]:
    """All whose it is to handle it; more than one as a rule."""
    parties = [pk for pk in (complaint.concerned_id, complaint.resident_id) if pk]
    return first_with_role((Role.SUPERVISOR, Role.ADMINISTRATOR), complaint.territory_id, besides=parties)


def complaint_to_see(actor: Actor, complaint_id: UUID) -> StaffComplaint:
    """Raises NotFound."""
    complaint = visible_complaints(actor).filter(pk=complaint_id).first()
    if complaint is None:
        raise NotFound()
    return complaint


def complaint_to_review(actor: Actor, complaint_id: UUID) -> StaffComplaint:
    """For whoever handles it. Raises NotFound, or Forbidden("role_required") for the resident."""
    complaint = complaint_to_see(actor, complaint_id)
    if actor.user is not None and complaint.resident_id == actor.user.pk:
        raise Forbidden("role_required", "Supervisors see to it.", roles=[Role.SUPERVISOR])
    return complaint


def complaint_to_handle(actor: Actor, complaint_id: UUID) -> StaffComplaint:
    """As `complaint_to_review`, locked."""
    _lock(complaint_id)
    return complaint_to_review(actor, complaint_id)


def complaint_to_withdraw(actor: Actor, complaint_id: UUID) -> StaffComplaint:
    """Locked, for the resident whose it is; for a caller who is not registered, whoever handles it.

    Raises NotFound, Forbidden("not_your_staff_complaint").
    """
    _lock(complaint_id)
    complaint = complaint_to_see(actor, complaint_id)
    if actor.user is not None and complaint.resident_id not in (None, actor.user.pk):
        raise Forbidden("not_your_staff_complaint", "Only whoever complains may withdraw it.")
    return complaint


def _lock(complaint_id: UUID) -> None:
    """Before it is asked who sees it: somebody else may be naming whom it concerns."""
    StaffComplaint.objects.select_for_update(of=("self",)).filter(pk=complaint_id).first()


def ticket_to_complain_at(actor: Actor, ticket_id: UUID, resident: User | None) -> Ticket:
    """One that the actor sees, and that is nobody else's. Raises Invalid("ticket_unknown")."""
    tickets = visible_tickets(actor.user) if actor.user is not None else Ticket.objects.all()
    ticket = tickets.select_related("territory").filter(pk=ticket_id).first()
    if ticket is None or (resident is not None and ticket.resident_id not in (None, resident.pk)):
        raise Invalid("ticket_unknown", "Choose a ticket of whoever complains.", field="ticket_id")
    return ticket


def visit_to_complain_about(actor: Actor, visit_id: UUID, resident: User | None) -> Visit:
    """At a ticket as above. Raises Invalid("visit_unknown")."""
    visit = Visit.objects.select_related("technician").filter(pk=visit_id).first()
    try:
        if visit is not None:
            visit.ticket = ticket_to_complain_at(actor, visit.ticket_id, resident)
            return visit
    except Invalid:
        pass
    raise Invalid("visit_unknown", "Choose a visit to whoever complains.", field="visit_id")


def person_to_complain_about(actor: Actor, person_id: UUID, territory: Territory, resident: User | None) -> User:
    """The desk names anybody who works in the territory, or did; residents who came to them.

    Raises Invalid("person_unknown"), also for whoever complains.
    """
    staff = User.objects.filter(holds(STAFF, [territory.pk]))
    if actor.user is not None and not actor.user.has_role(*DESK, Role.ADMINISTRATOR):
        staff = User.objects.filter(pk__in=Visit.objects.filter(ticket__resident=actor.user).values("technician"))
    person = staff.filter(pk=person_id).first()
    if person is None or person == resident:
        raise Invalid("person_unknown", "Choose somebody who works here, or came to you.", field="person_id")
    return person


def resident_who_complains(actor: Actor, *, by_phone: bool) -> User | None:
    """Who is helped, or a resident themselves; nobody for a caller who is not registered (`by_phone`).

    Raises Forbidden("role_required").
    """
    if actor.on_behalf_of is None and actor.user is not None and actor.user.has_role(Role.RESIDENT) and not by_phone:
        resident: User = actor.user
        return resident
    require_role(actor, *DESK)
    helped: User | None = actor.on_behalf_of
    return helped
