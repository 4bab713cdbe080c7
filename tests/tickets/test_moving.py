"""A site goes to another territory with all its tickets; a ticket goes to another site."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_passes
from notifications.jobs import escalate_notices
from notifications.models import Notice
from sync.commands import Actor, command_block
from tests.people import People
from tests.sync.test_commit_order import in_thread, wait_until_somebody_waits_for_a_lock
from tests.tickets.conftest import Api, url
from tests.world import World
from tickets.clock.sweeping import sweep
from tickets.complaints.access import lock_tickets
from tickets.complaints.services import move_site, open_ticket
from tickets.models import Asset, ServiceAccount, Site, Ticket, Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(people: People) -> User:
    """Somebody who supervises the north and the south."""
    assert people.dispatcher
    assert people.southern_dispatcher
    RoleGrant.objects.create(user=people.supervisor, role=Role.SUPERVISOR, territory=people.south)
    return people.supervisor


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


def site_url(site: Site) -> str:
    return f"/api/v1/sites/{site.pk}/move"


def goes_south(people: People, **more: Any) -> dict[str, Any]:
    return {"territory_id": str(people.south.pk), "reason": "Across the river.", **more}


def territories(*tickets: Ticket) -> set[str]:
    return set(
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).values_list("territory__code", flat=True)
    )


class TestASite:
    def test_it_goes_with_all_its_tickets(self, api: Api, people: People, world: World, both: User) -> None:
        open_one, past = world.ticket(), world.ticket()
        Ticket.objects.filter(pk=past.pk).update(status="cancelled", closed_at=now(), archived=True)
        answer = api(both).post(site_url(world.site), goes_south(people))
        assert (answer.status_code, answer.json()["territory_id"]) == (200, str(people.south.pk))
        assert territories(open_one, past) == {"south"}
        here, there = api(people.dispatcher), api(people.southern_dispatcher)
        for ticket in (open_one, past):
            assert here.get(url(ticket)).status_code == 404
            assert there.get(url(ticket)).status_code == 200
        assert here.get(f"/api/v1/sites/{world.site.pk}").status_code == 404

    def test_the_timeline_tells_it_to_both_sides(self, api: Api, people: People, world: World, both: User) -> None:
        ticket = world.ticket()
        api(both).post(site_url(world.site), goes_south(people))
        told = api(people.southern_dispatcher).get(url(ticket, "timeline")).json()["results"][-1]
        assert (told["kind"], told["data"]["reason"], told["data"]["from"]) == (
            "ticket_moved",
            "Across the river.",
            "North",
        )
        heard = api(people.resident).get(url(ticket, "timeline")).json()["results"][-1]["texts"]
        assert heard["en"] == "It is about Garden Court, 3-201, which South looks after."
        assert heard["zh"] == "地点为Garden Court, 3-201，由南区负责。"
        assert "river" not in str(heard)

    def test_who_has_to_know_is_told(self, api: Api, people: People, world: World, both: User, visit: Visit) -> None:
        api(both).post(site_url(world.site), goes_south(people))
        [desk] = Notice.objects.filter(kind="tickets_moved")
        assert (desk.user, desk.title) == (
            people.southern_dispatcher,
            "Now in your territory: Garden Court, 3-201",
        )
        assert desk.body == f"Open tickets: 1 ({visit.ticket.reference})\nFrom North: Across the river."
        [going] = Notice.objects.filter(kind="visit_of_another_desk")
        assert (going.user, going.subject_id) == (people.technician, visit.pk)

    def test_where_nothing_is_open_nobody_needs_to_know(
        self, api: Api, people: People, world: World, both: User
    ) -> None:
        Ticket.objects.filter(pk=world.ticket().pk).update(status="cancelled", closed_at=now())
        api(both).post(site_url(world.site), goes_south(people))
        assert not Notice.objects.filter(kind="tickets_moved").exists()

    def test_a_visit_stays_with_its_technician_who_finishes_it(
        self, api: Api, people: People, world: World, both: User, visit: Visit
    ) -> None:
        api(both).post(site_url(world.site), goes_south(people))
        tom = api(people.technician)
        for step in ("accept", "travel", "check-in"):
            assert tom.post(f"/api/v1/visits/{visit.pk}/{step}").status_code in (200, 201), step
        assert api(people.southern_dispatcher).get(f"/api/v1/visits/{visit.pk}").json()["status"] == "on_site"

    def test_silence_about_a_visit_reaches_the_dispatchers_who_have_it_now(
        self, api: Api, people: People, world: World, both: User, visit: Visit
    ) -> None:
        api(both).post(site_url(world.site), goes_south(people))
        with time_passes(timedelta(minutes=21)):
            escalate_notices(timestamp=0)
        [escalation] = Notice.objects.filter(kind="notice_unacknowledged")
        assert escalation.user == people.southern_dispatcher

    def test_clocks_go_on_and_warn_the_desk_that_has_it_now(
        self, api: Api, people: People, world: World, both: User
    ) -> None:
        ticket = world.ticket()
        before = list(ticket.clocks.values_list("target", "due_at"))
        api(both).post(site_url(world.site), goes_south(people))
        assert list(ticket.clocks.values_list("target", "due_at")) == before
        with time_passes(timedelta(hours=23)):
            sweep(at=now())
        warned = {notice.user for notice in Notice.objects.filter(kind="clock_warning")}
        assert people.southern_dispatcher in warned
        assert not warned & {people.agent, people.dispatcher}

    def test_whoever_moved_it_answers_for_it_until_somebody_there_does(
        self, api: Api, people: People, world: World, both: User
    ) -> None:
        ticket = world.ticket()
        assert ticket.responsible == people.agent
        api(both).post(site_url(world.site), goes_south(people))
        ticket.refresh_from_db()
        assert ticket.responsible == both

    def test_who_still_sees_it_goes_on_answering_for_it(
        self, api: Api, people: People, world: World, both: User, visit: Visit
    ) -> None:
        api(people.technician).post(f"/api/v1/visits/{visit.pk}/accept")
        api(both).post(site_url(world.site), goes_south(people))
        assert Ticket.objects.get().responsible == people.technician

    def test_moving_again_changes_nothing(self, api: Api, people: People, world: World, both: User) -> None:
        ticket = world.ticket()
        for _ in range(2):
            assert api(both).post(site_url(world.site), goes_south(people)).status_code == 200
        assert ticket.events.filter(kind="ticket_moved").count() == 1

    def test_nobody_pushes_work_over_to_others(self, api: Api, people: People, world: World) -> None:
        world.ticket()
        for person in (people.dispatcher, people.agent):
            answer = api(person).post(site_url(world.site), goes_south(people))
            assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
        assert api(people.southern_dispatcher).post(site_url(world.site), goes_south(people)).status_code == 404
        assert Site.objects.get().territory == people.north

    def test_an_address_that_stands_there_already_is_named(
        self, api: Api, people: People, world: World, both: User
    ) -> None:
        ticket = world.ticket()
        twin = Site.objects.create(territory=people.south, complex="garden court", address="3-201")
        answer = api(both).post(site_url(world.site), goes_south(people))
        assert (answer.status_code, answer.json()["code"], answer.json()["site"]) == (409, "site_exists", str(twin.pk))
        assert territories(ticket) == {"north"}

    def test_a_territory_that_does_not_exist_is_refused(self, api: Api, world: World, both: User) -> None:
        body = {"territory_id": str(world.site.pk), "reason": "?"}
        answer = api(both).post(site_url(world.site), body)
        assert (answer.status_code, answer.json()["code"]) == (400, "territory_unknown")


class TestATicket:
    @pytest.fixture
    def there(self, people: People) -> Site:
        return Site.objects.create(territory=people.south, complex="Harbour", address="1")

    def test_it_goes_alone_to_a_site_of_another_territory(
        self, api: Api, people: People, world: World, both: User, there: Site
    ) -> None:
        ticket, other = world.ticket(), world.ticket()
        answer = api(both).post(url(ticket, "move"), {"site_id": str(there.pk), "reason": "The caller meant Harbour."})
        assert answer.status_code == 200
        assert (answer.json()["site_id"], answer.json()["complex"], answer.json()["address"]) == (
            str(there.pk),
            "Harbour",
            "1",
        )
        assert territories(ticket) == {"south"}
        assert territories(other) == {"north"}
        assert Notice.objects.get(kind="tickets_moved").user == people.southern_dispatcher

    def test_what_stands_elsewhere_is_taken_off_and_the_timeline_keeps_it(
        self, api: Api, people: People, world: World, both: User, there: Site
    ) -> None:
        ticket = world.ticket()
        account = ServiceAccount.objects.create(number="A-1", site=world.site)
        asset = Asset.objects.create(site=world.site, kind="meter", serial="G-1")
        Ticket.objects.filter(pk=ticket.pk).update(account=account, asset=asset)
        api(both).post(url(ticket, "move"), {"site_id": str(there.pk), "reason": "The caller meant Harbour."})
        ticket.refresh_from_db()
        assert (ticket.account, ticket.asset) == (None, None)
        changed = ticket.events.get(kind="ticket_moved").data["changed"]
        assert changed["address"] == ["3-201", "1"]
        assert changed["account"] == ["A-1", ""]
        assert changed["asset"] == ["meter G-1", ""]

    def test_one_without_a_site_gets_one(self, api: Api, people: People, world: World, both: User) -> None:
        ticket = world.ticket()
        Ticket.objects.filter(pk=ticket.pk).update(site=None, complex="", address="")
        answer = api(people.dispatcher).post(url(ticket, "move"), {"site_id": str(world.site.pk), "reason": "Found."})
        assert (answer.status_code, answer.json()["site_id"]) == (200, str(world.site.pk))
        assert not Notice.objects.filter(kind="tickets_moved").exists()

    def test_a_site_of_elsewhere_is_as_unknown_as_none(
        self, api: Api, people: People, world: World, there: Site
    ) -> None:
        body = {"site_id": str(there.pk), "reason": "Not mine."}
        answer = api(people.dispatcher).post(url(world.ticket(), "move"), body)
        assert (answer.status_code, answer.json()["code"]) == (400, "site_unknown")


@pytest.mark.django_db(transaction=True)
def test_a_complaint_that_comes_in_while_the_site_moves_ends_up_where_the_site_is(
    people: People, world: World, both: User
) -> None:
    """Whoever opens it waits for the move, and then finds the site elsewhere."""
    assert world.site
    assert world.service_type

    def complain() -> None:
        open_ticket(
            actor=Actor(people.resident),
            occurred_at=now(),
            service_type=world.service_type.code,
            details={},
            site_id=ticket.site_id,
        )

    ticket = world.ticket()
    with transaction.atomic():
        move_site(
            actor=Actor(both),
            occurred_at=now(),
            site_id=world.site.pk,
            territory_id=people.south.pk,
            reason="Across the river.",
        )
        thread = in_thread(complain)
        wait_until_somebody_waits_for_a_lock()
    thread.join(20)
    assert set(Ticket.objects.values_list("territory__code", flat=True)) == {"south"}
    assert Ticket.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_whoever_waited_for_a_ticket_that_was_moved_finds_it_where_it_is_now(people: People, world: World) -> None:
    ticket = world.ticket()
    there = Site.objects.create(territory=people.south, complex="River Park", address="1-1")
    found: list[Site | None] = []

    def look() -> None:
        with command_block():
            found.append(lock_tickets(Ticket.objects.filter(pk=ticket.pk))[0].site)

    with transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(site=there)
        thread = in_thread(look)
        wait_until_somebody_waits_for_a_lock()
    thread.join(20)
    assert found == [there]
