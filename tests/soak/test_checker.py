"""The checker itself: a history is doctored in every way in which a fault of ours would, and it has to complain."""

from collections.abc import Callable
from copy import deepcopy
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Q

from sync.feed.services import catch_up
from sync.ids import uuid7
from sync.models import Conflict, FeedEntry, Receipt
from sync.uploads.models import Upload
from sync.uploads.store import storage
from tests.soak.soak import must_be_whole
from tests.soak.work import Content, FieldPhone, Technician, at_step
from tests.sync.history import History
from tests.uploads.sending import pdf, send_by_tus
from tests.world import World
from tickets.models import Note, Visit

pytestmark = pytest.mark.django_db
Doctoring = Callable[[History], object]


def past_all_guards(statement: str) -> Doctoring:
    def doctor(history: History) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            assert cursor.rowcount, statement
            cursor.execute("SET LOCAL session_replication_role = origin")

    return doctor


def told_to_nobody(history: History) -> None:
    """A row that was written, and never fed."""
    past_all_guards("UPDATE tickets_visit SET diagnosis = diagnosis || ' and more'")(history)


def applied_twice(history: History) -> None:
    note = Note.objects.all()[0]
    note.pk = uuid7()
    note.save(force_insert=True)


def applied_though_blocked(history: History) -> None:
    assert Receipt.objects.filter(status="blocked").update(status="applied", blocked_by=None)


def value_dropped(history: History) -> None:
    assert Visit.objects.exclude(diagnosis="").update(diagnosis="")
    Conflict.objects.all().delete()
    catch_up()


def conflict_lost(history: History) -> None:
    assert Conflict.objects.filter(Q(field="contact_name") | Q(kind="unique")).exists()
    past_all_guards("DELETE FROM sync_conflict")(history)


def decision_forgotten(history: History) -> None:
    """A phone was told that it has decided, and the conflict is open."""
    conflict = Conflict.objects.filter(status="open")[0]
    kept = next(operation_id for operation_id, status in history.answers().items() if status == "applied")
    phone, operation = history.sent[kept]
    decision = {"kind": "conflict.resolve", "data": {"conflict_id": str(conflict.pk), "keep": "server"}}
    history.sent = {**history.sent, kept: (phone, {**operation, **decision})}


def tombstone_not_sent(history: History) -> None:
    """The phone goes on showing what it may not see any more."""
    with_visits = next(phone for phone in history.phones if phone.collection("visits"))
    (collection, _), document = next(item for item in with_visits.documents.items() if item[0][0] == "visits")
    with_visits.documents[collection, "0192aaaa-0000-7000-8000-000000000001"] = document


def change_skipped(history: History) -> None:
    """A cursor went past a change that committed late."""
    phone = next(phone for phone in history.phones if phone.collection("tickets"))
    phone.documents.popitem()


def change_sent_again(history: History) -> None:
    """What is the same as before comes once more."""
    entry = FeedEntry.objects.filter(scope__name=f"technician:{history.phones[0].user.pk}", deleted=False).first()
    assert entry
    entry.scope.last_seq += 1
    FeedEntry.objects.filter(pk=entry.pk).update(seq=entry.scope.last_seq)
    entry.scope.save()


def answered_otherwise(history: History) -> None:
    phone = next(phone for phone in history.phones if phone.answers)
    next(iter(phone.answers.values()))["status"] = "discarded"


FAULTS: dict[str, tuple[str, Doctoring]] = {
    "a receipt is forgotten": ("laws 1, 2, 8", past_all_guards("DELETE FROM sync_receipt WHERE seq = 1")),
    "an answer is another one than was told": ("law 1: what was answered", answered_otherwise),
    "an operation is applied twice": ("laws 1, 2, 8", applied_twice),
    "what waits is applied before what it waits for": ("laws 1, 2, 8", applied_though_blocked),
    "a decision is forgotten": ("law 1: what was decided", decision_forgotten),
    "a row is written and not fed": ("laws 3, 4, 11", told_to_nobody),
    "a document is fed to nobody": ("laws 3, 4, 11", past_all_guards("DELETE FROM sync_feedentry WHERE seq = 1")),
    "an entry is numbered past the counter": ("law 5", past_all_guards("UPDATE sync_feedentry SET seq = seq + 1000")),
    "the counter is behind": ("law 5", past_all_guards("UPDATE sync_feedscope SET last_seq = last_seq - 1")),
    "a change is skipped": ("law 3: replicas equal fresh", change_skipped),
    "a change is skipped and only the digest tells": ("law 3: replicas equal the digest", change_skipped),
    "a tombstone is not sent": ("law 4", tombstone_not_sent),
    "a tombstone is not sent, and a fresh phone tells": ("law 3: replicas equal fresh", tombstone_not_sent),
    "a merge drops a value": ("law 6", value_dropped),
    "a conflict is lost": ("law 6", conflict_lost),
    "a balance is wrong": ("law 7", past_all_guards("UPDATE parts_stockbalance SET quantity = quantity + 1")),
    "operations are applied in another order": (
        "law 8",
        past_all_guards("UPDATE sync_receipt SET seq = 1000 - seq WHERE status <> 'blocked'"),
    ),
    "what comes again counts again": ("laws 2, 9", past_all_guards("DELETE FROM sync_receipt WHERE kind = 'note.add'")),
    "a change is sent that changed nothing": ("law 12", change_sent_again),
}


def test_the_checker_finds_each_fault_and_nothing_where_there_is_none(world: World):
    history = History(world, seed=5)
    history.play(120)
    history.comes_to_rest()
    history.check()
    missed = [fault for fault, (law, doctor) in FAULTS.items() if not complains(history, law, doctor)]
    assert missed == []


def complains(history: History, law: str, doctor: Doctoring) -> bool:
    """Whether the check of this law fails after that. Nothing of it remains."""
    [check] = [check for name, check in history.laws().items() if name.startswith(law)]
    sent = history.sent
    kept = [(phone, deepcopy((phone.documents, phone.answers, phone.cursor, phone.outbox))) for phone in history.phones]
    try:
        with transaction.atomic():
            doctor(history)
            try:
                check()
            except Exception:
                return True
            finally:
                transaction.set_rollback(True)
    finally:
        history.sent = sent
        for phone, state in kept:
            phone.documents, phone.answers, phone.cursor, phone.outbox = state
    return False


def test_the_checker_finds_bytes_that_were_cut(world: World, api):
    upload = str(send_by_tus(api(world.people.technician), pdf()))
    contents = {upload: Content(pdf())}
    must_be_whole(contents)
    file = Upload.objects.get(key=upload).file
    assert file
    with storage().open(file.name, "wb") as kept:
        kept.write(pdf()[:-1])
    with pytest.raises(AssertionError):
        must_be_whole(contents)


def test_the_same_step_of_a_seed_decides_the_same_whatever_was_found_before(world: World):
    history = History(world, seed=1)
    somebody = Technician(history, FieldPhone(world.people.technician, "http://nowhere", Random(1)), 2, seed=9)

    def decisions(found: int) -> list[float]:
        decided = []
        for number in range(5):
            at_step(somebody, number)
            decided.append(somebody.chance.random())
            somebody.chance.choices(range(9), k=found)  # as many as there were things to choose from
        return decided

    assert decisions(found=0) == decisions(found=3)
    assert len(set(decisions(found=0))) == 5
