"""Scorecards of the tests: made in October 2026, they judge November."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now, time_is
from sync.commands import Actor
from tests.people import People
from tests.reports.conftest import Books
from tests.world import World
from tickets.models import Criterion, Scorecard, ScorecardVersion, Ticket
from tickets.scorecards.services import add_version, create_scorecard

Api = Callable[[User | None], APIClient]
OCTOBER = datetime(2026, 10, 15, 4, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)
MONDAY = datetime(2026, 11, 16, 1, tzinfo=UTC)  # nine o'clock in Shanghai
DECEMBER = datetime(2026, 12, 3, 4, tzinfo=UTC)


def weighed(indicator: str, weight: int = 100, worst: float = 0, best: float = 1, **more: Any) -> dict[str, Any]:
    """A criterion; of shares as a rule, of which all is best."""
    return {"indicator": indicator, "weight": weight, "worst": worst, "best": best, **more}


def marked(weight: int = 100) -> dict[str, Any]:
    """A criterion that a supervisor marks."""
    return {"indicator": "mark", "name": "Cooperation", "name_zh": "协作", "weight": weight}


Made = Callable[..., Scorecard]


@pytest.fixture
def scorecard(people: People) -> Made:
    """`scorecard("technician", criterion, …)` weighs these from November on."""

    def make(subject: str, *criteria: dict[str, Any], valid_from: date = NOVEMBER, at: datetime = OCTOBER) -> Scorecard:
        administrator = Actor(people.administrator)
        with time_is(at):
            names: dict[str, Any] = {"code": f"{subject}s", "name": subject.title(), "name_zh": "评分表"}
            card = create_scorecard(actor=administrator, occurred_at=now(), subject=subject, **names)
            terms: dict[str, Any] = {"valid_from": valid_from, "criteria": criteria}
            add_version(actor=administrator, occurred_at=now(), scorecard_id=card.pk, **terms)
        return card

    return make


def version_of(card: Scorecard) -> ScorecardVersion:
    """Its only one."""
    return ScorecardVersion.objects.get(scorecard=card)


def criterion_of(card: Scorecard, indicator: str) -> Criterion:
    """The criterion of its only version that weighs this."""
    return Criterion.objects.get(version__scorecard=card, indicator=indicator)


class November(Books):
    """Tickets reported in November 2026."""

    def of_technician(self, technician: User, *, in_time: bool = True, **values: Any) -> Ticket:
        """One where they stood once and finished, in time or not."""
        ticket = self.ticket(territory=self.world.people.north, reported_at=MONDAY, status="closed", **values)
        self.visit(ticket, technician=technician, status="completed", arrived_at=MONDAY, completed_at=MONDAY)
        self.clock(ticket, "on_site", met_at=MONDAY, target_missed=not in_time, limit_missed=False)
        return ticket


@pytest.fixture
def november(world: World) -> November:
    return November(world)
