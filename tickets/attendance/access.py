"""Attendance is read by those who plan, by territory, and by whoever it is about. Supervisors correct it."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Role, User
from accounts.people.access import require_role, territories
from fieldsvc.errors import Forbidden, must_exist
from sync.commands import Actor
from tickets.attendance.models import AttendanceCorrection, AttendanceDay
from tickets.shifts.access import READERS


def visible_days(user: User) -> QuerySet[AttendanceDay]:
    """Those of the territories where this person plans, and their own."""
    planned = territories(user, *READERS)
    if planned is None:
        return AttendanceDay.objects.all()
    return AttendanceDay.objects.filter(Q(territory__in=planned) | Q(technician=user))


def day_to_correct(actor: Actor, day_id: UUID) -> AttendanceDay:
    """For supervisors of its territory, and never one's own. Raises NotFound, Forbidden("role_required" |
    "own_attendance").
    """
    day = must_exist(visible_days(actor.user).filter(pk=day_id).first())
    require_role(actor, Role.SUPERVISOR, territory_id=day.territory_id)
    if day.technician_id == actor.user.pk:
        raise Forbidden("own_attendance", "Ask another supervisor to correct it.")
    return day


def correction_to_withdraw(actor: Actor, correction_id: UUID) -> AttendanceCorrection:
    """As `day_to_correct`."""
    seen = AttendanceCorrection.objects.filter(day__in=visible_days(actor.user), pk=correction_id)
    correction = must_exist(seen.first())
    correction.day = day_to_correct(actor, correction.day_id)
    return correction
