"""Keeping the days of attendance up to date, and correcting them.

1. Whoever writes a check-in, a shift or an absence leaves a mark with the technician and the time (`marks.py`).
2. The worker reckons the days around it anew; and those for which time has come: the shift is over, or a phone has
   synced that was waited for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.models import Role, Territory, User
from fieldsvc.errors import Invalid
from sync.commands import Actor, command
from sync.devices.models import Device
from sync.ids import uuid7
from sync.sql import execute
from tickets.attendance import access
from tickets.attendance.models import AttendanceCorrection, AttendanceDay, AttendanceMark
from tickets.attendance.reckoning import DayPlan, Event, Said, Terms, Verdict, judge, reach_of
from tickets.shifts.days import DAY, day_of, midnight
from tickets.shifts.models import Absence, Shift
from tickets.shifts.selectors import absences_between, shifts_between
from tickets.visits.models import CheckIn
from tickets.visits.shifts import home_territory

BATCH = 1_000
"""Marks, and days for which time has come, that are served in one transaction."""
Row = TypeVar("Row", Shift, Absence)
Key = tuple[UUID, date]
"""A technician and a day."""
VERDICT = ("state", "came_at", "left_at", "worked_s", "late_s", "early_s", "overtime_s", "marks", "judge_again_at")
DERIVED = ("territory", "planned_from", "planned_until", "planned_s", "away", *VERDICT, "told")


def refresh(*, at: datetime) -> int:
    """Reckon anew, as of `at`, the days of which something was written or for which time has come; returns how many.

    One at a time; none when all is done, or somebody else is at it.
    """
    with transaction.atomic():
        [(ours,)] = execute("SELECT pg_try_advisory_xact_lock(hashtextextended('tickets.attendance', 0))")
        if not ours:
            return 0
        marks = list(AttendanceMark.objects.order_by("id")[:BATCH])
        AttendanceMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
        due = AttendanceDay.objects.filter(judge_again_at__lte=at).order_by("judge_again_at")[:BATCH]
        days = set(due.values_list("technician", "day")) | _heard_of()
        people = _people({mark.technician_id for mark in marks} | {technician_id for technician_id, _ in days})
        for mark in marks:
            first, last = (day_of(moment, people[mark.technician_id].zone) for moment in (mark.since, mark.until))
            days |= {(mark.technician_id, first + number * DAY) for number in range(-1, (last - first).days + 2)}
        reckon(days, people, at=at)
        return len(days)


@command
def correct_day(
    *,
    actor: Actor,
    occurred_at: datetime,
    day_id: UUID,
    reason: str,
    came_at: datetime | None = None,
    left_at: datetime | None = None,
    excused: bool = False,
) -> AttendanceDay:
    """A supervisor says when somebody really came and left, or excuses the day. What phones told stands beside it.

    Raises NotFound, Forbidden("role_required" | "own_attendance"), Invalid("correction_empty" |
    "correction_not_valid").
    """
    _one_at_a_time()
    day = access.day_to_correct(actor, day_id)
    _check_correction(day, came_at, left_at, excused, at=occurred_at)
    AttendanceCorrection.objects.create(
        pk=uuid7(),
        day=day,
        came_at=came_at,
        left_at=left_at,
        excused=excused,
        reason=reason,
        corrected_by=actor.user,
        corrected_at=occurred_at,
    )
    return _reckon_one(day, at=occurred_at)


@command
def withdraw_correction(*, actor: Actor, occurred_at: datetime, correction_id: UUID) -> AttendanceDay:
    """What was said is taken back; what was said before counts again, or else what phones told.

    Raises NotFound, Forbidden("role_required" | "own_attendance").
    """
    _one_at_a_time()
    correction = access.correction_to_withdraw(actor, correction_id)
    if correction.withdrawn_at is None:
        correction.withdrawn_at, correction.withdrawn_by = occurred_at, actor.user
        correction.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return _reckon_one(correction.day, at=occurred_at)


def _check_correction(
    day: AttendanceDay, came_at: datetime | None, left_at: datetime | None, excused: bool, *, at: datetime
) -> None:
    if day.planned_from and day.planned_from > at:
        raise Invalid("correction_not_valid", "This day has not begun. Enter an absence instead.", field="day_id")
    if not (came_at or left_at or excused):
        raise Invalid("correction_empty", "Say when they came or left, or excuse the day.", field="came_at")
    for name, moment in (("came_at", came_at), ("left_at", left_at)):
        if moment and (abs(moment.date() - day.day) > DAY or moment > at):
            raise Invalid("correction_not_valid", "Say a moment of that day that has passed.", field=name)
    if came_at and left_at and left_at <= came_at:
        raise Invalid("correction_not_valid", "Let them leave after they came.", field="left_at")


def _one_at_a_time() -> None:
    """Until the commit nobody else reckons days: of two who do, the one that saw less might write last."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended('tickets.attendance', 0))")


