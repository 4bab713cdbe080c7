"""What happens when nobody says that they have seen it."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from fieldsvc.time import time_is
from notifications.jobs import escalate_notices
from notifications.models import Notice
from notifications.notices.services import acknowledge_notice, escalate_unacknowledged
from notifications.services import stop_waiting
from sync.commands import Actor
from tests.notifications.telling import MORNING, TICKET, VISIT, arrival_notice, dispatch_notice

pytestmark = pytest.mark.django_db

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def dispatched(people) -> Notice:
    """A dispatch notice of this morning, with a dispatcher there and another one elsewhere."""
    assert people.dispatcher
    assert people.southern_dispatcher
    assert people.supervisor
    with time_is(MORNING):
        [notice] = dispatch_notice(people.technician, territory=people.north)
    return notice


def escalations() -> list[Notice]:
    return list(Notice.objects.filter(kind="notice_unacknowledged"))


def test_after_ten_minutes_without_an_answer_the_dispatcher_hears_once(people, dispatched):
    with time_is(MORNING + TEN_MINUTES):
        escalate_notices(timestamp=0)
        escalate_notices(timestamp=5)
    with time_is(MORNING + timedelta(days=1)):
        escalate_notices(timestamp=10)

    [escalation] = escalations()
    assert escalation.user == people.dispatcher
    assert escalation.title == "Tom Technician has not acknowledged: New visit: FS-1000-7"
    assert escalation.title_zh == "Tom Technician 尚未确认:新的上门任务:FS-1000-7"
    assert "10 minutes" in escalation.body
    assert (escalation.subject_id, escalation.ticket_id) == (VISIT, TICKET)
    assert escalation.cause == dispatched
    assert escalation.urgent
    dispatched.refresh_from_db()
    assert dispatched.escalated_at == MORNING + TEN_MINUTES


def test_nobody_is_bothered_before_the_ten_minutes_are_over(dispatched):
    with time_is(MORNING + TEN_MINUTES - timedelta(seconds=1)):
        escalate_notices(timestamp=0)

    assert escalations() == []


def test_the_patience_is_a_setting(people, settings):
    settings.NOTICE_ESCALATION_MINUTES = 3
    with time_is(MORNING):
        [notice] = dispatch_notice(people.technician, territory=people.north)

    assert notice.escalate_at == MORNING + timedelta(minutes=3)


def test_an_acknowledged_notice_bothers_nobody(people, dispatched):
    at = MORNING + timedelta(minutes=9)
    acknowledge_notice(actor=Actor(user=people.technician), occurred_at=at, notice_id=dispatched.pk)

    with time_is(MORNING + timedelta(hours=1)):
        escalate_notices(timestamp=0)

    assert escalations() == []


def test_a_visit_that_was_settled_otherwise_bothers_nobody(dispatched):
    stop_waiting(("visits", VISIT))

    with time_is(MORNING + timedelta(hours=1)):
        escalate_notices(timestamp=0)

    assert escalations() == []


def test_news_that_asks_for_no_answer_is_never_escalated(people):
    assert people.dispatcher
    with time_is(MORNING):
        arrival_notice(people.resident)
    with time_is(MORNING + timedelta(days=1)):
        escalate_notices(timestamp=0)

    assert escalations() == []


def test_where_there_is_no_dispatcher_the_supervisor_hears(people):
    assert people.supervisor
    with time_is(MORNING):
        dispatch_notice(people.technician, territory=people.north)
    with time_is(MORNING + TEN_MINUTES):
        escalate_notices(timestamp=0)

    assert [notice.user for notice in escalations()] == [people.supervisor]


@pytest.mark.django_db(transaction=True)
def test_two_workers_escalate_each_notice_once(people, dispatched):
    """The second worker comes while the first has not committed yet: it leaves that notice alone, and does not wait."""
    at = MORNING + TEN_MINUTES
    first = connection.copy()
    try:
        with transaction.atomic():
            first.set_autocommit(False)
            with first.cursor() as cursor:
                cursor.execute("SELECT 1 FROM notifications_notice WHERE id = %s FOR UPDATE", [dispatched.pk])
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
            assert escalate_unacknowledged(actor=Actor.system(), occurred_at=at) == 0
    finally:
        first.rollback()
        first.close()

    assert escalate_unacknowledged(actor=Actor.system(), occurred_at=at) == 1
    assert escalate_unacknowledged(actor=Actor.system(), occurred_at=at) == 0
    assert len(escalations()) == 1
