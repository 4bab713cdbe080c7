"""A district to plan: technicians with shifts and places, complaints here and there, and the worker that plans."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now
from sync.commands import Actor, command
from tests.people import People
from tests.world import World
from tickets.complaints.services import open_ticket, triage_ticket
from tickets.models import Absence, RoutePlan, Shift, Site, Ticket, Visit
from tickets.routes.services import plan_next
from tickets.visits.services import schedule_visit

TODAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai, on a Monday: the day begins."""


def at(hour: float, minute: int = 0) -> datetime:
    """By the wall clock of the territory."""
    return datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute)


class District:
    """North, with a straight road: `km` says where something is on it."""

    def __init__(self, world: World, api: Callable[[User], Any]) -> None:
        self.world, self.people = world, world.people
        self._api = api

    @property
    def desk(self) -> Any:
        """The dispatcher's client."""
        return self._api(self.people.dispatcher)

    def technician(self, name: str) -> User:
        person = User.objects.create_user(name.lower(), name=name)
        RoleGrant.objects.create(user=person, role=Role.TECHNICIAN, territory=self.people.north)
        return person

    def shift(self, technician: User, *, km: float = 0, hours: tuple[float, float] = (8, 17), **more: Any) -> Shift:
        place = {"start_latitude": latitude(km), "start_longitude": 108.9, "end_latitude": latitude(km)}
        return Shift.objects.create(
            technician=technician,
            territory=self.people.north,
            state="published",
            published_at=now(),
            starts_at=at(hours[0]),
            ends_at=at(hours[1]),
            planned_by=self.people.dispatcher,
            **{**place, "end_longitude": 108.9, **more},
        )

    def falls_ill(self, technician: User) -> None:
        """Today, and everybody knows."""
        Absence.objects.create(
            technician=technician,
            kind="sick",
            state="approved",
            starts_at=at(0),
            ends_at=at(24),
            asked_by=technician,
            asked_at=now(),
            decided_at=now(),
            decided_by=self.people.supervisor,
        )

    @command
    def ticket(self, km: float | None, **more: Any) -> Ticket:
        site = Site.objects.create(
            territory=self.people.north,
            address=f"{Site.objects.count() + 1} Long Road",
            latitude=None if km is None else latitude(km),
            longitude=None if km is None else 108.9,
        )
        agent = Actor(user=self.people.agent)
        ticket = open_ticket(
            actor=agent,
            occurred_at=now(),
            service_type=self.world.service_type.code,
            details={},
            contact_name="Rosa",
            site_id=site.pk,
            resident_id=self.people.resident.pk,
            **more,
        )
        return triage_ticket(actor=agent, occurred_at=now(), ticket_id=ticket.pk)

    @command
    def visit(self, technician: User, km: float, hours: tuple[float, float]) -> Visit:
        return schedule_visit(
            actor=Actor(user=self.people.dispatcher),
            occurred_at=now(),
            ticket_id=self.ticket(km).pk,
            technician_id=technician.pk,
            window_start=at(hours[0]),
            window_end=at(hours[1]),
        )

    def ask(self, **more: Any) -> Any:
        answer = self.desk.post(
            "/api/v1/route-plans",
            {"territory_id": str(self.people.north.pk), "day": "2026-11-23", "seconds": 5, **more},
        )
        assert answer.status_code == 202, answer.json()
        return answer.json()

    def plan(self, **more: Any) -> Any:
        """Asked for, made by the worker, and read."""
        asked = self.ask(**more)
        assert plan_next(at=now())
        plan = self.desk.get(f"/api/v1/route-plans/{asked['id']}").json()
        assert plan["status"] == "ready", RoutePlan.objects.get(pk=asked["id"]).last_error
        return plan

    def stops(self, plan: Any, **filters: Any) -> Any:
        return self.desk.get(f"/api/v1/route-plans/{plan['id']}/stops", filters).json()["results"]


def latitude(km: float) -> float:
    """So many kilometres up the road, which runs north."""
    return 34.2 + km / 111.195


@pytest.fixture
def district(world: World, api: Callable[[User], Any]) -> District:
    return District(world, api)


__all__ = ["District", "People", "at"]
