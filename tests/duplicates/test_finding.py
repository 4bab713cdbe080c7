"""What may be the same fault: offered to the desk while the customer is talking, and never in the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.ids import uuid7
from tests.duplicates.conftest import Api, Opens, ids
from tests.people import People
from tests.phone import fresh_phone
from tests.statements import statements
from tests.tickets.conftest import Desk, codes, url
from tickets.complaints.services import cancel_ticket, resolve_ticket
from tickets.duplicates.selectors import Report, same_place
from tickets.models import Asset, ServiceType, Site, Ticket

pytestmark = pytest.mark.django_db
TICKETS = "/api/v1/tickets"


def offered(api: Api, people: People, ticket: Ticket) -> set[Any]:
    return ids(api(people.agent).get(url(ticket, "duplicates")).json())


class TestTheRule:
    def test_a_second_report_from_the_same_flat_is_offered(self, api: Api, people: People, opens: Opens) -> None:
        first, second = opens(), opens(contact_name="Rosa's husband")
        assert offered(api, people, second) == {first.pk}
        assert offered(api, people, first) == {second.pk}

    def test_another_flat_another_fault_or_another_service_is_not(self, api: Api, people: People, opens: Opens) -> None:
        first = opens()
        ServiceType.objects.create(code="tv", name="Television", policy=first.service_type.policy)
        opens(address="Building 3, flat 13")
        opens(fault="slow")
        opens(service_type="tv", details={}, complex="Sunny Gardens")
        assert offered(api, people, first) == set()

    def test_where_nobody_said_which_fault_it_may_be_the_same(self, api: Api, people: People, opens: Opens) -> None:
        ServiceType.objects.filter(code="broadband").update(form={"type": "object", "properties": {}})
        vague = opens(details={}, complex="Sunny Gardens")
        ServiceType.objects.filter(code="broadband").update(
            form={"type": "object", "properties": {"fault": {"type": "string"}}}
        )
        clear = opens(details={"fault": "slow"}, complex="sunny  gardens")
        assert offered(api, people, clear) == {vague.pk}
        assert offered(api, people, vague) == {clear.pk}

    def test_the_time_is_the_service_types_to_the_second(self, api: Api, people: People, opens: Opens) -> None:
        at = now() - timedelta(days=10)
        first = opens(at=at)
        last = opens(at=at + timedelta(hours=72))
        opens(at=at + timedelta(hours=72, seconds=1))
        assert offered(api, people, first) == {last.pk}
        ServiceType.objects.filter(code="broadband").update(duplicate_hours=71)
        assert offered(api, people, first) == set()

    def test_the_same_equipment_is_the_same_place_wherever_it_is_said_to_be(
        self, api: Api, people: People, opens: Opens
    ) -> None:
        site = Site.objects.create(territory=people.north, complex="Depot", address="Track 4")
        asset = Asset.objects.create(site=site, kind="converter", serial="C-1")
        first, second = opens(asset_id=asset.pk, address=""), opens(asset_id=asset.pk, address="By the gate")
        [found] = api(people.agent).get(url(second, "duplicates")).json()
        assert (found["id"], found["matched"]) == (str(first.pk), ["asset", "site", "phone"])

    def test_without_an_address_the_same_caller_at_the_same_complex_is_the_same_place(
        self, api: Api, people: People, opens: Opens
    ) -> None:
        # As an import leaves what has ended: without a site.
        first, stranger = opens(address=""), opens(address="", contact_phone="13912345678")
        Ticket.objects.update(site=None)
        caller = opens(address="", contact_phone="138 1234 5678")
        Ticket.objects.update(site=None)
        assert offered(api, people, caller) == {first.pk}
        assert offered(api, people, stranger) == set()

    def test_a_technicians_own_number_makes_no_two_finds_the_same(self, api: Api, people: People, opens: Opens) -> None:
        people.technician.phone = "+8613700000001"
        people.technician.save(update_fields=["phone"])
        tom = Actor(people.technician)
        finds = [
            opens(actor=tom, source="patrol", contact_name="", address="", details=details)
            for details in ({"complex": place, "phone": "13700000001", "fault": "slow"} for place in ("One", "Two"))
        ]
        Ticket.objects.update(site=None)
        assert offered(api, people, finds[0]) == set()

    def test_what_was_cancelled_or_repaired_by_then_is_no_duplicate(
        self, api: Api, people: People, desk: Desk, opens: Opens
    ) -> None:
        gone, done = opens(), opens()
        cancel_ticket(actor=desk.agent, occurred_at=now(), ticket_id=gone.pk, reason="Works again")
        resolve_ticket(actor=desk.agent, occurred_at=now(), ticket_id=done.pk, resolution_code="cleared_remotely")
        assert offered(api, people, opens()) == set()

    def test_what_was_found_on_patrol_and_what_was_reported_meet(self, api: Api, people: People, opens: Opens) -> None:
        reported = opens()
        handset = fresh_phone(people.technician)
        found = uuid7()
        details = {"complex": "Sunny Gardens", "phone": "13700000001", "fault": "no_connection"}
        handset.does(
            "ticket.open",
            hours_ago=5,
            id=found,
            service_type="broadband",
            source="patrol",
            details=details,
            address="building 3,  flat 12",
            territory_id=people.north.pk,
        )
        assert handset.push() == ["applied"]
        assert offered(api, people, reported) == {found}


class TestAtIntake:
    def test_the_answer_of_opening_offers_it_and_opens_all_the_same(
        self, api: Api, people: People, desk: Desk, opens: Opens
    ) -> None:
        first = opens()
        answer = api(people.agent).post(TICKETS, desk.intake())
        assert answer.status_code == 201
        [found] = answer.json()["duplicates"]
        assert (found["id"], found["reference"], found["fault"]) == (str(first.pk), first.reference, "no_connection")

    def test_a_resident_hears_nothing_of_other_reports(
        self, api: Api, people: People, desk: Desk, opens: Opens
    ) -> None:
        opens()
        answer = api(people.neighbour).post(TICKETS, desk.intake())
        assert answer.status_code == 201
        assert "duplicates" not in answer.json()
        assert api(people.neighbour).get(url(answer.json()["id"], "duplicates")).status_code == 403
        assert api(people.neighbour).get(f"{TICKETS}/duplicates", {"service_type": "broadband"}).status_code == 403

    def test_it_is_offered_while_the_form_is_still_being_filled_in(
        self, api: Api, people: People, opens: Opens
    ) -> None:
        first = opens()
        agent, count = api(people.agent), Ticket.objects.count()
        asked = {"service_type": "broadband", "complex": "Sunny Gardens", "address": "Building 3, flat 12"}
        assert ids(agent.get(f"{TICKETS}/duplicates", asked).json()["duplicates"]) == {first.pk}
        assert ids(agent.get(f"{TICKETS}/duplicates", {**asked, "fault": "slow"}).json()["duplicates"]) == set()
        by_phone = {"service_type": "broadband", "contact_phone": "138"}
        assert agent.get(f"{TICKETS}/duplicates", by_phone).json() == {"duplicates": [], "repeats": None}
        assert Ticket.objects.count() == count

    def test_nonsense_is_named(self, api: Api, people: People) -> None:
        agent = api(people.agent)
        assert codes(agent.get(f"{TICKETS}/duplicates")) == {"service_type": "required"}
        unknown = {"service_type": "gas", "site_id": str(uuid7())}
        assert codes(agent.get(f"{TICKETS}/duplicates", unknown)) == {"service_type": "service_type_unknown"}

    def test_another_desk_finds_nothing_here(self, api: Api, people: People, opens: Opens) -> None:
        ticket = opens()
        asked = {"service_type": "broadband", "complex": "Sunny Gardens", "address": "Building 3, flat 12"}
        southern = api(people.southern_dispatcher)
        assert southern.get(f"{TICKETS}/duplicates", asked).json() == {"duplicates": [], "repeats": None}
        assert southern.get(url(ticket, "duplicates")).status_code == 404

    def test_the_list_costs_the_same_however_many_there_are(self, api: Api, people: People, opens: Opens) -> None:
        ticket = opens()
        agent = api(people.agent)
        agent.get(url(ticket, "duplicates"))
        with statements(4):  # who asks, the ticket with its service type, the duplicates
            agent.get(url(ticket, "duplicates"))
        for _ in range(3):
            opens()
        with statements(4):
            assert len(agent.get(url(ticket, "duplicates")).json()) == 3


class TestARepeat:
    def resolved(self, opens: Opens, people: People, days_ago: float) -> Ticket:
        moment = now() - timedelta(days=days_ago)
        with time_is(moment):
            ticket = opens(resident_id=people.resident.pk)
            resolve_ticket(
                actor=Actor(people.agent), occurred_at=moment, ticket_id=ticket.pk, resolution_code="cleared_remotely"
            )
        return ticket

    def test_the_same_fault_within_fifteen_days_points_to_the_repair(
        self, api: Api, people: People, opens: Opens
    ) -> None:
        before = self.resolved(opens, people, days_ago=14.9)
        again = opens()
        dispatcher = api(people.dispatcher)
        assert again.repeats == before
        assert dispatcher.get(url(again)).json()["repeats_id"] == str(before.pk)
        assert ids(dispatcher.get(TICKETS, {"repeat": True}).json()["results"]) == {again.pk}
        assert ids(dispatcher.get(TICKETS, {"repeat": False}).json()["results"]) == {before.pk}

    def test_later_it_is_a_new_fault(self, people: People, opens: Opens) -> None:
        self.resolved(opens, people, days_ago=15.1)
        assert opens().repeats is None

    def test_another_fault_is_no_repeat(self, people: People, opens: Opens) -> None:
        self.resolved(opens, people, days_ago=1)
        assert opens(fault="slow").repeats is None

    def test_the_days_are_the_service_types(self, people: People, opens: Opens) -> None:
        self.resolved(opens, people, days_ago=20)
        ServiceType.objects.filter(code="broadband").update(repeat_days=30)
        assert opens().repeats is not None

    def test_what_a_technician_finds_without_signal_is_a_repeat_too(self, people: People, opens: Opens) -> None:
        before = self.resolved(opens, people, days_ago=3)
        handset = fresh_phone(people.technician)
        found = uuid7()
        handset.does(
            "ticket.open",
            hours_ago=6,
            id=found,
            service_type="broadband",
            source="patrol",
            details={"complex": "Sunny Gardens", "phone": "13700000001", "fault": "no_connection"},
            address="Building 3, flat 12",
            territory_id=people.north.pk,
        )
        assert handset.push() == ["applied"]
        assert Ticket.objects.get(pk=found).repeats == before

    def test_what_was_found_before_the_repair_is_none(self, people: People, opens: Opens) -> None:
        self.resolved(opens, people, days_ago=1)
        early = opens(reported_at=now() - timedelta(days=2))
        assert early.repeats is None

    def test_the_agent_hears_of_it_before_the_ticket_is_opened(self, api: Api, people: People, opens: Opens) -> None:
        before = self.resolved(opens, people, days_ago=3)
        asked = {"service_type": "broadband", "complex": "Sunny Gardens", "address": "Building 3, flat 12"}
        answer = api(people.agent).get(f"{TICKETS}/duplicates", asked).json()
        assert answer["repeats"]["id"] == str(before.pk)

    def test_the_resident_is_not_told_how_we_count(self, api: Api, people: People, opens: Opens) -> None:
        self.resolved(opens, people, days_ago=3)
        again = opens(resident_id=people.resident.pk)
        assert not {"repeats_id", "follows_id"} & api(people.resident).get(url(again)).json().keys()


def test_every_way_of_being_at_the_same_place_has_its_index(people: People, opens: Opens) -> None:
    site = Site.objects.create(territory=people.north, complex="Sunny Gardens", address="Building 3, flat 12")
    asset = Asset.objects.create(site=site, kind="router", serial="R-1")
    report = Report.of(opens(asset_id=asset.pk, contact_phone="13812345678"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    plan = Ticket.objects.filter(same_place(report)).explain()
    assert plan.count("Bitmap Index Scan") == len(("site", "asset", "address", "phone")), plan
