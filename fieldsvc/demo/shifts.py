"""The plan of the technicians of Beilin: this week and the next, and somebody who would like some days off."""

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Role, Territory, User
from fieldsvc.demo.people import BEILIN, STAFF
from fieldsvc.time import now
from sync.commands import Actor, command
from tickets.shifts.absences import ask_absence
from tickets.shifts.days import DAY, WEEK, day_of, midnight
from tickets.shifts.models import Absence, Shift
from tickets.shifts.services import plan_pattern, publish_shifts

HOURS = {"starts": time(8), "ends": time(18), "break_starts": time(12), "break_ends": time(13)}
DAYS_OFF = ((5, 6), (6, 0), (1, 2))
"""Of one technician after the other, so that somebody is there every day; 0 is Monday."""


@command
def shifts() -> int:
    """Plan and publish them, unless some are planned already."""
    territory = Territory.objects.get(code=BEILIN)
    if Shift.objects.filter(territory=territory).exists():
        return 0
    zone = ZoneInfo(territory.time_zone)
    today = day_of(now(), zone)
    monday = today - today.weekday() * DAY
    dispatcher = Actor(User.objects.get(username="dispatcher"))
    planned: dict[str, Any] = {"actor": dispatcher, "occurred_at": midnight(monday - DAY, zone)}
    names = [one.username for one in STAFF if one.role == Role.TECHNICIAN and BEILIN in one.territories]
    technicians = list(User.objects.filter(username__in=names).order_by("username"))
    for technician, days_off in zip(technicians, DAYS_OFF, strict=True):
        plan_pattern(
            territory_id=territory.pk,
            technician_ids=[technician.pk],
            first_day=monday,
            last_day=monday + 2 * WEEK - DAY,
            pattern=[{"weekday": day, **HOURS} for day in range(7) if day not in days_off],
            **planned,
        )
    for week in (monday, monday + WEEK):
        publish_shifts(territory_id=territory.pk, week=week, **planned)
    ask_absence(
        actor=Actor(technicians[-1]),
        occurred_at=now(),
        kind=Absence.Kind.LEAVE,
        first_day=monday + WEEK + 3 * DAY,
        last_day=monday + WEEK + 4 * DAY,
        reason="妹妹结婚",
    )
    return Shift.objects.filter(territory=territory).count()
