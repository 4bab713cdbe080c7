"""What a technician finds on patrol: opened without signal, followed by the finder, perhaps repaired at once."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Role, RoleGrant
from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.feed.services import catch_up
from sync.ids import uuid7
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.tickets.conftest import Api, Desk
from tests.world import World
from tickets.complaints.services import archive_ended
from tickets.models import Asset, CheckIn, PartUse, ServiceAccount, Site, Ticket, Visit
from tickets.visits.services import cancel_visit, reassign_visit


@pytest.fixture
def handset(world: World, people: People) -> Phone:
    """The technician's phone, which knows the site from a visit there."""
    world.dispatched_visit()
    return fresh_phone(people.technician)


def found(world: World, **more: Any) -> dict[str, Any]:
    """A leak in the meter room, three hours ago."""
    return {"id": uuid7(), "service_type": world.service_type.code, "source": "patrol", "title": "Leak", **more}


def test_what_was_found_without_signal_gets_its_number_here(world: World, people: People, handset: Phone) -> None:
    with time_is(now()):
        told = found(world, site_id=world.site)
        handset.does("ticket.open", hours_ago=3, **told)
        handset.push(reply_is_lost=True)
        assert handset.push() == ["applied"]
        ticket = Ticket.objects.get(pk=told["id"])
        assert ticket.reported_at == now() - timedelta(hours=3)
    assert (ticket.source, ticket.opened_by, ticket.responsible) == ("patrol", people.technician, people.technician)
    assert (ticket.territory, ticket.site, ticket.complex) == (people.north, world.site, "Garden Court")
    assert (ticket.contact_name, ticket.resident) == ("Tom Technician", None)
    assert len(ticket.reference) == 7


def test_the_finder_follows_it_before_anybody_was_sent(world: World, people: People, handset: Phone) -> None:
    desk, colleague = fresh_phone(people.dispatcher), fresh_phone(people.colleague)
    asset = Asset.objects.create(site=world.site, kind="pump", serial="P-1")
    told = found(world, address="Meter room 7", territory_id=people.north)
    handset.does("ticket.open", hours_ago=1, **told)
    handset.does("note.add", ticket_id=told["id"], text="Bring a pump.")
    handset.does("ticket.edit", ticket_id=told["id"], access_notes="Key at the gate.", base={"access_notes": ""})
    assert handset.push() == ["applied"] * 3
    for phone in (handset, desk, colleague):
        phone.pull()
    ticket = Ticket.objects.get(pk=told["id"])
    for phone in (handset, desk):
        document = phone.document("tickets", ticket)
        assert document is not None
        assert (document["status"], document["access_notes"]) == ("new", "Key at the gate.")
        assert phone.document("sites", ticket.site_id)
        assert [note["text"] for note in phone.collection("notes").values()] == ["Bring a pump."]
    assert asset.pk
    assert colleague.document("tickets", ticket) is None
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_the_finder_follows_it_until_it_is_archived(world: World, people: People, handset: Phone, api: Api) -> None:
    told = found(world, address="Meter room 7", territory_id=people.north)
    handset.does("ticket.open", **told)
    handset.push()
    Ticket.objects.filter(pk=told["id"]).update(status="cancelled", closed_at=now() - timedelta(days=15))
    handset.pull()
    assert handset.document("tickets", told["id"])
    archive_ended(actor=Actor.system(), occurred_at=now())
    handset.pull()
    assert handset.document("tickets", told["id"]) is None
    assert handset.replica() == fresh_phone(people.technician).replica()
    assert api(people.technician).get(f"/api/v1/tickets/{told['id']}").status_code == 200
    assert api(people.colleague).get(f"/api/v1/tickets/{told['id']}").status_code == 404


def test_the_finder_still_follows_it_when_somebody_else_is_sent(world: World, people: People, handset: Phone) -> None:
    told = found(world, site_id=world.site)
    handset.does("ticket.open", **told)
    handset.push()
    world.dispatched_visit(people.colleague, Ticket.objects.get(pk=told["id"]))
    handset.pull()
    assert handset.document("tickets", told["id"])
    assert str(people.colleague.pk) not in {visit["technician_id"] for visit in handset.collection("visits").values()}


