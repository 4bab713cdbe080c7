"""From written documents to operations, and through push."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

from fieldsvc.errors import Forbidden
from sync import registry, schemas
from sync.commands import Actor, command
from sync.conflicts.compare import plain, same
from sync.conflicts.models import Conflict
from sync.devices.models import Device
from sync.feed.selectors import documents_seen
from sync.feed.services import catch_up, documents_now
from sync.operations.models import Receipt
from sync.operations.serializers import MAX_OPERATIONS
from sync.operations.services import RETRY, OurFault, answer_of, push, release_operation
from sync.registry import Body, Meant, Write
from sync.sql import execute
from sync.writes.models import DocumentWrite

Key = tuple[str, UUID]
Result = dict[str, Any]
"""The answer to one operation, as push gives it."""

DONE, CONFLICT, REFUSED = "done", "conflict", "refused"  # and RETRY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write.

    | status | means |
    |---|---|
    | `done` | it is in the database, or was there already; perhaps merged with what others wrote |
    | `conflict` | it is kept, and waits in a conflict for somebody to decide |
    | `refused` | not done: `code` and `detail` say why; a refused operation remembers it |
    | `retry` | our own failure: nothing is remembered |
    """

    write: Write
    status: str
    present: Body | None = None
    """The document as this person would pull it now; None where they would pull none."""
    code: str = ""
    detail: str = ""

    @property
    def failed(self) -> bool:
        """It has to come again."""
        return self.status == RETRY


def perform_writes(
    *,
    user: Any,
    device: Device | None,
    writes: Sequence[Write],
    received_at: datetime,
    wall: datetime | None = None,
    whole: bool = False,
) -> list[Outcome]:
    """Do what these writes of one device mean, in their order, and say what became of each.

    A write that the device repeats, as it never heard our answer, counts once; one that was refused is tried again.
    `wall` is what the device's clock says now, if it told. `whole`: none of them is answered with `retry`; OurFault is
    raised instead, and nothing of any of them has happened.

    Raises what `push` raises of an envelope.
    """
    if device is None:
        raise Forbidden("device_mismatch", "Only a device may write documents. Sign in on it.")
    catch_up()
    results = _perform(
        user=user,
        device=device,
        writes=writes,
        received_at=received_at,
        wall=wall or received_at,
        whole=whole,
    )
    present = documents_seen(user, [_key(write) for write in writes])
    return [_outcome(write, answers, present.get(_key(write))) for write, answers in zip(writes, results, strict=True)]


@command
def _perform(
    *,
    user: Any,
    device: Device,
    writes: Sequence[Write],
    received_at: datetime,
    wall: datetime,
    whole: bool,
) -> list[list[Result]]:
    """The answers to the operations of each write; none where there was nothing left to do.

    What the device made is done first: what it edited may build on that, as a visit's completion on a check-in.
    """
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sync.writes:{device.pk}"])
    book = Book(user, device, writes)
    made = [index for index, write in enumerate(writes) if write.inserted]
    others = [index for index, write in enumerate(writes) if not write.inserted]
    seen = documents_seen(user, [_key(write) for write in writes])
    results: list[list[Result]] = [[] for _ in writes]
    seq = int(received_at.timestamp() * 1_000_000)
    for part in filter(None, (made, others)):
        if made and part is others:
            seen = documents_now(user, [_key(writes[index]) for index in others])
        operations: list[Body] = []
        of_write: list[list[Result]] = []
        for index in part:
            write = replace(writes[index], present=seen.get(_key(writes[index])))
            results[index] += [_tried_again(receipt, device, received_at) for receipt in book.receipts(write)]
            if results[index]:
                continue
            number, judged = book.judge(write)
            entry = book.enter(write, number)
            for meant in _meaning(judged):
                seq += 1
                entry.operations.append(_operation_id(device, write, number, meant))
                operations.append(
                    {
                        "id": str(entry.operations[-1]),
                        "seq": seq,
                        "kind": meant.kind,
                        "captured": {"wall": meant.occurred_at or wall.isoformat()},
                        "depends_on": [],
                        "data": plain(meant.data),
                    }
                )
                of_write.append(results[index])
        answers: list[Result] = []
        for start in range(0, len(operations), MAX_OPERATIONS):
            answers += push(
                user=user,
                device=device,
                claimed_device=device.pk,
                schema=schemas.newest(),  # in which documents are read, and what they mean is said
                clock={"wall": wall},
                operations=operations[start : start + MAX_OPERATIONS],
                received_at=received_at,
            )
        for place, answer in zip(of_write, answers, strict=True):
            place.append(answer)
    if whole and any(answer["status"] == RETRY for answers in results for answer in answers):
        raise OurFault
    book.keep(writes, results)
    return results


