"""Shifts are planned and absences decided by territory. Technicians see their own, as soon as they are told of them."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Role, Territory, User
from accounts.people.access import require_role, territories
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Forbidden, Invalid, must_exist
from sync.commands import Actor
from sync.rows import locked
from tickets.shifts.models import Absence, Shift
from tickets.sites.access import active_territory

PLANNERS = (Role.DISPATCHER, Role.SUPERVISOR)
"""Those who say who works when."""
READERS = (*PLANNERS, Role.ADMINISTRATOR)


def visible_shifts(user: User) -> QuerySet[Shift]:
    """Those of the territories where this person plans; their own, once they were published."""
    planned = territories(user, *READERS)
    if planned is None:
        return Shift.objects.all()
    return Shift.objects.filter(Q(territory__in=planned) | Q(technician=user, published_at__isnull=False))


def visible_absences(user: User) -> QuerySet[Absence]:
    """Those of the territories where this person plans, and their own."""
    planned = territories(user, *READERS)
    if planned is None:
        return Absence.objects.all()
    return Absence.objects.filter(Q(territory__in=planned) | Q(technician=user))


def territory_to_plan(actor: Actor, territory_id: UUID, *, roles: Collection[str] = PLANNERS) -> Territory:
    """Raises Forbidden("role_required"), Invalid("territory_unknown")."""
    require_role(actor, *roles)
    territory = active_territory(territory_id)
    require_role(actor, *roles, territory_id=territory.pk)
    return territory


def technicians_of(territory: Territory) -> QuerySet[User]:
    """Those who work there, or everywhere."""
    return people_with_role(Role.TECHNICIAN, territory.pk)


def technician_to_plan(territory: Territory, technician_id: UUID) -> User:
    """One who works there, whom nobody else plans until the commit: inserts that exclude each other are a deadlock.

    Raises Invalid("not_a_technician").
    """
    if not technicians_of(territory).filter(pk=technician_id).exists():
        detail = "Choose somebody who works as a technician in this territory."
        raise Invalid("not_a_technician", detail, field="technician_id")
    return User.objects.select_for_update(no_key=True).get(pk=technician_id)


def shift_to_plan(actor: Actor, shift_id: UUID) -> Shift:
    """Locked, after its technician. Raises NotFound, or Forbidden("role_required") for those who only see it."""
    seen = must_exist(visible_shifts(actor.user).filter(pk=shift_id).first())
    require_role(actor, *PLANNERS, territory_id=seen.territory_id)
    User.objects.select_for_update(no_key=True).get(pk=seen.technician_id)
    return locked(Shift.objects.select_related("technician", "territory").filter(pk=shift_id)).get()


def absence_to_see(actor: Actor, absence_id: UUID) -> Absence:
    """Raises NotFound."""
    return must_exist(visible_absences(actor.user).filter(pk=absence_id).first())


def absence_to_decide(actor: Actor, absence_id: UUID) -> Absence:
    """Locked, for supervisors of its territory; nobody decides about their own.

    Raises NotFound, Forbidden("role_required" | "own_absence").
    """
    seen = absence_to_see(actor, absence_id)
    require_role(actor, Role.SUPERVISOR, territory_id=seen.territory_id)
    must_be_somebody_else(actor, seen.technician_id)
    return _locked(absence_id)


def absence_to_cancel(actor: Actor, absence_id: UUID) -> Absence:
    """Locked, for whoever is away, and for those who plan. Raises NotFound, Forbidden("role_required")."""
    seen = absence_to_see(actor, absence_id)
    if seen.technician_id != actor.user.pk:
        require_role(actor, *PLANNERS, territory_id=seen.territory_id)
    return _locked(absence_id)


def must_be_somebody_else(actor: Actor, technician_id: UUID) -> None:
    """Raises Forbidden("own_absence")."""
    if actor.user is not None and actor.user.pk == technician_id:
        raise Forbidden("own_absence", "Ask for it; a supervisor other than you decides.")


def _locked(absence_id: UUID) -> Absence:
    return locked(Absence.objects.select_related("technician", "territory").filter(pk=absence_id)).get()
