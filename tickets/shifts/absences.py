"""Commands on absences: technicians ask, somebody else decides; or those who plan enter what they were told."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Role, Territory, User
from accounts.people.access import require_role
from fieldsvc.errors import Conflict, Invalid
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before
from tickets.shifts import access, telling
from tickets.shifts.days import DAY, midnight
from tickets.shifts.models import LONGEST_ABSENCE, Absence, Shift
from tickets.shifts.selectors import planned_visits
from tickets.visits.shifts import home_territory

State = Absence.State


@command
def ask_absence(
    *,
    actor: Actor,
    occurred_at: datetime,
    kind: str,
    first_day: date | None = None,
    last_day: date | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str = "",
    id: UUID | None = None,
) -> Absence:
    """A technician asks to be away: for whole days, or for hours. A supervisor decides.

    The same id again is the same request; without signal it counts as of when it was asked. Raises
    Forbidden("role_required"), Conflict("id_taken"), Invalid("absence_in_past"), and what `_set_time` raises.
    """
    technician = actor.user
    if not (actor.offline and Shift.objects.filter(technician=technician, published_at__isnull=False).exists()):
        require_role(actor, Role.TECHNICIAN)
    before = made_before(Absence, id, technician_id=technician.pk, kind=kind)
    if before is not None:
        return before
    absence = _absence(id, technician, home_territory(technician), kind, reason, actor, occurred_at)
    _set_time(absence, first_day, last_day, starts_at, ends_at)
    if absence.ends_at <= occurred_at:
        detail = "This is over already. Ask a dispatcher to enter it."
        raise Invalid("absence_in_past", detail, field="last_day" if absence.last_day else "ends_at")
    absence.state = State.ASKED
    work.insert(absence)
    telling.tell_of_request(absence, actor=actor)
    return absence


@command
def enter_absence(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    technician_id: UUID,
    kind: str,
    first_day: date | None = None,
    last_day: date | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str = "",
    id: UUID | None = None,
) -> Absence:
    """Those who plan write down what they were told, also of what has passed: it stands as approved.

    Raises Forbidden("role_required" | "own_absence"), Invalid("territory_unknown" | "not_a_technician"),
    Conflict("id_taken"), and what `_set_time` raises.
    """
    territory = access.territory_to_plan(actor, territory_id)
    before = made_before(Absence, id, technician_id=technician_id, kind=kind)
    if before is not None:
        return before
    technician = access.technician_to_plan(territory, technician_id)
    access.must_be_somebody_else(actor, technician.pk)
    absence = _absence(id, technician, territory, kind, reason, actor, occurred_at)
    _set_time(absence, first_day, last_day, starts_at, ends_at)
    absence.state, absence.decided_by, absence.decided_at = State.APPROVED, actor.user, occurred_at
    absence.save(force_insert=True)
    _tell_of_approval(absence, actor=actor, at=occurred_at)
    return absence


@command
def approve_absence(*, actor: Actor, occurred_at: datetime, absence_id: UUID, answer: str = "") -> Absence:
    """Let them be away; also what was rejected before. Visits that are planned meanwhile stay planned, and the
    dispatchers hear of them.

    Raises NotFound, Forbidden("role_required" | "own_absence"), Conflict("absence_ended").
    """
    absence = access.absence_to_decide(actor, absence_id)
    if absence.state != State.APPROVED:
        _decide(absence, State.APPROVED, actor=actor, at=occurred_at, answer=answer)
        _tell_of_approval(absence, actor=actor, at=occurred_at)
    return absence


@command
def reject_absence(*, actor: Actor, occurred_at: datetime, absence_id: UUID, answer: str) -> Absence:
    """They cannot be away, and why. What was approved is cancelled instead.

    Raises NotFound, Forbidden("role_required" | "own_absence"), Conflict("absence_ended").
    """
    absence = access.absence_to_decide(actor, absence_id)
    if absence.state == State.APPROVED:
        raise Conflict("absence_ended", "This was approved. Cancel it.", state=absence.state)
    if absence.state != State.REJECTED:
        _decide(absence, State.REJECTED, actor=actor, at=occurred_at, answer=answer)
        telling.tell_of_decision(absence, actor=actor, at=occurred_at)
    return absence


@command
def cancel_absence(*, actor: Actor, occurred_at: datetime, absence_id: UUID, reason: str = "") -> Absence:
    """They come after all. Of what has begun, only the rest is cancelled: it ends now.

    For whoever is away, and for those who plan, who are heard of. Cancelled is cancelled. Raises NotFound,
    Forbidden("role_required"), Conflict("absence_ended") for what was rejected or is over.
    """
    absence = access.absence_to_cancel(actor, absence_id)
    if absence.state == State.CANCELLED:
        return absence
    if absence.state == State.REJECTED or absence.ends_at <= occurred_at:
        raise Conflict("absence_ended", "This was rejected, or is over.", state=absence.state)
    if absence.state == State.APPROVED and absence.starts_at < occurred_at:
        absence.ends_at, absence.first_day, absence.last_day = occurred_at, None, None
    else:
        absence.state = State.CANCELLED
    absence.cancelled_by, absence.cancelled_at, absence.cancel_reason = actor.user, occurred_at, reason
    absence.save()
    telling.tell_of_decision(absence, actor=actor, at=occurred_at)
    return absence


def _absence(
    id: UUID | None,
    technician: User,
    territory: Territory | None,
    kind: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Absence:
    return Absence(
        pk=id or uuid7(),
        technician=technician,
        territory=territory,
        kind=kind,
        reason=reason,
        asked_by=actor.user,
        asked_at=at,
    )


def _set_time(
    absence: Absence,
    first_day: date | None,
    last_day: date | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> None:
    """Whole days by the wall clock of the territory, or hours. Raises Invalid("absence_time_incomplete" |
    "absence_not_valid" | "absence_too_long").
    """
    days: dict[str, date | None] = {"first_day": first_day, "last_day": last_day}
    hours: dict[str, datetime | None] = {"starts_at": starts_at, "ends_at": ends_at}
    said, unsaid = (days, hours) if any(days.values()) else (hours, days)
    culprits = [name for name, value in said.items() if not value] + [name for name, value in unsaid.items() if value]
    if culprits:
        detail = "Say from which day to which, or from which moment to which."
        raise Invalid("absence_time_incomplete", detail, field=culprits[0])
    if first_day and last_day:
        zone = ZoneInfo(absence.territory.time_zone if absence.territory else absence.technician.time_zone)
        starts_at, ends_at = midnight(first_day, zone), midnight(last_day + DAY, zone)
    assert starts_at
    assert ends_at
    until = "last_day" if last_day else "ends_at"
    if ends_at <= starts_at:
        raise Invalid("absence_not_valid", "Let it end after it begins.", field=until)
    if ends_at - starts_at > LONGEST_ABSENCE:
        raise Invalid("absence_too_long", "Ask for a year at most.", field=until, limit=LONGEST_ABSENCE.days)
    absence.first_day, absence.last_day = first_day, last_day
    absence.starts_at, absence.ends_at = starts_at, ends_at


def _decide(absence: Absence, state: Absence.State, *, actor: Actor, at: datetime, answer: str) -> None:
    if absence.state == State.CANCELLED:
        raise Conflict("absence_ended", "This was cancelled. They have to ask again.", state=absence.state)
    absence.state, absence.decided_by, absence.decided_at, absence.answer = state, actor.user, at, answer
    absence.save(update_fields=["state", "decided_by", "decided_at", "answer"])


def _tell_of_approval(absence: Absence, *, actor: Actor, at: datetime) -> None:
    telling.tell_of_decision(absence, actor=actor, at=at)
    if visits := planned_visits(absence).count():
        telling.tell_of_conflicts(absence, actor=actor, visits=visits, at=at)
