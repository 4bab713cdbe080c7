"""The published WatermelonDB against a live server, with the code of docs/watermelondb.md (laws 1 to 6).

`synchronize()` pulls and then pushes. So what the office does while a phone is without signal arrives at the phone
before the phone has said what its owner did meanwhile: each test about that is about one round of it.
"""

from collections.abc import Callable

import orjson
import pytest

from accounts.models import RoleGrant, User
from fieldsvc.time import now
from parts.models import Part
from sync.commands import Actor
from sync.models import Conflict, Receipt
from tests.clients.proxy import Proxy
from tests.clients.watermelon import App, AppError
from tests.people import People
from tests.world import World
from tickets.models import CheckIn, Note, PartUse, ServiceType, Ticket, Visit
from tickets.visits.services import cancel_visit, reassign_visit

pytestmark = pytest.mark.django_db(transaction=True)

Apps = Callable[[User], App]
DONE = {"status": "completed", "resolution_code": "repaired", "parts_answer": "none", "signed_by": "Rosa"}


@pytest.fixture
def visit(world: World) -> Visit:
    return world.dispatched_visit()


@pytest.fixture
def tom(people: People, visit: Visit, watermelon: Apps) -> App:
    """The technician's app, which has synchronized once."""
    app = watermelon(people.technician)
    app.sync()
    return app


def gives_away(visit: Visit, people: People) -> None:
    """The dispatcher gives the visit to somebody else."""
    reassign_visit(
        actor=Actor(user=people.dispatcher),
        occurred_at=now(),
        visit_id=visit.pk,
        technician_id=people.colleague.pk,
        reason="Tom does not answer.",
    )


# What it gets


def test_a_first_sync_brings_everything_and_a_second_one_what_changed(tom: App, visit: Visit, world: World):
    row = tom.row("visits", visit)
    assert row is not None
    assert (row["status"], row["ticket_id"], row["_status"]) == ("dispatched", str(visit.ticket_id), "synced")
    assert tom.row("tickets", visit.ticket)
    assert tom.row("sites", world.site)
    before = tom.ask("pulledAt")
    another = world.dispatched_visit()
    assert tom.sync() == []
    assert tom.rows("visits").keys() == {str(visit.pk), str(another.pk)}
    assert tom.ask("pulledAt") > before
    assert tom.unsent() == []


def test_ten_thousand_documents_come_in_one_answer(people: People, watermelon: Apps):
    Part.objects.bulk_create([Part(number=f"P-{number}", name=f"Part {number}") for number in range(10_000)])
    app = watermelon(people.technician)
    app.sync()
    assert app.ask("count")["parts"] == 10_000


def test_the_app_ends_with_what_a_new_app_would_download(tom: App, people: People, watermelon: Apps, visit: Visit):
    tom.edits("visits", visit, diagnosis="valve leaks", checklist_answers=orjson.dumps({"tight": True}).decode())
    tom.creates("notes", ticket_id=visit.ticket, text="Key at the porter's")
    tom.sync()
    tom.sync()
    fresh = watermelon(people.technician)
    fresh.sync()
    assert tom.replica() == fresh.replica()


# What it sends


def test_work_without_signal_is_sent_and_counts_as_if_it_had_been_sent_at_once(tom: App, visit: Visit, world: World):
    valve = world.part("VALVE", aboard=2)
    ticket = visit.ticket_id
    tom.creates("check_ins", visit_id=visit, kind="arrival", latitude=34.24, longitude=108.91, accuracy_m=12)
    tom.creates("part_uses", visit_id=visit, part_id=valve, kind="used", quantity="1")
    note = tom.creates("notes", ticket_id=str(ticket), visit_id=visit, text="Key at the porter's")
    tom.edits("visits", visit, diagnosis="valve leaks", **{**DONE, "parts_answer": "used"})
    answers = tom.sync()
    assert [answer["refused"] for answer in answers] == [[]]
    assert tom.unsent() == []
    visit.refresh_from_db()
    assert (visit.status, visit.diagnosis, visit.resolution_code) == ("completed", "valve leaks", "repaired")
    assert CheckIn.objects.get().accuracy_m == 12
    assert (world.on_hand(valve), PartUse.objects.count()) == (1, 1)
    assert str(Note.objects.get().pk) == note
    row = tom.row("tickets", ticket)
    assert row is not None
    assert row["status"] == "resolved", "what came of it is on the phone after the same sync"


