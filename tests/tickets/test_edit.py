"""Corrections: originals stay, and what two people change at once both stands."""

from functools import partial

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from sync.conflicts.models import Conflict
from tests.at_once import at_once
from tests.people import People
from tests.phone import Phone
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.complaints.models import Ticket


def test_a_correction_keeps_what_was_there(api: Api, people: People, ticket: Ticket) -> None:
    body = {"contact_name": "Mr Li", "contact_phone": "13912345678", "title": "No light on the modem", "priority": 2}
    answer = api(people.dispatcher).patch(url(ticket), body).json()
    assert {name: answer[name] for name in body} == body | {"contact_phone": "+8613912345678"}
    event = api(people.dispatcher).get(url(ticket, "timeline")).json()["results"][-1]
    assert event["kind"] == "ticket_edited"
    assert event["data"]["changed"]["contact_name"] == ["Rosa Resident", "Mr Li"]
    assert event["texts"]["en"] == "Changed: contact_name, contact_phone, priority, title."
    resident = api(people.resident).get(url(ticket, "timeline")).json()["results"]
    assert "ticket_edited" not in [event["kind"] for event in resident]


def test_saying_what_is_so_already_changes_nothing(api: Api, people: People, ticket: Ticket) -> None:
    api(people.dispatcher).patch(url(ticket), {"contact_name": ticket.contact_name})
    assert ticket.events.count() == 1


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"contact_phone": "12"}, "contact_phone", "phone_not_valid"),
        ({"priority": 0}, "priority", "min_value"),
        ({"title": ""}, "title", "blank"),
    ],
)
def test_a_wrong_correction_is_named(
    api: Api, people: People, ticket: Ticket, body: dict[str, object], field: str, code: str
) -> None:
    response = api(people.dispatcher).patch(url(ticket), body | {"contact_name": "Mr Li"})
    assert response.status_code == 400
    assert codes(response) == {field: code}
    ticket.refresh_from_db()
    assert ticket.contact_name == "Rosa Resident"


def test_who_may_correct_what(api: Api, people: People, desk: Desk, ticket: Ticket) -> None:
    desk.sends(ticket, people.technician)
    technician = api(people.technician)
    assert technician.patch(url(ticket), {"contact_name": "Mr Li"}).status_code == 200
    assert technician.patch(url(ticket), {"priority": 1}).json()["code"] == "role_required"
    assert api(people.resident).patch(url(ticket), {"contact_name": "Me"}).status_code == 403
    for stranger in (people.neighbour, people.colleague, people.southern_dispatcher):
        assert api(stranger).patch(url(ticket), {"contact_name": "Me"}).status_code == 404


def test_two_people_at_the_desk_do_not_overwrite_each_other(api: Api, people: People, ticket: Ticket) -> None:
    seen = {"contact_name": "Rosa Resident"}
    api(people.dispatcher).patch(url(ticket), {"contact_name": "Mr Li", "base": seen})
    response = api(people.agent).patch(url(ticket), {"contact_name": "Mrs Wang", "base": seen})
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")
    ticket.refresh_from_db()
    assert ticket.contact_name == "Mr Li"


class TestWithoutSignal:
    """The technician's phone against the dispatcher's page."""

    @pytest.fixture
    def phone(self, people: People, desk: Desk, ticket: Ticket) -> Phone:
        desk.sends(ticket, people.technician)
        phone = Phone(people.technician)
        phone.pull()
        return phone

    def test_different_fields_both_stand(self, api: Api, people: People, phone: Phone, ticket: Ticket) -> None:
        phone.does("ticket.edit", ticket_id=ticket, access_notes="Ring twice", base={"access_notes": ""}, hours_ago=2)
        api(people.dispatcher).patch(url(ticket), {"contact_phone": "13912345678"})
        assert phone.push() == ["applied"]
        phone.pull()
        document = phone.document("tickets", ticket)
        assert document is not None
        assert (document["access_notes"], document["contact_phone"]) == ("Ring twice", "+8613912345678")

    def test_the_same_field_is_for_somebody_to_decide(
        self, api: Api, people: People, phone: Phone, ticket: Ticket
    ) -> None:
        base = {"contact_name": "Rosa Resident"}
        phone.does("ticket.edit", ticket_id=ticket, contact_name="Mrs Wang", base=base, hours_ago=2)
        api(people.dispatcher).patch(url(ticket), {"contact_name": "Mr Li"})
        assert phone.push() == ["conflict"]
        ticket.refresh_from_db()
        assert ticket.contact_name == "Mr Li"
        conflict = Conflict.objects.get()
        assert (conflict.server_value, conflict.device_value) == ("Mr Li", "Mrs Wang")
        resolve = f"/api/v1/sync/conflicts/{conflict.pk}/resolve"
        assert api(people.dispatcher).post(resolve, {"keep": "device"}).status_code == 200
        ticket.refresh_from_db()
        assert ticket.contact_name == "Mrs Wang"
        assert not Conflict.objects.filter(status="open").exists()

    def test_work_on_a_visit_that_was_given_away_is_kept(
        self, api: Api, people: People, phone: Phone, ticket: Ticket
    ) -> None:
        phone.does("note.add", ticket_id=ticket, text="The cellar is flooded", hours_ago=1)
        phone.does("ticket.edit", ticket_id=ticket, access_notes="Bring boots", base={"access_notes": ""}, hours_ago=1)
        visit = ticket.visits.get()
        body = {"technician_id": str(people.colleague.pk), "reason": "Out of reach"}
        assert api(people.dispatcher).post(f"/api/v1/visits/{visit.pk}/reassign", body).status_code < 300
        assert phone.push() == ["applied", "applied"]
        assert ticket.notes.get().author == people.technician
        phone.pull()
        assert phone.collection("tickets") == {}
        assert phone.collection("notes") == {}
        later = Phone(people.colleague)
        later.pull()
        assert [note["text"] for note in later.collection("notes").values()] == ["The cellar is flooded"]
        document = later.document("tickets", ticket)
        assert document is not None
        assert document["access_notes"] == "Bring boots"


@pytest.mark.django_db(transaction=True)
def test_of_corrections_at_the_same_moment_each_stands_or_is_refused_and_none_is_overwritten(
    api: Api, people: People, ticket: Ticket
) -> None:
    def correct(client: APIClient, body: dict[str, object]) -> int:
        return int(client.patch(url(ticket), body).status_code)

    seen = {"contact_name": "Rosa Resident", "title": ticket.title}
    bodies: list[tuple[User, dict[str, object]]] = [
        (people.agent, {"contact_name": "Mr Li", "base": seen}),
        (people.dispatcher, {"contact_name": "Mrs Wang", "base": seen}),
        (people.supervisor, {"title": "No light on the modem", "base": seen}),
    ]
    calls = [partial(correct, api(person), body) for person, body in bodies]
    first, second, third = at_once(Ticket.objects.filter(pk=ticket.pk), *calls)
    assert ({first, second}, third) == ({200, 409}, 200)
    ticket.refresh_from_db()
    kept = "Mr Li" if first == 200 else "Mrs Wang"
    assert (ticket.contact_name, ticket.title) == (kept, "No light on the modem")