def _tried_again(receipt: Receipt, device: Device, at: datetime) -> Result:
    """A refusal may have lost its reason: whoever writes the same again wants it tried again."""
    if receipt.status == Receipt.Status.REFUSED and receipt.discarded_at is None:
        actor = Actor(user=receipt.user, device_id=device.pk, received_at=at)
        try:
            receipt = release_operation(actor=actor, occurred_at=at, operation_id=receipt.operation_id)
        except OurFault:
            return {"id": str(receipt.operation_id), "status": RETRY}
    return answer_of(receipt, duplicate=True)


def _meaning(write: Write) -> list[Meant]:
    """The operations that this write comes down to; none when the document is already as it was to be."""
    said = _said(write)
    if write.new is None:
        if write.present is None:
            return []
    elif not said or (write.present is not None and _agree(write.present, write.new, said)):
        return []
    document = registry.documents().get(write.collection)
    meant = list(document.meaning(write)) if document and document.meaning else []
    left = said.difference(*(one.fields for one in meant))
    if left or not meant:
        base, new = _excerpt(write.base, left), _excerpt(write.new, left)
        data = {"collection": write.collection, "id": write.id, "base": base, "new": new}
        meant.append(Meant("document.write", data, left))
    return meant


def _said(write: Write) -> frozenset[str]:
    """What the device wrote, without what it guessed along; all of it if it wrote nothing else."""
    document = registry.documents().get(write.collection)
    return (write.changed - document.computed if document else frozenset()) or write.changed


def _operation_id(device: Device, write: Write, number: int, meant: Meant) -> UUID:
    """The same for the same write, however often it is sent."""
    said = [write.collection, write.id, number, meant.kind, *_words(write)]
    return uuid5(device.pk, orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).hex())


def _outcome(write: Write, answers: Sequence[Result], present: Body | None) -> Outcome:
    statuses = {answer["status"] for answer in answers}
    if RETRY in statuses:
        return Outcome(write, RETRY, present)
    for answer in answers:
        if answer["status"] in (Receipt.Status.REFUSED, Receipt.Status.BLOCKED):
            return Outcome(write, REFUSED, present, answer.get("code", ""), answer.get("detail", ""))
    return Outcome(write, CONFLICT if Receipt.Status.CONFLICT in statuses else DONE, present)


