"""Whom a visit may be given to, and whether they are free."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce, Greatest, Least

from accounts.models import Role, User
from fieldsvc.errors import Conflict, Invalid
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.complaints.models import Ticket
from tickets.shifts.days import DAY
from tickets.shifts.selectors import absences_between, shifts_between, without
from tickets.shifts.working import has_room, time_at_work
from tickets.visits.fitness import missing_skills, working_in
from tickets.visits.models import LONGEST_WINDOW, NO_OVERLAP, NOT_TWICE, Visit
from tickets.visits.occupancy import lay_out


def technician_to_send(
    ticket: Ticket, technician_id: UUID, *, override_reason: str, crew: Collection[UUID] = ()
) -> User:
    """The technician, if they may be sent to this ticket; with a reason, also without the skill or the territory.

    `crew` are those who go along: what one of them is able to do need not be done by all. Raises
    Invalid("not_a_technician"), Conflict("technician_lacks_skill", missing=[codes of skills]),
    Conflict("technician_outside_territory").
    """
    technician = _technician(technician_id)
    if override_reason:
        return technician
    if missing := missing_skills(ticket.service_type_id, [technician.pk, *crew]):
        raise Conflict(
            "technician_lacks_skill",
            "Choose somebody with the skill, or give a reason in override_reason.",
            missing=missing,
        )
    _must_work_in(ticket.territory_id, technician)
    return technician


def companion_to_send(ticket: Ticket, technician_id: UUID, *, override_reason: str) -> User:
    """The technician, if they may go along to this ticket. Whoever goes along need not be able to do it alone.

    Raises Invalid("not_a_technician"), Conflict("technician_outside_territory").
    """
    technician = _technician(technician_id)
    if not override_reason:
        _must_work_in(ticket.territory_id, technician)
    return technician


def _technician(technician_id: UUID) -> User:
    technician = User.objects.filter(pk=technician_id, is_active=True).first()
    if technician is None or not technician.has_role(Role.TECHNICIAN):
        raise Invalid("not_a_technician", "Choose somebody who works as a technician.", field="technician_id")
    return technician


def _must_work_in(territory_id: UUID, technician: User) -> None:
    if not working_in(territory_id, [technician.pk]):
        raise Conflict(
            "technician_outside_territory", "Choose somebody of this territory, or give a reason in override_reason."
        )


def must_be_to_come(window_end: datetime, *, at: datetime) -> None:
    """Nobody is promised that somebody came. Raises Invalid("window_in_past")."""
    if window_end <= at:
        raise Invalid("window_in_past", "Choose a window that is still to come.", field="window_end")


def save_in_next_gap(visit: Visit, *, start: datetime, length: timedelta) -> None:
    """Save a new visit in the first span of this length, from `start` on, that its technician has promised to nobody.

    Raises Conflict("id_taken").
    """
    _one_at_a_time(visit.technician_id)
    promised = Visit.objects.filter(technician=visit.technician_id, status__in=Visit.ACTIVE)
    promised = promised.annotate(
        begins=Least("window_start", Coalesce("occupied_from", "window_start")),
        ends=Greatest("window_end", Coalesce("occupied_until", "window_end")),
    )
    for begins, ends in promised.filter(ends__gt=start).order_by("begins").values_list("begins", "ends"):
        if begins - start >= length:
            break
        start = max(start, ends)
    visit.window_start, visit.window_end = start, start + length
    _save(visit, [])


def _one_at_a_time(technician_id: UUID) -> None:
    """Until the commit nobody else plans for this technician: inserts that exclude each other are a deadlock."""
    User.objects.select_for_update(no_key=True).get(pk=technician_id)


def save_in_free_window(visit: Visit, *, override_reason: str = "", by_plan: bool = False) -> None:
    """Save an active visit, new or not, if its technician is free in its window: the database has the last word.

    A planned one has to lie where they are at work, and to leave time for work and ways (`occupancy.py`), unless a
    reason is given. `by_plan`: a plan of whole days has seen to that, and lays them out when all its visits are saved.

    Raises Invalid("window_not_valid" | "window_too_long"), Conflict("visit_overlaps") with the id and the window of the
    visit that is in the way, Conflict("visit_out_of_reach") with the same and the `earliest` moment,
    Conflict("technician_absent") with the `absences`, Conflict("technician_not_on_shift") with the `shifts` around it,
    and Conflict("id_taken").
    """
    if visit.window_end <= visit.window_start:
        raise Invalid("window_not_valid", "Let the window end after it starts.", field="window_end")
    if visit.window_end - visit.window_start > LONGEST_WINDOW:
        detail = f"Promise {LONGEST_WINDOW.days} days at most, or plan several visits."
        raise Invalid("window_too_long", detail, field="window_end", limit=LONGEST_WINDOW.days)
    _one_at_a_time(visit.technician_id)
    others: list[Visit] = []
    if by_plan:
        visit.occupied_from = visit.occupied_until = None
    elif visit.status in Visit.PLANNED:
        if other := _in_the_way(visit):
            raise _overlaps(other)
        if not override_reason:
            _must_be_at_work(visit)
        others = lay_out(visit, strict=not override_reason)
    _save(visit, others)


def _must_be_at_work(visit: Visit) -> None:
    """Shifts and approved absences have to leave a stretch of the window that is long enough for the work."""
    start, end = visit.window_start, visit.window_end
    length = timedelta(minutes=visit.ticket.service_type.visit_minutes)
    technician, zone = visit.technician_id, ZoneInfo(visit.ticket.territory.time_zone)
    if has_room(time_at_work([technician], start, end, zone=zone)[technician], start, end, length):
        return
    away = [(absence.starts_at, absence.ends_at) for absence in absences_between([technician], start, end)]
    if not has_room(without([(start, end)], away), start, end, length):
        raise Conflict(
            "technician_absent",
            "They are away then. Choose somebody else, or give a reason in override_reason.",
            absences=[{"starts_at": since, "ends_at": until} for since, until in away],
        )
    shifts = shifts_between([technician], start - DAY, end + DAY)
    raise Conflict(
        "technician_not_on_shift",
        "They do not work then. Choose another window or somebody else, or give a reason in override_reason.",
        shifts=[{"starts_at": shift.starts_at, "ends_at": shift.ends_at} for shift in shifts],
    )


def save_laid_out(visits: Sequence[Visit]) -> None:
    """Save the times of these visits, all at once, so that they may change places."""
    if visits:
        Visit.objects.bulk_update(visits, ["window_start", "window_end", "occupied_from", "occupied_until"])


def _save(visit: Visit, others: Sequence[Visit]) -> None:
    try:
        with transaction.atomic():
            save_laid_out([visit, *others] if others and not visit._state.adding else others)
            visit.save()
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint == "tickets_visit_pkey":
            raise id_taken() from None
        if constraint not in (NO_OVERLAP, NOT_TWICE):
            raise
        raise _overlaps(_in_the_way(visit)) from None


def _in_the_way(visit: Visit) -> Visit | None:
    """Another visit whose window overlaps this one's, if there is one."""
    others = Visit.objects.filter(technician=visit.technician_id, status__in=Visit.ACTIVE).exclude(pk=visit.pk)
    return others.filter(window_start__lt=visit.window_end, window_end__gt=visit.window_start).first()


def _overlaps(other: Visit | None) -> Conflict:
    return Conflict(
        "visit_overlaps",
        "The technician has another visit in this window. Choose another window or somebody else.",
        visit=other and other.pk,
        window_start=other and other.window_start,
        window_end=other and other.window_end,
    )
