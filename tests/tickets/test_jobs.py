"""What the worker does with tickets that nobody touches any more."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from fieldsvc.time import now, time_passes
from sync.commands import Actor, command_block
from tests.people import People
from tests.tickets.conftest import Api, Desk, url
from tickets.complaints.jobs import archive_ended_tickets, close_unconfirmed_tickets
from tickets.complaints.models import Ticket
from tickets.complaints.services import close_unconfirmed
from tickets.complaints.transitions import ticket_resolved


def test_what_nobody_answered_in_five_days_is_closed(api: Api, people: People, resolved: Ticket) -> None:
    with time_passes(timedelta(days=4, hours=23)):
        close_unconfirmed_tickets()
    resolved.refresh_from_db()
    assert resolved.status == "resolved"
    with time_passes(timedelta(days=5)):
        close_unconfirmed_tickets()
        close_unconfirmed_tickets()
    resolved.refresh_from_db()
    assert resolved.status == "closed"
    events = api(people.resident).get(url(resolved, "timeline")).json()["results"]
    assert events[-1]["texts"]["en"] == "Nothing more was heard for 5 days. The report is closed."
    assert [event["kind"] for event in events].count("ticket_closed") == 1


def test_work_that_a_phone_reports_a_week_later_still_waits_for_the_residents_word(
    api: Api, people: People, ticket: Ticket
) -> None:
    week_ago = now() - timedelta(days=7)
    Ticket.objects.filter(pk=ticket.pk).update(reported_at=week_ago - timedelta(hours=1))
    ticket.refresh_from_db()
    with command_block():
        ticket_resolved(
            ticket, actor=Actor(people.technician), occurred_at=week_ago, resolution_code="router_configured"
        )
    close_unconfirmed_tickets()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at) == ("resolved", week_ago)
    with time_passes(timedelta(days=4)):
        response = api(people.resident).post(url(ticket, "reopen"), {"reason": "Still slow"})
    assert response.status_code == 200


def test_what_was_resolved_elsewhere_is_closed_by_the_same_rule(resolved: Ticket) -> None:
    Ticket.objects.filter(pk=resolved.pk).update(confirm_until=None)
    close_unconfirmed_tickets()
    resolved.refresh_from_db()
    assert resolved.status == "resolved"
    with time_passes(timedelta(days=5)):
        close_unconfirmed_tickets()
    resolved.refresh_from_db()
    assert resolved.status == "closed"


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_is_busy_with_is_closed_the_next_time(desk: Desk) -> None:
    busy, free = (desk.resolves(desk.opens()) for _ in range(2))
    locked, done = threading.Event(), threading.Event()

    def somebody() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=busy.pk)
            locked.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=somebody)
    thread.start()
    locked.wait(10)
    later = now() + timedelta(days=6)
    try:
        assert close_unconfirmed(actor=Actor.system(), occurred_at=later) == 1
    finally:
        done.set()
        thread.join()
    free.refresh_from_db()
    assert free.status == "closed"
    assert close_unconfirmed(actor=Actor.system(), occurred_at=later) == 1


def test_what_ended_two_weeks_ago_is_archived(resolved: Ticket) -> None:
    with time_passes(timedelta(days=6)):
        close_unconfirmed_tickets()
    with time_passes(timedelta(days=19)):
        archive_ended_tickets()
    resolved.refresh_from_db()
    assert not resolved.archived
    with time_passes(timedelta(days=20, minutes=1)):
        archive_ended_tickets()
    resolved.refresh_from_db()
    assert resolved.archived
