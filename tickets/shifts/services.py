"""Commands on shifts: those who plan a territory say who works when, and let it be known. See `absences.py`, too."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from accounts.models import Territory, User
from fieldsvc.errors import Conflict, Invalid, NotFound
from sync.archive import archive
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken, made_before
from sync.violations import violated_constraint
from tickets.shifts import access, telling
from tickets.shifts.days import DAY, moment, moved, week_of
from tickets.shifts.models import LONGEST_SHIFT, NO_OVERLAP, Absence, Shift
from tickets.shifts.selectors import Span, absences_between
from tickets.sites.access import site_to_use
from tickets.visits.places import read_position

State = Shift.State
PLANNED = (State.DRAFT, State.PUBLISHED)
"""The shift takes up its technician's time."""
MOST_SHIFTS = 2_000
"""So many are planned at once."""
MOST_DAYS = 93
"""A pattern is planned for so many days at once."""
ENDS = ("start", "end")
"""Of a shift: where it begins, where it ends."""


@command
def plan_shift(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    technician_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    id: UUID | None = None,
    **said: Any,
) -> Shift:
    """Plan a shift; its technician hears of it when it is published. The same id again is the same shift.

    Raises Forbidden("role_required"), Invalid("territory_unknown" | "not_a_technician" | "shift_in_past"),
    Conflict("id_taken"), and what `_save` raises.
    """
    territory = access.territory_to_plan(actor, territory_id)
    before = made_before(Shift, id, territory_id=territory_id, technician_id=technician_id)
    if before is not None:
        return before
    if ends_at <= occurred_at:
        raise Invalid("shift_in_past", "Plan what is still to come.", field="ends_at")
    technician = access.technician_to_plan(territory, technician_id)
    shift = Shift(pk=id or uuid7(), territory=territory, technician=technician, planned_by=actor.user)
    _say(shift, actor, {"starts_at": starts_at, "ends_at": ends_at, **said})
    _save(shift)
    return shift


@command
def change_shift(*, actor: Actor, occurred_at: datetime, shift_id: UUID, **changes: Any) -> Shift:
    """Other hours, another place; of a published shift its technician hears at once.

    What has passed stays as it was planned. Raises NotFound, Forbidden("role_required"), Conflict("shift_cancelled" |
    "shift_over"), Invalid("shift_in_past"), and what `_save` raises.
    """
    shift = _still_to_come(access.shift_to_plan(actor, shift_id), occurred_at)
    before = copy(shift)
    _say(shift, actor, changes)
    if shift.ends_at <= occurred_at:
        raise Invalid("shift_in_past", "Let it end later than now.", field="ends_at")
    if any(getattr(shift, column.attname) != getattr(before, column.attname) for column in Shift._meta.concrete_fields):
        _save(shift)
        if shift.state == State.PUBLISHED:
            telling.tell_of_change(shift, before, actor=actor, at=occurred_at)
    return shift


@command
def cancel_shift(*, actor: Actor, occurred_at: datetime, shift_id: UUID, reason: str) -> Shift:
    """Nobody works then after all. Of a published shift its technician hears, and why; cancelled is cancelled.

    Raises NotFound, Forbidden("role_required"), Conflict("shift_over").
    """
    shift = access.shift_to_plan(actor, shift_id)
    if shift.state == State.CANCELLED:
        return shift
    was_known = _still_to_come(shift, occurred_at).state == State.PUBLISHED
    shift.state, shift.cancelled_at, shift.cancel_reason = State.CANCELLED, occurred_at, reason
    shift.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    if was_known:
        telling.tell_of_cancellation(shift, actor=actor)
    return shift


