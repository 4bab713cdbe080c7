"""When a plan falls due: by its rule (RFC 5545, reckoned by python-dateutil), on days on which somebody works."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

from fieldsvc.errors import Invalid
from tickets.inspections.models import InspectionPlan

PARTS = re.compile(
    r"(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)|INTERVAL=[1-9][0-9]{0,2}|WKST=[A-Z]{2}|"
    r"(BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|BYWEEKNO|BYYEARDAY)=[-+0-9A-Z,]{1,80})\Z"
)
"""Of RFC 5545 what says on which days. Times of day are nothing to a plan, and it has an end of its own."""
HORIZON = relativedelta(years=8)
"""So far a rule is tried: it has to yield a date in every span of that length."""
LONGEST_SHIFT = 31


@dataclass(frozen=True, slots=True)
class Due:
    """A day by the rule, the name of its period, and the day on which the inspection is due."""

    day: date
    period: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Closed:
    """When nobody works: weekdays (Monday is 0) and single days."""

    weekdays: Collection[int] = ()
    days: Collection[date] = ()


def closed_days(plan: InspectionPlan) -> Closed:
    """Of the plan's calendar: two queries, none without one."""
    if plan.calendar is None:
        return Closed()
    open_on = set(plan.calendar.windows.values_list("weekday", flat=True))
    return Closed(set(range(7)) - open_on, set(plan.calendar.holidays.values_list("day", flat=True)))


def occurrences(plan: InspectionPlan, closed: Closed, *, until: date) -> Iterator[Due]:
    """All dates of the plan up to and including `until`, the first one first."""
    last = until if plan.ends_on is None else min(until, plan.ends_on - timedelta(days=1))
    for day in _dates(plan.rule, plan.starts_on, last):
        yield Due(day, period_of(plan.rule, day), _shifted(day, plan.shift, closed))


def latest(plan: InspectionPlan, closed: Closed, *, until: date) -> Due | None:
    """The last of them: what was missed while nobody was at work is one inspection, not many."""
    last = None
    for due in occurrences(plan, closed, until=until):
        last = due
    return last


def next_occurrences(plan: InspectionPlan, closed: Closed, *, after: date, count: int) -> list[Due]:
    """The next dates from that day on, at most so many."""
    coming = occurrences(plan, closed, until=max(after, plan.starts_on) + HORIZON)
    return list(islice((due for due in coming if due.day >= after), count))


def require_rule(rule: str, starts_on: date) -> None:
    """Raises Invalid("rule_not_valid") for what is no rule, never yields a date, or several in one of its periods."""
    parts = rule.split(";")
    names = [part.partition("=")[0] for part in parts]
    if not all(PARTS.match(part) for part in parts) or len(set(names)) != len(names) or names[0] != "FREQ":
        raise _not_valid("Write it like FREQ=MONTHLY;BYMONTHDAY=1.")
    try:
        dates = _dates(rule, starts_on, starts_on + HORIZON)
    except (ValueError, TypeError) as error:
        raise _not_valid(f"{error}.") from error
    if not dates:
        raise _not_valid("It never yields a date.")
    periods = [period_of(rule, day) for day in dates]
    if len(set(periods)) != len(periods):
        raise _not_valid("It yields several dates in a period. Choose a shorter FREQ.")


def period_of(rule: str, day: date) -> str:
    """The name of the period in which a date lies, by the frequency of the rule."""
    year, week, _ = day.isocalendar()
    if "FREQ=WEEKLY" in rule:
        return f"{year}-W{week:02}"
    if "FREQ=MONTHLY" in rule:
        return f"{day:%Y-%m}"
    return f"{day:%Y}" if "FREQ=YEARLY" in rule else day.isoformat()


def _dates(rule: str, first: date, last: date) -> list[date]:
    if last < first:
        return []
    begin = datetime(first.year, first.month, first.day)  # noqa: DTZ001  # a day, wherever it is
    return [moment.date() for moment in rrulestr(f"RRULE:{rule};UNTIL={last:%Y%m%d}T000000", dtstart=begin)]


def _shifted(day: date, shift: str, closed: Closed) -> date:
    step = timedelta(days=1 if shift == InspectionPlan.Shift.NEXT else -1)
    moved = day
    for _ in range(LONGEST_SHIFT):
        if moved.weekday() not in closed.weekdays and moved not in closed.days:
            return moved
        moved += step
    return day  # a calendar that is never open moves nothing


def _not_valid(detail: str) -> Invalid:
    return Invalid("rule_not_valid", detail, field="rule")
