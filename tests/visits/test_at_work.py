"""Nobody is sent outside of their shifts without a reason; where no shifts are planned, they say nothing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from accounts.models import User
from fieldsvc.time import now, time_is
from tests.people import People
from tests.visits.conftest import Client, MakePhone
from tests.visits.test_dispatch import refusal
from tickets.complaints.models import Ticket
from tickets.models import Absence, OfferedWindow, Shift
from tickets.visits.models import Visit

MONDAY = date(2026, 11, 30)


def at(hour: float, day: date = MONDAY) -> datetime:
    """By the wall clock of the north, eight hours before Greenwich."""
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour - 8)


pytestmark = pytest.mark.at(at(20, MONDAY - timedelta(days=1)))


def shift(people: People, starts: float, ends: float, *, day: date = MONDAY, **other: Any) -> Shift:
    told = {"state": "published", "published_at": now(), **other}
    return Shift.objects.create(
        technician=people.technician,
        territory=people.north,
        starts_at=at(starts, day),
        ends_at=at(ends, day),
        planned_by=people.dispatcher,
        **told,
    )


def absent(people: People, starts: float, ends: float) -> Absence:
    return Absence.objects.create(
        technician=people.technician,
        territory=people.north,
        kind="leave",
        starts_at=at(starts),
        ends_at=at(ends),
        state="approved",
        asked_by=people.technician,
        asked_at=now(),
        decided_by=people.dispatcher,
        decided_at=now(),
    )


def dispatch(api: Client, people: People, ticket: Ticket, starts: float, ends: float, **more: Any) -> Any:
    body = {"technician_id": people.technician.pk, "window_start": at(starts), "window_end": at(ends), **more}
    return api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)


def test_nobody_is_sent_outside_of_their_shifts_unless_a_reason_is_given(
    api: Client, people: People, ticket: Ticket
) -> None:
    worked = shift(people, 8, 12)
    answer = dispatch(api, people, ticket, 13, 15)
    assert refusal(answer) == (409, "technician_not_on_shift")
    assert [told["ends_at"] for told in answer.json()["shifts"]] == [worked.ends_at.isoformat().replace("+00:00", "Z")]
    answer = dispatch(api, people, ticket, 13, 15, override_reason="Stays longer today.")
    assert (answer.status_code, answer.json()["override_reason"]) == (201, "Stays longer today.")


@pytest.mark.parametrize(
    ("starts", "ends", "outcome"),
    [(9, 11, 201), (11, 15, 201), (11.5, 15, 409), (7, 8.5, 409), (12, 14, 409), (16.5, 17.5, 201)],
)
def test_a_shift_has_to_leave_room_for_the_work_within_the_window(
    api: Client, people: People, ticket: Ticket, starts: float, ends: float, outcome: int
) -> None:
    shift(people, 8, 12)
    shift(people, 16, 17)  # two shifts that follow each other are as one
    shift(people, 17, 18)
    assert dispatch(api, people, ticket, starts, ends).status_code == outcome


def test_a_week_without_published_shifts_says_nothing(api: Client, people: People, complain: Any) -> None:
    shift(people, 8, 12, day=MONDAY + timedelta(days=7))
    shift(people, 8, 12, state="draft", published_at=None)
    assert dispatch(api, people, complain(), 13, 15).status_code == 201
    shift(people, 8, 12, day=MONDAY + timedelta(days=3))
    assert refusal(dispatch(api, people, complain(), 15, 17)) == (409, "technician_not_on_shift")


def test_who_is_away_during_their_shift_is_away(api: Client, people: People, ticket: Ticket) -> None:
    shift(people, 8, 17)
    absent(people, 7, 12)
    assert refusal(dispatch(api, people, ticket, 9, 11)) == (409, "technician_absent")
    assert dispatch(api, people, ticket, 12, 14).status_code == 201


def test_a_visit_is_not_moved_out_of_the_shift(api: Client, people: People, ticket: Ticket) -> None:
    shift(people, 8, 17)
    visit = dispatch(api, people, ticket, 9, 11).json()["id"]
    later = {"window_start": at(18), "window_end": at(20)}
    move = f"/api/v1/visits/{visit}/reschedule"
    assert refusal(api(people.dispatcher).post(move, later)) == (409, "technician_not_on_shift")
    assert api(people.dispatcher).post(move, {**later, "override_reason": "By their wish."}).status_code == 200


def test_what_phones_tell_is_never_refused_for_a_shift(
    api: Client, people: People, ticket: Ticket, phone: MakePhone
) -> None:
    shift(people, 8, 10)
    visit = Visit.objects.get(pk=dispatch(api, people, ticket, 8, 10).json()["id"])
    handset = phone(people.technician)
    handset.pull()
    with time_is(at(21)):
        handset.does("visit.travel", hours_ago=2, visit_id=visit)
        handset.does("visit.check_in", hours_ago=1, visit_id=visit)
        handset.does(
            "ticket.open",
            service_type="gas_leak",
            source="patrol",
            details={},
            address="Canal 3",
            territory_id=people.north.pk,
            visit_id="01890000-0000-7000-8000-000000000001",
        )
        assert handset.push() == ["applied"] * 3


def test_residents_are_offered_no_window_in_which_nobody_is_at_work(
    api: Client, people: People, ticket: Ticket, skill: Any
) -> None:
    for hour in (9, 11, 14):
        OfferedWindow.objects.create(territory=people.north, weekday=0, opens=time(hour), closes=time(hour + 2))
    people.colleague.skills.clear()

    def offered(person: User) -> list[str]:
        windows = api(person).get(f"/api/v1/tickets/{ticket.pk}/windows").json()["offered"]
        return [window["window_start"][11:13] for window in windows]

    assert offered(people.resident) == ["01", "03", "06"]
    absent(people, 8, 11)
    assert offered(people.resident) == ["03", "06"]
    shift(people, 8, 14)
    assert offered(people.resident) == ["03"]
    assert dispatch(api, people, ticket, 12, 14).status_code == 201
    assert offered(people.resident) == ["03"]
