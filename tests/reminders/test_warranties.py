"""The resident hears that a warranty ends while there is time to have something done for nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import User
from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.ids import uuid7
from tests.charges.conftest import Counter, line
from tests.charges.test_warranties import days_ago, promise, repaired
from tests.people import People
from tests.reminders.conftest import MONDAY_NOON, at, reminders, runs
from tests.statements import sent
from tests.world import World
from tickets.complaints.services import reopen_ticket
from tickets.models import PriceItem, Ticket, Warranty
from tickets.reminders.jobs import remind_of_ending_warranties
from tickets.reminders.warranties import remind_of_warranties

pytestmark = pytest.mark.at(MONDAY_NOON)


def day_of(when: date) -> int:
    """As `at` counts."""
    return (when - at(0, 12).date()).days


def test_the_resident_hears_two_weeks_before_a_warranty_ends_once(
    people: People, world: World, counter: Counter
) -> None:
    promise(people, service_type=world.service_type.code, days=90)
    ticket = repaired(counter)
    until = Warranty.objects.get().until
    day = day_of(until) - 14
    moments = at(day, 8, 59), at(day, 9), at(day + 1, 9), at(day + 14, 9), at(day + 15, 9)
    assert [runs(remind_of_ending_warranties, moment) for moment in moments] == [0, 1, 1, 1, 1]
    [notice] = reminders(people.resident)
    assert notice.ticket_id == ticket.pk
    assert (notice.title, notice.title_zh) == (
        f"Your warranty ends on {until}: {ticket.reference}",
        f"您的保修将于 {until} 到期:{ticket.reference}",
    )
    assert notice.body == "Leak\nIf something is wrong with it, tell us before."
    assert notice.body_zh == "漏水\n如有问题,请在到期前告知我们。"


def test_what_ends_on_one_day_is_said_at_once_and_what_has_ended_not_at_all(
    people: People, counter: Counter, meter: PriceItem
) -> None:
    with days_ago(400):
        repaired(counter, units={"S-1": "", "S-2": ""}, part=meter)
    until = day_of(Warranty.objects.filter(serial="S-1").get().until)
    assert runs(remind_of_ending_warranties, at(until, 20)) == 1
    assert reminders(people.resident)[0].body.startswith("Meter S-1, Meter S-2\n")
    assert reminders(people.resident)[0].body_zh.startswith("燃气表 S-1、燃气表 S-2\n")
    with days_ago(399):
        repaired(counter, units={"S-3": ""}, part=meter)
    assert runs(remind_of_ending_warranties, at(until + 2, 9)) == 1


def test_a_unit_that_was_replaced_or_has_answered_for_another_is_not_reminded_of(
    people: People, counter: Counter, meter: PriceItem, quotes: Callable[..., dict[str, Any]]
) -> None:
    with days_ago(400):
        repaired(counter, units={"S-1": "", "S-2": ""}, part=meter)
    with days_ago(300):
        repaired(counter, units={"S-3": "S-1"}, part=meter)
    [free] = quotes(counter.visit(), line(meter))["lines"]
    left = {"S-2": "S-3", "S-3": "S-2"}[free["warranty_serial"]]
    for warranty in Warranty.objects.order_by("until"):
        runs(remind_of_ending_warranties, at(day_of(warranty.until) - 14, 9))
    assert [notice.body.splitlines()[0] for notice in reminders(people.resident)] == [f"Meter {left}"]


def test_while_the_same_repair_is_done_again_its_old_warranty_is_not_reminded_of(
    people: People, world: World, counter: Counter
) -> None:
    promise(people, service_type=world.service_type.code, days=90)
    ticket = repaired(counter)
    day = day_of(Warranty.objects.get().until) - 14
    reopen_ticket(actor=Actor(people.agent), occurred_at=now(), ticket_id=ticket.pk, reason="It drips again.")
    assert runs(remind_of_ending_warranties, at(day, 9)) == 0
    Ticket.objects.filter(pk=ticket.pk).update(status="resolved", resolved_at=now())
    anew = Warranty.objects.get()
    anew.pk, anew.since, anew.until = uuid7(), anew.since + timedelta(days=9), anew.until + timedelta(days=9)
    anew.save(force_insert=True)
    moments = at(day + 1, 9), at(day + 9, 8), at(day + 9, 9), at(day + 23, 9)
    assert [runs(remind_of_ending_warranties, moment) for moment in moments] == [0, 0, 1, 1]


def test_many_cost_the_statements_of_one(people: People, world: World) -> None:
    def cost(number: int, until: date) -> int:
        for index in range(number):
            _ended(world, until, people.neighbour if index % 2 else people.resident)
        with time_is(at(day_of(until), 10)), sent() as found:
            assert remind_of_warranties(actor=Actor.system(), occurred_at=now()) == number
        return len(found)

    assert cost(1, date(2027, 1, 1)) == cost(4, date(2027, 2, 1))


def _ended(world: World, until: date, resident: User) -> None:
    """A repair that was done, and is under warranty until that day."""
    ticket, kind = world.ticket(resident), world.service_type
    Ticket.objects.filter(pk=ticket.pk).update(status="resolved", resolved_at=now())
    Warranty.objects.create(kind="repair", ticket=ticket, site=world.site, service_type=kind, since=now(), until=until)