class Person:
    """A technician, and by which wall clock their days are told."""

    def __init__(self, user: User) -> None:
        places = [grant.territory for grant in user.grants if grant.role == Role.TECHNICIAN and grant.territory]
        self.home: Territory | None = min(places, key=lambda place: place.code) if places else home_territory(user)
        self.zone = ZoneInfo(self.home.time_zone if self.home else user.time_zone)


def _people(ids: Collection[UUID]) -> dict[UUID, Person]:
    people = User.objects.filter(pk__in=ids).prefetch_related("role_grants__territory")
    return {user.pk: Person(user) for user in people}


def _heard_of() -> set[Key]:
    """The days for which a phone was waited that may have synced since."""
    waiting = AttendanceDay.objects.filter(state=AttendanceDay.State.AWAITING_SYNC)
    ends = {(day.technician_id, day.day): day.planned_until for day in waiting}
    phones = _phones({technician_id for technician_id, _ in ends})
    return {key for key, end in ends.items() if end and told_all(phones[key[0]], until=end)}


def _phones(ids: Collection[UUID]) -> defaultdict[UUID, list[Device]]:
    phones: defaultdict[UUID, list[Device]] = defaultdict(list)
    for device in Device.objects.filter(user__in=ids, cut_off_at=None):
        phones[device.user_id].append(device)
    return phones


def told_all(phones: Sequence[Device], *, until: datetime) -> bool:
    """Whether somebody's phones have told everything that happened before this moment.

    One of them was in contact since, and none says that it has something older to send. Who has no phone tells it
    otherwise.
    """
    if any(phone.pending_operations and (phone.oldest_pending_at or until) <= until for phone in phones):
        return False
    contacts = [moment for phone in phones for moment in (phone.last_push_at, phone.last_pull_at) if moment]
    return not phones or any(moment >= until for moment in contacts)


def _reckon_one(day: AttendanceDay, *, at: datetime) -> AttendanceDay:
    reckon({(day.technician_id, day.day)}, _people([day.technician_id]), at=at)
    return AttendanceDay.objects.get(pk=day.pk)


def reckon(days: Collection[Key], people: Mapping[UUID, Person], *, at: datetime) -> None:
    """Reckon these days from shifts, absences, events and corrections, in a constant number of statements."""
    if not days:
        return
    first = midnight(min(day for _, day in days), ZoneInfo("UTC")) - 3 * DAY
    last = midnight(max(day for _, day in days), ZoneInfo("UTC")) + 4 * DAY
    shifts = _by_technician(shifts_between(people, first, last).select_related("territory"))
    away = _by_technician(absences_between(people, first, last))
    events = defaultdict(list)
    told = CheckIn.objects.filter(technician__in=people, occurred_at__gte=first, occurred_at__lt=last)
    for technician_id, kind, moment in told.order_by("occurred_at", "id").values_list(
        "technician", "kind", "occurred_at"
    ):
        events[technician_id].append(Event(kind, moment))
    said, phones = _corrections(days), _phones(people)
    fresh: list[AttendanceDay] = []
    empty: list[AttendanceDay] = []
    for key in sorted(days):
        technician_id, day = key
        row = _row(
            AttendanceDay(technician_id=technician_id, day=day),
            people[technician_id],
            shifts[technician_id],
            away[technician_id],
            events[technician_id],
            said=said.get(key),
            phones=phones[technician_id],
            at=at,
        )
        (fresh if row.state else empty).append(row)
    AttendanceDay.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["technician", "day"], update_fields=DERIVED
    )
    _forget(empty)


