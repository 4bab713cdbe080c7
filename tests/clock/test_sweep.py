"""Warnings: each once, in order, to whom it concerns, whatever happens to the worker."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from croniter import croniter  # type: ignore[import-untyped]
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app

from accounts.models import User
from fieldsvc.time import now, time_is
from notifications.notices.models import Notice
from sync.feed.models import FeedMark
from tests.clock.conftest import Report, after, clock, sweep_at, warned
from tests.people import People
from tickets.clock import sweeping
from tickets.clock.jobs import sweep_clocks
from tickets.clock.models import ClockTimer, ClockWarning, PolicyTarget, Target, TicketClock
from tickets.clock.services import sweep
from tickets.complaints.models import Ticket
from tickets.visits.models import Visit

STEPS = [(50, "technician"), (75, "dispatcher"), (100, "supervisor")]


@pytest.fixture
def visit(ticket: Ticket, people: People) -> Visit:
    """The technician is on the way."""
    assert people.dispatcher
    assert people.supervisor
    return Visit.objects.create(
        ticket=ticket,
        technician=people.technician,
        status=Visit.Status.ACCEPTED,
        window_start=after(30),
        window_end=after(32),
    )


def told(person: User, ticket: Ticket) -> list[int]:
    """The percentages that this person has heard of about the visit's clock, in order."""
    keys = [f"clock:{clock(ticket).pk}:{percent}:{person.pk}" for percent in (50, 75, 100)]
    notices = Notice.objects.filter(user=person, dedupe_key__in=keys).order_by("created_at", "id")
    return [int(notice.data["percent"]) for notice in notices]


def test_technician_dispatcher_and_supervisor_are_warned_once_each(ticket, visit, people):
    for hours in (11.99, 12, 12.1, 17.99, 18, 23.99, 24, 30, 48, 60):
        sweep_at(hours)
    assert warned(ticket) == STEPS
    assert [told(person, ticket) for person in (people.technician, people.dispatcher, people.supervisor)] == [
        [50],
        [75],
        [100],
    ]


def test_a_warning_comes_when_it_is_due_and_not_before(ticket, visit):
    assert sweep_at(12 - 1 / 3600) == 0
    sweep_at(12)
    warning = ClockWarning.objects.get(clock=clock(ticket))
    assert (warning.due_at, warning.fired_at) == (after(12), after(12))


def test_after_the_worker_was_down_every_threshold_fires_once_and_in_order(ticket, visit, people):
    sweep_at(100)
    assert warned(ticket) == STEPS
    assert [row.due_at for row in clock(ticket).warnings.all()] == [after(12), after(18), after(24)]
    assert (told(people.technician, ticket), told(people.supervisor, ticket)) == ([50], [100])
    late = clock(ticket)
    assert (late.state, late.target_missed, late.limit_missed) == (TicketClock.State.BREACHED, True, True)
    assert sweep_at(101) == 0


def timetable() -> str:
    """By which the worker looks: read and not assumed."""
    (cron,) = [
        task.cron for (name, _), task in app.periodic_registry.periodic_tasks.items() if name == "tickets.sweep_clocks"
    ]
    return str(cron)


def test_nobody_waits_a_minute_for_a_warning_that_is_due(ticket, visit):
    looks = croniter(timetable(), after(12) - timedelta(seconds=61))
    while (moment := looks.get_next(datetime)) < after(13):
        with time_is(moment):
            sweep_clocks(timestamp=0)
        if warning := ClockWarning.objects.filter(clock=clock(ticket)).first():
            break
    assert warning is not None
    assert warning.due_at == after(12)
    assert timedelta(0) <= warning.fired_at - warning.due_at < timedelta(seconds=60)


def test_a_worker_that_was_down_for_an_hour_catches_up_at_its_first_look_and_is_in_time_from_then_on(
    report, people, monkeypatch
):
    """The benchmark `promises` in short: more is due than one portion holds, and the worker has its own timetable."""
    monkeypatch.setattr(sweeping, "PORTION", 7)
    assert people.dispatcher
    tickets = [report(reported_at=after(minute / 60)) for minute in range(0, 72, 3)]
    with time_is(after(13)):
        sweep_clocks(timestamp=0)
    caught_up = ClockWarning.objects.filter(fired_at=after(13))
    assert caught_up.count() == 2 * len([ticket for ticket in tickets if ticket.reported_at <= after(1)])

    looks = croniter(timetable(), after(13))
    while (moment := looks.get_next(datetime)) <= after(13.25):
        if ClockTimer.objects.filter(fires_at__lte=moment).exists():
            with time_is(moment):
                sweep_clocks(timestamp=0)
    warnings = ClockWarning.objects.all()
    assert warnings.count() == Notice.objects.count() == 2 * len(tickets)
    in_time = [row.fired_at - row.due_at for row in warnings if row.due_at > after(13)]
    assert len(in_time) == 6
    assert all(timedelta(0) <= delay < timedelta(seconds=60) for delay in in_time)


