"""Push: apply what a phone did, once, in its order, and answer each operation."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from rest_framework import serializers

from fieldsvc.errors import Conflict, DomainError, Forbidden, Invalid, as_domain_error, validation_errors
from sync import registry, schemas
from sync.audit.context import say_who_acts
from sync.commands import Actor, OperationOrigin, beside_other_pushes, command, command_block
from sync.devices.clock import BULK_ABOVE, Anchor, DeviceClock, Reading
from sync.devices.models import Device
from sync.devices.services import note_contact
from sync.ids import uuid7
from sync.operations import access
from sync.operations.models import Receipt
from sync.operations.serializers import MAX_OPERATIONS, OperationInput
from sync.retention import forget_receipts_from
from sync.rows import fresh
from sync.sql import execute
from sync.storable import storable
from sync.work import insert_at_once, soon, times_forgotten, write_ahead, write_now

log = structlog.get_logger(__name__)

Result = dict[str, Any]
RETRY = "retry"
"""Our own failure: no receipt, the phone sends the operation again."""
SETTLED = frozenset({Receipt.Status.APPLIED, Receipt.Status.MERGED, Receipt.Status.CONFLICT})
"""Answers on which a dependent operation may build."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One well-formed operation of a push."""

    id: UUID
    seq: int
    kind: str
    captured: Mapping[str, Any]
    raw_captured: Mapping[str, Any]
    depends_on: Sequence[UUID]
    data: dict[str, Any]
    schema: int | None = None
    """The version of the wire in which it was written, if that is not the push's."""

    @property
    def digest(self) -> bytes:
        """What must be the same when the same id comes again."""
        return hashlib.sha256(orjson.dumps([self.kind, self.data], option=orjson.OPT_SORT_KEYS)).digest()


@command
def push(
    *,
    user: Any,
    device: Device | None,
    claimed_device: UUID,
    schema: int,
    clock: Mapping[str, Any],
    operations: Sequence[Any],
    received_at: datetime,
    pending: Mapping[str, Any] | None = None,
) -> list[Result]:
    """Apply the operations of one push in device order; answer in the order in which they were sent.

    The whole push is one transaction with a savepoint per operation: it is answered whole, or nothing of it happened.
    Pushes of one person queue up behind each other, so that an operation is never at work twice.

    Raises Forbidden("device_mismatch"), Invalid("too_many_operations"), and Conflict for a version of the wire that is
    not spoken here.
    """
    if device is None or device.pk != claimed_device:
        raise Forbidden("device_mismatch", "This token belongs to another device. Sign in on this one.")
    if len(operations) > MAX_OPERATIONS:
        raise Invalid("too_many_operations", "Send fewer at once.", field="operations", limit=MAX_OPERATIONS)
    schemas.must_be_spoken(schema)
    beside_other_pushes()
    one_at_a_time(user)
    say_who_acts(user, device_id=device.pk, by="push")
    anchors = {anchor.boot: Anchor(anchor.monotonic_ms, anchor.server_time) for anchor in device.anchors.all()}
    device_clock = DeviceClock(Reading.of(clock), received_at, anchors)
    batch = Batch(
        user=user,
        device=device,
        schema=schema,
        received_at=received_at,
        clock=device_clock,
    )
    answers = batch.apply(operations)
    note_contact(device, device_clock, schema=schema, pending=pending)
    return answers


