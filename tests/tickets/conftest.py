"""What the tests of tickets begin with: a service type, a caller, a ticket at each stage of its life."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from fieldsvc.time import now
from sync.commands import Actor
from tests.people import People
from tests.standing import standing
from tickets.clock.defaults import ensure_default_policy
from tickets.complaints import services
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceType
from tickets.visits.models import Visit
from tickets.visits.services import dispatch_visit

Api = Callable[[User | None], APIClient]


@pytest.fixture
def broadband(db: None) -> ServiceType:
    """Five fields, two of them here: the others are the ticket's own."""
    return ServiceType.objects.create(
        code="broadband",
        name="Broadband",
        name_zh="宽带",
        policy=ensure_default_policy(),
        form={
            "type": "object",
            "properties": {
                "account": {"type": "string"},
                "complex": {"type": "string", "minLength": 1},
                "phone": {"type": "string"},
                "fault": {"enum": ["no_connection", "slow"]},
            },
            "required": ["complex", "phone", "fault"],
            "additionalProperties": False,
        },
        resolution_codes=[
            {"code": "router_configured", "text": "Router set up again", "text_zh": "重新配置路由器"},
            {"code": "cleared_remotely", "text": "Cleared by phone", "text_zh": "电话指导解决"},
        ],
    )


class Desk:
    """Brings a ticket of the resident to any stage, through the same commands as everybody."""

    def __init__(self, people: People, service_type: ServiceType) -> None:
        self.people = people
        self.service_type = service_type
        self.windows = count(1)

    @property
    def agent(self) -> Actor:
        """The agent, now."""
        return Actor(self.people.agent)

    def intake(self, **changes: Any) -> dict[str, Any]:
        """What an agent types while the resident is talking."""
        return {
            "service_type": "broadband",
            "details": {"complex": "Sunny Gardens", "phone": "13812345678", "fault": "no_connection"},
            "contact_name": "Rosa Resident",
            "address": "Building 3, flat 12",
            "territory_id": str(self.people.north.pk),
            **changes,
        }

    def opens(self, **changes: Any) -> Ticket:
        """A new ticket of the resident."""
        given = self.intake(resident_id=self.people.resident.pk, territory_id=self.people.north.pk, **changes)
        return services.open_ticket(actor=self.agent, occurred_at=now(), **given)

    def triages(self, ticket: Ticket) -> Ticket:
        """The same, triaged."""
        return services.triage_ticket(actor=self.agent, occurred_at=now(), ticket_id=ticket.pk)

    def resolves(self, ticket: Ticket, code: str = "cleared_remotely") -> Ticket:
        """The same, solved by phone."""
        return services.resolve_ticket(actor=self.agent, occurred_at=now(), ticket_id=ticket.pk, resolution_code=code)

    def sends(self, ticket: Ticket, technician: User) -> Visit:
        """A technician is to go there, one ticket after the other."""
        start = now() + timedelta(hours=next(self.windows))
        return dispatch_visit(
            actor=Actor(self.people.dispatcher),
            occurred_at=now(),
            ticket_id=ticket.pk,
            technician_id=technician.pk,
            window_start=start,
            window_end=start + timedelta(minutes=59),
        )


@pytest.fixture
def desk(people: People, broadband: ServiceType) -> Desk:
    """The desk of the territory `north`."""
    return Desk(people, broadband)


@pytest.fixture
@standing
def ticket(desk: Desk) -> Ticket:
    """A new ticket of the resident."""
    return desk.opens()


@pytest.fixture
@standing
def resolved(desk: Desk, ticket: Ticket) -> Ticket:
    """The same, solved by phone just now."""
    return desk.resolves(ticket)


def url(ticket: Ticket | UUID | str, step: str = "") -> str:
    """The address of a ticket, or of a step."""
    ticket_id = ticket.pk if isinstance(ticket, Ticket) else ticket
    return f"/api/v1/tickets/{ticket_id}" + (f"/{step}" if step else "")


def codes(response: Any) -> dict[str, str]:
    """The errors of a refusal: code by field."""
    return {error["field"]: error["code"] for error in response.json()["errors"]}