def test_a_ticket_found_on_patrol_is_opened_with_its_nested_answers(tom: App, world: World):
    ServiceType.objects.update(form={"type": "object", "properties": {"floor": {"type": "integer"}}})
    ticket = tom.creates(
        "tickets",
        service_type=world.service_type.code,
        site_id=world.site,
        contact_name="Porter",
        source="patrol",
        details=orjson.dumps({"floor": 3}).decode(),
    )
    assert tom.sync()[0]["refused"] == []
    opened = Ticket.objects.get(pk=ticket)
    assert (opened.contact_name, opened.details, opened.source) == ("Porter", {"floor": 3}, "patrol")


def test_a_row_that_is_refused_stays_on_the_phone_and_the_others_go_on(tom: App, visit: Visit):
    good = tom.creates("notes", ticket_id=str(visit.ticket_id), text="Key at the porter's")
    bad = tom.creates("notes", ticket_id=str(visit.ticket_id))
    answer = tom.sync()[0]
    assert [(row["id"], row["code"]) for row in answer["refused"]] == [(bad, "invalid_input")]
    assert tom.unsent() == [("notes", bad)]
    assert [str(note.pk) for note in Note.objects.all()] == [good]
    tom.edits("notes", bad, text="Now it says something")
    tom.sync()
    assert tom.unsent() == []
    assert Note.objects.count() == 2


def test_an_id_that_is_no_uuid_is_refused(tom: App, visit: Visit):
    tom.creates("notes", id="x7Gq0aPz2LmN8sTu", ticket_id=str(visit.ticket_id), text="?")
    assert [row["code"] for row in tom.sync()[0]["refused"]] == ["malformed_row"]


def test_a_deleted_row_comes_back(tom: App, visit: Visit):
    tom.ask("remove", table="visits", id=str(visit.pk))
    assert tom.row("visits", visit) is None
    answer = tom.sync()[0]
    assert [(row["table"], row["id"]) for row in answer["undone"]] == [("visits", str(visit.pk))]
    row = tom.row("visits", visit)
    assert row is not None
    assert (row["status"], row["_status"]) == ("dispatched", "synced")


# Two truths


def test_two_devices_that_write_different_fields_both_win(tom: App, people: People, watermelon: Apps, visit: Visit):
    tablet = watermelon(people.technician)
    tablet.sync()
    tom.edits("visits", visit, diagnosis="valve leaks")
    tablet.edits("visits", visit, checklist_answers=orjson.dumps({"tight": True}).decode())
    assert tom.sync()[0]["conflicts"] == tablet.sync()[0]["conflicts"] == []
    tom.sync()
    visit.refresh_from_db()
    assert (visit.diagnosis, visit.checklist_answers) == ("valve leaks", {"tight": True})
    assert tom.replica() == tablet.replica()


def test_a_value_that_clashes_waits_in_the_inbox_and_both_devices_show_the_servers(
    tom: App, people: People, watermelon: Apps, visit: Visit
):
    Visit.objects.filter(pk=visit.pk).update(diagnosis="valve leaks")
    tom.sync()
    tablet = watermelon(people.technician)
    tablet.sync()
    tom.edits("visits", visit, diagnosis="seal worn")
    tablet.edits("visits", visit, diagnosis="pump broken")
    tom.sync()
    clashing = tablet.sync()[0]
    assert (clashing["refused"], clashing["conflicts"]) == ([], [{"table": "visits", "id": str(visit.pk)}])
    conflict = Conflict.objects.get()
    assert (conflict.server_value, conflict.device_value) == ("seal worn", "pump broken")
    tom.sync()
    assert tom.replica() == tablet.replica()
    row = tablet.row("visits", visit)
    assert row is not None
    assert (row["diagnosis"], row["_status"]) == ("seal worn", "synced")

    tablet.edits("conflicts", conflict, keep="device")
    assert tablet.sync()[0]["refused"] == []
    visit.refresh_from_db()
    assert visit.diagnosis == "pump broken"
    tom.sync()
    assert tom.replica() == tablet.replica()


