"""A complaint that needs somebody on site, a technician who can help, and a van with parts in it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Skill, User
from fieldsvc.time import now
from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.stock.models import StockBalance
from parts.stock.services import receive_parts
from sync.commands import Actor
from tests.people import People
from tests.phone import Phone
from tests.standing import standing
from tickets.clock.defaults import ensure_default_policy
from tickets.complaints.models import Ticket
from tickets.complaints.services import open_ticket
from tickets.service_types.models import ServiceType
from tickets.sites.models import Site
from tickets.visits.models import Visit

Client = Callable[[User | None], APIClient]
MakePhone = Callable[[User], Phone]


@pytest.fixture
def skill(people: People) -> Skill:
    skill = Skill.objects.create(code="gas", name="Gas", name_zh="燃气")
    people.technician.skills.add(skill)
    people.colleague.skills.add(skill)
    return skill


@pytest.fixture
def service_type(skill: Skill) -> ServiceType:
    kind = ServiceType.objects.create(
        code="gas_leak",
        name="Gas leak",
        name_zh="燃气泄漏",
        policy=ensure_default_policy(),
        checklist=[{"code": "tight", "text": "Is it tight?", "text_zh": "是否密封"}],
        resolution_codes=[{"code": "repaired", "text": "Repaired", "text_zh": "已修复"}],
    )
    kind.skills.add(skill)
    return kind


@pytest.fixture
def site(people: People) -> Site:
    return Site.objects.create(
        territory=people.north, complex="Garden Court", address="3-201", latitude=34.24, longitude=108.91, radius_m=150
    )


@pytest.fixture
def complain(people: People, service_type: ServiceType, site: Site) -> Callable[..., Ticket]:
    """`complain()` opens a ticket of the resident's at the site, reported six hours ago."""

    def complain(**fields: Any) -> Ticket:
        at = now() - timedelta(hours=6)
        told = {"site_id": site.pk, "contact_name": "Rosa", "resident_id": people.resident.pk, "reported_at": at}
        return open_ticket(
            actor=Actor(user=people.agent), occurred_at=now(), service_type="gas_leak", details={}, **{**told, **fields}
        )

    return complain


@pytest.fixture
@standing
def ticket(complain: Callable[..., Ticket]) -> Ticket:
    return complain()


def window(hours: float = 1, length: float = 2) -> dict[str, Any]:
    """A window that begins in so many hours."""
    start = now() + timedelta(hours=hours)
    return {"window_start": start, "window_end": start + timedelta(hours=length)}


@pytest.fixture
def send(people: People, api: Client) -> Callable[..., Visit]:
    """`send(ticket)` dispatches the technician, in an hour."""

    def send(ticket: Ticket, technician: User | None = None, **fields: Any) -> Visit:
        body = {"technician_id": (technician or people.technician).pk, **window(), **fields}
        answer = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)
        assert answer.status_code == 201, answer.content
        return Visit.objects.get(pk=answer.json()["id"])

    return send


@pytest.fixture
@standing
def visit(ticket: Ticket, send: Callable[..., Visit]) -> Visit:
    return send(ticket)


@pytest.fixture
def do(api: Client) -> Callable[..., Any]:
    """`do(person, visit, "accept")` takes a step over HTTP; a refusal answers its problem."""

    def do(person: User, visit: Visit, step: str, **body: Any) -> Any:
        return api(person).post(f"/api/v1/visits/{visit.pk}/{step}", body).json()

    return do


@pytest.fixture
def van(people: People) -> Location:
    return Location.objects.create(
        code="VAN-1", name="Van 1", kind=Location.Kind.VAN, territory=people.north, keeper=people.technician
    )


@pytest.fixture
@standing
def valve(people: People, van: Location) -> Part:
    """Three of them lie in the van."""
    part = Part.objects.create(number="V-100", name="Valve", name_zh="阀门", unit="piece", tracking="quantity")
    receive_parts(
        actor=Actor(user=people.storekeeper),
        occurred_at=now(),
        location_id=van.pk,
        lines=[{"part_id": part.pk, "quantity": Decimal(3)}],
    )
    return part


def on_hand(part: Part, location: Location, condition: str = "good") -> float:
    """What the books say is there."""
    balance = StockBalance.objects.filter(part=part, location=location, condition=condition).first()
    return float(balance.quantity) if balance else 0


HERE = {"latitude": 34.2401, "longitude": 108.9101, "accuracy_m": 12}
"""A few steps from the site."""
DONE = {"resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}
