"""Five tickets of one fault in one complex within half an hour: an outage is proposed, once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.duplicates.conftest import Opens
from tests.outages.conftest import Flats
from tests.people import People
from tests.phone import Phone
from tests.tickets.conftest import Desk
from tickets.complaints.services import open_ticket, resolve_ticket
from tickets.models import Outage, ServiceType, Ticket
from tickets.outages.proposing import crowd
from tickets.outages.services import reject_outage

pytestmark = pytest.mark.django_db


def test_the_fifth_ticket_proposes_it_and_the_dispatchers_hear(people: People, flats: Flats) -> None:
    assert people.dispatcher
    flats(4)
    assert not Outage.objects.exists()
    [fifth] = flats(1, first=5)
    outage = Outage.objects.get()
    assert (outage.status, outage.area, outage.fault, outage.tickets.count()) == (
        "proposed",
        "sunny gardens",
        "no_connection",
        5,
    )
    [notice] = Notice.objects.filter(kind="outage_proposed")
    assert (notice.user, notice.title, notice.title_zh, notice.subject_id) == (
        people.dispatcher,
        "Perhaps an outage: Sunny Gardens",
        "疑似大面积故障:Sunny Gardens",
        fifth.pk,
    )


def test_a_sixth_one_belongs_to_the_same_proposal(flats: Flats) -> None:
    tickets = flats(7)
    assert Outage.objects.get().tickets.count() == len(tickets)
    assert Notice.objects.filter(kind="outage_proposed").count() <= 1
    assert not Ticket.objects.exclude(follows=None).exists()


def test_other_faults_complexes_or_times_do_not_count(flats: Flats, opens: Opens) -> None:
    flats(4)
    opens(fault="slow")
    opens(details={"complex": "Harbour View", "phone": "13812345678", "fault": "no_connection"})
    with time_is(now() + timedelta(minutes=31)):
        flats(4, first=11)
    assert not Outage.objects.exists()


def test_what_is_solved_already_does_not_count(desk: Desk, flats: Flats) -> None:
    [first, *_] = flats(4)
    resolve_ticket(actor=desk.agent, occurred_at=now(), ticket_id=first.pk, resolution_code="cleared_remotely")
    flats(1, first=5)
    assert not Outage.objects.exists()


def test_how_many_and_how_soon_is_the_service_types(flats: Flats) -> None:
    ServiceType.objects.filter(code="broadband").update(outage_tickets=2, outage_minutes=60)
    flats(1)
    with time_is(now() + timedelta(minutes=59)):
        flats(1, first=2)
    assert Outage.objects.exists()


def test_a_ticket_that_a_phone_tells_late_completes_the_count(people: People, broadband: ServiceType) -> None:
    handset = Phone(people.technician)
    for number in range(5):
        handset.does(
            "ticket.open",
            hours_ago=6 - number / 10,
            service_type="broadband",
            source="patrol",
            details={"complex": "Sunny Gardens", "phone": "13700000001", "fault": "no_connection"},
            address=f"Flat {number}",
            territory_id=people.north.pk,
        )
    assert handset.push() == ["applied"] * 5
    assert Outage.objects.get().tickets.count() == 5


def test_rejected_tickets_are_never_proposed_again_and_new_ones_may_be(
    people: People, proposed: Outage, flats: Flats
) -> None:
    reject_outage(actor=Actor(people.dispatcher), occurred_at=now(), outage_id=proposed.pk, reason="Five routers")
    flats(4, first=6)
    assert Outage.objects.count() == 1
    flats(1, first=10)
    assert Outage.objects.filter(status="proposed").get().tickets.count() == 5


def test_a_proposal_that_nobody_decided_takes_up_nobody_days_later(desk: Desk, proposed: Outage, flats: Flats) -> None:
    for ticket in proposed.tickets.all():
        resolve_ticket(actor=desk.agent, occurred_at=now(), ticket_id=ticket.pk, resolution_code="cleared_remotely")
    [later] = flats(1, first=9)
    proposed.refresh_from_db()
    assert (proposed.status, later.outage) == ("rejected", None)


@pytest.mark.django_db(transaction=True)
def test_five_agents_at_the_same_moment_propose_it_once(people: People, desk: Desk) -> None:
    start, failures = Barrier(6), []
    given = [{**desk.intake(address=f"Flat {number}"), "territory_id": people.north.pk} for number in range(6)]
    agent = people.agent

    def opens_one(number: int) -> None:
        try:
            start.wait()
            open_ticket(actor=Actor(agent), occurred_at=now(), **given[number])
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=opens_one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Outage.objects.get().tickets.count() == 6


def test_the_span_is_one_that_holds_the_new_ticket() -> None:
    at, minutes = now(), timedelta(minutes=30)
    moments = [at + timedelta(minutes=passed) for passed in (0, 10, 20, 25, 40, 45, 50)]
    assert crowd(moments, around=moments[0], within=minutes) == 4
    assert crowd(moments, around=moments[4], within=minutes) == 5
    assert crowd([], around=at, within=minutes) == 0
