"""What was newly put in waits for somebody else to accept it, and until then nothing of it is under warranty."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is
from notifications.models import Notice
from sync.commands import Actor
from tests.charges.conftest import ENDED, Counter, counter, labour, line
from tests.charges.test_warranties import completed, quotes, terms
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.statements import statements
from tests.tickets.conftest import Api
from tests.world import World
from tickets.complaints.models import Ticket, TicketEvent
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
    """Its ticket is work again, and nobody decides before that is done."""
    ticket, technician = installation.ticket, Actor(people.technician)
    Ticket.objects.filter(pk=ticket.pk).update(
        status="closed", closed_at=now(), confirm_until=now() - timedelta(days=90), archived=True
    )
    for _ in range(2):
        rejected = decide(api, people.supervisor, installation, "reject", "It leaks.").json()
        assert (rejected["state"], rejected["note"]) == ("rejected", "It leaks.")
    ServiceType.objects.update(is_installation=True)
    refused = decide(api, people.supervisor, installation)
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_not_done")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.archived, ticket.resolved_at) == ("triaged", False, None), "however long ago"
    visit = world.dispatched_visit(ticket=ticket)
    check_in(actor=technician, occurred_at=now(), visit_id=visit.pk)
    ended: dict[str, Any] = {"visit_id": visit.pk, **ENDED}
    complete_visit(actor=technician, occurred_at=now(), **ended)
    [shown] = api(people.dispatcher).get(URL).json()["results"]
    assert (shown["state"], shown["note"], shown["decided_by"]) == ("waiting", "", None)
    assert Notice.objects.filter(kind="installation_waits").count() == 2


def test_who_put_it_in_hears_what_is_not_in_order_and_the_customer_that_we_come_again(
    api: Api, people: People, installation: Installation
) -> None:
    decide(api, people.supervisor, installation, "reject", "He forgot the clamp.")
    [notice] = Notice.objects.filter(kind="installation_rejected")
    assert (notice.user, "He forgot the clamp." in notice.body) == (people.technician, True)
    told = api(people.resident).get(f"/api/v1/tickets/{installation.ticket_id}/timeline").json()["results"]
    [reopened] = [event["texts"] for event in told if event["kind"] == "ticket_reopened"]
    assert reopened["en"] == "The report was opened again: what was put in is not in order yet."
    assert "验收未通过" in reopened["zh"]
    assert "clamp" not in str(told)


def test_what_was_accepted_stays_so(api: Api, people: People, installation: Installation) -> None:
    decide(api, people.supervisor, installation)
    assert decide(api, people.dispatcher, installation, note="Again.").json()["note"] == "Tight."
    refused = decide(api, people.dispatcher, installation, "reject")
    assert (refused.status_code, refused.json()["code"]) == (409, "installation_accepted")
    assert decide(api, people.dispatcher, installation, "reject", note="").json()["errors"][0]["field"] == "note"


def test_a_colleague_who_comes_there_accepts_it_without_signal(
    api: Api, people: People, world: World, installation: Installation, phone: Callable[[User], Phone]
) -> None:
    visit = world.dispatched_visit(people.colleague)
    handset = phone(people.colleague)
    handset.pull()
    carried = handset.document("installations", installation.pk)
    assert carried is not None
    assert carried["state"] == "waiting"
    refused = decide(api, people.colleague, installation)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_looked_at"), "nobody accepts it from the sofa"
    handset.does("visit.check_in", visit_id=visit.pk)
    handset.does("installation.accept", installation_id=installation.pk, note="Tight.")
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied", "applied"]
    handset.pull()
    assert handset.replica() == fresh_phone(people.colleague).replica()
    installation.refresh_from_db()
    assert (installation.state, installation.decided_by, installation.note) == ("accepted", people.colleague, "Tight.")
    assert not Warranty.objects.get().blocked


def test_who_looked_before_it_was_worked_on_again_has_not_looked(
    api: Api, people: People, world: World, installation: Installation, phone: Callable[[User], Phone]
) -> None:
    visit = world.dispatched_visit(people.colleague)
    handset = phone(people.colleague)
    handset.pull()
    handset.does("visit.check_in", visit_id=visit.pk)
    handset.does("installation.accept", installation_id=installation.pk)
    with time_is(now() + timedelta(hours=2)):
        decide(api, people.supervisor, installation, "reject", "It leaks.")
        ServiceType.objects.update(is_installation=True)
        again = world.dispatched_visit(ticket=Ticket.objects.get(pk=installation.ticket_id))
        check_in(actor=Actor(people.technician), occurred_at=now(), visit_id=again.pk)
        ended: dict[str, Any] = {"visit_id": again.pk, **ENDED}
        complete_visit(actor=Actor(people.technician), occurred_at=now(), **ended)
    with time_is(now() + timedelta(hours=3)):
        assert handset.push() == ["applied", "refused"]
        assert list(handset.answers.values())[-1]["code"] == "not_looked_at"
    installation.refresh_from_db()
    assert installation.state == "waiting"


def test_who_put_it_in_and_strangers_decide_nothing_in_the_field(
    api: Api, people: People, world: World, installation: Installation, phone: Callable[[User], Phone]
) -> None:
    handset = phone(people.technician)
    handset.pull()
    handset.does("installation.reject", installation_id=installation.pk, note="Mine.")
    assert handset.push() == ["refused"]
    assert list(handset.answers.values())[-1]["code"] == "own_installation"
    assert decide(api, people.colleague, installation).status_code == 404
    assert fresh_phone(people.colleague).document("installations", installation.pk) is None


def test_many_installations_cost_what_one_costs(
    api: Api, people: People, world: World, installation: Installation
) -> None:
    reader = api(people.dispatcher)
    reader.get(URL)
    for _ in range(2):
        with statements(2):  # who asks, installations
            reader.get(URL)
        Installation.objects.create(ticket=world.ticket(), installed_at=now())
