"""Reading reports: sums by group, over a period.

Whole pieces of the calendar are read from cells; the days before the first and after the last of them from the facts of
single tickets.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncWeek

from accounts.models import Territory, User
from fieldsvc.errors import Invalid
from tickets.complaints.models import Ticket
from tickets.reports import access
from tickets.reports.models import MEASURES
from tickets.service_types.models import ServiceType

MOST_ROWS = 10_000
"""More nobody reads."""

PLACES = {"territory": "territory_id", "service_type": "service_type_id", "source": "source"}
"""By what tickets are grouped that has nothing to do with time, and the column."""
TIMES: Mapping[str, type[TruncWeek | TruncMonth]] = {"week": TruncWeek, "month": TruncMonth}
"""By what time: each stands for its first day."""
GROUPS = (*TIMES, *PLACES)
AGES: Mapping[str, tuple[timedelta | None, timedelta | None]] = {
    "age_to_24h": (None, timedelta(hours=24)),
    "age_24h_48h": (timedelta(hours=24), timedelta(hours=48)),
    "age_2d_5d": (timedelta(days=2), timedelta(days=5)),
    "age_5d_15d": (timedelta(days=5), timedelta(days=15)),
    "age_15d_30d": (timedelta(days=15), timedelta(days=30)),
    "age_from_30d": (timedelta(days=30), None),
}
"""How long ago what is open was reported: from, and to less than."""

Key = tuple[Any, ...]
"""What a row is about: a value for each of what it is grouped by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which tickets are to be counted, and by what. Empty collections stand for all."""

    group_by: Sequence[str] = ()
    territories: Collection[UUID] = ()
    service_types: Collection[str] = ()
    sources: Collection[str] = ()

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those rows (cells, facts or tickets) that are asked for."""
        if self.territories:
            rows = rows.filter(territory_id__in=self.territories)
        if self.service_types:
            types = ServiceType.objects.filter(code__in=self.service_types)
            rows = rows.filter(service_type_id__in=list(types.values_list("pk", flat=True)))
        return rows.filter(source__in=self.sources) if self.sources else rows


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included."""

    since: date
    until: date

    def whole_pieces(self) -> tuple[date, date]:
        """From where to where it is made of whole pieces (see `ReportCell`); an empty stretch if of none."""
        start, end = self.since, self.until + timedelta(days=1)
        while not _begins_a_piece(start):
            start += timedelta(days=1)
        while not _begins_a_piece(end):
            end -= timedelta(days=1)
        return start, max(start, end)


def _begins_a_piece(day: date) -> bool:
    return day.weekday() == 0 or day.day == 1


@dataclass(slots=True)
class Report:
    """Counts by group, in the order of the groups' values, and all together."""

    rows: dict[Key, Counter[str]] = field(default_factory=dict)

    @property
    def total(self) -> Counter[str]:
        """All rows together."""
        total: Counter[str] = Counter()
        for counts in self.rows.values():
            total.update(counts)
        return total

    def add(self, rows: QuerySet[Any], asked: Asked, counts: Mapping[str, Aggregate], *, day: str = "") -> None:
        """Count these rows, too; `day` is the column by which they belong to a time.

        Raises Invalid("too_many_rows").
        """
        groups = {f"by_{name}": TIMES[name](day) if name in TIMES else F(PLACES[name]) for name in asked.group_by}
        sums = {f"sum_{name}": count for name, count in counts.items()}
        if groups:
            counted = asked.of(rows).values(**groups).annotate(**sums).order_by(*groups)[: MOST_ROWS + 1]
        else:
            counted = [asked.of(rows).aggregate(**sums)]
        for row in counted:
            key = tuple(row[name] for name in groups)
            self.rows.setdefault(key, Counter()).update({name: row[f"sum_{name}"] or 0 for name in counts})
        if len(self.rows) > MOST_ROWS:
            raise Invalid(
                "too_many_rows", "Group by less, or ask for fewer tickets.", field="group_by", limit=MOST_ROWS
            )


def ticket_report(user: User, asked: Asked, period: Period) -> Report:
    """The measures of the tickets reported in the period, by group. Two queries."""
    report = Report()
    start, end = period.whole_pieces()
    cells = access.cells(user).filter(starts_on__gte=start, starts_on__lt=end, tickets__gt=0)
    edges = Q(day__gte=period.since, day__lt=start) | Q(day__gte=end, day__lte=period.until)
    sums = {name: Sum(name) for name in MEASURES}
    report.add(cells, asked, sums, day="starts_on")
    report.add(access.facts(user).filter(edges, day__range=(period.since, period.until)), asked, sums, day="day")
    return report


def backlog(user: User, asked: Asked, at: datetime) -> Report:
    """What is open now, by age and by group. One query."""
    report = Report()
    counts: dict[str, Aggregate] = {"open": Count("pk"), "on_hold": Count("pk", Q(status=Ticket.Status.ON_HOLD))}
    for name, (least, most) in AGES.items():
        old_enough = Q(reported_at__lte=at - least) if least else Q()
        young_enough = Q(reported_at__gt=at - most) if most else Q()
        counts[name] = Count("pk", old_enough & young_enough)
    report.add(access.open_tickets(user), asked, counts)
    return report


def names(report: Report, asked: Asked) -> dict[Any, Territory | ServiceType]:
    """The territories and service types in a report, by their ids. At most two queries."""
    found: dict[Any, Territory | ServiceType] = {}
    for group, model in (("territory", Territory), ("service_type", ServiceType)):
        if group in asked.group_by:
            place = list(asked.group_by).index(group)
            found.update(model.objects.in_bulk({key[place] for key in report.rows}))
    return found
