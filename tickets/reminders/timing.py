"""When customers are reminded: by the calendar and the wall clock of where they are.

A reminder of a day belongs to a day so long after it (negative: before it), from `MORNING` to `EVENING`. Of what was
missed while nobody was at work, or not known yet, the last alone is said: what was sent stands for all before it.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, Q, QuerySet

from accounts.models import Territory
from tickets.prices.selectors import day_there

BATCH = 100
"""So many are reminded in one command."""
MORNING, EVENING = time(9), time(21)
"""Nobody is woken up."""


def zones_awake(at: datetime, *, since: time = MORNING) -> list[str]:
    """Time zones of territories in which it is between `since` and `EVENING` at that moment."""
    zones = Territory.objects.order_by().values_list("time_zone", flat=True).distinct()
    return [zone for zone in zones if since <= at.astimezone(ZoneInfo(zone)).time() <= EVENING]


def to_remind_of(
    day: str, days: Collection[int], *, zone: str, sent: QuerySet[Any], at: datetime, announcing: bool = False
) -> Q:
    """Condition on rows: one of these reminders of their `day` has come by `at`, and neither it nor a later was `sent`.

    `day` and `zone` are names of fields, `sent` are the reminders of the outer row. What only `announcing` a day makes
    sense of is not said once that has passed.
    """
    nothing = Q(pk__in=[])
    condition = nothing
    for time_zone in zones_awake(at):
        today, come = at.astimezone(ZoneInfo(time_zone)).date(), nothing
        for number in days:
            reached = Q(**{f"{day}__lte": today - timedelta(days=number)})
            come |= reached & Q(~Exists(sent.filter(days__gte=number)))
        if announcing:
            come &= Q(**{f"{day}__gte": today})
        condition |= Q(**{zone: time_zone}) & come
    return condition


def last_reminder(days: Collection[int], *, of: date, there: Territory, at: datetime) -> int:
    """Of these reminders of a day the last that has come; one has."""
    late = (day_there(there, at) - of).days
    return max(number for number in days if number <= late)