def test_what_somebody_else_wrote_before_is_no_clash_once_it_was_seen(tom: App, visit: Visit):
    for text in ("valve leaks", "seal worn"):
        Visit.objects.filter(pk=visit.pk).update(diagnosis=text)
        tom.sync()
    tom.edits("visits", visit, diagnosis="seal replaced")
    assert tom.sync()[0]["conflicts"] == []
    visit.refresh_from_db()
    assert visit.diagnosis == "seal replaced"


def test_a_phone_that_writes_on_before_it_has_heard_us_does_not_clash_with_itself(tom: App, visit: Visit, proxy: Proxy):
    tom.edits("visits", visit, diagnosis="valve leaks")
    proxy.lose_answer("POST")
    with pytest.raises(AppError):
        tom.sync(proxy.url)
    tom.edits("visits", visit, diagnosis="valve replaced")
    assert tom.sync()[0]["conflicts"] == []
    visit.refresh_from_db()
    assert visit.diagnosis == "valve replaced"


def test_an_app_that_only_calls_synchronize_overwrites_nothing_that_its_user_has_not_seen(tom: App, visit: Visit):
    """Without `conflictResolver` the library forgets what its user saw, in the round in which it sends the edit."""
    tom.edits("visits", visit, diagnosis="pump broken")
    Visit.objects.filter(pk=visit.pk).update(diagnosis="seal worn")
    tom.plain_sync()
    visit.refresh_from_db()
    assert visit.diagnosis == "seal worn"
    conflict = Conflict.objects.get()
    assert conflict.device_value == "pump broken"
    tom.plain_sync()
    row = tom.row("visits", visit)
    assert row is not None
    assert row["diagnosis"] == "seal worn"


# What ends


def test_a_visit_that_was_given_away_leaves_the_phone(tom: App, visit: Visit, people: People):
    gives_away(visit, people)
    assert tom.sync() == []
    for table in ("visits", "tickets", "sites"):
        assert tom.rows(table) == {}, table


@pytest.mark.parametrize("synchronize", [App.sync, App.plain_sync])
def test_an_edit_that_was_not_sent_when_the_visit_was_given_away_is_kept(
    tom: App, visit: Visit, people: People, synchronize: Callable[[App], object]
):
    tom.edits("visits", visit, diagnosis="valve leaks")
    gives_away(visit, people)
    synchronize(tom)
    visit.refresh_from_db()
    assert (visit.diagnosis, "overtaken" in visit.flags) == ("valve leaks", True)
    assert Receipt.objects.get().kind == "visit.edit"
    tom.sync()
    assert tom.rows("visits") == {}


def test_it_is_kept_also_when_the_push_of_that_round_is_lost(tom: App, visit: Visit, people: People, proxy: Proxy):
    """After the pull, no answer of the phone's tells whether it had something to send."""
    tom.edits("visits", visit, diagnosis="valve leaks")
    gives_away(visit, people)
    for _ in range(2):
        proxy.lose_request("POST")
        with pytest.raises(AppError):
            tom.sync(proxy.url)
        row = tom.row("visits", visit)
        assert row is not None
        assert (row["diagnosis"], row["sync_withdrawn"], row["status"]) == ("valve leaks", True, None)
    tom.sync()
    visit.refresh_from_db()
    assert visit.diagnosis == "valve leaks"
    assert tom.rows("visits") == {}


def test_from_the_first_pull_after_a_right_ended_nothing_of_it_is_left_but_ones_own_unsent_words(
    tom: App, visit: Visit, people: People, proxy: Proxy
):
    """Law 4."""
    Visit.objects.filter(pk=visit.pk).update(diagnosis="The safe's code is 4711.", checklist_answers={"tight": True})
    tom.sync()
    tom.edits("visits", visit, resolution_code="repaired")
    gives_away(visit, people)
    proxy.lose_request("POST")
    with pytest.raises(AppError):
        tom.sync(proxy.url)
    row = tom.row("visits", visit)
    assert row is not None
    beside = {"id", "_status", "_changed", "sync_base", "sync_withdrawn", "resolution_code"}
    assert {value for name, value in row.items() if name not in beside} == {None}


