"""A ticket with its clocks, and a hand on the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from fieldsvc.time import time_is
from tests.people import People
from tickets.clock.defaults import ensure_default_policy
from tickets.clock.models import ClockWarning, Target, TicketClock
from tickets.clock.services import start_clocks, sweep
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceType

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""When the complaints of these tests are reported."""

Report = Callable[..., Ticket]


def after(hours: float) -> datetime:
    """So many hours after the report."""
    return MONDAY + timedelta(hours=hours)


def clock(ticket: Ticket, target: Target = Target.ON_SITE) -> TicketClock:
    """The newest clock of a target, as the database has it."""
    found = TicketClock.objects.filter(ticket=ticket, target=target).order_by("round").last()
    assert found is not None
    return found


def sweep_at(hours: float) -> int:
    """The worker comes by, so many hours after the report."""
    with time_is(after(hours)):
        return sweep(at=after(hours))


def warned(ticket: Ticket, target: Target = Target.ON_SITE) -> list[tuple[int, str]]:
    """Which thresholds had their warning, and whom it was for; in the order in which they were given."""
    warnings = ClockWarning.objects.filter(clock=clock(ticket, target)).order_by("fired_at", "id")
    return [(warning.percent, warning.audience) for warning in warnings]


@pytest.fixture
def service_type(db: None) -> ServiceType:
    return ServiceType.objects.create(code="broadband", name="Broadband", policy=ensure_default_policy())


@pytest.fixture
def report(people: People, service_type: ServiceType) -> Report:
    """`report()` is a complaint of Monday at midnight (UTC), whose clocks run."""
    numbers = count(1)

    def report(*, clocks: bool = True, **fields: Any) -> Ticket:
        told = {
            "reference": f"T-{next(numbers)}",
            "service_type": service_type,
            "priority": 3,
            "source": Ticket.Source.PHONE,
            "territory": people.north,
            "title": "No connection",
            "reported_at": MONDAY,
            "received_at": MONDAY,
        }
        ticket = Ticket.objects.create(**{**told, **fields})
        if clocks:
            start_clocks(ticket, at=ticket.reported_at)
        return ticket

    return report


@pytest.fixture
def ticket(report: Report) -> Ticket:
    return report()
