"""Written documents: what they mean, and that nothing of them is lost or counted twice (laws 2, 3, 6, 9)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from fieldsvc.time import now
from parts.models import Location
from parts.stock.services import receive_parts
from parts.transfers.services import create_transfer, dispatch_transfer
from sync.commands import Actor
from sync.ids import uuid7
from sync.models import Conflict, Receipt
from sync.operations.services import OurFault
from sync.registry import Body, Write
from sync.writes.services import Outcome, perform_writes
from tests.faults.database import broken
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.world import World
from tickets.models import Absence, CheckIn, Note, PartUse, Ticket, Visit

pytestmark = pytest.mark.django_db

DONE = {"status": "completed", "resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}


class Library:
    """A client library: it keeps documents, and sends what it has made of them."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def document(self, collection: str, row: Any) -> Body:
        """As the server has it now."""
        self.phone.pull()
        found = self.phone.document(collection, row)
        assert found is not None
        return dict(found)

    def inserts(self, collection: str, **fields: Any) -> Write:
        id = UUID(fields.pop("id", str(uuid7())))
        return Write(collection, id, None, fields, frozenset(fields))

    def edits(self, collection: str, base: Body, **fields: Any) -> Write:
        return Write(collection, UUID(base["id"]), base, {**base, **fields}, frozenset(fields))

    def sends(self, *writes: Write, whole: bool = False) -> list[Outcome]:
        user, device = self.phone.user, self.phone.device
        return perform_writes(user=user, device=device, writes=writes, received_at=now(), whole=whole)

    def send(self, write: Write) -> Outcome:
        """One, and what became of it."""
        return self.sends(write)[0]


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit) -> Library:
    return Library(fresh_phone(people.technician))


def test_an_edited_finding_is_an_edit_of_the_visit(tom: Library, visit: Visit):
    outcome = tom.send(tom.edits("visits", tom.document("visits", visit), diagnosis="valve leaks"))
    assert outcome.status == "done"
    assert outcome.present == tom.document("visits", visit)
    assert outcome.present["diagnosis"] == "valve leaks"
    assert Receipt.objects.get().kind == "visit.edit"


def test_a_new_absence_asks_for_it_and_a_cancelled_one_takes_that_back(tom: Library):
    day = (now() + timedelta(days=9)).date().isoformat()
    wish = tom.inserts("absences", kind="leave", first_day=day, last_day=day, reason="Wedding", state="asked")
    assert tom.send(wish).status == "done"
    assert tom.send(wish).status == "done"
    [absence] = Absence.objects.all()
    assert (absence.pk, absence.technician, absence.reason, absence.state) == (
        wish.id,
        tom.phone.user,
        "Wedding",
        "asked",
    )
    starts = now() + timedelta(days=20)
    hours = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    assert tom.send(tom.inserts("absences", kind="leave", **hours)).status == "done"
    seen = tom.document("absences", absence)
    assert tom.send(tom.edits("absences", seen, state="cancelled", cancel_reason="Put off")).status == "done"
    absence.refresh_from_db()
    assert (absence.state, absence.cancel_reason) == ("cancelled", "Put off")
    approved = tom.send(tom.edits("absences", tom.document("absences", absence), state="approved"))
    assert approved.status == "refused"


def test_where_a_day_without_signal_has_led_to_is_told_step_by_step(tom: Library, visit: Visit):
    seen = tom.document("visits", visit)
    arrived = (now() - timedelta(hours=2)).isoformat()
    outcome = tom.send(tom.edits("visits", seen, diagnosis="valve", arrived_at=arrived, **DONE))
    assert outcome.status == "done", outcome
    assert list(Receipt.objects.order_by("seq").values_list("kind", flat=True)) == [
        "visit.edit",
        "visit.check_in",
        "visit.complete",
    ]
    assert CheckIn.objects.get().occurred_at.isoformat() == arrived.replace("Z", "+00:00")
    assert outcome.present is not None
    assert outcome.present["status"] == "completed"


def test_a_step_that_the_server_knows_of_is_not_taken_again(tom: Library, visit: Visit):
    seen = tom.document("visits", visit)
    assert tom.send(tom.inserts("check_ins", visit_id=str(visit.pk), kind="arrival")).status == "done"
    assert tom.send(tom.edits("visits", seen, arrived_at=now().isoformat(), **DONE)).status == "done"
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"status": "accepted"}, "visit.accept"),
        ({"status": "travelling"}, "visit.travel"),
        ({"status": "on_site"}, "visit.check_in"),
        ({"status": "cancelled", "decline_reason": "ill"}, "visit.decline"),
    ],
)
def test_a_changed_status_is_the_step_that_leads_there(tom: Library, visit: Visit, fields: Body, kind: str):
    assert tom.send(tom.edits("visits", tom.document("visits", visit), **fields)).status == "done"
    assert Receipt.objects.get().kind == kind
    visit.refresh_from_db()
    assert visit.status == fields["status"]