def test_finished_work_on_a_visit_that_was_called_off_goes_to_the_dispatcher(tom: App, visit: Visit, people: People):
    tom.edits("visits", visit, arrived_at=now().isoformat(), **DONE)
    cancel_visit(actor=Actor(user=people.dispatcher), occurred_at=now(), visit_id=visit.pk, reason="Filed twice.")
    assert tom.sync()[0]["conflicts"] == [{"table": "visits", "id": str(visit.pk)}]
    story = Conflict.objects.get()
    assert (story.kind, (story.device_value or {})["status"]) == ("overtaken", "completed")
    assert tom.rows("visits") == {}


def test_a_person_who_loses_their_role_keeps_nothing_but_hears_what_was_not_taken(
    tom: App, people: People, visit: Visit
):
    note = tom.creates("notes", ticket_id=str(visit.ticket_id), text="Not sent yet")
    RoleGrant.objects.filter(user=people.technician).delete()
    answer = tom.sync()[0]
    assert (tom.rows("visits"), tom.rows("sites"), tom.rows("parts")) == ({}, {}, {})
    kept = [str(added.pk) for added in Note.objects.all()]
    assert kept + [row["id"] for row in answer["refused"]] == [note]


# Bad lines, bad luck


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_lost_answer_counts_once(tom: App, visit: Visit, proxy: Proxy, method: str):
    tom.creates("notes", ticket_id=str(visit.ticket_id), text="Once")
    tom.edits("visits", visit, diagnosis="valve leaks")
    proxy.lose_answer(method)
    with pytest.raises(AppError):
        tom.sync(proxy.url)
    assert len(tom.unsent()) == 2
    answers = tom.sync(proxy.url)
    assert (answers[0]["refused"], answers[0]["conflicts"]) == ([], [])
    assert tom.unsent() == []
    assert (Note.objects.count(), Receipt.objects.count()) == (1, 2)


def test_an_app_that_is_killed_sends_what_it_had_saved_and_counts_once(tom: App, visit: Visit, proxy: Proxy):
    tom.creates("notes", ticket_id=str(visit.ticket_id), text="Once")
    tom.ask("save")
    proxy.lose_answer("POST")
    with pytest.raises(AppError):
        tom.sync(proxy.url)
    tom.kill()  # nothing of this sync was saved: the app stands where it stood before
    tom.start()
    assert len(tom.unsent()) == 1
    tom.sync()
    assert tom.unsent() == []
    assert Note.objects.count() == 1


def test_a_number_that_is_not_known_any_more_starts_over_and_keeps_what_was_not_sent(
    tom: App, visit: Visit, people: People, world: World
):
    """A phone restored from an old backup, or a server from one."""
    kept = world.dispatched_visit()
    tom.sync()
    tom.edits("visits", visit, diagnosis="valve leaks")
    note = tom.creates("notes", ticket_id=str(kept.ticket_id), text="Not sent yet")
    gives_away(visit, people)
    tom.ask("forgetPulledAt", number=7)
    tom.sync()
    assert tom.unsent() == []
    assert tom.rows("visits").keys() == {str(kept.pk)}
    assert tom.row("notes", note)
    visit.refresh_from_db()
    assert visit.diagnosis == "valve leaks"


def test_an_app_with_a_new_schema_gets_the_new_tables_and_columns_whole(tom: App, visit: Visit):
    Visit.objects.filter(pk=visit.pk).update(override_reason="Nobody else is near.")
    tom.sync()
    printed = (tom.folder / "schema.js").read_text()
    columns = [{"name": "override_reason", "type": "string", "isOptional": True}]
    types = {"name": "service_types", "columns": [{"name": "code", "type": "string"}]}
    steps = [["addColumns", {"table": "visits", "columns": columns}], ["createTable", types]]
    (tom.folder / "schema2.js").write_text(
        printed.replace("version: 1", "version: 2")
        .replace("'ticket_id', 'status', 'window_start'", "'override_reason', 'ticket_id', 'status', 'window_start'")
        .replace("  tables: [", "  tables: [tableSchema({ name: 'service_types', columns: text('code') }),")
    )
    tom.ask("save")
    tom.kill()
    tom.start(file="schema2.js", migrations=[{"toVersion": 2, "steps": steps}])
    row = tom.row("visits", visit)
    assert row is not None
    assert row["override_reason"] is None
    tom.sync(migrationsEnabledAtVersion=1)
    row = tom.row("visits", visit)
    assert row is not None
    assert row["override_reason"] == "Nobody else is near."
    assert [row["code"] for row in tom.rows("service_types").values()] == ["leak"]