@command
def publish_shifts(
    *, actor: Actor, occurred_at: datetime, territory_id: UUID, week: date, technician_ids: Collection[UUID] = ()
) -> int:
    """Let the technicians know what was planned for a week: all of them, or these. Returns how many shifts it were.

    Raises Forbidden("role_required"), Invalid("territory_unknown" | "not_a_monday").
    """
    territory = access.territory_to_plan(actor, territory_id)
    start, end = week_of(week, ZoneInfo(territory.time_zone))
    drafts = Shift.objects.filter(territory=territory, state=State.DRAFT, starts_at__gte=start, starts_at__lt=end)
    if technician_ids:
        drafts = drafts.filter(technician__in=technician_ids)
    pks = list(drafts.select_for_update().order_by("pk").values_list("pk", flat=True))
    shifts = Shift.objects.filter(pk__in=pks)
    shifts.update(state=State.PUBLISHED, published_at=occurred_at)
    known = shifts.select_related("technician", "territory").order_by("starts_at")
    telling.tell_of_plan(list(known), actor=actor, week=week, at=occurred_at)
    return len(pks)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not planned, and why: `overlaps`, `absent`, `in_past`, `no_such_hour`, `not_a_technician`."""

    technician_id: UUID
    starts_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The drafts that were made of a pattern, and what was left out."""

    planned: list[Shift] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@command
def copy_week(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    from_week: date,
    to_week: date,
    technician_ids: Collection[UUID] = (),
) -> Plan:
    """Plan another week like one that was planned: drafts at the same times by the wall clock of the territory.

    What does not go is left out and said, so that doing it again makes nothing twice. Raises
    Forbidden("role_required"), Invalid("territory_unknown" | "not_a_monday" | "too_many_shifts").
    """
    territory = access.territory_to_plan(actor, territory_id)
    zone = ZoneInfo(territory.time_zone)
    (start, end), _ = week_of(from_week, zone), week_of(to_week, zone)
    model = Shift.objects.filter(territory=territory, state__in=PLANNED, starts_at__gte=start, starts_at__lt=end)
    if technician_ids:
        model = model.filter(technician__in=technician_ids)
    later = partial(_copied, by=to_week - from_week, zone=zone)
    return _plan(actor, territory, [later(shift) for shift in model.order_by("starts_at", "id")], at=occurred_at)


@command
def plan_pattern(
    *,
    actor: Actor,
    occurred_at: datetime,
    territory_id: UUID,
    technician_ids: Collection[UUID],
    first_day: date,
    last_day: date,
    pattern: Sequence[Mapping[str, Any]],
    **said: Any,
) -> Plan:
    """Plan the same weekdays for some technicians: drafts from the first day to the last, where they go.

    Each line of the pattern has a `weekday` (0 is Monday), and by the wall clock `starts` and `ends`, and perhaps
    `break_starts` and `break_ends`; what is not later than the beginning is of the next day.

    Raises Forbidden("role_required"), Invalid("territory_unknown" | "period_reversed" | "period_too_long" |
    "too_many_shifts"), and what `_check` and `_say` raise.
    """
    territory = access.territory_to_plan(actor, territory_id)
    if last_day < first_day:
        raise Invalid("period_reversed", "The period has to begin before it ends.", field="last_day")
    if (last_day - first_day).days >= MOST_DAYS:
        detail = f"Plan {MOST_DAYS} days at most at once."
        raise Invalid("period_too_long", detail, field="last_day", limit=MOST_DAYS)
    model = Shift(territory=territory)
    _say(model, actor, said)
    zone, drafts = ZoneInfo(territory.time_zone), []
    for day in (first_day + number * DAY for number in range((last_day - first_day).days + 1)):
        for number, line in enumerate(pattern):
            if line["weekday"] == day.weekday():
                _fill_in(model, line, day, zone, field=f"pattern[{number}]")
                drafts += [_of(model, technician_id) for technician_id in dict.fromkeys(technician_ids)]
    return _plan(actor, territory, drafts, at=occurred_at)


@command
def archive_plan(*, actor: Actor, occurred_at: datetime) -> int:
    """Take shifts and absences of long ago off the phones; they stay on record. Returns how many, none when all is
    done.
    """
    rows = (Shift.objects.all(), Absence.objects.all())
    return sum(archive(kind, ended="ends_at", at=occurred_at) for kind in rows)


