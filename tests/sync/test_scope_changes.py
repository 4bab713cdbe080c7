"""Documents that change hands: laws 3 and 4 for scopes, law 1 for the work of whoever had them before.

The outbox goes before the pull, but nothing is lost the other way round either.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now, time_is, time_passes
from sync.commands import Actor
from sync.ids import uuid7
from sync.models import Conflict
from tests.people import People
from tests.phone import SCHEMA, Phone, fresh_phone
from tests.world import World
from tickets.complaints.jobs import archive_ended_tickets
from tickets.complaints.services import add_note, confirm_ticket, move_site
from tickets.models import Asset, CheckIn, Note, PartUse, Site, Ticket, Visit
from tickets.visits.services import check_in, complete_visit, reassign_visit

pytestmark = pytest.mark.django_db

NEEDED = ("visits", "tickets", "sites", "assets", "notes")
"""What belongs to a visit, and goes where it goes."""


@pytest.fixture
def visit(world: World, people: People) -> Visit:
    """With equipment and a note, so that there is something to take away."""
    visit = world.dispatched_visit()
    world.van()
    Asset.objects.create(site=world.site, kind="gas meter", serial="G-1")
    add_note(actor=Actor(people.agent), occurred_at=now(), ticket_id=visit.ticket_id, text="Gate code 1234")
    return visit


def give_away(visit: Visit, to: User, people: People) -> Visit:
    return reassign_visit(
        actor=Actor(people.dispatcher), occurred_at=now(), visit_id=visit.pk, technician_id=to.pk, reason="nearer"
    )


def works_without_signal(phone: Phone, visit: Visit, world: World) -> list[str]:
    """All kinds of things that a technician tells of a visit; the statuses expected when it is theirs no more."""
    valve = world.part("VALVE")
    phone.does("visit.check_in", hours_ago=3, visit_id=visit, latitude=34.24, longitude=108.91, accuracy_m=9)
    phone.does("visit.edit", hours_ago=2.8, visit_id=visit, diagnosis="Seal worn.", base={"diagnosis": ""})
    phone.does("part.use", hours_ago=2.6, visit_id=visit, part_id=valve, quantity="1")
    phone.does("note.add", hours_ago=2.5, ticket_id=visit.ticket_id, visit_id=visit, text="The dog bites.")
    phone.does(
        "visit.complete", hours_ago=2, visit_id=visit, resolution_code="repaired", parts_answer="used", signed_by="Rosa"
    )
    return ["conflict", "applied", "applied", "applied", "conflict"]


def credited_to(person: User) -> None:
    """Everything that was done stands in the name of whoever did it."""
    arrival, use, note = CheckIn.objects.get(), PartUse.objects.get(), Note.objects.get(text="The dog bites.")
    assert (arrival.technician, use.visit.technician, note.author) == (person, person, person)
    assert use.movement.actor == person
    assert "overtaken" in arrival.flags
    assert "overtaken" in use.flags
    conflict = Conflict.objects.get()
    assert (conflict.kind, conflict.device_by) == ("overtaken", person)
    assert conflict.device_value
    assert conflict.device_value["status"] == "completed"
    assert use.visit.diagnosis == "Seal worn."


def holds_what_it_should(*phones: Phone) -> None:
    for phone in phones:
        phone.pull()
        assert phone.replica() == fresh_phone(phone.user).replica()


class TestAVisitGoesToSomebodyElse:
    def test_the_former_owner_loses_all_that_came_with_it(self, world: World, people: People, visit: Visit):
        phone = fresh_phone(people.technician)
        assert all(phone.collection(name) for name in NEEDED)
        give_away(visit, people.colleague, people)
        holds_what_it_should(phone)
        assert not any(phone.collection(name) for name in NEEDED)
        assert "Gate code" not in str(phone.replica())

    def test_the_new_owner_receives_everything_needed_in_one_page(self, world: World, people: People, visit: Visit):
        phone = fresh_phone(people.colleague)
        assert not any(phone.collection(name) for name in NEEDED)
        new = give_away(visit, people.colleague, people)
        query = {"schema": str(SCHEMA), "cursor": phone.cursor or ""}
        page = phone.client.get("/api/v1/sync/changes", query).json()
        came = {(change["collection"], change["id"]) for change in page["changes"] if not change["deleted"]}
        assert not page["more"]
        assert {collection for collection, _ in came} >= {*NEEDED, "notices"}
        assert {("visits", str(new.pk)), ("tickets", str(visit.ticket_id)), ("sites", str(world.site.pk))} <= came
        assert ("visits", str(visit.pk)) not in came

    def test_the_outbox_of_the_former_owner_is_taken_before_the_pull(self, world: World, people: People, visit: Visit):
        phone, other = fresh_phone(people.technician), fresh_phone(people.colleague)
        give_away(visit, people.colleague, people)
        expected = works_without_signal(phone, visit, world)
        phone.push(reply_is_lost=True)
        assert phone.push() == expected
        credited_to(people.technician)
        holds_what_it_should(phone, other)
        assert phone.collection("visits") == {}
        assert {fact["technician_id"] for fact in phone.collection("check_ins").values()} == {str(people.technician.pk)}
        # What the other one did is not the new owner's; what was said of the ticket is.
        assert other.collection("check_ins") == other.collection("part_uses") == other.collection("conflicts") == {}
        assert {note["text"] for note in other.collection("notes").values()} == {"Gate code 1234", "The dog bites."}

    def test_an_outbox_that_comes_after_the_pull_is_taken_all_the_same(
        self, world: World, people: People, visit: Visit
    ):
        phone = fresh_phone(people.technician)
        give_away(visit, people.colleague, people)
        expected = works_without_signal(phone, visit, world)
        phone.pull()
        assert phone.collection("visits") == {}
        assert phone.push() == expected
        credited_to(people.technician)
        holds_what_it_should(phone)

    def test_there_and_back_again_brings_it_all_back(self, world: World, people: People, visit: Visit):
        phone, other = fresh_phone(people.technician), fresh_phone(people.colleague)
        back = give_away(give_away(visit, people.colleague, people), people.technician, people)
        holds_what_it_should(phone, other)
        assert list(phone.collection("visits")) == [str(back.pk)]
        assert all(phone.collection(name) for name in NEEDED)
        assert not any(other.collection(name) for name in NEEDED)


class TestATicketGoesToAnotherTerritory:
    """With its site, by a command; whoever corrects it in the database is heard all the same (law 11)."""

    @pytest.fixture(params=["by a command", "in the database"])
    def goes_south(self, request: pytest.FixtureRequest, world: World, people: People) -> Callable[[], None]:
        def move() -> None:
            if request.param == "by a command":
                move_site(
                    actor=Actor(people.administrator),
                    occurred_at=now(),
                    site_id=world.site.pk,
                    territory_id=people.south.pk,
                    reason="Across the river.",
                )
            else:
                Ticket.objects.filter(site=world.site).update(territory=people.south)
                Site.objects.update(territory=people.south)

        return move

    def test_one_desk_loses_it_with_all_around_it_and_the_other_gets_it(
        self, world: World, people: People, visit: Visit, goes_south: Callable[[], None]
    ):
        phone = fresh_phone(people.technician)
        phone.does("visit.check_in", visit_id=visit)
        phone.does("part.use", visit_id=visit, part_id=world.part("VALVE"), quantity="1")
        phone.push()
        north, south = fresh_phone(people.dispatcher), fresh_phone(people.southern_dispatcher)
        around = (*NEEDED, "check_ins", "part_uses")
        assert all(north.collection(name) for name in around)
        assert not any(south.collection(name) for name in around)
        goes_south()
        holds_what_it_should(phone, north, south)
        assert not any(north.collection(name) for name in around)
        assert all(south.collection(name) for name in around)
        assert all(phone.collection(name) for name in NEEDED)

    def test_conflicts_go_along(self, people: People, visit: Visit, goes_south: Callable[[], None]):
        phone = fresh_phone(people.technician)
        give_away(visit, people.colleague, people)
        phone.does("visit.check_in", visit_id=visit)
        assert phone.push() == ["conflict"]
        north, south = fresh_phone(people.dispatcher), fresh_phone(people.southern_dispatcher)
        goes_south()
        holds_what_it_should(north, south, phone)
        assert north.collection("conflicts") == {}
        assert len(south.collection("conflicts")) == 1
        [mine] = phone.collection("conflicts").values()
        assert "server_value" not in mine

    def test_what_its_technician_did_without_signal_counts_and_reaches_the_new_desk(
        self, people: People, visit: Visit, world: World, goes_south: Callable[[], None]
    ):
        phone, south = fresh_phone(people.technician), fresh_phone(people.southern_dispatcher)
        works_without_signal(phone, visit, world)
        goes_south()
        assert phone.push() == ["applied"] * 5
        holds_what_it_should(phone, south, fresh_phone(people.dispatcher))
        [document] = south.collection("visits").values()
        assert (document["status"], document["technician_id"]) == ("completed", str(people.technician.pk))
        assert len(south.collection("check_ins")) == len(south.collection("part_uses")) == 1

    def test_overtaken_work_is_for_the_new_desk_to_decide(
        self, people: People, visit: Visit, world: World, goes_south: Callable[[], None]
    ):
        phone = fresh_phone(people.technician)
        expected = works_without_signal(phone, visit, world)
        give_away(visit, people.colleague, people)
        goes_south()
        assert phone.push() == expected
        north, south = fresh_phone(people.dispatcher), fresh_phone(people.southern_dispatcher)
        holds_what_it_should(phone, north, south)
        assert north.collection("conflicts") == {}
        assert len(south.collection("conflicts")) == 1


class TestARoleOrATerritoryIsLost:
    def test_a_technician_without_the_role_keeps_nothing_and_their_work_still_counts(
        self, world: World, people: People, visit: Visit
    ):
        phone = fresh_phone(people.technician)
        phone.does("visit.check_in", hours_ago=3, visit_id=visit)
        phone.does("visit.edit", hours_ago=2, visit_id=visit, diagnosis="Seal worn.", base={"diagnosis": ""})
        phone.does("part.use", hours_ago=2, visit_id=visit, part_id=world.part("VALVE"), quantity="1")
        phone.does("note.add", hours_ago=2, ticket_id=visit.ticket_id, text="The dog bites.")
        RoleGrant.objects.filter(user=people.technician).delete()
        phone.pull()
        assert not any(phone.collection(name) for name in NEEDED)
        assert phone.push() == ["applied"] * 4
        assert (CheckIn.objects.get().technician, PartUse.objects.count()) == (people.technician, 1)
        holds_what_it_should(phone)
        assert not any(phone.collection(name) for name in NEEDED)

    def test_nobody_reaches_anothers_visit_by_having_no_role(self, world: World, people: People, visit: Visit):
        phone = Phone(people.neighbour)
        RoleGrant.objects.filter(user=people.neighbour).delete()
        phone.does("visit.check_in", visit_id=visit)
        assert phone.push() == ["refused"]
        assert next(iter(phone.answers.values()))["code"] == "not_found"

    def test_who_leaves_one_of_two_territories_keeps_the_other(self, world: World, people: People, visit: Visit):
        RoleGrant.objects.create(user=people.dispatcher, role=Role.DISPATCHER, territory=people.south)
        there = Site.objects.create(territory=people.south, address="Harbour 1")
        elsewhere = Ticket.objects.get(pk=world.ticket().pk)
        Ticket.objects.filter(pk=elsewhere.pk).update(territory=people.south, site=there)
        phone = fresh_phone(people.dispatcher)
        assert len(phone.collection("tickets")) == 2
        RoleGrant.objects.filter(user=people.dispatcher, territory=people.north).delete()
        phone.pull(limit=1)
        assert list(phone.collection("tickets")) == [str(elsewhere.pk)]
        assert phone.collection("visits") == phone.collection("notes") == {}
        assert list(phone.collection("sites")) == [str(there.pk)]
        holds_what_it_should(phone)

    def test_what_was_written_there_before_is_still_taken(self, world: World, people: People, visit: Visit):
        phone = fresh_phone(people.dispatcher)
        phone.does("ticket.edit", ticket_id=visit.ticket_id, access_notes="Second door.", base={"access_notes": ""})
        RoleGrant.objects.filter(user=people.dispatcher).delete()
        # Whoever is at no desk any more does not write there: a clear refusal, which the phone shows.
        assert phone.push() == ["refused"]
        assert next(iter(phone.answers.values()))["code"] == "not_found"


class TestClosedWorkLeavesAfterTwoWeeks:
    @pytest.fixture
    def done(self, world: World, people: People, visit: Visit) -> datetime:
        """Completed and confirmed; when that was."""
        technician: dict[str, Any] = {"actor": Actor(people.technician), "occurred_at": now(), "visit_id": visit.pk}
        check_in(**technician)
        complete_visit(**technician, resolution_code="repaired", parts_answer="none", signed_by="Rosa")
        confirm_ticket(actor=Actor(people.resident), occurred_at=now(), ticket_id=visit.ticket_id)
        return now()

    def test_it_leaves_phones_and_desks_and_stays_with_the_resident(self, people: People, visit: Visit, done: datetime):
        tom, desk, rosa = (fresh_phone(who) for who in (people.technician, people.dispatcher, people.resident))
        with time_is(done + timedelta(days=13, hours=23)):
            archive_ended_tickets()
            holds_what_it_should(tom, desk, rosa)
            assert all(tom.collection(name) for name in (*NEEDED, "check_ins"))
        with time_is(done + timedelta(days=14, minutes=1)):
            archive_ended_tickets()
            holds_what_it_should(tom, desk, rosa)
        for phone in (tom, desk):
            assert not any(phone.collection(name) for name in (*NEEDED, "check_ins"))
        assert rosa.document("tickets", visit.ticket_id)

    def test_what_is_told_of_it_even_later_is_kept(self, people: People, visit: Visit, done: datetime):
        tom = fresh_phone(people.technician)
        with time_passes(timedelta(days=15)):
            archive_ended_tickets()
            tom.pull()
            tom.does("note.add", hours_ago=15 * 24, id=uuid7(), ticket_id=visit.ticket_id, text="Old key returned.")
            tom.does("visit.check_out", hours_ago=15 * 24 - 1, visit_id=visit)
            assert tom.push() == ["applied", "applied"]
            holds_what_it_should(tom)
        assert "after_end" in Note.objects.get(text="Old key returned.").flags
        assert tom.collection("check_ins") == {}


def deleted(row: Visit | Asset) -> UUID:
    """Delete it as somebody at the database's console would; its id."""
    gone = row.pk
    row.delete()
    return gone


