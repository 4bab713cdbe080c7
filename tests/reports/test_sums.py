"""The sums that reports are read from equal what follows from the rows themselves, whoever wrote these and however."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from fieldsvc.jobs import app
from fieldsvc.time import now, time_is
from sync.sql import execute
from tests.people import People
from tests.reports import slow_model
from tests.reports.conftest import URL, Api, Books, count_all
from tests.reports.slow_model import day_of, month_of, week_of
from tests.world import World
from tickets.complaints.models import Ticket
from tickets.reports import services
from tickets.reports.formulas import PERCENTILES
from tickets.reports.histograms import one, percentiles
from tickets.reports.jobs import refresh_reports
from tickets.reports.models import MEASURES, ReportCell, ReportMark, TicketFacts
from tickets.reports.selectors import Asked, Period, ticket_report
from tickets.reports.serializers import measures
from tickets.visits.models import Visit

GROUPS: dict[str, Any] = {
    "week": week_of,
    "month": month_of,
    "territory": lambda ticket: ticket.territory_id,
    "service_type": lambda ticket: ticket.service_type_id,
    "source": lambda ticket: ticket.source,
}
GROUPINGS = [(), ("week",), ("month",), ("week", "month"), ("territory", "source"), ("service_type", "month")]


class Near:
    """What is told by a histogram of a duration of so many seconds: right to 5 percent, or half a second."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds

    def __eq__(self, told: object) -> bool:
        if self.seconds is None or not isinstance(told, int):
            return told is self.seconds
        return abs(told - self.seconds) <= max(0.05 * self.seconds, 0.5)

    def __repr__(self) -> str:
        return f"about {self.seconds}"


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """As exact as reports are."""
    metrics = {name: metric for name, metric in row.items() if isinstance(metric, dict)}
    digits = {
        name: 0 if name.endswith("_seconds") else 2 if name in ("rating", "technician_rating") else 4
        for name in metrics
    }
    return row | {
        name: metric | {"value": None if metric["value"] is None else round(float(metric["value"]), digits[name])}
        for name, metric in metrics.items()
    }


def report(user: User, period: Period, *groups: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    told = ticket_report(user, Asked(group_by=groups), period)
    return {key: rounded(measures(sums)) for key, sums in told.rows.items()}


def from_the_rows(period: Period, *groups: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    tickets = [
        ticket
        for ticket in Ticket.objects.select_related("territory")
        if period.since <= day_of(ticket) <= period.until
    ]
    rows = slow_model.by(tickets, *(GROUPS[group] for group in groups))
    if not groups and not rows:
        rows = {(): slow_model.measures([])}
    return {key: about(rounded(row)) for key, row in rows.items()}


def about(row: dict[str, Any]) -> dict[str, Any]:
    """With what histograms say, as near as they say it."""
    times = {name: told for name, told in row.items() if isinstance(told, dict) and "median" in told}
    return row | {name: told | {kind: Near(told[kind]) for kind in PERCENTILES} for name, told in times.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("longest", [3, 60, 40_000, 10_000_000])
def test_half_of_them_took_no_longer_than_the_median_whatever_they_took(longest: int):
    chance = Random(longest)
    for number in (1, 2, 10, 999):
        seconds = [int(longest ** chance.uniform(0, 1)) - chance.choice([0, 1]) for _ in range(number)]
        [(histogram,)] = execute(f"SELECT sum({one('seconds')}) FROM unnest(%s::bigint[]) AS seconds", [seconds])
        percents = (1, 50, 90, 100)
        assert percentiles(int(histogram), *percents) == [
            Near(slow_model.percentile(list(seconds), percent)) for percent in percents
        ]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_written_the_sums_are_those_of_the_rows(world: World, people: People, seed: int):
    books = Books(world, seed)
    for _ in range(6):
        for _ in range(15):
            books.something()
        count_all()
        since = now().date() - timedelta(days=books.chance.randrange(3, 110))
        periods = [
            Period(now().date() - timedelta(days=200), now().date() + timedelta(days=20)),
            Period(since, since + timedelta(days=books.chance.randrange(60))),
        ]
        for period in periods:
            groups = books.chance.choice(GROUPINGS)
            assert report(people.administrator, period, *groups) == from_the_rows(period, *groups)


def test_sums_that_were_reckoned_anew_are_those_that_were_kept(books: Books):
    for _ in range(120):
        books.something()
        if books.chance.random() < 0.2:
            count_all()
    count_all()
    kept = cells()
    out = StringIO()
    call_command("reports_rebuild", stdout=out)
    assert out.getvalue() == f"{Ticket.objects.count()} tickets were counted.\n"
    assert cells() == kept


def cells() -> dict[Any, Counter[str]]:
    """What there is in each cell, nought left out."""
    return {
        cell.pk: +Counter({name: getattr(cell, name) or 0 for name in MEASURES})
        for cell in ReportCell.objects.filter(tickets__gt=0)
    }


def test_a_ticket_that_is_gone_counts_no_more(books: Books, people: People):
    ticket = books.ticket()
    books.ticket(repeats=None)
    count_all()
    ticket.delete()
    count_all()
    assert TicketFacts.objects.count() == 1
    everything = Period(now().date() - timedelta(days=200), now().date() + timedelta(days=2))
    assert report(people.administrator, everything)[()]["tickets"] == 1


def test_the_worker_counts_what_was_written(books: Books):
    books.visit(books.ticket())
    assert ReportMark.objects.exists()
    refresh_reports()
    assert not ReportMark.objects.exists()
    assert TicketFacts.objects.get().tickets == 1


@pytest.mark.parametrize("second", [0, 7.2, 14.999, 15, 31.5, 59.9])
def test_a_change_is_in_the_reports_within_a_minute_by_the_workers_own_schedule(
    books: Books, api: Api, people: People, second: float
):
    """Whenever in the minute it is written; and until it is counted, the report says that it is older."""
    [schedule] = [task for task in app.periodic_registry.periodic_tasks.values() if task.task is refresh_reports]
    ticket = books.ticket(status="new", territory=people.north)
    written_at = now().replace(second=0, microsecond=0) + timedelta(days=1, seconds=second)
    runs_at = datetime.fromtimestamp(schedule.croniter.get_next(ret_type=float, start_time=written_at.timestamp()), UTC)
    assert runs_at <= written_at + timedelta(seconds=15)

    def told(at: datetime) -> tuple[int, bool]:
        with time_is(at):
            answer = api(people.supervisor).get(URL).json()
        return answer["total"]["tickets"], datetime.fromisoformat(answer["as_of"]) >= written_at

    with time_is(written_at):
        Ticket.objects.filter(pk=ticket.pk).update(source="patrol")
    assert told(written_at) == (0, False)
    with time_is(runs_at):
        schedule.task(timestamp=int(runs_at.timestamp()))
    assert told(written_at + timedelta(minutes=1)) == (1, True)


def test_a_bulk_update_costs_one_statement_and_one_mark_for_each_ticket(books: Books):
    for _ in range(5):
        books.visit(books.ticket())
    count_all()
    Visit.objects.update(completed_at=now())
    assert ReportMark.objects.count() == 5
    assert services.refresh() == 5
    assert services.refresh() == 0