def _still_to_come(shift: Shift, at: datetime) -> Shift:
    if shift.state == State.CANCELLED:
        raise Conflict("shift_cancelled", "This shift was cancelled. Plan another one.")
    if shift.ends_at <= at:
        raise Conflict("shift_over", "What has passed stays as it was planned. Correct the attendance instead.")
    return shift


def _say(shift: Shift, actor: Actor, said: Mapping[str, Any]) -> None:
    """Write into the shift what was said of it. Raises Invalid("position_incomplete" | "position_not_valid" |
    "site_unknown" | "site_without_place").
    """
    for name, value in said.items():
        setattr(shift, name, value)
    for end in ENDS:
        if any(name in said for name in (f"{end}_site_id", f"{end}_latitude", f"{end}_longitude")):
            _take_place(shift, end, actor, said)


def _take_place(shift: Shift, end: str, actor: Actor, said: Mapping[str, Any]) -> None:
    """The place of a site that was named, as it is now; else the coordinates that were given, if any."""
    site_id = said.get(f"{end}_site_id")
    if site_id is None:
        latitude, longitude = said.get(f"{end}_latitude"), said.get(f"{end}_longitude")
        try:
            read_position(latitude, longitude, None)
        except Invalid as error:
            [culprit] = error.extra["errors"]
            raise Invalid(error.code, error.detail, field=f"{end}_{culprit['field']}") from None
    else:
        try:
            site = site_to_use(actor, site_id)
        except (Invalid, NotFound):
            raise Invalid("site_unknown", "Choose a site that exists.", field=f"{end}_site_id") from None
        latitude, longitude = site.latitude, site.longitude
        if latitude is None:
            detail = "Nobody knows where this site is. Give its coordinates instead."
            raise Invalid("site_without_place", detail, field=f"{end}_site_id")
    setattr(shift, f"{end}_site_id", site_id)
    setattr(shift, f"{end}_latitude", latitude)
    setattr(shift, f"{end}_longitude", longitude)


def _check(shift: Shift) -> None:
    """Raises Invalid("shift_not_valid" | "shift_too_long" | "break_not_valid")."""
    if shift.ends_at <= shift.starts_at:
        raise Invalid("shift_not_valid", "Let the shift end after it starts.", field="ends_at")
    if shift.ends_at - shift.starts_at > LONGEST_SHIFT:
        hours = LONGEST_SHIFT // timedelta(hours=1)
        raise Invalid("shift_too_long", f"Plan {hours} hours at most.", field="ends_at", limit=hours)
    begins, ends = shift.break_starts_at, shift.break_ends_at
    if (begins is None) != (ends is None):
        field = "break_ends_at" if ends is None else "break_starts_at"
        raise Invalid("break_not_valid", "Say when the break begins and when it ends.", field=field)
    if begins and ends and not shift.starts_at <= begins < ends <= shift.ends_at:
        raise Invalid("break_not_valid", "Let the break lie within the shift.", field="break_starts_at")


def _save(shift: Shift) -> None:
    """Save a shift, new or not, of a technician whom nobody else plans meanwhile.

    Raises Invalid("shift_not_valid" | "shift_too_long" | "break_not_valid"), Conflict("shift_overlaps") with the other
    one, Conflict("id_taken").
    """
    _check(shift)
    try:
        with transaction.atomic():
            shift.save()
    except IntegrityError as error:
        match violated_constraint(error):
            case "tickets_shift_pkey":
                raise id_taken() from None
            case constraint if constraint != NO_OVERLAP:
                raise
        other = (
            Shift.objects.filter(technician=shift.technician_id, state__in=PLANNED)
            .filter(starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at)
            .exclude(pk=shift.pk)
            .first()
        )
        raise Conflict(
            "shift_overlaps",
            "The technician has another shift at this time. Change that one, or choose other hours.",
            starts_at=other and other.starts_at,
            ends_at=other and other.ends_at,
        ) from None


