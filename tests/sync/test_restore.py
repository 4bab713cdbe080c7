"""Law 1 through the loss of a database: a restore from backup begins a new epoch, and phones bring back their work."""

import pytest
from django.core.management import CommandError, call_command

from parts.models import StockMovement
from parts.stock.proof import differences
from sync.feed.services import look_again
from sync.models import Receipt
from tests.people import People
from tests.phone import Phone, fresh_phone
from tests.sync import truth
from tests.sync.backup import Backup
from tests.world import World
from tickets.models import Note, PartUse, Visit

pytestmark = pytest.mark.django_db


def notes(phone: Phone) -> set[str]:
    return {note["text"] for note in phone.collection("notes").values()}


def test_what_phones_did_since_the_backup_comes_back_once(world: World, people: People):
    visit = world.dispatched_visit()
    valve = world.part("VALVE", aboard=3)
    phone, other = fresh_phone(people.technician), fresh_phone(people.technician)
    phone.does("note.add", ticket_id=visit.ticket_id, text="before the backup")
    phone.does("visit.accept", visit_id=visit)
    phone.push()
    backup = Backup()

    phone.does("visit.travel", visit_id=visit)
    phone.does("part.use", visit_id=visit, part_id=valve, quantity="2")
    phone.does("note.add", ticket_id=visit.ticket_id, text="acknowledged, then lost")
    assert phone.push() == ["applied"] * 3
    for each in (phone, other):
        each.pull()
    phone.does("note.add", ticket_id=visit.ticket_id, text="not sent yet")
    backup.restore()
    call_command("new_epoch", "--yes", verbosity=0)
    assert (Note.objects.count(), PartUse.objects.count()) == (1, 0)

    for each in (phone, other):
        assert each.starts_over()
        each.push()
    assert {answer.get("duplicate", False) for answer in phone.answers.values()} == {True, False}
    look_again()
    for each in (phone, other):
        each.pull()
    assert notes(phone) == notes(other) == {"before the backup", "acknowledged, then lost", "not sent yet"}
    assert Visit.objects.get().status == "travelling"
    assert StockMovement.objects.filter(reason="use").count() == PartUse.objects.count() == 1
    assert Receipt.objects.count() == 6
    assert differences() == []
    assert truth.differences() == []
    assert phone.replica() == other.replica() == fresh_phone(people.technician).replica()


def test_replaying_to_a_server_that_forgot_nothing_changes_nothing(world: World, people: People):
    visit = world.dispatched_visit()
    phone = fresh_phone(people.technician)
    phone.does("note.add", ticket_id=visit.ticket_id, text="once")
    phone.push()
    call_command("new_epoch", "--yes", verbosity=0)
    assert phone.starts_over()
    phone.push()
    assert Note.objects.count() == Receipt.objects.count() == 1
    assert [answer["duplicate"] for answer in phone.answers.values()] == [True]


def test_a_new_epoch_wants_to_be_meant(world: World, people: People):
    phone = fresh_phone(people.technician)
    with pytest.raises(CommandError, match="--yes"):
        call_command("new_epoch")
    assert phone.pull() == 0