def _row(
    row: AttendanceDay,
    person: Person,
    shifts: Sequence[Shift],
    absences: Sequence[Absence],
    events: Sequence[Event],
    *,
    said: Said | None,
    phones: Sequence[Device],
    at: datetime,
) -> AttendanceDay:
    """The day as it follows from all that, not saved; without a state where there is nothing to tell."""
    reach = reach_of(row.day, person.zone, shifts)
    todays = [shift for shift in shifts if day_of(shift.starts_at, person.zone) == row.day]
    plan = DayPlan(reach, todays, [(absence.starts_at, absence.ends_at) for absence in absences])
    hours = plan.hours
    row.territory = todays[0].territory if todays else person.home
    row.planned_from, row.planned_until = (hours[0][0], hours[-1][1]) if hours else (None, None)
    row.planned_s = round(plan.time.total_seconds())
    row.away = next(
        (
            absence.kind
            for absence in absences
            if any(absence.starts_at < shift.ends_at and absence.ends_at > shift.starts_at for shift in todays)
        ),
        "",
    )
    judged: dict[str, Any] = {
        "at": at,
        "told_all": not hours or told_all(phones, until=hours[-1][1]),
        "terms": terms(),
    }
    here = [event for event in events if reach[0] <= event.at < reach[1]]
    verdict = told = judge(plan, here, **judged)
    if said:
        verdict = judge(plan, here, said=said, **judged)
        row.told = told.as_told()
    _write(row, verdict)
    return row


def _write(row: AttendanceDay, verdict: Verdict) -> None:
    for name in VERDICT:
        setattr(row, name, getattr(verdict, name))


def terms() -> Terms:
    """As it is configured."""
    return Terms(
        tolerance=timedelta(minutes=settings.ATTENDANCE_TOLERANCE_MINUTES),
        judged_after=timedelta(minutes=settings.ATTENDANCE_JUDGED_AFTER_MINUTES),
    )


def _corrections(days: Collection[Key]) -> dict[Key, Said]:
    """The newest of each day that stands."""
    people = {technician_id for technician_id, _ in days}
    rows = AttendanceCorrection.objects.filter(
        withdrawn_at=None, day__technician__in=people, day__day__in={day for _, day in days}
    ).select_related("day")
    return {
        (row.day.technician_id, row.day.day): Said(row.came_at, row.left_at, row.excused)
        for row in rows.order_by("corrected_at", "id")
    }


def _by_technician(rows: Iterable[Row]) -> defaultdict[UUID, list[Row]]:
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.technician_id].append(row)
    return found


def _forget(rows: Sequence[AttendanceDay]) -> None:
    """There is nothing to tell of these days any more. One of which somebody has said something stays, unjudged."""
    gone = {(row.technician_id, row.day) for row in rows}
    people, days = {technician_id for technician_id, _ in gone}, {day for _, day in gone}
    there = AttendanceDay.objects.filter(technician__in=people, day__in=days)
    ids = [pk for pk, *key in there.values_list("pk", "technician", "day") if tuple(key) in gone]
    found = AttendanceDay.objects.filter(pk__in=ids)
    found.filter(corrections=None).delete()
    found.update(state=AttendanceDay.State.OPEN, judge_again_at=None)