class TestWhatWasDeleted:
    """Only past us, in the database; and what phones tell of it is kept."""

    @pytest.fixture
    def phone(self, people: People, visit: Visit) -> Phone:
        return fresh_phone(people.technician)

    def test_an_edit_of_a_deleted_visit_is_a_conflict_and_no_resurrection(
        self, people: People, visit: Visit, phone: Phone
    ):
        visit_id = deleted(visit)
        phone.does("visit.edit", visit_id=visit_id, diagnosis="Seal worn.", base={"diagnosis": ""})
        phone.does("visit.check_in", visit_id=visit_id)
        phone.push(reply_is_lost=True)
        assert phone.push() == ["conflict", "conflict"]
        assert not Visit.objects.filter(pk=visit_id).exists()
        told = {str(conflict.device_value) for conflict in Conflict.objects.filter(kind="deleted", doc_id=visit_id)}
        assert len(told) == 2
        assert any("Seal worn." in words for words in told)
        desk, colleague, rosa = (fresh_phone(who) for who in (people.dispatcher, people.colleague, people.resident))
        holds_what_it_should(phone)
        assert len(phone.collection("conflicts")) == len(desk.collection("conflicts")) == 2
        assert colleague.collection("conflicts") == rosa.collection("conflicts") == {}

    def test_the_desk_takes_note_of_it_and_cannot_bring_it_back(self, people: People, visit: Visit, phone: Phone):
        phone.does("visit.edit", visit_id=deleted(visit), diagnosis="Seal worn.", base={"diagnosis": ""})
        phone.push()
        conflict = Conflict.objects.get()
        desk = fresh_phone(people.dispatcher)
        desk.does("conflict.resolve", conflict_id=conflict.pk, keep="device")
        desk.does("conflict.resolve", conflict_id=conflict.pk, keep="server")
        assert desk.push() == ["refused", "applied"]
        assert next(iter(desk.answers.values()))["code"] == "not_resolved_by_value"
        conflict.refresh_from_db()
        assert (conflict.status, conflict.resolved_by) == ("resolved", people.dispatcher)

    def test_an_open_conflict_of_a_document_that_is_deleted_then_can_still_be_put_away(
        self, people: People, visit: Visit, phone: Phone
    ):
        Visit.objects.filter(pk=visit.pk).update(diagnosis="Pipe.")
        phone.does("visit.edit", visit_id=visit, diagnosis="Seal.", base={"diagnosis": "Leaks."})
        assert phone.push() == ["conflict"]
        conflict = Conflict.objects.get()
        deleted(visit)
        desk = fresh_phone(people.dispatcher)
        desk.does("conflict.resolve", conflict_id=conflict.pk, keep="server")
        assert desk.push() == ["applied"]

    def test_a_swap_at_deleted_equipment_is_kept(self, world: World, people: People, visit: Visit, phone: Phone):
        doc_id = deleted(Asset.objects.get())
        phone.does(
            "part.swap",
            visit_id=visit,
            asset_id=doc_id,
            part_id=world.part("VALVE"),
            installed_serial="N-1",
            removed_serial="G-1",
        )
        assert phone.push() == ["conflict"]
        conflict = Conflict.objects.get()
        assert (conflict.kind, conflict.collection, conflict.doc_id) == ("deleted", "assets", doc_id)
        assert conflict.device_value
        assert conflict.device_value["installed_serial"] == "N-1"
        assert not PartUse.objects.exists()

    def test_whoever_never_had_it_hears_what_a_made_up_id_hears(self, people: People, visit: Visit):
        stranger = fresh_phone(people.colleague)
        for visit_id in (deleted(visit), uuid7()):
            stranger.does("visit.edit", visit_id=visit_id, diagnosis="Mine.", base={"diagnosis": ""})
        assert stranger.push() == ["refused", "refused"]
        assert {answer["code"] for answer in stranger.answers.values()} == {"not_found"}
        assert not Conflict.objects.exists()
