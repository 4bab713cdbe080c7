"""Two residents who report one fault, and the desk that finds out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from fieldsvc.time import now
from sync.commands import Actor
from tests.people import People
from tests.tickets.conftest import Desk, broadband, desk
from tickets.complaints.services import open_ticket
from tickets.models import Ticket, TicketEvent

__all__ = ["broadband", "desk"]

Api = Callable[[Any], APIClient]
Opens = Callable[..., Ticket]


@pytest.fixture
def opens(people: People, desk: Desk) -> Opens:
    """A ticket of no connection in one flat of Sunny Gardens, unless told otherwise, by the agent."""

    def open_one(*, at: datetime | None = None, fault: str = "no_connection", **changes: Any) -> Ticket:
        given = {
            "service_type": "broadband",
            "details": {"complex": "Sunny Gardens", "phone": "13812345678", "fault": fault},
            "contact_name": "Rosa Resident",
            "address": "Building 3, flat 12",
            "territory_id": people.north.pk,
            **changes,
        }
        actor = given.pop("actor", Actor(people.agent))
        ticket = open_ticket(actor=actor, occurred_at=at or now(), **given)
        return Ticket.objects.get(pk=ticket.pk)

    return open_one


@dataclass
class Pair:
    """The resident reported it first, then the neighbour: two flats, one cable."""

    main: Ticket
    other: Ticket


@pytest.fixture
def pair(people: People, opens: Opens) -> Pair:
    return Pair(
        main=opens(resident_id=people.resident.pk),
        other=opens(resident_id=people.neighbour.pk, contact_name="Nils", address="Building 3, flat 13"),
    )


def kinds(ticket: Ticket, *, public: bool | None = None) -> list[str]:
    """What the timeline of a ticket tells, in order."""
    events = TicketEvent.objects.filter(ticket=ticket).order_by("occurred_at", "id")
    return [event.kind for event in events if public is None or event.public == public]


def ids(rows: Any) -> set[UUID]:
    """Of an answer's rows."""
    return {UUID(row["id"]) for row in rows}