def one_at_a_time(user: Any) -> None:
    """Wait until nobody else pushes or releases operations of this person; until the commit, nobody else will."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sync.push:{user.pk}"])


WAVE = 125
"""After how many operations what they want written is sent, while the next ones are decided."""
PREPARATIONS = 8
"""How often in one push what its operations want to know is read again, after a refusal made us forget it."""


class Batch:
    """The operations of one push while they are being applied.

    First all of them together: what they want to know is read at once, decided in memory, and written at once. Should
    anything about that fail that is not the refusal of one operation, nothing of it has happened, and they are applied
    one by one, each written before the next begins.
    """

    def __init__(
        self,
        *,
        user: Any,
        device: Device,
        schema: int,
        received_at: datetime,
        clock: DeviceClock,
    ) -> None:
        self.user = user
        self.device = device
        self.schema = schema
        self.received_at = received_at
        self.clock = clock
        self.bulk: tuple[str, ...] = ()
        self.forgotten = forget_receipts_from()
        self.known: dict[UUID, Receipt] = {}
        self.failed: set[UUID] = set()
        self.written: list[Receipt] = []

    def apply(self, raw_operations: Sequence[Any]) -> list[Result]:
        """Judge and apply them in device order."""
        parsed = [_parse(raw) for raw in raw_operations]
        in_order = sorted((item for item in parsed if isinstance(item, Incoming)), key=lambda item: item.seq)
        ids = {reference for item in in_order for reference in (item.id, *item.depends_on)}
        stood_before = {
            receipt.operation_id: receipt
            for receipt in Receipt.objects.filter(user=self.user, operation_id__in=ids).defer("data", "captured")
        }
        new = {item.id for item in in_order} - stood_before.keys()
        self.bulk = ("bulk",) if len(new) > BULK_ABOVE else ()  # what comes again was counted before
        try:
            answers = self._apply_all(in_order, stood_before, together=True)
        except NotTogether:
            answers = self._apply_all(in_order, stood_before, together=False)
        release_unblocked(self.user, at=self.received_at)
        self._look_at_blocked_ones()
        results = (answers[id(item)] if isinstance(item, Incoming) else item for item in parsed)
        return [
            answer_of(self.known[answer.operation_id], duplicate=answer.operation_id in stood_before)
            if isinstance(answer, Receipt)
            else answer
            for answer in results
        ]

    def _apply_all(
        self, operations: Sequence[Incoming], stood_before: Mapping[UUID, Receipt], *, together: bool
    ) -> dict[int, Receipt | Result]:
        """The answers by `id()` of the operation. Raises NotTogether, with nothing done."""
        self.known, self.failed, self.written = dict(stood_before), set(), []
        answers: dict[int, Receipt | Result] = {}
        outlook = Outlook(self.user, self.schema, [one for one in operations if one.id not in self.known])
        if not together:
            outlook.lock()
            answers.update({id(operation): self._answer(operation, None) for operation in operations})
            self._keep_receipts()
            return answers
        try:
            with command_block():
                write_now(behind_savepoint=True)
                for start in range(0, len(operations), WAVE):
                    wave = operations[start : start + WAVE]
                    answers.update({id(operation): self._answer(operation, outlook) for operation in wave})
                    self._keep_receipts()
                    write_ahead()
                write_now()
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if not isinstance(error, OurFault):
                log.info("push_not_together", operations=len(operations), error=repr(error))
            raise NotTogether from error
        return answers

    def _answer(self, operation: Incoming, outlook: "Outlook | None") -> Receipt | Result:
        receipt = self.known.get(operation.id)
        if receipt is not None:
            if bytes(receipt.digest) == operation.digest:
                return receipt
            return {
                "id": str(operation.id),
                "status": Receipt.Status.REFUSED,
                "code": "operation_id_reused",
                "detail": "Another operation has this id. Give this one a new id.",
            }
        if any(dependency in self.failed for dependency in operation.depends_on):
            return self._failed(operation)
        occurred_at, flags = self.clock.occurred_at(Reading.of(operation.captured))
        receipt = fresh(
            Receipt,
            user=self.user,
            device=self.device,
            operation_id=operation.id,
            seq=operation.seq,
            kind=operation.kind,
            schema=operation.schema or self.schema,
            data=operation.data,
            digest=operation.digest,
            captured=operation.raw_captured,
            occurred_at=occurred_at,
            received_at=self.received_at,
            flags=[*flags, *self.bulk],
            depends_on=list(operation.depends_on),
        )
        try:
            if self._may_be_a_repeat(receipt):
                refuse(receipt, Conflict("operation_too_old", "It happened too long ago to be told from a repeat."))
            else:
                perform(receipt, cause_of_waiting(operation.depends_on, self.known), outlook)
        except OurFault:
            if outlook is not None:
                raise
            return self._failed(operation)
        if self.failed and receipt.status == Receipt.Status.REFUSED:
            return self._failed(operation)  # perhaps only because of what failed by our fault before it
        self.known[operation.id] = receipt
        self.written.append(receipt)
        return receipt

    def _keep_receipts(self) -> None:
        """Write the answers down, soon."""
        soon(insert_at_once, *self.written)
        self.written = []

    def _look_at_blocked_ones(self) -> None:
        """Perhaps they are not blocked any more."""
        blocked = [receipt.operation_id for receipt in self.known.values() if receipt.status == Receipt.Status.BLOCKED]
        if blocked:
            now = Receipt.objects.filter(user=self.user, operation_id__in=blocked)
            self.known.update({receipt.operation_id: receipt for receipt in now})

    def _may_be_a_repeat(self, receipt: Receipt) -> bool:
        """Its receipt would be forgotten by now. (A younger device has none such, only a clock that is wrong.)"""
        return receipt.occurred_at < self.forgotten and self.device.created_at < self.forgotten

    def _failed(self, operation: Incoming) -> Result:
        self.failed.add(operation.id)
        return {
            "id": str(operation.id),
            "status": RETRY,
            "code": "internal_error",
            "detail": "This is our fault and has been recorded. Send it again later.",
        }


class NotTogether(Exception):
    """The operations of a push could not be applied together. Nothing of them has happened."""


def _parse(raw: Any) -> Incoming | Result:
    """The operation, or its refusal when it is malformed: nothing is kept of that, as it may have no identity."""
    try:
        data = INCOMING.run_validation(raw)
    except serializers.ValidationError as error:
        claimed = raw.get("id") if isinstance(raw, dict) else None
        return {
            "id": claimed if isinstance(claimed, str) and storable(claimed) else None,
            "status": Receipt.Status.REFUSED,
            "code": "malformed_operation",
            "detail": "This operation could not be read; the others went on.",
            "errors": validation_errors(error.detail),
        }
    return Incoming(raw_captured={name: raw["captured"][name] for name in data["captured"]}, **data)


INCOMING = OperationInput()
"""One form for all: making it costs more than using it."""


class Outlook:
    """What the operations of a push are going to want to know: read together, and again when it was forgotten."""

    def __init__(self, user: Any, schema: int, operations: Sequence[Incoming]) -> None:
        self.actor = Actor(user=user, operation=OperationOrigin(uuid7(), {}))
        self.inputs: dict[UUID, tuple[str, dict[str, Any]]] = {}
        first: dict[UUID, Incoming] = {}
        for operation in operations:
            first.setdefault(operation.id, operation)  # another one under its id will not be performed
        for operation in first.values():
            name, data = schemas.upgraded(operation.kind, operation.data, operation.schema or schema)
            kind = registry.operations().get(name)
            if kind is not None and kind.prepare:
                with suppress(Exception):  # it is refused in its turn
                    self.inputs[operation.id] = name, kind.form.run_validation(data)
        self.read_at = -1
        self.times = 0

    def ready(self) -> None:
        """See to it that what the remaining operations want to know is at hand."""
        while self.read_at != times_forgotten() and self.times < PREPARATIONS:
            self.times += 1
            self.read_at = times_forgotten()
            self._read()

    def lock(self) -> None:
        """Only lock all of it; it may be that which failed."""
        try:
            with command_block():
                write_now(behind_savepoint=True)
                self._read()
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.info("push_not_prepared", operations=len(self.inputs), error=repr(error))

    def _read(self) -> None:
        """Those that lock come first, in their one order, so that no two pushes wait for each other."""
        wanted: dict[registry.Preparation, list[Mapping[str, Any]]] = {one: [] for one in registry.preparations()}
        for kind, data in self.inputs.values():
            for prepare in registry.operations()[kind].prepare:
                wanted.setdefault(prepare, []).append(data)
        for prepare, inputs in wanted.items():
            if inputs:
                prepare(self.actor, inputs)

    def input_of(self, receipt: Receipt) -> dict[str, Any] | None:
        """The valid input of an operation, if it is known already; it is wanted once."""
        return self.inputs.pop(receipt.operation_id, (None, None))[1]


def cause_of_waiting(dependencies: Sequence[UUID], known: Mapping[UUID, Receipt]) -> UUID | None:
    """The first of the operations depended on that has not been applied (or has never arrived)."""
    for dependency in dependencies:
        cause = known.get(dependency)
        if cause is None or cause.status not in SETTLED:
            return dependency
    return None


class OurFault(Exception):
    """An operation failed by a fault of ours: nothing of it happened, and nothing must be remembered."""


def perform(receipt: Receipt, blocked_by: UUID | None, outlook: Outlook | None = None) -> None:
    """Run the operation of a receipt behind a savepoint, and write its outcome on the receipt (not saved).

    With an `outlook` it is one of many that are written together later. Raises OurFault, and leaves the receipt as it
    is.
    """
    if blocked_by is not None:
        receipt.status, receipt.answer, receipt.blocked_by = Receipt.Status.BLOCKED, {}, blocked_by
        return
    try:
        if outlook is not None:
            outlook.ready()
        operation, data = _understood(receipt, outlook)
        with command_block() as frame:
            if outlook is None:
                write_now(behind_savepoint=True)
            operation.perform(actor=_actor(receipt), occurred_at=receipt.occurred_at, **data)
            if outlook is None:
                write_now()
    except Exception as error:
        refusal = as_domain_error(error)
        if refusal is None:
            if isinstance(error, OperationalError | InterfaceError):
                raise  # the database is in trouble or asks for another try: the whole push failed
            if outlook is None:
                log.exception("operation_failed", operation=str(receipt.operation_id), kind=receipt.kind)
            raise OurFault from error
        refuse(receipt, refusal)
        return
    receipt.status, receipt.answer, receipt.blocked_by = Receipt.Status.APPLIED, {}, None
    if frame.merged:
        receipt.status = Receipt.Status.MERGED
        receipt.answer["merged"] = frame.merged
    if frame.conflicts:
        receipt.status = Receipt.Status.CONFLICT
        receipt.answer["conflicts"] = [str(conflict) for conflict in frame.conflicts]


def _understood(receipt: Receipt, outlook: Outlook | None) -> tuple[registry.Operation, dict[str, Any]]:
    """The operation that is asked for, and its input. Raises Invalid and what its form raises."""
    kind, said = schemas.upgraded(receipt.kind, receipt.data, receipt.schema)
    operation = registry.operations().get(kind)
    if operation is None:
        raise Invalid("operation_unknown", "This server does not know this kind of operation.", field="kind")
    data = outlook.input_of(receipt) if outlook is not None else None
    return operation, operation.form.run_validation(said) if data is None else data


def _actor(receipt: Receipt) -> Actor:
    return Actor(
        user=receipt.user,
        device_id=receipt.device_id,
        operation=OperationOrigin(receipt.operation_id, receipt.captured, tuple(receipt.flags)),
        received_at=receipt.received_at,
    )


@command
def release_operation(*, actor: Actor, occurred_at: datetime, operation_id: UUID) -> Receipt:
    """Try a refused operation again, now that its reason may be gone, or a blocked one without what it waits for.

    What waited for it follows. It is still the phone's owner who did it, then, there. Raises
    Conflict("operation_not_waiting") for any other, discarded ones too, and OurFault when it fails by a fault of ours:
    it goes on waiting.
    """
    one_at_a_time(access.receipt_to_see(actor, operation_id).user)
    receipt = access.receipt_to_release(actor, operation_id)
    if receipt.status not in Receipt.WAITING or receipt.discarded_at:
        raise Conflict("operation_not_waiting", "It has been applied or discarded; there is nothing to release.")
    perform(receipt, None)
    _note_release(receipt, by=actor.user, at=occurred_at)
    release_unblocked(receipt.user, at=occurred_at)
    return receipt


def release_unblocked(user: Any, *, at: datetime) -> None:
    """Apply what waits for operations that have been applied by now, in device order; then what waited for that.

    What fails by a fault of ours goes on waiting, until the next push or release.
    """
    if not execute("SELECT 1 FROM sync_receipt WHERE user_id = %s AND status = 'blocked' LIMIT 1", [user.pk]):
        return
    applied = Receipt.objects.filter(user=user, status__in=SETTLED).values("operation_id")
    waiting = Receipt.objects.filter(user=user, status=Receipt.Status.BLOCKED, blocked_by__in=applied)
    progress = True
    while progress:
        progress = False
        for receipt in waiting.select_related("user").order_by("device", "seq").select_for_update(of=("self",)):
            known = Receipt.objects.filter(user=user, operation_id__in=receipt.depends_on)
            try:
                perform(receipt, cause_of_waiting(receipt.depends_on, {other.operation_id: other for other in known}))
            except OurFault:
                continue
            _note_release(receipt, by=None, at=at)
            progress |= receipt.status in SETTLED


def _note_release(receipt: Receipt, *, by: Any, at: datetime) -> None:
    """Keep the outcome of another try; one that still waits has not been released."""
    if receipt.status != Receipt.Status.BLOCKED:
        receipt.released_by, receipt.released_at = by, at
    receipt.save(update_fields=["status", "answer", "blocked_by", "released_by", "released_at"])


def answer_of(receipt: Receipt, *, duplicate: bool) -> Result:
    """What the phone hears of an operation, the first time and (as a duplicate) ever after."""
    answer: Result = {"id": str(receipt.operation_id), "status": str(receipt.status), **receipt.answer}
    if receipt.blocked_by:
        answer["blocked_by"] = str(receipt.blocked_by)
    if duplicate:
        answer["duplicate"] = True
    return answer


def refuse(receipt: Receipt, refusal: DomainError) -> None:
    """Write on the receipt that it was refused (not saved)."""
    content = {"code": refusal.code, "detail": refusal.detail, **refusal.extra}
    receipt.status, receipt.blocked_by = Receipt.Status.REFUSED, None
    receipt.answer = orjson.loads(orjson.dumps(content, default=str))
