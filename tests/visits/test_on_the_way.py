"""Whoever waits at home hears when to expect the technician."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldsvc.time import now, time_is
from notifications.models import Notice
from tests.people import People
from tests.world import World
from tickets.complaints.jobs import close_unconfirmed_tickets
from tickets.models import CheckIn, Visit

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 11, 23, 2, 1, tzinfo=UTC)
"""Ten o'clock and a minute in Shanghai."""


@pytest.fixture
def visit(people: People, world: World) -> Visit:
    with time_is(TEN - timedelta(hours=2)):
        return world.dispatched_visit()


def sets_out(api: Any, visit: Visit) -> Notice:
    """The technician sets out at ten; what the resident reads."""
    with time_is(TEN):
        tom = api(visit.technician)
        assert tom.post(f"/api/v1/visits/{visit.pk}/travel").status_code == 200
    return Notice.objects.get(kind="technician_travelling")


def was_seen(visit: Visit, *, hours_ago: float, latitude: float = 34.29, longitude: float = 108.91) -> None:
    at = TEN - timedelta(hours=hours_ago)
    CheckIn.objects.create(
        technician=visit.technician,
        territory=visit.ticket.territory,
        kind="shift_start",
        latitude=latitude,
        longitude=longitude,
        occurred_at=at,
        received_at=at,
    )


def test_the_resident_hears_when_to_expect_the_technician(api, visit):
    was_seen(visit, hours_ago=3, latitude=30.0)
    was_seen(visit, hours_ago=0.5)
    heard = sets_out(api, visit)

    assert heard.body == "Tom has set out.\nExpected about 2026-11-23 10:25"
    assert heard.body_zh == "Tom 正在前往。\n预计 2026-11-23 10:25 左右到达"


def test_where_nobody_knows_the_way_the_window_stands(api, visit):
    was_seen(visit, hours_ago=13)
    heard = sets_out(api, visit)

    window = f"Between {visit.window_start:%Y}"
    assert heard.body.splitlines()[0] == "Tom has set out."
    assert heard.body.splitlines()[1].startswith(window)


def test_where_a_phone_was_later_says_nothing_of_the_way_that_it_tells_of_with_it(phone, visit):
    was_seen(visit, hours_ago=0.5)
    with time_is(TEN):
        tom = phone(visit.technician)
        tom.pull()
        tom.does("visit.travel", hours_ago=0.2, visit_id=visit.pk)
        tom.does("visit.check_in", hours_ago=0.1, visit_id=visit.pk, latitude=34.24, longitude=108.91)
        assert tom.push() == ["applied", "applied"]

    assert Notice.objects.get(kind="technician_travelling").body.endswith("Expected about 2026-11-23 10:15")


def test_what_was_said_without_signal_hours_ago_is_no_news(phone, visit):
    with time_is(TEN):
        tom = phone(visit.technician)
        tom.pull()
    with time_is(TEN + timedelta(hours=3)):
        tom.does("visit.travel", hours_ago=2, visit_id=visit.pk)
        assert tom.push() == ["applied"]
    assert not Notice.objects.filter(kind="technician_travelling").exists()


# Afterwards


def resolved(api: Any, people: People, world: World) -> str:
    ticket = world.ticket()
    answer = api(people.agent).post(
        f"/api/v1/tickets/{ticket.pk}/resolve", {"resolution_code": "repaired", "note": "Restarted it."}
    )
    assert answer.status_code == 200, answer.content
    return f"/api/v1/tickets/{ticket.pk}"


def asked() -> int:
    return Notice.objects.filter(kind="rating_asked").count()


def test_whoever_confirms_is_asked_to_rate_once(api, people, world):
    ticket = resolved(api, people, world)
    assert asked() == 0
    rosa = api(people.resident)
    assert rosa.post(f"{ticket}/confirm").status_code == 200
    rosa.post(f"{ticket}/confirm")
    assert asked() == 1


def test_whoever_has_rated_is_not_asked(api, people, world):
    ticket = resolved(api, people, world)
    rosa = api(people.resident)
    assert rosa.post(f"{ticket}/rate", {"score": 5}).status_code in (200, 201)
    rosa.post(f"{ticket}/confirm")
    assert asked() == 0


def test_whoever_does_not_answer_is_asked_when_the_ticket_closes_by_itself(api, people, world):
    resolved(api, people, world)
    with time_is(now() + timedelta(days=6)):
        close_unconfirmed_tickets(timestamp=0)
    assert asked() == 1
