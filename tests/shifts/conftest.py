"""A Monday in the north, whose wall clock is eight hours ahead of UTC, and shifts that were planned for it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from fieldsvc.time import now
from tests.people import People
from tickets.models import Absence, Shift

MONDAY = date(2026, 11, 30)
ZONE = ZoneInfo("Asia/Shanghai")
Plan = Callable[..., Shift]
Away = Callable[..., Absence]


def at(clock: str, day: date = MONDAY) -> datetime:
    """The moment at which the wall clock of the north shows this."""
    return datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)


WEEK_BEFORE = at("07:00", date(2026, 11, 23))
"""Early in it."""


@pytest.fixture
def shift(people: People) -> Plan:
    """`shift("08:00", "17:00")` is one of the technician's, published."""

    def make(starts: str, ends: str, *, technician: User | None = None, day: date = MONDAY, **other: Any) -> Shift:
        return Shift.objects.create(
            technician=technician or people.technician,
            territory=people.north,
            starts_at=at(starts, day),
            ends_at=at(ends, day),
            planned_by=people.dispatcher,
            **{"state": "published", "published_at": now(), **other},
        )

    return make


@pytest.fixture
def absence(people: People) -> Away:
    """`absence("10:00", "12:00")` is one of the technician's, approved."""

    def make(starts: str, ends: str, *, technician: User | None = None, day: date = MONDAY, **other: Any) -> Absence:
        return Absence.objects.create(
            technician=technician or people.technician,
            territory=people.north,
            kind="leave",
            starts_at=at(starts, day),
            ends_at=at(ends, day),
            asked_by=people.technician,
            asked_at=now(),
            **{"state": "approved", "decided_by": people.supervisor, "decided_at": now(), **other},
        )

    return make