def _copied(shift: Shift, *, by: timedelta, zone: ZoneInfo) -> Shift:
    """The same, so many days later."""
    draft = copy(shift)
    for name in ("starts_at", "ends_at", "break_starts_at", "break_ends_at"):
        if at := getattr(shift, name):
            setattr(draft, name, moved(at, by, zone))
    return draft


def _of(shift: Shift, technician_id: UUID) -> Shift:
    """The same for somebody else."""
    draft = copy(shift)
    draft.technician_id = technician_id
    return draft


def _fill_in(draft: Shift, line: Mapping[str, Any], day: date, zone: ZoneInfo, *, field: str) -> None:
    """The hours of a line of a pattern, on this day. Raises what `_check` raises, of the line."""

    def at(clock: time | None) -> datetime | None:
        if clock is None:
            return None
        return moment(day if clock > line["starts"] else day + DAY, clock, zone)

    draft.starts_at, ends_at = moment(day, line["starts"], zone), at(line["ends"])
    assert ends_at is not None
    draft.ends_at = ends_at
    draft.break_starts_at, draft.break_ends_at = at(line.get("break_starts")), at(line.get("break_ends"))
    if draft.starts_at < draft.ends_at:  # else daylight saving skips all of it
        try:
            _check(draft)
        except Invalid as error:
            raise Invalid(error.code, error.detail, field=field) from None


def _plan(actor: Actor, territory: Territory, drafts: Sequence[Shift], *, at: datetime) -> Plan:
    """Make those drafts that go, in few statements. Raises Invalid("too_many_shifts")."""
    plan = Plan()
    if len(drafts) > MOST_SHIFTS:
        raise Invalid("too_many_shifts", "Plan fewer days or people at once.", limit=MOST_SHIFTS)
    if not drafts:
        return plan
    asked = {draft.technician_id for draft in drafts}
    people = set(access.technicians_of(territory).filter(pk__in=asked).values_list("pk", flat=True))
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    start, end = min(draft.starts_at for draft in drafts), max(draft.ends_at for draft in drafts)
    taken = _by_technician(
        Shift.objects.filter(technician__in=people, state__in=PLANNED, starts_at__lt=end, ends_at__gt=start)
    )
    away = _by_technician(absences_between(people, start, end))
    for draft in drafts:
        spans = taken.setdefault(draft.technician_id, [])
        why = _why_not(draft, people, spans, away.get(draft.technician_id, ()), at=at)
        if why:
            plan.skipped.append(Skipped(draft.technician_id, draft.starts_at, why))
            continue
        spans.append((draft.starts_at, draft.ends_at))
        plan.planned.append(_fresh(draft, actor))
    Shift.objects.bulk_create(plan.planned)
    return plan


def _why_not(
    draft: Shift, people: Collection[UUID], taken: Iterable[Span], away: Iterable[Span], *, at: datetime
) -> str:
    """See `Skipped`; empty where it goes."""
    if draft.technician_id not in people:
        return "not_a_technician"
    if draft.ends_at <= draft.starts_at:
        return "no_such_hour"  # daylight saving skips all of it
    if draft.ends_at <= at:
        return "in_past"
    for why, spans in (("overlaps", taken), ("absent", away)):
        if any(start < draft.ends_at and end > draft.starts_at for start, end in spans):
            return why
    return ""


def _by_technician(rows: Iterable[Shift | Absence]) -> dict[UUID, list[Span]]:
    spans: dict[UUID, list[Span]] = {}
    for row in rows:
        spans.setdefault(row.technician_id, []).append((row.starts_at, row.ends_at))
    return spans


def _fresh(draft: Shift, actor: Actor) -> Shift:
    """A row of its own, of which nobody has heard."""
    draft.pk, draft.state, draft.planned_by = uuid7(), State.DRAFT, actor.user
    draft.published_at, draft.archived = None, False
    draft._state.adding = True
    return draft
