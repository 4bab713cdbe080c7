"""What was newly put in waits for somebody else to accept it, and until then nothing of it is under warranty."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now
from notifications.models import Notice
from sync.commands import Actor
from tests.charges.conftest import ENDED, Counter, counter, labour, line
from tests.charges.test_warranties import completed, quotes, terms
from tests.people import People
from tests.phone import Phone
from tests.statements import statements
from tests.tickets.conftest import Api
from tests.world import World
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.services import reopen_ticket
from tickets.installations.models import Installation
from tickets.models import PriceItem, Warranty
from tickets.service_types.models import ServiceType
from tickets.visits.services import check_in, complete_visit

__all__ = ["counter", "labour", "quotes", "terms"]

URL = "/api/v1/installations"
Quotes = Callable[..., dict[str, Any]]


@pytest.fixture
def installation(people: People, world: World, terms: None, counter: Counter) -> Installation:
    """The technician has put something in, with ninety days of warranty on the work."""
    people.supervisor  # noqa: B018  # made here
    ServiceType.objects.filter(pk=world.service_type.pk).update(is_installation=True)
    world.service_type.refresh_from_db()
    completed(counter.visit(), parts_answer="none")
    ServiceType.objects.filter(pk=world.service_type.pk).update(is_installation=False)
    return Installation.objects.get()


def decide(api: Api, person: User, installation: Installation, how: str = "accept", note: str = "Tight.") -> Any:
    return api(person).post(f"{URL}/{installation.pk}/{how}", {"note": note})


def test_it_waits_and_somebody_is_told_to_accept_it(api: Api, people: People, installation: Installation) -> None:
    [shown] = api(people.dispatcher).get(URL, {"state": "waiting"}).json()["results"]
    assert (shown["ticket_reference"], shown["decided_by"]) == (installation.ticket.reference, None)
    [notice] = Notice.objects.filter(kind="installation_waits")
    assert notice.user == people.supervisor
    assert "Tom Technician" in notice.body
    assert "验收" in notice.title_zh


def test_a_service_that_puts_nothing_in_waits_for_nobody(counter: Counter, terms: None) -> None:
    completed(counter.visit(), parts_answer="none")
    assert not Installation.objects.exists()
    assert not Warranty.objects.get().blocked


def test_nobody_accepts_what_they_have_put_in_themselves(api: Api, people: People, installation: Installation) -> None:
    for role in (Role.SUPERVISOR, Role.DISPATCHER):
        RoleGrant.objects.create(user=people.technician, role=role, territory=people.north)
    for how in ("accept", "reject"):
        refused = decide(api, people.technician, installation, how)
        assert (refused.status_code, refused.json()["code"]) == (403, "own_installation")
    accepted = decide(api, people.supervisor, installation).json()
    assert (accepted["state"], accepted["decided_by"]["name"]) == ("accepted", people.supervisor.name)
    assert TicketEvent.objects.get(kind="installation_accepted").data["note"] == "Tight."


def test_until_it_is_accepted_work_on_it_is_paid_for_and_from_then_on_it_is_under_warranty(
    api: Api, people: People, counter: Counter, labour: PriceItem, quotes: Quotes, installation: Installation
) -> None:
    assert Warranty.objects.get().blocked
    visit = counter.visit()
    assert quotes(visit, line(labour))["total"] == 8000
    refused = quotes(visit, line(labour, free_reason="warranty"))
    assert refused["code"] == "not_under_warranty"
    decide(api, people.supervisor, installation)
    assert not Warranty.objects.get().blocked
    assert quotes(visit, line(labour))["total"] == 0


def test_an_emergency_does_not_wait_and_stands_on_record(
    counter: Counter, labour: PriceItem, quotes: Quotes, installation: Installation
) -> None:
    visit = counter.visit()
    Ticket.objects.filter(pk=visit.ticket_id).update(priority=1)
    assert quotes(visit, line(labour))["total"] == 0
    event = TicketEvent.objects.get(kind="warranty_in_emergency")
    assert (event.ticket_id, event.public, event.data["name"]) == (visit.ticket_id, False, "Labour")


def test_a_phone_knows_that_the_warranty_is_blocked_until_then(
    api: Api, people: People, world: World, installation: Installation, phone: Callable[[User], Phone]
) -> None:
    world.dispatched_visit()
    handset = phone(people.technician)

    def blocked() -> list[bool]:
        handset.pull()
        return [doc["blocked"] for (kind, _), doc in handset.documents.items() if kind == "warranties"]

    assert blocked() == [True]
    decide(api, people.dispatcher, installation)
    assert blocked() == [False]


def test_what_is_not_in_order_is_worked_on_and_waits_anew(
    api: Api, people: People, world: World, installation: Installation
) -> None:
    """Whatever is to be done for it is a part of it: nobody decides before that is done."""
    assert decide(api, people.supervisor, installation, "reject", "It leaks.").json()["state"] == "rejected"
    ticket, technician = installation.ticket, Actor(people.technician)
    ServiceType.objects.update(is_installation=True)
    reopen_ticket(actor=Actor(people.resident), occurred_at=now(), ticket_id=ticket.pk, reason="It leaks.")
    refused = decide(api, people.supervisor, installation)
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_not_done")
    ticket.refresh_from_db()
    visit = world.dispatched_visit(ticket=ticket)
    check_in(actor=technician, occurred_at=now(), visit_id=visit.pk)
    ended: dict[str, Any] = {"visit_id": visit.pk, **ENDED}
    complete_visit(actor=technician, occurred_at=now(), **ended)
    [shown] = api(people.dispatcher).get(URL).json()["results"]
    assert (shown["state"], shown["note"], shown["decided_by"]) == ("waiting", "", None)
    assert Notice.objects.filter(kind="installation_waits").count() == 2


def test_what_was_accepted_stays_so(api: Api, people: People, installation: Installation) -> None:
    decide(api, people.supervisor, installation)
    assert decide(api, people.dispatcher, installation, note="Again.").json()["note"] == "Tight."
    refused = decide(api, people.dispatcher, installation, "reject")
    assert (refused.status_code, refused.json()["code"]) == (409, "installation_accepted")
    assert decide(api, people.dispatcher, installation, "reject", note="").json()["errors"][0]["field"] == "note"


def test_many_installations_cost_what_one_costs(
    api: Api, people: People, world: World, installation: Installation
) -> None:
    reader = api(people.dispatcher)
    reader.get(URL)
    for _ in range(2):
        with statements(2):  # who asks, installations
            reader.get(URL)
        Installation.objects.create(ticket=world.ticket(), installed_at=now())