def test_a_repair_on_the_spot_needs_no_signal_at_all(world: World, people: People, handset: Phone) -> None:
    valve = world.part("VALVE", aboard=2)
    told = found(world, site_id=world.site, visit_id=uuid7())
    opened = handset.does("ticket.open", hours_ago=3, **told)
    data: dict[str, Any] = {"visit_id": told["visit_id"], "depends_on": [opened["id"]]}
    handset.does("visit.check_in", hours_ago=3, **data, latitude=34.24, longitude=108.91, accuracy_m=9)
    handset.does("part.use", hours_ago=2.5, **data, part_id=valve, quantity="1")
    handset.does(
        "visit.complete", hours_ago=2, **data, resolution_code="repaired", parts_answer="used", no_signature_reason="—"
    )
    handset.push(reply_is_lost=True)
    assert handset.push() == ["applied"] * 4
    visit, ticket = Visit.objects.get(pk=told["visit_id"]), Ticket.objects.get(pk=told["id"])
    assert (visit.status, visit.technician, ticket.status) == ("completed", people.technician, "resolved")
    assert (CheckIn.objects.get().visit, PartUse.objects.get().visit) == (visit, visit)
    assert CheckIn.objects.get().flags == []
    assert world.on_hand(valve) == 1
    handset.pull()
    assert handset.document("visits", visit)
    assert handset.replica() == fresh_phone(people.technician).replica()


def test_a_promise_to_somebody_else_is_not_in_the_way(world: World, people: People, handset: Phone) -> None:
    """They stand there now; the windows of their other visits stay as promised."""
    promised = Visit.objects.get()
    told = found(world, site_id=world.site, visit_id=uuid7())
    with time_is(promised.window_start + timedelta(minutes=10)):
        handset.does("ticket.open", **told)
        assert handset.push() == ["applied"]
    visit = Visit.objects.get(pk=told["visit_id"])
    promised.refresh_from_db()
    assert (visit.status, visit.window_start) == ("accepted", max(promised.window_end, promised.occupies[1]))
    assert promised.status == "dispatched"


def test_somebody_elses_id_for_the_visit_undoes_all_of_it(world: World, people: People, handset: Phone) -> None:
    told = found(world, site_id=world.site, visit_id=Visit.objects.get().pk)
    handset.does("ticket.open", **told)
    assert handset.push() == ["refused"]
    assert not Ticket.objects.filter(pk=told["id"]).exists()


def test_what_somebody_has_reported_already_stays_beside_it(world: World, people: People, handset: Phone) -> None:
    reported = Visit.objects.get().ticket
    told = found(world, site_id=world.site)
    handset.does("ticket.open", **told)
    assert handset.push() == ["applied"]
    assert set(Ticket.objects.filter(site=world.site).values_list("pk", flat=True)) == {reported.pk, told["id"]}


def test_the_equipment_is_named_and_says_where_it_stands(world: World, people: People, handset: Phone) -> None:
    asset = Asset.objects.create(site=world.site, kind="pump", serial="P-1")
    elsewhere = Site.objects.create(territory=people.north, address="Elsewhere 1")
    hidden = Asset.objects.create(site=elsewhere, kind="pump", serial="P-2")
    told = found(world, asset_id=asset)
    handset.does("ticket.open", **told)
    handset.does("ticket.open", **found(world, asset_id=hidden))
    handset.does("ticket.open", **found(world, asset_id=uuid7()))
    assert handset.push() == ["applied", "refused", "refused"]
    ticket = Ticket.objects.get(pk=told["id"])
    assert (ticket.asset, ticket.site) == (asset, world.site)
    codes = {answer["errors"][0]["code"] for answer in handset.answers.values() if "errors" in answer}
    assert codes == {"asset_unknown"}


def test_equipment_of_another_site_is_refused(world: World, people: People, api: Api) -> None:
    other = Site.objects.create(territory=people.north, address="Elsewhere 1")
    asset = Asset.objects.create(site=other, kind="pump", serial="P-2")
    body = {
        "service_type": world.service_type.code,
        "site_id": world.site.pk,
        "asset_id": asset.pk,
        "contact_name": "Rosa",
    }
    answer = api(people.agent).post("/api/v1/tickets", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "asset_elsewhere")


