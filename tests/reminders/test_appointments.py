"""The day before somebody comes, the resident hears of it once more."""

from datetime import UTC, datetime, time, timedelta

import pytest
from pytest_django import Settings

from fieldsvc.time import now, time_is
from notifications.models import Message
from sync.commands import Actor
from tests.people import People
from tests.reminders.conftest import MONDAY_NOON, at, reminders, runs
from tests.statements import sent
from tests.tickets.conftest import Api
from tests.world import World
from tickets.models import AppointmentReminder, OfferedWindow, Ticket, Visit
from tickets.reminders.appointments import remind_of_appointments
from tickets.reminders.jobs import remind_of_coming_visits
from tickets.visits.services import cancel_visit, dispatch_visit, reassign_visit, start_travel

pytestmark = pytest.mark.at(MONDAY_NOON)


def planned(world: World, start: datetime, ticket: Ticket | None = None) -> Visit:
    """Sent to the technician, for two hours from then on."""
    return dispatch_visit(
        actor=Actor(world.people.dispatcher),
        occurred_at=now(),
        ticket_id=(ticket or world.ticket()).pk,
        technician_id=world.people.technician.pk,
        window_start=start,
        window_end=start + timedelta(hours=2),
    )


def test_the_resident_hears_of_the_window_once_and_until_when_they_can_change_it(people: People, world: World) -> None:
    visit = planned(world, at(2, 15))
    assert [runs(remind_of_coming_visits, at(1, *when)) for when in ((14, 59), (15, 0), (16, 0))] == [0, 1, 1]
    [notice] = reminders(people.resident)
    assert (notice.ticket_id, notice.title) == (visit.ticket_id, f"Your appointment: {visit.ticket.reference}")
    assert notice.body.splitlines() == [
        "Leak",
        "Between 2026-11-25 15:00 and 2026-11-25 17:00",
        "You can choose another time until 2026-11-25 11:00.",
        "If nobody should come, write to us or call.",
    ]
    assert notice.body_zh.splitlines() == [
        "漏水",
        "上门时间:2026-11-25 15:00 至 2026-11-25 17:00",
        "2026-11-25 11:00 前可更改时间。",
        "如需取消,请留言或致电。",
    ]


@pytest.mark.parametrize(
    ("zone", "window", "moments"),
    [
        ("Asia/Shanghai", at(2, 7), {at(1, 7, 59): 0, at(1, 8): 1}),
        ("Asia/Shanghai", at(2, 21), {at(1, 20, 59): 0, at(1, 21): 1}),
        ("Asia/Shanghai", at(2, 22), {at(1, 22): 0, at(2, 7, 59): 0, at(2, 8): 1}),
        ("Asia/Shanghai", at(2, 7), {at(1, 21, 1): 0, at(2, 6, 59): 0, at(2, 8): 0}),
        (
            "America/New_York",
            datetime(2026, 11, 25, 12, tzinfo=UTC),
            {datetime(2026, 11, 24, 12, 59, tzinfo=UTC): 0, datetime(2026, 11, 24, 13, tzinfo=UTC): 1},
        ),
    ],
)
def test_nobody_is_reminded_in_the_night_of_where_somebody_comes(
    people: People, world: World, zone: str, window: datetime, moments: dict[datetime, int]
) -> None:
    people.north.time_zone = zone
    people.north.save()
    planned(world, window)
    assert {moment: runs(remind_of_coming_visits, moment) for moment in moments} == moments


def test_after_a_day_without_a_worker_they_hear_of_it_as_long_as_it_has_not_begun(people: People, world: World) -> None:
    planned(world, at(2, 15))
    planned(world, at(2, 12))
    assert runs(remind_of_coming_visits, at(2, 14)) == 1
    [notice] = reminders(people.resident)
    assert "15:00" in notice.body
    assert "another time" not in notice.body
    assert "更改" not in notice.body_zh


def test_whoever_was_told_of_the_window_less_than_a_day_before_needs_no_reminder(people: People, world: World) -> None:
    planned(world, at(1, 11))
    assert runs(remind_of_coming_visits, at(0, 13)) == 0


def test_a_window_that_was_moved_has_a_reminder_of_its_own(api: Api, people: People, world: World) -> None:
    """To Friday at nine, after the first; and from there to Friday at six, so late that the news itself is enough."""
    for hour in (9, 18):
        OfferedWindow.objects.create(territory=people.north, weekday=4, opens=time(hour), closes=time(hour + 2))
    ticket = planned(world, at(2, 15)).ticket
    address = f"/api/v1/tickets/{ticket.pk}/windows"
    assert runs(remind_of_coming_visits, at(1, 15)) == 1
    with time_is(at(1, 16)):
        moved = api(people.resident).post(address, {"window_start": at(4, 9), "window_end": at(4, 11)})
        assert moved.status_code == 200, moved.content
    assert [runs(remind_of_coming_visits, moment) for moment in (at(2, 14), at(3, 9))] == [1, 2]
    assert "Between 2026-11-27 09:00 and 2026-11-27 11:00" in reminders(people.resident)[1].body
    with time_is(at(3, 19)):
        moved = api(people.resident).post(address, {"window_start": at(4, 18), "window_end": at(4, 20)})
        assert moved.status_code == 200, moved.content
    assert runs(remind_of_coming_visits, at(4, 8)) == 2


def test_who_comes_in_the_window_makes_no_difference(people: People, world: World) -> None:
    visit = planned(world, at(2, 15))
    assert runs(remind_of_coming_visits, at(1, 15)) == 1
    with time_is(at(1, 16)):
        reassign_visit(
            actor=Actor(people.dispatcher),
            occurred_at=now(),
            visit_id=visit.pk,
            technician_id=people.colleague.pk,
            reason="Ill.",
        )
    assert runs(remind_of_coming_visits, at(1, 17)) == 1


@pytest.mark.parametrize("why", ["cancelled", "set out", "nobody is registered", "no reminders wanted"])
def test_there_is_no_reminder(people: People, world: World, settings: Settings, why: str) -> None:
    visit = planned(world, at(2, 15))
    match why:
        case "cancelled":
            cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="Repaired.")
        case "set out":
            start_travel(actor=Actor(people.technician), occurred_at=now(), visit_id=visit.pk)
        case "nobody is registered":
            Ticket.objects.update(resident=None)
        case _:
            settings.APPOINTMENT_REMINDER_HOURS = 0
    assert runs(remind_of_coming_visits, at(1, 16)) == 0


def test_it_goes_by_sms_to_those_alone_who_have_agreed_to_it(api: Api, people: People, world: World) -> None:
    api(people.resident).post("/api/v1/me/consents", {"about": "sms", "given": True, "wording": "2026-11"})
    planned(world, at(2, 13))
    planned(world, at(2, 15), world.ticket(people.neighbour))
    before = Message.objects.count()
    assert runs(remind_of_coming_visits, at(1, 16)) == 2
    assert Message.objects.count() == before + 1
    assert Message.objects.latest("pk").address == people.resident.phone


def test_many_cost_the_statements_of_one(people: People, world: World) -> None:
    def cost(day: int, visits: int) -> int:
        for number in range(visits):
            planned(world, at(day, 10 + 2 * number), world.ticket(people.neighbour if number % 2 else None))
        with time_is(at(day - 1, 19)), sent() as found:
            assert remind_of_appointments(actor=Actor.system(), occurred_at=now()) == visits
        return len(found)

    assert cost(2, 1) == cost(4, 4)
    assert AppointmentReminder.objects.count() == 5
