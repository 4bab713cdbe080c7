"""Opening a ticket while the customer is talking."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Territory
from fieldsvc.time import now, time_is
from notifications.notices.models import Notice
from sync.ids import uuid7
from tests.people import People
from tests.tickets.conftest import Api, Desk, codes, url
from tickets.complaints.models import Ticket, TicketEvent
from tickets.complaints.references import read_reference
from tickets.service_types.models import ServiceType
from tickets.sites.models import ServiceAccount, Site

TICKETS = "/api/v1/tickets"


def test_the_caller_has_a_reference_before_hanging_up(api: Api, people: People, desk: Desk) -> None:
    response = api(people.agent).post(TICKETS, desk.intake())
    assert response.status_code == 201
    answer = response.json()
    assert answer["reference"] == read_reference(answer["reference"])
    assert answer["status"] == "new"
    assert answer["source"] == "phone"
    assert answer["priority"] == 3
    assert answer["title"] == "Broadband"
    assert answer["contact_phone"] == "+8613812345678"
    assert answer["opened_by"]["name"] == "Ada Agent"
    assert {clock["target"] for clock in answer["clocks"]} >= {"first_reply", "on_site"}


def test_each_ticket_has_a_reference_of_its_own(api: Api, people: People, desk: Desk) -> None:
    agent = api(people.agent)
    references = {agent.post(TICKETS, desk.intake()).json()["reference"] for _ in range(5)}
    assert len(references) == 5


def test_the_same_request_twice_is_one_ticket(api: Api, people: People, desk: Desk) -> None:
    intake = desk.intake(id=str(uuid7()))
    first, again = (api(people.agent).post(TICKETS, intake) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Ticket.objects.count() == TicketEvent.objects.count() == 1


def test_the_same_request_is_one_ticket_even_after_somebody_changed_it(api: Api, people: People, desk: Desk) -> None:
    intake = desk.intake(id=str(uuid7()))
    agent = api(people.agent)
    agent.post(TICKETS, intake)
    agent.patch(url(intake["id"]), {"contact_name": "The neighbour"})
    again = agent.post(TICKETS, intake)
    assert again.status_code == 201
    assert again.json()["contact_name"] == "The neighbour"


def test_another_ticket_under_the_same_id_is_refused(api: Api, people: People, desk: Desk) -> None:
    intake = desk.intake(id=str(uuid7()))
    api(people.agent).post(TICKETS, intake)
    for client, other in [
        (api(people.agent), intake | {"contact_name": "Somebody else"}),
        (api(people.dispatcher), intake),
    ]:
        response = client.post(TICKETS, other)
        assert response.status_code == 409
        assert response.json()["code"] == "id_taken"
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"service_type": "plumbing"}, "service_type", "service_type_unknown"),
        ({"contact_phone": "12"}, "contact_phone", "phone_not_valid"),
        ({"reported_at": "2999-01-01T00:00:00Z"}, "reported_at", "reported_in_future"),
        ({"site_id": "01990000-0000-7000-8000-000000000000"}, "site_id", "site_unknown"),
        ({"account_number": "nobody"}, "account_number", "account_unknown"),
        ({"territory_id": "01990000-0000-7000-8000-000000000000"}, "territory_id", "territory_unknown"),
        ({"resident_id": "01990000-0000-7000-8000-000000000000"}, "resident_id", "resident_unknown"),
        ({"on_behalf_of": "01990000-0000-7000-8000-000000000000"}, "on_behalf_of", "resident_unknown"),
        ({"priority": 6}, "priority", "max_value"),
        ({"source": "import"}, "source", "invalid_choice"),
        ({"id": "seven"}, "id", "invalid"),
        ({"details": {"fault": "slow\u0000"}}, "details", "not_storable"),
        ({"details": [1]}, "details", "not_a_dict"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing_behind(
    api: Api, people: People, desk: Desk, changes: dict[str, Any], field: str, code: str
) -> None:
    response = api(people.agent).post(TICKETS, desk.intake(**changes))
    assert response.status_code == 400
    assert codes(response) == {field: code}
    assert not Ticket.objects.exists()
    assert not Site.objects.exists()
    assert not TicketEvent.objects.exists()


def test_half_a_character_is_no_text(api: Api, people: People, desk: Desk) -> None:
    body = json.dumps(desk.intake(details={"fault": "\ud800"}))
    response = api(people.agent).generic("POST", TICKETS, body, content_type="application/json")
    assert response.status_code == 400
    assert codes(response) == {"details": "not_storable"}


def test_an_answer_that_the_form_does_not_know_is_named(api: Api, people: People, desk: Desk) -> None:
    details = {"complex": "Sunny Gardens", "phone": "13812345678", "fault": "haunted"}
    response = api(people.agent).post(TICKETS, desk.intake(details=details))
    assert response.status_code == 400
    assert list(codes(response)) == ["details.fault"]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("moment", ["2026-01-31T08:00:00Z", None])
def test_a_form_may_ask_for_the_time_of_the_report(
    api: Api, people: People, desk: Desk, broadband: ServiceType, moment: str | None
) -> None:
    broadband.form["properties"]["reported_at"] = {"type": "string", "format": "date-time", "x-default": "now"}
    broadband.save()
    intake = desk.intake()
    if moment:
        intake["details"]["reported_at"] = moment
    with time_is(datetime(2026, 2, 1, 9, tzinfo=UTC)):
        answer = api(people.agent).post(TICKETS, intake).json()
    assert answer["reported_at"] == (moment or "2026-02-01T09:00:00Z")
    assert datetime.fromisoformat(answer["details"]["reported_at"]) == datetime.fromisoformat(answer["reported_at"])


def test_a_number_with_an_extension_is_kept_as_it_was_said(api: Api, people: People, desk: Desk) -> None:
    details = {"complex": "Sunny Gardens", "phone": "029 8823 4567 转 12", "fault": "slow"}
    answer = api(people.agent).post(TICKETS, desk.intake(details=details)).json()
    assert answer["contact_phone"] == "029 8823 4567 转 12"


def test_what_the_form_does_not_ask_for_is_no_answer(
    api: Api, people: People, desk: Desk, broadband: ServiceType
) -> None:
    broadband.form = {"type": "object", "properties": {"complex": {"type": ["string", "integer"]}}}
    broadband.save()
    details = {"complex": 7, "phone": {"number": 5}, "account": [1], "reported_at": "yesterday"}
    answer = api(people.agent).post(TICKETS, desk.intake(details=details)).json()
    assert (answer["complex"], answer["contact_phone"], answer["flags"]) == ("7", "", [])
    assert answer["details"] == details


def test_what_was_said_beside_the_form_need_not_be_repeated_in_it(api: Api, people: People, desk: Desk) -> None:
    intake = desk.intake(details={"fault": "slow"}, complex="Sunny Gardens", contact_phone="13812345678")
    answer = api(people.agent).post(TICKETS, intake).json()
    assert answer["details"]["complex"] == answer["complex"] == "Sunny Gardens"
    assert answer["contact_phone"] == "+8613812345678"


def test_what_is_known_of_the_caller_who_was_found_need_not_be_typed(api: Api, people: People, desk: Desk) -> None:
    site = Site.objects.create(territory=people.north, complex="Sunny Gardens", address="Building 1")
    account = ServiceAccount.objects.create(number="A-1", site=site, holder=people.resident)
    found = {"account_number": account.number, "resident_id": str(people.resident.pk)}
    intake = desk.intake(details={"fault": "slow"}, contact_name="", address="", **found)
    answer = api(people.agent).post(TICKETS, intake).json()
    assert (answer["complex"], answer["contact_phone"]) == (account.site.complex, people.resident.phone)
    assert answer["details"] == {
        "fault": "slow",
        "account": account.number,
        "complex": account.site.complex,
        "phone": people.resident.phone,
    }
    other = {**intake, "details": {"fault": "slow", "phone": "13900003333"}}
    assert api(people.agent).post(TICKETS, other).json()["contact_phone"] == "+8613900003333"


def test_somebody_must_be_there_to_ask(api: Api, people: People, desk: Desk, broadband: ServiceType) -> None:
    broadband.form = {"type": "object"}
    broadband.save()
    response = api(people.agent).post(TICKETS, desk.intake(details={}, contact_name=""))
    assert codes(response) == {"contact_phone": "contact_required"}


def test_a_fault_may_have_been_reported_earlier(api: Api, people: People, desk: Desk) -> None:
    yesterday = (now() - timedelta(days=1)).replace(microsecond=0)
    answer = api(people.agent).post(TICKETS, desk.intake(reported_at=yesterday.isoformat())).json()
    assert answer["reported_at"] == yesterday.isoformat().replace("+00:00", "Z")
    assert {clock["started_at"] for clock in answer["clocks"]} == {answer["reported_at"]}


def test_two_complaints_from_one_address_are_one_site(api: Api, people: People, desk: Desk) -> None:
    agent = api(people.agent)
    one = agent.post(TICKETS, desk.intake(address="Building 3,  flat 12")).json()
    other = agent.post(TICKETS, desk.intake(address="building 3, FLAT 12 ")).json()
    elsewhere = agent.post(TICKETS, desk.intake(address="Building 4")).json()
    assert one["site_id"] == other["site_id"] != elsewhere["site_id"]
    assert Site.objects.count() == 2


def test_the_account_tells_the_site_the_territory_and_the_resident(api: Api, people: People, desk: Desk) -> None:
    site = Site.objects.create(territory=people.north, complex="Sunny Gardens", address="Building 1")
    ServiceAccount.objects.create(number="A-1", site=site, holder=people.resident)
    intake = desk.intake(account_number="A-1", address="")
    del intake["territory_id"]
    answer = api(people.agent).post(TICKETS, intake).json()
    assert answer["site_id"] == str(site.pk)
    assert answer["territory_id"] == str(people.north.pk)
    assert answer["resident"]["id"] == str(people.resident.pk)
    assert answer["account_number"] == answer["details"]["account"] == "A-1"


def test_an_account_that_we_do_not_know_holds_up_nobody(api: Api, people: People, desk: Desk) -> None:
    details = {"account": "A-404", "complex": "Sunny Gardens", "phone": "13812345678", "fault": "slow"}
    answer = api(people.agent).post(TICKETS, desk.intake(details=details)).json()
    assert answer["account_number"] == ""
    assert answer["flags"] == ["account_unknown"]


def test_an_account_of_another_site_is_refused(api: Api, people: People, desk: Desk) -> None:
    here, there = (Site.objects.create(territory=people.north, address=address) for address in ("Here", "There"))
    ServiceAccount.objects.create(number="A-1", site=there)
    response = api(people.agent).post(TICKETS, desk.intake(account_number="A-1", site_id=str(here.pk)))
    assert codes(response) == {"account_number": "account_elsewhere"}


def test_the_only_possible_territory_need_not_be_said(api: Api, people: People, desk: Desk) -> None:
    intake = desk.intake()
    del intake["territory_id"]
    assert Territory.objects.count() == 1
    assert people.south
    assert api(people.agent).post(TICKETS, intake).json()["territory_id"] == str(people.north.pk)
    assert codes(api(people.resident).post(TICKETS, intake)) == {"territory_id": "territory_required"}


def test_an_agent_opens_a_ticket_on_behalf_of_a_resident(api: Api, people: People, desk: Desk) -> None:
    answer = api(people.agent).post(TICKETS, desk.intake(on_behalf_of=str(people.resident.pk))).json()
    assert answer["opened_by"]["name"] == "Ada Agent"
    assert answer["on_behalf_of"] == answer["resident"] == {"id": str(people.resident.pk), "name": "Rosa Resident"}
    event = TicketEvent.objects.get(ticket=answer["id"])
    assert (event.actor, event.on_behalf_of) == (people.agent, people.resident)


def test_a_resident_opens_a_ticket_for_themselves(api: Api, people: People, desk: Desk) -> None:
    intake = desk.intake(contact_name="")
    answer = api(people.resident).post(TICKETS, intake).json()
    ticket = Ticket.objects.get(pk=answer["id"])
    assert ticket.resident == ticket.opened_by == people.resident
    assert ticket.source == "app"
    assert answer["contact_name"] == "Rosa Resident"
    assert Notice.objects.get(user=people.resident).kind == "ticket_received"


def test_a_resident_gets_nothing_of_somebody_elses(api: Api, people: People, desk: Desk) -> None:
    site = Site.objects.create(territory=people.north, address="Next door")
    ServiceAccount.objects.create(number="A-2", site=site, holder=people.neighbour)
    client = api(people.resident)
    assert codes(client.post(TICKETS, desk.intake(account_number="A-2"))) == {"account_number": "account_unknown"}
    assert codes(client.post(TICKETS, desk.intake(site_id=str(site.pk)))) == {"site_id": "site_unknown"}
    for changes in ({"resident_id": str(people.neighbour.pk)}, {"on_behalf_of": str(people.neighbour.pk)}):
        response = client.post(TICKETS, desk.intake(**changes))
        assert (response.status_code, response.json()["code"]) == (403, "role_required")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("who", ["storekeeper", "southern_dispatcher", "administrator"])
def test_others_do_not_open_tickets(api: Api, people: People, desk: Desk, who: str) -> None:
    response = api(getattr(people, who)).post(TICKETS, desk.intake())
    assert (response.status_code, response.json()["code"]) == (403, "role_required")
    assert not Ticket.objects.exists()


def test_nobody_opens_a_ticket_without_signing_in(api: Api, desk: Desk) -> None:
    assert api(None).post(TICKETS, desk.intake()).status_code == 401


def test_only_the_desk_says_what_is_urgent(api: Api, people: People, desk: Desk) -> None:
    assert api(people.resident).post(TICKETS, desk.intake(priority=1)).status_code == 403
    assert api(people.agent).post(TICKETS, desk.intake(priority=1)).json()["priority"] == 1


def test_a_hundred_open_tickets_do_not_make_intake_slower(api: Api, people: People, desk: Desk) -> None:
    agent = api(people.agent)
    agent.post(TICKETS, desk.intake())
    with CaptureQueriesContext(
        connection,
    ) as few:
        agent.post(TICKETS, desk.intake())
    for _ in range(10):
        desk.opens()
    with CaptureQueriesContext(connection) as many:
        agent.post(TICKETS, desk.intake())
    assert len(many) == len(few)