def test_the_notice_says_what_is_due_when(ticket, visit, people):
    sweep_at(12)
    notice = Notice.objects.get(
        user=people.technician, subject_id=ticket.pk, dedupe_key__contains=str(clock(ticket).pk)
    )
    assert (notice.kind, notice.ticket_id, notice.territory_id) == ("clock_warning", ticket.pk, people.north.pk)
    assert "Technician on site" in notice.body
    assert "上门到场" in notice.body_zh
    assert "2026-11-24 08:00" in notice.body  # in the technician's time zone


def test_only_the_last_warning_is_urgent(ticket, visit):
    sweep_at(24)
    urgent = dict(
        Notice.objects.filter(dedupe_key__contains=str(clock(ticket).pk)).values_list("data__percent", "urgent")
    )
    assert urgent == {50: False, 75: False, 100: True}


def test_without_a_visit_the_responsible_person_is_warned_and_without_one_the_dispatchers(report, people):
    assert people.dispatcher
    with_somebody, with_nobody = report(responsible=people.agent), report()
    sweep_at(12)
    assert warned(with_somebody) == [(50, "technician")]
    assert told(people.agent, with_somebody) == [50]
    assert warned(with_nobody) == [(50, "dispatcher")]
    assert told(people.dispatcher, with_nobody) == [50]


def test_where_there_is_no_dispatcher_the_supervisors_hear(report, people):
    assert people.supervisor
    ticket = report()
    sweep_at(18)
    assert warned(ticket) == [(50, "supervisor"), (75, "supervisor")]


def test_the_desk_of_another_territory_hears_nothing(ticket, visit, people):
    assert people.southern_dispatcher
    sweep_at(24)
    assert not Notice.objects.filter(user=people.southern_dispatcher).exists()


def test_whoever_left_is_not_warned(ticket, visit, people):
    User.objects.filter(pk=people.technician.pk).update(is_active=False)
    sweep_at(12)
    assert warned(ticket) == [(50, "dispatcher")]


def test_a_cancelled_visit_has_no_technician_to_warn(ticket, visit, people):
    Visit.objects.update(status=Visit.Status.CANCELLED)
    sweep_at(12)
    assert told(people.technician, ticket) == []


def test_a_threshold_that_a_new_policy_brings_below_one_that_fired_is_passed_over(ticket, visit, service_type):
    sweep_at(18)
    PolicyTarget.objects.filter(target=Target.ON_SITE).update(warn_percents=[50, 60, 75, 90, 100])
    ClockTimer.objects.update(stale=True, fires_at=after(18))
    sweep_at(19)
    sweep_at(24)
    assert [percent for percent, _ in warned(ticket)] == [50, 75, 90, 100]


def test_a_clock_without_warnings_is_judged_all_the_same(report, people):
    PolicyTarget.objects.update(warn_percents=[])
    ticket = report()
    assert sweep_at(25) == 0
    assert clock(ticket).state == TicketClock.State.BREACHED


def test_a_warning_changes_no_document_of_the_ticket_but_a_breach_does(ticket, visit):
    FeedMark.objects.all().delete()
    version = "SELECT version FROM sync_feeddocument WHERE collection = 'tickets' AND doc_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(version, [ticket.pk])
        before = cursor.fetchone()
        sweep_at(12)
        cursor.execute(version, [ticket.pk])
        assert cursor.fetchone() == before
        sweep_at(24)
        cursor.execute(version, [ticket.pk])
        assert cursor.fetchone() != before


def test_judging_many_clocks_takes_no_more_queries_than_judging_one(report, django_assert_max_num_queries):
    PolicyTarget.objects.update(warn_percents=[])  # each notice has queries of its own
    report()
    with CaptureQueriesContext(connection) as alone:
        sweep_at(24)
    for _ in range(10):
        report()
    with django_assert_max_num_queries(len(alone)):
        sweep_at(24)


@pytest.mark.django_db(transaction=True)
class TestSeveralWorkers:
    """On real connections, as each worker has its own."""

    def test_each_threshold_fires_once_though_four_workers_sweep_at_once(
        self, report: Report, people: People, monkeypatch
    ):
        monkeypatch.setattr(sweeping, "PORTION", 3)
        assert people.dispatcher
        assert people.supervisor
        tickets = [report() for _ in range(20)]
        start = Barrier(4)

        def worker(_: int) -> int:
            start.wait()
            try:
                return sweep(at=now())
            finally:
                connection.close()

        with time_is(after(24)), ThreadPoolExecutor(4) as workers:
            fired = sum(workers.map(worker, range(4)))
            fired += sweep(at=now())
        assert fired == 20 * 2 * 3  # two clocks each
        for ticket in tickets:
            assert [percent for percent, _ in warned(ticket)] == [50, 75, 100]
        assert Notice.objects.count() == fired

    def test_a_ticket_that_somebody_is_busy_with_waits_for_the_next_sweep(self, report: Report, people: People):
        assert people.dispatcher
        busy, free = report(), report()

        def hold_and_sweep() -> int:
            try:
                return sweep_at(12)
            finally:
                connection.close()

        with transaction.atomic(), ThreadPoolExecutor(1) as worker:
            Ticket.objects.select_for_update().get(pk=busy.pk)
            assert worker.submit(hold_and_sweep).result(timeout=20) == 2
            assert warned(free) != []
        assert warned(busy) == []
        sweep_at(12.01)
        assert [percent for percent, _ in warned(busy)] == [50]