class Book:
    """What this device last wrote into the documents that it now writes into."""

    def __init__(self, user: Any, device: Device, writes: Sequence[Write]) -> None:
        self.user = user
        self.device = device
        rows = DocumentWrite.objects.filter(device=device, doc_id__in={write.id for write in writes})
        self.last: dict[Key, DocumentWrite] = {(row.collection, row.doc_id): row for row in rows}

    def receipts(self, write: Write) -> list[Receipt]:
        """The receipts of this write, if it is the device's last one come again: it has not heard our answer.

        None if nothing is left of it: somebody has put back what was there before, and no conflict about it is open.
        Whether the device has seen that and now says the same anew, nobody can tell.
        """
        last = self.last.get(_key(write))
        if last is None or not same([last.base, last.new], _words(write)):
            return []
        found = {
            receipt.operation_id: receipt
            for receipt in Receipt.objects.filter(user=self.user, operation_id__in=last.operations).select_related(
                "user"
            )
        }
        receipts = [found[operation] for operation in last.operations if operation in found]
        return [] if len(receipts) < len(last.operations) or self._is_undone(write, receipts) else receipts

    def _is_undone(self, write: Write, receipts: Sequence[Receipt]) -> bool:
        if not (write.edited and write.present and _agree(write.present, write.base or {}, _said(write))):
            return False
        if any(receipt.status == Receipt.Status.REFUSED for receipt in receipts):
            return False
        conflicts = [conflict for receipt in receipts for conflict in receipt.answer.get("conflicts", ())]
        return not Conflict.objects.filter(pk__in=conflicts, status=Conflict.Status.OPEN).exists()

    def judge(self, write: Write) -> tuple[int, Write]:
        """The number of this write among the device's writes to the document, and the write as it has to be taken.

        - Of the same words, of which nothing is left, the device has seen nothing.
        - Where the document still has what the device itself wrote last, that is what it builds on, also if it has not
          heard our answer and names an older base.
        """
        last = self.last.get(_key(write))
        if last is None:
            return 1, write
        if same([last.base, last.new], _words(write)):
            unsaid = {name: value for name, value in (write.base or {}).items() if name not in (last.base or {})}
            write = replace(write, base=unsaid if write.base is not None else None)
        elif last.applied and last.new is not None:
            write = _built_on(write, last.base, last.new)
        return last.number + 1, write

    def enter(self, write: Write, number: int) -> DocumentWrite:
        """From now on this is the last write to the document."""
        base, new = _words(write)
        entry = DocumentWrite(
            device=self.device,
            collection=write.collection,
            doc_id=write.id,
            number=number,
            base=base,
            new=new,
            operations=[],
            applied=True,
        )
        self.last[_key(write)] = entry
        return entry

    def keep(self, writes: Sequence[Write], results: Sequence[Sequence[Result]]) -> None:
        """Remember what was said last; not what failed by our fault, as it comes again."""
        answers = {_key(write): answers for write, answers in zip(writes, results, strict=True)}
        entries = []
        for key in sorted(answers):
            statuses = {answer["status"] for answer in answers[key]}
            if RETRY not in statuses:
                self.last[key].applied = statuses <= {Receipt.Status.APPLIED, Receipt.Status.MERGED}
                entries.append(self.last[key])
        DocumentWrite.objects.bulk_create(
            entries,
            update_conflicts=True,
            unique_fields=["device", "collection", "doc_id"],
            update_fields=["number", "base", "new", "operations", "applied"],
        )


def _built_on(write: Write, before: Body | None, wrote: Body) -> Write:
    """The write, on the base of what the device wrote last, where that still stands. See `Book.enter`."""
    if write.new is None or write.present is None:
        return write
    if write.inserted and before is None:  # it made the document, changed it, and never heard that we have it
        changed = frozenset(name for name in write.changed if not same(write.new.get(name), wrote.get(name)))
        return replace(write, base=wrote, changed=changed)
    base = dict(write.base or {})
    for name in write.changed & wrote.keys():
        unaware = before is None or same(base.get(name), before.get(name))
        if unaware and same(write.present.get(name), wrote[name]):
            base[name] = wrote[name]
    return replace(write, base=base)


def _words(write: Write) -> tuple[Body | None, Body | None]:
    """What was said by this write: the fields that count, before and after."""
    said = _said(write)
    return _excerpt(write.base, said), _excerpt(write.new, said)


def _excerpt(document: Mapping[str, Any] | None, fields: Collection[str]) -> Body | None:
    return None if document is None else {name: document.get(name) for name in sorted(fields)}


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], fields: Iterable[str]) -> bool:
    return all(same(one.get(name), other.get(name)) for name in fields)


def _key(write: Write) -> Key:
    return write.collection, write.id