def test_a_site_whose_visit_was_given_away_meanwhile_is_still_known(
    world: World, people: People, handset: Phone
) -> None:
    for visit in Visit.objects.all():
        reassign_visit(
            actor=Actor(people.dispatcher),
            occurred_at=now(),
            visit_id=visit.pk,
            technician_id=people.colleague.pk,
            reason="nearer",
        )
    told = found(world, site_id=world.site)
    handset.does("ticket.open", hours_ago=1, **told)
    assert handset.push() == ["applied"]
    handset.pull()
    assert handset.document("sites", world.site)


def test_online_a_site_that_they_do_not_know_does_not_exist(world: World, people: People, api: Api) -> None:
    visit = world.dispatched_visit()
    cancel_visit(actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="No.")
    body = {"service_type": world.service_type.code, "site_id": world.site.pk, "source": "patrol"}
    answer = api(people.technician).post("/api/v1/tickets", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "site_unknown")


def test_a_patrol_stays_in_the_territories_where_one_works(world: World, people: People, handset: Phone) -> None:
    handset.does("ticket.open", **found(world, address="Harbour 1", territory_id=people.south))
    assert handset.push() == ["refused"]
    assert next(iter(handset.answers.values()))["code"] == "role_required"


def test_the_form_takes_what_is_known_of_the_site(desk: Desk, people: People, api: Api) -> None:
    ticket = desk.opens()
    desk.sends(ticket, people.technician)
    body = {
        "service_type": "broadband",
        "site_id": ticket.site_id,
        "contact_phone": "13812345678",
        "details": {"fault": "slow"},
    }
    answer = api(people.technician).post("/api/v1/tickets", body)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["details"]["complex"] == "Sunny Gardens"
    assert answer.json()["source"] == "patrol"


def test_the_customers_contract_makes_it_the_customers_ticket(world: World, people: People, handset: Phone) -> None:
    account = ServiceAccount.objects.create(number="A-7", site=world.site, holder=people.resident)
    Ticket.objects.update(account=account)
    catch_up()
    told = found(world, account_number="A-7")
    handset.does("ticket.open", **told)
    assert handset.push() == ["applied"]
    assert Ticket.objects.get(pk=told["id"]).resident == people.resident


@pytest.mark.parametrize("source", ["phone", "patrol"])
def test_a_resident_does_not_come_by_another_door_than_their_own(world: World, people: People, source: str) -> None:
    phone = Phone(people.resident)
    phone.does("ticket.open", **{**found(world, address="Here 1", territory_id=people.north), "source": source})
    assert phone.push() == ["refused"]
    [answer] = phone.answers.values()
    assert (answer["code"], answer["allowed"]) == ("source_not_yours", ["app", "web"])
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(("source", "stored"), [("", "app"), ("app", "app"), ("web", "web")])
def test_a_residents_own_doors_are_app_and_web(
    world: World, people: People, api: Api, source: str, stored: str
) -> None:
    body = {"service_type": world.service_type.code, "address": "Here 1", "territory_id": people.north.pk}
    answer = api(people.resident).post("/api/v1/tickets", {**body, **({"source": source} if source else {})})
    assert answer.status_code == 201
    assert Ticket.objects.get().source == stored


def test_a_technician_who_lives_here_complains_as_a_resident(world: World, people: People, api: Api) -> None:
    RoleGrant.objects.create(user=people.technician, role=Role.RESIDENT)
    body = {"service_type": world.service_type.code, "address": "Here 1", "territory_id": people.north.pk}
    api(people.technician).post("/api/v1/tickets", {**body, "contact_name": "Tom"})
    api(people.technician).post("/api/v1/tickets", {**body, "contact_name": "Tom", "source": "patrol"})
    mine, found_there = Ticket.objects.order_by("id")
    assert (mine.source, mine.resident) == ("app", people.technician)
    assert (found_there.source, found_there.resident) == ("patrol", None)


def test_only_who_found_it_takes_it_on(world: World, people: People, api: Api) -> None:
    body = {"service_type": world.service_type.code, "site_id": world.site.pk, "visit_id": uuid7()}
    answer = api(people.dispatcher).post("/api/v1/tickets", {**body, "contact_name": "Rosa"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    assert not Ticket.objects.exists()
