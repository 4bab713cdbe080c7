"""Tickets for reports: rows as they come, as reports believe whatever stands in the tables."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now
from tests.people import People
from tests.world import World
from tickets.callbacks.models import Callback
from tickets.clock.models import SlaPolicy, Target, TicketClock
from tickets.complaints.models import Rating, Ticket, TicketEvent
from tickets.models import ServiceType
from tickets.ratings.models import VisitRating
from tickets.reports.services import BATCH, refresh
from tickets.visits.models import Visit

Api = Callable[[User | None], APIClient]
URL = "/api/v1/reports/tickets"
BACKLOG = "/api/v1/reports/backlog"


def count_all() -> None:
    """What the worker does every quarter of a minute."""
    while refresh() == BATCH:
        pass


def state(status: str, *, reported_at: datetime, hours: float = 5) -> dict[str, Any]:
    """The columns of a ticket in this state, which it reached so many hours after the report."""
    at = reported_at + timedelta(hours=hours)
    return {
        "status": status,
        "hold_reason": "other" if status == "on_hold" else "",
        "held_from": "new" if status == "on_hold" else "",
        "resolved_at": at if status in ("resolved", "closed") else None,
        "closed_at": at if status in ("closed", "cancelled") else None,
    }


class Books:
    """Writes rows, with as little sense as chance has; `chance` decides what is not said."""

    def __init__(self, world: World, seed: int = 0) -> None:
        self.world, self.chance = world, Random(seed)
        self.now = now()
        self.numbers = count(1)
        self.territories = [world.people.north, world.people.south]
        self.territories[1].time_zone = "America/New_York"
        self.territories[1].save()
        self.types = [world.service_type, ServiceType.objects.create(code="gas", name="Gas", name_zh="燃气")]

    def ticket(self, *, reported_at: datetime | None = None, status: str = "", **values: Any) -> Ticket:
        """A ticket of the last months."""
        reported_at = reported_at or self.now - timedelta(minutes=self.chance.randrange(100 * 24 * 60))
        number = next(self.numbers)
        known = {
            "service_type": self.chance.choice(self.types),
            "territory": self.chance.choice(self.territories),
            "source": self.chance.choice(Ticket.Source.values),
            "resolved_remotely": self.chance.random() < 0.3,
            "repeats": Ticket.objects.first() if self.chance.random() < 0.2 else None,
            **state(status or self.any_status(), reported_at=reported_at, hours=self.chance.uniform(-2, 90)),
        }
        if known["status"] == "closed" and known["closed_at"] < reported_at:
            known["closed_at"] = known["resolved_at"]
        return Ticket.objects.create(
            reference=f"R{number}",
            priority=3,
            title="Leak",
            reported_at=reported_at,
            received_at=reported_at,
            **{**known, **values},
        )

    def any_status(self) -> str:
        return str(self.chance.choice([status for status in Ticket.Status.values if status != "merged"]))

    def clock(self, ticket: Ticket, target: str = "", **values: Any) -> TicketClock:
        """A clock that has ended one way or another, or runs."""
        target = target or self.chance.choice(Target.values)
        rounds = TicketClock.objects.filter(ticket=ticket, target=target)
        if "met_at" not in values and self.chance.random() < 0.6:
            values["met_at"] = ticket.reported_at + timedelta(minutes=self.chance.randrange(9_000))
        elif rounds.filter(met_at=None, stopped_at=None).exists():
            values["stopped_at"] = ticket.reported_at
        limit_missed = values.pop("limit_missed", self.chance.random() < 0.2)
        return TicketClock.objects.create(
            ticket=ticket,
            target=target,
            round=rounds.count() + 1,
            policy=SlaPolicy.objects.get(),
            target_duration=timedelta(hours=24),
            limit_duration=timedelta(hours=48),
            started_at=ticket.reported_at,
            limit_missed=limit_missed,
            target_missed=values.pop("target_missed", limit_missed or self.chance.random() < 0.3),
            **values,
        )

    def callback(self, ticket: Ticket, *, called: float | None = None, ended: float | None = None) -> Callback:
        """A callback that was due half an hour after the report; called and ended so many hours after it, or not."""

        def at(hours: float | None) -> datetime | None:
            return None if hours is None else ticket.reported_at + timedelta(hours=hours)

        due_at = ticket.reported_at + timedelta(minutes=30)
        return Callback.objects.create(
            ticket=ticket,
            territory=ticket.territory,
            cause="question",
            question="When?",
            state="open" if ended is None else "withdrawn",
            promised_at=ticket.reported_at,
            round_began_at=ticket.reported_at,
            due_at=due_at,
            first_due_at=due_at,
            first_called_at=at(called),
            ended_at=at(ended),
        )

    def visit(self, ticket: Ticket, **values: Any) -> Visit:
        """A visit that came as far as it came; phones err about the time."""
        start = ticket.reported_at + timedelta(minutes=self.chance.randrange(3_000))

        def some(hours: float) -> datetime | None:
            return start + timedelta(hours=hours) if self.chance.random() < 0.7 else None

        window = self.now + timedelta(hours=next(self.numbers))
        return Visit.objects.create(
            **{
                "ticket": ticket,
                "technician": self.world.people.technician,
                "status": self.chance.choice(Visit.Status.values),
                "window_start": window,
                "window_end": window + timedelta(minutes=59),
                "travelling_at": some(0),
                "arrived_at": some(self.chance.uniform(-1, 4)),
                "completed_at": some(5),
                **values,
            }
        )

    def event(self, ticket: Ticket, kind: str, *, hours: float | None = None, **values: Any) -> TicketEvent:
        at = ticket.reported_at + timedelta(hours=self.chance.uniform(-1, 60) if hours is None else hours)
        return TicketEvent.objects.create(
            ticket=ticket, kind=kind, public=True, occurred_at=at, received_at=at, **values
        )

    def hold(self, ticket: Ticket) -> None:
        """It is put on hold, and perhaps goes on, by what comes to mind; heard of in any order."""
        reason = self.chance.choice(Ticket.HoldReason.values)
        self.event(ticket, "ticket_held", data={"reason": reason})
        if self.chance.random() < 0.7:
            self.event(ticket, self.chance.choice(["ticket_resumed", "visit_dispatched", "technician_arrived"]))

    def rating(self, ticket: Ticket, score: int = 0) -> None:
        """Once per ticket."""
        at = ticket.reported_at
        Rating.objects.get_or_create(
            ticket=ticket,
            defaults={"score": score or self.chance.randint(1, 5), "occurred_at": at, "received_at": at},
        )

    def visit_rating(self, visit: Visit, score: int = 0) -> None:
        """Once per visit."""
        said = {"score": score or self.chance.randint(1, 5), "occurred_at": self.now, "received_at": self.now}
        VisitRating.objects.get_or_create(visit=visit, defaults=said)

    def something(self) -> None:
        """Whatever may happen to rows, by commands or behind their backs."""
        tickets = list(Ticket.objects.order_by("pk"))
        if not tickets or self.chance.random() < 0.3:
            self.ticket()
            return
        ticket = self.chance.choice(tickets)
        some = Ticket.objects.filter(pk__in=self.chance.sample([row.pk for row in tickets], min(3, len(tickets))))
        match self.chance.randrange(18):
            case 0:
                self.clock(ticket)
            case 1:
                TicketClock.objects.filter(ticket=ticket).update(
                    target_missed=True, limit_missed=self.chance.random() < 0.5
                )
            case 2:
                self.visit(ticket)
            case 3:
                Visit.objects.filter(ticket=ticket).update(status="completed", completed_at=self.now)
            case 4:
                self.event(ticket, self.chance.choice(["visit_scheduled", "ticket_reopened", "note_added"]))
            case 5:
                self.rating(ticket)
            case 6:
                Ticket.objects.filter(pk=ticket.pk).update(**state(self.any_status(), reported_at=ticket.reported_at))
            case 7:
                some.update(territory=self.chance.choice(self.territories), source=self.chance.choice(["phone", "app"]))
            case 8:
                some.update(service_type=self.chance.choice(self.types))
                some.exclude(pk=tickets[0].pk).update(repeats=self.chance.choice([None, tickets[0]]))
            case 9:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE tickets_ticket SET reported_at = reported_at + interval '9 days', "
                        "resolved_at = resolved_at + interval '9 days', closed_at = closed_at + interval '9 days'"
                        " WHERE id = %s",
                        [ticket.pk],
                    )
            case 10:
                Visit.objects.filter(ticket=ticket, replaced_by=None, rating=None).delete()
                TicketClock.objects.filter(ticket=ticket).delete()
            case 11:
                place = self.chance.choice(self.territories)
                place.time_zone = self.chance.choice(["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
                place.save()
            case 12:
                self.callback(
                    ticket, called=self.chance.choice([None, 0.1, 5]), ended=self.chance.choice([None, 0.2, 6])
                )
            case 13:
                Callback.objects.filter(ticket=ticket).update(first_called_at=self.now)
            case 14:
                others = Ticket.objects.filter(pk=ticket.pk).exclude(pk=tickets[0].pk)
                others.update(**state("merged", reported_at=ticket.reported_at), follows=tickets[0])
            case 15:
                for visit in Visit.objects.filter(ticket__in=some):
                    self.visit_rating(visit)
            case 16 | 17:
                self.hold(ticket)


@pytest.fixture
def books(world: World) -> Books:
    """Tickets of two territories and two service types."""
    return Books(world)


@pytest.fixture
def reader(api: Api, people: People) -> APIClient:
    """The supervisor of the north."""
    return api(people.supervisor)
