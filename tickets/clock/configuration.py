"""Commands on calendars, policies and when which policy holds, for administrators.

A change holds for open clocks too: the sweep reckons them anew within seconds. Closed ones keep their verdict.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, TypedDict
from uuid import UUID

import holidays
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, Q

from accounts.people.access import require_administrator
from fieldsvc.errors import Conflict, Invalid
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint
from tickets.clock import access
from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import (
    IS_OPEN,
    BusinessCalendar,
    CalendarWindow,
    ClockTimer,
    Holiday,
    PolicyPeriod,
    PolicyTarget,
    SlaPolicy,
    TicketClock,
)
from tickets.service_types.models import ServiceType


class WindowData(TypedDict):
    """Open hours on one weekday (Monday is 0); closing at 00:00 is the end of the day."""

    weekday: int
    opens: time
    closes: time


class HolidayData(TypedDict):
    """A day on which a calendar is closed."""

    day: date
    name: str


class PromiseData(TypedDict):
    """A row of a policy; without a priority, for all of them; without a calendar, in elapsed time."""

    target: str
    priority: int | None
    target_seconds: int
    limit_seconds: int
    calendar_id: UUID | None
    warn_percents: list[int]
    pausing_reasons: list[str]


@command
def create_calendar(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    code: str,
    name: str,
    name_zh: str = "",
    time_zone: str,
    windows: Sequence[WindowData],
    holidays: Sequence[HolidayData] = (),
) -> BusinessCalendar:
    """A new calendar.

    Raises Conflict("code_taken" | "id_taken"), Invalid("calendar_window_not_valid" | "holiday_twice").
    """
    require_administrator(actor)
    calendar = BusinessCalendar(id=id or uuid7(), code=code, name=name, name_zh=name_zh, time_zone=time_zone)
    _insert(calendar)
    _set_windows(calendar, windows)
    _set_holidays(calendar, holidays)
    return calendar


@command
def change_calendar(
    *,
    actor: Actor,
    occurred_at: datetime,
    calendar_id: UUID,
    windows: Sequence[WindowData] | None = None,
    holidays: Sequence[HolidayData] | None = None,
    **changes: str,
) -> BusinessCalendar:
    """New values for name, name_zh, time_zone; windows and holidays are replaced as a whole where they are given.

    Raises Invalid("calendar_window_not_valid" | "holiday_twice").
    """
    calendar = access.calendar_to_change(actor, calendar_id)
    _update(calendar, changes)
    if windows is not None:
        _set_windows(calendar, windows)
    if holidays is not None:
        _set_holidays(calendar, holidays)
    reckon_anew(Q(clock__calendar=calendar), at=occurred_at)
    return calendar


@command
def import_holidays(
    *, actor: Actor, occurred_at: datetime, calendar_id: UUID, country: str, subdivision: str = "", years: Sequence[int]
) -> BusinessCalendar:
    """Add the public holidays of a country (ISO 3166) and perhaps a part of it; days that are there already stay.

    The source is the `holidays` library. It knows days off, but not the weekends that some countries work in exchange.
    Raises Invalid("holidays_not_known") for a country, subdivision or year that it does not know.
    """
    calendar = access.calendar_to_change(actor, calendar_id)
    try:
        days = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language="en_US")
    except NotImplementedError as error:
        raise Invalid("holidays_not_known", f"{error}.", field="subdivision" if subdivision else "country") from error
    if missing := set(years) - {day.year for day in days}:
        raise Invalid("holidays_not_known", f"Nothing is known of {min(missing)} there.", field="years")
    Holiday.objects.bulk_create(
        [Holiday(calendar=calendar, day=day, name=name[:200]) for day, name in sorted(days.items())],
        ignore_conflicts=True,
    )
    reckon_anew(Q(clock__calendar=calendar), at=occurred_at)
    return calendar


@command
def delete_calendar(*, actor: Actor, occurred_at: datetime, calendar_id: UUID) -> None:
    """Raises Conflict("calendar_in_use") while a policy or a clock goes by it, be it one of years ago."""
    calendar = access.calendar_to_change(actor, calendar_id)
    try:
        calendar.delete()
    except ProtectedError as error:
        raise Conflict("calendar_in_use", "Policies or clocks go by this calendar. Change it instead.") from error


@command
def create_policy(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    code: str,
    name: str,
    name_zh: str = "",
    targets: Sequence[PromiseData],
) -> SlaPolicy:
    """A new policy. Raises Conflict("code_taken" | "id_taken"), Invalid("promise_not_valid")."""
    require_administrator(actor)
    policy = SlaPolicy(id=id or uuid7(), code=code, name=name, name_zh=name_zh)
    _insert(policy)
    _set_promises(policy, targets)
    return policy


@command
def change_policy(
    *,
    actor: Actor,
    occurred_at: datetime,
    policy_id: UUID,
    targets: Sequence[PromiseData] | None = None,
    **changes: str,
) -> SlaPolicy:
    """New values for name and name_zh; the targets are replaced as a whole where they are given.

    Open clocks of a target that is no longer promised go on under their terms. Raises Invalid("promise_not_valid").
    """
    policy = access.policy_to_change(actor, policy_id)
    _update(policy, changes)
    if targets is not None:
        _set_promises(policy, targets)
        reckon_anew(Q(clock__policy=policy), at=occurred_at)
    return policy


@command
def delete_policy(*, actor: Actor, occurred_at: datetime, policy_id: UUID) -> None:
    """Raises Conflict("policy_in_use") while a service type, a period or a clock goes by it, be it one of years ago."""
    policy = access.policy_to_change(actor, policy_id)
    try:
        policy.delete()
    except ProtectedError as error:
        raise Conflict("policy_in_use", "Service types or clocks go by this policy. Change it instead.") from error


@command
def add_policy_period(
    *,
    actor: Actor,
    occurred_at: datetime,
    policy_id: UUID,
    service_type: str | None = None,
    customer_class: str = "",
    holds_from: datetime | None = None,
    holds_until: datetime | None = None,
    id: UUID | None = None,
) -> PolicyPeriod:
    """From a moment on (now, without one) the policy holds for a service type, a class of customers, or both together.

    What was reported before keeps its terms. A period without an end for the same ends where this one begins. Raises
    NotFound, Invalid("period_for_nobody" | "period_in_past" | "period_ends_before_it_starts" |
    "service_type_unknown"), Conflict("policy_period_overlaps") naming the `period` that is in the way,
    Conflict("id_taken").
    """
    policy = access.policy_to_change(actor, policy_id)
    kind = _service_type(service_type) if service_type else None
    starts = holds_from or occurred_at
    if kind is None and not customer_class:
        raise Invalid("period_for_nobody", "Name a service type, a class of customers, or both.", field="service_type")
    if starts < occurred_at:
        raise Invalid("period_in_past", "What was reported already keeps its terms.", field="holds_from")
    if holds_until is not None and holds_until <= starts:
        raise Invalid("period_ends_before_it_starts", "It ends after it begins.", field="holds_until")
    period = PolicyPeriod(
        id=id or uuid7(),
        policy=policy,
        service_type=kind,
        customer_class=customer_class,
        holds_from=starts,
        holds_until=holds_until,
    )
    same = PolicyPeriod.objects.filter(service_type=kind, customer_class=customer_class)
    same.filter(holds_until=None, holds_from__lt=starts).update(holds_until=starts)
    try:
        with transaction.atomic():
            period.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_policy_at_a_time":
                after = same.filter(Q(holds_until=None) | Q(holds_until__gt=starts)).order_by("holds_from").first()
                raise Conflict(
                    "policy_period_overlaps",
                    "Another policy holds then. End that one first, or end this one where it begins.",
                    period=str(after.pk) if after else None,
                ) from error
            case "tickets_policyperiod_pkey":
                raise id_taken() from error
        raise
    return period


@command
def end_policy_period(
    *, actor: Actor, occurred_at: datetime, period_id: UUID, holds_until: datetime | None = None
) -> PolicyPeriod:
    """The period ends at a moment that is not past (now, without one). Then the next best policy holds.

    Raises NotFound, Invalid("period_in_past"), Conflict("period_ended"), and for one that has not begun by then
    Conflict("period_not_begun"): delete it. A period is made shorter by this, never longer.
    """
    period = access.period_to_change(actor, period_id)
    ends = holds_until or occurred_at
    if ends < occurred_at:
        raise Invalid("period_in_past", "What was reported already keeps its terms.", field="holds_until")
    if period.holds_until is not None and period.holds_until <= ends:
        raise Conflict("period_ended", "It ends before that already.", holds_until=period.holds_until.isoformat())
    if ends <= period.holds_from:
        raise Conflict("period_not_begun", "It has not begun by then. Delete it instead.")
    period.holds_until = ends
    period.save(update_fields=["holds_until"])
    return period


@command
def delete_policy_period(*, actor: Actor, occurred_at: datetime, period_id: UUID) -> None:
    """It will not be. Raises NotFound, Conflict("period_begun") for one by which tickets may go already: end it."""
    period = access.period_to_change(actor, period_id)
    if period.holds_from <= occurred_at:
        raise Conflict("period_begun", "Tickets may go by it already. End it instead.")
    period.delete()


def _service_type(code: str) -> ServiceType:
    found = ServiceType.objects.filter(code=code).first()
    if found is None:
        raise Invalid("service_type_unknown", "Choose one of the service types.", field="service_type")
    return found


def go_by_another_policy(service_type: ServiceType, *, former: UUID | None, at: datetime) -> None:
    """The service type names another policy: its open clocks that went by the former one go by that, reckoned anew."""
    policies = [former or ensure_default_policy().pk, service_type.policy_id or ensure_default_policy().pk]
    clocks = TicketClock.objects.filter(IS_OPEN, ticket__service_type=service_type, policy=policies[0])
    reckon_anew(Q(clock__in=clocks), at=at)
    clocks.update(policy=policies[1])


def reckon_anew(which: Q, *, at: datetime) -> None:
    """Let the next sweep take the open clocks of these timers by their terms as they are now."""
    ClockTimer.objects.filter(which).update(stale=True, fires_at=at)


def _insert(row: BusinessCalendar | SlaPolicy) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_calendar_per_code" | "one_policy_per_code":
                raise Conflict("code_taken", "There is one with this code already. Choose another code.") from error
            case "tickets_businesscalendar_pkey" | "tickets_slapolicy_pkey":
                raise id_taken() from error
        raise


def _update(row: Model, changes: dict[str, Any]) -> None:
    for field, value in changes.items():
        setattr(row, field, value)
    row.save(update_fields=list(changes))


def _set_windows(calendar: BusinessCalendar, windows: Sequence[WindowData]) -> None:
    """Raises Invalid("calendar_window_not_valid") for a window that ends before it begins, or two that overlap."""
    in_order = sorted(enumerate(windows), key=lambda item: (item[1]["weekday"], item[1]["opens"]))
    for index, window in in_order:
        if time() < window["closes"] <= window["opens"]:
            raise Invalid(
                "calendar_window_not_valid",
                "A window closes after it opens; make two of one that lasts beyond midnight.",
                field=f"windows[{index}].closes",
            )
    for (_, before), (index, window) in pairwise(in_order):
        same_day = before["weekday"] == window["weekday"]
        if same_day and (before["closes"] == time() or before["closes"] > window["opens"]):
            raise Invalid(
                "calendar_window_not_valid", "Windows of one day must not overlap.", field=f"windows[{index}].opens"
            )
    calendar.windows.all().delete()
    CalendarWindow.objects.bulk_create(CalendarWindow(calendar=calendar, **window) for window in windows)


def _set_holidays(calendar: BusinessCalendar, holidays: Sequence[HolidayData]) -> None:
    """Raises Invalid("holiday_twice")."""
    days = [holiday["day"] for holiday in holidays]
    if twice := next((index for index, day in enumerate(days) if day in days[:index]), None):
        raise Invalid("holiday_twice", "Name each day once.", field=f"holidays[{twice}].day")
    calendar.holidays.all().delete()
    Holiday.objects.bulk_create(Holiday(calendar=calendar, **holiday) for holiday in holidays)


def _set_promises(policy: SlaPolicy, promises: Sequence[PromiseData]) -> None:
    """Raises Invalid("promise_not_valid") for a limit before its target, a promise made twice, an unknown calendar."""
    calendars = set(BusinessCalendar.objects.values_list("pk", flat=True))
    seen = set()
    for index, promise in enumerate(promises):
        if promise["limit_seconds"] < promise["target_seconds"]:
            raise _no_promise(index, "limit_seconds", "The limit is not before the target.")
        if promise["calendar_id"] not in {None, *calendars}:
            raise _no_promise(index, "calendar_id", "Choose one of the calendars.")
        if (promise["target"], promise["priority"]) in seen:
            raise _no_promise(index, "target", "Promise a target once for all priorities, and once for each at most.")
        seen.add((promise["target"], promise["priority"]))
    policy.targets.all().delete()
    PolicyTarget.objects.bulk_create(
        PolicyTarget(
            policy=policy,
            target=promise["target"],
            priority=promise["priority"],
            target_duration=timedelta(seconds=promise["target_seconds"]),
            limit_duration=timedelta(seconds=promise["limit_seconds"]),
            calendar_id=promise["calendar_id"],
            warn_percents=sorted(set(promise["warn_percents"])),
            pausing_reasons=promise["pausing_reasons"],
        )
        for promise in promises
    )


def _no_promise(index: int, field: str, detail: str) -> Invalid:
    return Invalid("promise_not_valid", detail, field=f"targets[{index}].{field}")