def test_a_shift_and_what_was_found_on_it_are_told_by_new_documents(tom: Library, world: World):
    found = {"service_type": world.service_type.code, "source": "patrol", "site_id": str(world.site.pk)}
    taken_on = {"visit_id": str(uuid7()), **found}
    outcomes = tom.sends(
        tom.inserts("check_ins", kind="shift_start", visit_id=None),
        tom.inserts("tickets", **taken_on),
        tom.inserts("check_ins", kind="shift_end"),
    )
    assert [outcome.status for outcome in outcomes] == ["done"] * 3
    assert [fact.kind for fact in CheckIn.objects.order_by("id")] == ["shift_start", "shift_end"]
    assert Visit.objects.get(pk=taken_on["visit_id"]).ticket.source == "patrol"


def test_work_that_could_not_be_finished_says_why(tom: Library, visit: Visit):
    said = {"status": "incomplete", "incomplete_reason": "nobody home", "next_visit_wanted": True}
    assert tom.send(tom.edits("visits", tom.document("visits", visit), **said)).status == "done"
    assert set(Receipt.objects.values_list("kind", flat=True)) == {"visit.travel", "visit.leave_incomplete"}


def test_parts_used_and_taken_back_are_inserted_as_facts(tom: Library, visit: Visit, world: World):
    valve = world.part("valve", aboard=3)
    about = {"visit_id": str(visit.pk), "part_id": str(valve.pk), "part_name": "a guess", "quantity": "1.000"}
    used = tom.inserts("part_uses", kind="used", **about)
    taken = tom.inserts("part_uses", kind="returned", **about)
    for _ in range(2):
        assert [outcome.status for outcome in tom.sends(used, taken)] == ["done", "done"]
    assert set(PartUse.objects.values_list("pk", "kind")) == {(used.id, "used"), (taken.id, "returned")}
    assert world.on_hand(valve) == 2


def test_parts_are_asked_for_and_received_by_writing_requisitions_and_transfers(
    tom: Library, people: People, world: World
):
    van, valve = world.van(), world.part("valve", aboard=1)
    wanted = tom.inserts(
        "requisitions", location_id=str(van.pk), reason="low", lines=[{"part_id": str(valve.pk), "quantity": "2.000"}]
    )
    assert tom.send(wanted).status == "done"
    requisition = tom.document("requisitions", wanted.id)
    assert tom.send(tom.edits("requisitions", requisition, status="cancelled")).status == "done"
    assert tom.document("requisitions", wanted.id)["status"] == "cancelled"

    depot = Location.objects.create(code="D-N", name="Depot", kind="depot", territory=people.north)
    keeper: Any = {"actor": Actor(user=people.storekeeper), "occurred_at": now()}
    lines = [{"part_id": valve.pk, "quantity": Decimal(3)}]
    receive_parts(**keeper, location_id=depot.pk, lines=lines)
    transfer = create_transfer(**keeper, from_location_id=depot.pk, to_location_id=van.pk, lines=lines)
    dispatch_transfer(**keeper, transfer_id=transfer.pk)
    seen = tom.document("transfers", transfer)
    arrived = [{**seen["lines"][0], "arrived": "2.000", "reason": "one missing"}]
    assert tom.send(tom.edits("transfers", seen, lines=arrived)).status == "done"
    assert world.on_hand(valve) == 3
    assert tom.send(tom.edits("transfers", tom.document("transfers", transfer), lines=[])).code == "write_means_nothing"


def test_notes_messages_and_tickets_are_inserted_by_those_who_may(
    tom: Library, visit: Visit, people: People, world: World
):
    note = tom.inserts("notes", ticket_id=str(visit.ticket_id), text="Key at the porter's")
    message = tom.inserts("messages", ticket_id=str(visit.ticket_id), text="hello")
    assert [outcome.status for outcome in tom.sends(note, message)] == ["done", "refused"]
    desk = Library(fresh_phone(people.agent))
    about = {"site_id": str(world.site.pk), "contact_name": "Porter", "source": "phone", "status": "new"}
    call = desk.inserts("tickets", service_type=world.service_type.code, **about)
    assert desk.send(call).status == "done"
    assert Ticket.objects.get(pk=call.id).contact_name == "Porter"
    rosa = Library(fresh_phone(people.resident))
    assert rosa.send(rosa.inserts("messages", ticket_id=str(visit.ticket_id), text="hello")).status == "done"


