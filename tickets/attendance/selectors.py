"""Reads: days of attendance, and what a week of them amounts to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from sync.rows import with_related
from tickets.attendance.models import AttendanceDay

State = AttendanceDay.State

COUNTS: Mapping[str, Q] = {
    "planned_days": Q(planned_from__isnull=False),
    "attended": Q(state=State.ATTENDED),
    "missing": Q(state=State.MISSING),
    "awaiting_sync": Q(state=State.AWAITING_SYNC),
    "on_leave": Q(state=State.ON_LEAVE),
    "excused": Q(state=State.EXCUSED),
    "open": Q(state=State.OPEN),
    "late": Q(late_s__gt=0),
    "early": Q(early_s__gt=0),
    "no_clock_in": Q(marks__contains=["no_clock_in"]),
    "no_clock_out": Q(marks__contains=["no_clock_out"]),
    "corrected": Q(told__isnull=False),
}
"""What is counted of the days of a week, and which days count for it."""
SUMS = ("planned_s", "worked_s", "late_s", "early_s", "overtime_s")
"""What is added up of them, in seconds."""


@dataclass(frozen=True, slots=True)
class WeekOf:
    """A technician's week, or that of all together (without anybody)."""

    technician_id: UUID | None
    name: str
    figures: Mapping[str, int]

    @property
    def attendance(self) -> float | None:
        """Attended of attended and missing days; None where there is neither: what is not known yet is not nought."""
        known = self.figures["attended"] + self.figures["missing"]
        return round(self.figures["attended"] / known, 4) if known else None


def with_shown(days: QuerySet[AttendanceDay]) -> QuerySet[AttendanceDay]:
    """With all that the output of a day shows of other tables, in one query."""
    return with_related(days, technician=("name",))


def week_report(days: QuerySet[AttendanceDay], week: date) -> list[WeekOf]:
    """By name, what the week from this Monday on amounts to, for each technician of whom there are days. One query."""
    figures = {name: Count("pk", filter=said) for name, said in COUNTS.items()}
    sums = {name: Sum(name, default=0) for name in SUMS}
    rows: Iterable[Mapping[str, Any]] = (
        days.filter(day__gte=week, day__lt=week + timedelta(weeks=1))
        .order_by("technician__name", "technician")
        .values("technician", "technician__name")
        .annotate(**figures, **{f"sum_{name}": total for name, total in sums.items()})
    )
    return [
        WeekOf(
            row["technician"],
            row["technician__name"],
            {name: row[name] for name in COUNTS} | {name: row[f"sum_{name}"] for name in SUMS},
        )
        for row in rows
    ]


def together(rows: Iterable[WeekOf]) -> WeekOf:
    """All of them in one."""
    found = list(rows)
    return WeekOf(None, "", {name: sum(row.figures[name] for row in found) for name in (*COUNTS, *SUMS)})