def test_a_resident_confirms_rates_and_reopens_by_writing_their_ticket(people: People, world: World):
    ticket = world.ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status="resolved", resolved_at=now())
    rosa = Library(fresh_phone(people.resident))
    seen = rosa.document("tickets", ticket)
    assert rosa.send(rosa.edits("tickets", seen, status="closed", rating={"score": 5})).status == "done"
    seen = rosa.document("tickets", ticket)
    assert (seen["status"], seen["rating"]["score"]) == ("closed", 5)
    assert rosa.send(rosa.edits("tickets", seen, status="triaged", reopen_reason="drips again")).status == "done"
    assert rosa.document("tickets", ticket)["status"] == "triaged"


def test_a_field_that_both_sides_wrote_opens_a_conflict_that_a_write_resolves(
    tom: Library, visit: Visit, people: People
):
    seen = tom.document("tickets", visit.ticket_id)
    desk = Library(fresh_phone(people.agent))
    assert desk.send(desk.edits("tickets", seen, contact_name="Ronja")).status == "done"
    outcome = tom.send(tom.edits("tickets", seen, contact_name="Rose"))
    assert outcome.status == "conflict"
    assert outcome.present is not None
    assert outcome.present["contact_name"] == "Ronja"
    conflict = tom.document("conflicts", Conflict.objects.get())
    assert tom.send(tom.edits("conflicts", conflict, status="resolved", keep="device")).status == "done"
    assert tom.document("tickets", visit.ticket_id)["contact_name"] == "Rose"


def test_what_means_nothing_is_refused_and_kept_and_the_rest_of_it_is_done(tom: Library, visit: Visit):
    seen = tom.document("visits", visit)
    outcome = tom.send(tom.edits("visits", seen, diagnosis="valve", window_start="2027-01-01T00:00:00Z"))
    assert (outcome.status, outcome.code) == ("refused", "write_means_nothing")
    assert outcome.present is not None
    assert outcome.present["diagnosis"] == "valve"
    kept = Receipt.objects.get(kind="document.write")
    assert [error["field"] for error in kept.answer["errors"]] == ["window_start"]
    assert kept.data["new"] == {"window_start": "2027-01-01T00:00:00Z"}


@pytest.mark.parametrize("collection", ["sites", "check_ins", "no_such_thing"])
def test_documents_that_nobody_writes_or_that_do_not_exist_are_refused(tom: Library, visit: Visit, collection: str):
    outcome = tom.send(tom.edits(collection, {"id": str(visit.ticket.site_id)}, name="mine"))
    assert (outcome.status, outcome.code) == ("refused", "write_means_nothing")


def test_a_deleted_document_comes_back_and_one_that_is_gone_already_is_deleted(tom: Library, visit: Visit):
    seen = tom.document("visits", visit)
    deleted = Write("visits", visit.pk, seen, None, frozenset())
    gone = Write("visits", uuid7(), seen, None, frozenset())
    kept, done = tom.sends(deleted, gone)
    assert (kept.status, kept.code, kept.present) == ("refused", "write_means_nothing", seen)
    assert (done.status, done.present) == ("done", None)


def test_what_a_device_guesses_of_computed_fields_is_passed_over_beside_what_it_says(tom: Library, visit: Visit):
    seen = tom.document("visits", visit)
    assert tom.send(tom.edits("visits", seen, status="accepted", allowed=["travel"])).status == "done"
    assert tom.send(tom.edits("visits", seen, allowed=["dance"])).code == "write_means_nothing"


# Lost replies


def test_a_write_that_is_repeated_counts_once(tom: Library, visit: Visit):
    write = tom.edits("visits", tom.document("visits", visit), diagnosis="valve", status="on_site")
    first, again = tom.send(write), tom.send(write)
    assert (first.status, again.status) == ("done", "done")
    assert (CheckIn.objects.count(), Receipt.objects.count()) == (1, 2)


def test_a_device_that_never_heard_us_builds_on_what_it_wrote_itself(tom: Library, visit: Visit):
    seen = tom.document("visits", visit)
    tom.send(tom.edits("visits", seen, diagnosis="valve"))
    outcome = tom.send(tom.edits("visits", seen, diagnosis="valve, really"))
    assert outcome.status == "done"
    assert outcome.present is not None
    assert outcome.present["diagnosis"] == "valve, really"
    assert not Conflict.objects.exists()


def test_a_document_that_was_made_and_changed_before_we_were_heard_has_the_change(people: People, world: World):
    desk = Library(fresh_phone(people.agent))
    about = {"service_type": world.service_type.code, "site_id": str(world.site.pk)}
    made = desk.inserts("tickets", **about, contact_name="Porter")
    desk.send(made)
    changed = replace(made, new={**(made.new or {}), "contact_name": "Portia"})
    for _ in range(2):
        assert desk.send(changed).status == "done"
    assert Ticket.objects.get(pk=made.id).contact_name == "Portia"
    assert list(Receipt.objects.order_by("seq").values_list("kind", flat=True)) == ["ticket.open", "ticket.edit"]


def test_the_same_words_after_others_of_ones_own_are_said_anew(tom: Library, visit: Visit):
    for before, after in [("", "a"), ("a", "b"), ("b", "a"), ("a", "b")]:
        base = {**tom.document("visits", visit), "diagnosis": before}
        outcome = tom.send(tom.edits("visits", base, diagnosis=after))
        assert outcome.status == "done"
        assert outcome.present is not None
        assert outcome.present["diagnosis"] == after


def test_the_same_words_after_somebody_took_them_back_are_not_lost_in_silence(
    tom: Library, visit: Visit, people: People
):
    base = tom.document("tickets", visit.ticket_id)
    write = tom.edits("tickets", base, contact_name="Rose")
    tom.send(write)
    desk = Library(fresh_phone(people.agent))
    desk.send(desk.edits("tickets", desk.document("tickets", visit.ticket_id), contact_name=base["contact_name"]))
    for _ in range(3):
        outcome = tom.send(write)
        assert outcome.status == "conflict"
        assert outcome.present is not None
        assert outcome.present["contact_name"] == base["contact_name"]
    assert Conflict.objects.get().device_value == "Rose"


def test_a_refused_write_that_comes_again_is_tried_again_under_the_same_receipt(tom: Library, visit: Visit):
    tom.send(tom.edits("visits", tom.document("visits", visit), status="on_site"))
    seen = tom.document("visits", visit)
    write = tom.edits("visits", seen, **{**DONE, "resolution_code": "polished"})
    assert [tom.send(write).code for _ in range(2)] == ["resolution_code_unknown"] * 2
    visit.ticket.service_type.resolution_codes.append({"code": "polished", "text": "Polished", "text_zh": "已抛光"})
    visit.ticket.service_type.save()
    assert tom.send(write).status == "done"
    assert Receipt.objects.filter(kind="visit.complete").count() == 1


# All or nothing


def test_of_a_whole_nothing_happens_and_nothing_is_remembered_if_one_fails_by_our_fault(
    tom: Library, visit: Visit, world: World
):
    note = tom.inserts("notes", ticket_id=str(visit.ticket_id), text="kept?")
    valve = world.part("VALVE", aboard=1)
    use = tom.inserts("part_uses", kind="used", visit_id=str(visit.pk), part_id=str(valve.pk), quantity="1")
    with broken("parts_stockmovement"):
        assert [outcome.status for outcome in tom.sends(note, use)] == ["done", "retry"]
        again = replace(note, id=uuid7())
        with pytest.raises(OurFault):
            tom.sends(again, use, whole=True)
    assert Note.objects.get().pk == note.id
    assert Receipt.objects.count() == 1
    assert [outcome.status for outcome in tom.sends(again, use, whole=True)] == ["done", "done"]


def test_a_refusal_does_not_undo_a_whole(tom: Library, visit: Visit):
    note = tom.inserts("notes", ticket_id=str(visit.ticket_id), text="kept")
    wrong = tom.edits("visits", tom.document("visits", visit), **DONE | {"resolution_code": "wrong"})
    assert [outcome.status for outcome in tom.sends(note, wrong, whole=True)] == ["done", "refused"]
    assert Note.objects.get().text == "kept"


def test_a_conflict_does_not_undo_a_whole(tom: Library, visit: Visit, people: People):
    seen = tom.document("tickets", visit.ticket_id)
    desk = Library(fresh_phone(people.agent))
    desk.send(desk.edits("tickets", seen, contact_name="Ronja"))
    note = tom.inserts("notes", ticket_id=str(visit.ticket_id), text="kept")
    edit = tom.edits("tickets", seen, contact_name="Rose")
    assert [outcome.status for outcome in tom.sends(note, edit, whole=True)] == ["done", "conflict"]
    assert Note.objects.get().text == "kept"


def test_work_of_a_visit_that_was_given_to_somebody_else_is_kept_and_nothing_comes_back(
    tom: Library, visit: Visit, people: People
):
    seen = tom.document("visits", visit)
    Visit.objects.filter(pk=visit.pk).update(technician=people.colleague)
    outcome = tom.send(tom.edits("visits", seen, diagnosis="valve"))
    assert outcome.present is None
