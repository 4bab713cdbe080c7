"""Receiving a transfer: a fact, told by several people perhaps, and counted once.

Each receipt says how much of a line has come **in all**. So the same receipt from two phones and the desk is one
receipt, a second delivery says a larger number, and a smaller number is another story, which somebody has to look at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fieldsvc.errors import Conflict, Invalid
from parts.discrepancies.models import Discrepancy
from parts.discrepancies.services import Told, close_discrepancy, open_discrepancy
from parts.quantities import check_quantity
from parts.stock import ledger
from parts.stock.happened import keep
from parts.stock.ledger import Line, Reason
from parts.stock.models import Condition, StockMovement
from parts.transfers import access
from parts.transfers.models import Transfer, TransferLine, TransferReceipt, TransferReceiptLine
from parts.transfers.progress import note_progress, on_the_way
from parts.transfers.services import refuse_step
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import made_before

Kind = Discrepancy.Kind
NOTHING = Decimal(0)


@command
def receive_transfer(
    *,
    actor: Actor,
    occurred_at: datetime,
    transfer_id: UUID,
    lines: Sequence[Mapping[str, Any]],
    id: UUID | None = None,
    note: str = "",
) -> Transfer:
    """Somebody at the place that receives says what has come: `{"line_id", "quantity", "damaged", "serial", "reason"}`.

    `quantity` is all that has come of the line, `damaged` how much of it in bad condition; `serial` the unit that was
    really in the box. A line that is not named is not spoken of. What is short stays in transit, with a discrepancy,
    until it comes or is settled; what is too much is found at the place. Said again, whoever says it, it counts once,
    and less than others said is a discrepancy. What was cancelled and arrived all the same is kept, when it happened
    without signal, with a discrepancy.

    Raises Conflict("transfer_transition_not_allowed") for a draft, and online for a cancelled transfer;
    Conflict("id_taken"); Invalid("transfer_line_unknown" | "transfer_line_repeated" | "quantity_not_valid") and,
    online, Invalid("reason_required") for what is short or damaged, naming the line; what `location_to_use` raises.
    """
    transfer, flags = access.transfer_to_receive(actor, transfer_id)
    cancelled = transfer.status == Transfer.Status.CANCELLED
    if made_before(TransferReceipt, id, transfer_id=transfer.pk):
        return transfer
    if transfer.dispatched_at is None or (cancelled and not actor.offline):
        raise refuse_step(transfer)
    said = _understood(transfer, lines, actor)
    _write_down(transfer, said, id=id, actor=actor, occurred_at=occurred_at, flags=flags, note=note)
    Arrivals(transfer, actor=actor, occurred_at=occurred_at, flags=flags).book(said)
    if not cancelled:
        note_progress(transfer, transfer.lines.all(), at=occurred_at)
    return transfer


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says has come of a line."""

    line: TransferLine
    quantity: Decimal
    damaged: Decimal
    serial: str
    reason: str

    @property
    def told(self) -> Told:
        return Told(transfer_line=self.line, reason=self.reason)

    @property
    def is_another_unit(self) -> bool:
        """The box held another unit than the one that was sent."""
        return bool(self.line.serial and self.serial and self.serial != self.line.serial and self.quantity)

    @property
    def new(self) -> Decimal:
        """How much more that is than anybody said before; below nothing if somebody said more."""
        return self.quantity - self.line.arrived

    @property
    def newly_damaged(self) -> Decimal:
        """How much more of it is damaged than anybody said before. What was sent as faulty is no worse for it."""
        if self.is_another_unit or self.line.condition != Condition.GOOD:
            return NOTHING
        return max(NOTHING, self.damaged - self.line.damaged)

    @property
    def needs_reason(self) -> bool:
        """It did not come as it was sent."""
        return bool(self.is_another_unit or self.quantity < self.line.expected or self.newly_damaged)


class Arrivals:
    """What one receipt adds to what others have said before it."""

    def __init__(self, transfer: Transfer, *, actor: Actor, occurred_at: datetime, flags: tuple[str, ...]) -> None:
        self.transfer = transfer
        self.actor = actor
        self.occurred_at = occurred_at
        self.flags = flags

    def book(self, words: Sequence[Word]) -> None:
        """Post what is new, write down how much has come of each line, and ask about what does not fit."""
        usual: list[Line] = []
        regraded: list[Word] = []
        for word in words:
            usual += self._out_of_transit(word)
        for word in words:
            if lines := self._regraded(word):
                usual += lines
                regraded.append(word)
        posted = self._post(usual)
        # Each regraded word has posted two movements, the last of all: out in one condition, in again in the other.
        for word, movement in zip(regraded, posted[len(posted) - 2 * len(regraded) + 1 :: 2], strict=True):
            self._ask(word, Kind.DAMAGED, movement.quantity, movement=movement)
        for word in words:
            self._book_the_unusual(word)
        for word in words:
            if not word.is_another_unit:
                word.line.damaged += word.newly_damaged
                word.line.arrived = max(word.line.arrived, word.quantity)
        TransferLine.objects.bulk_update([word.line for word in words], ["arrived", "damaged"])
        if self.transfer.status != Transfer.Status.CANCELLED:
            self._ask_for_what_is_short(words)

    def _line(self, word: Word, quantity: Decimal, **ends: Any) -> Line:
        part = word.line.part.booked_as
        serial = word.serial or word.line.serial
        values: dict[str, Any] = {
            "condition": word.line.condition,
            "serial": serial,
            "follows_serial": part.follows_serials and bool(serial),
            "flags": self.flags,
            "from_location": None,
            "to_location": None,
        }
        return Line(part=part, quantity=quantity, **(values | ends))

    def _out_of_transit(self, word: Word) -> list[Line]:
        """What comes of what was sent."""
        if word.is_another_unit or self.transfer.status == Transfer.Status.CANCELLED:
            return []
        comes = min(word.new, word.line.outstanding)
        if comes <= 0:
            return []
        target = self.transfer.to_location
        return [
            on_the_way(
                word.line, self.transfer, reason=Reason.ARRIVE, quantity=comes, to_location=target, flags=self.flags
            )
        ]

    def _regraded(self, word: Word) -> list[Line]:
        """What was sent as good and arrived damaged becomes faulty where it arrived."""
        if not word.newly_damaged or self.transfer.status == Transfer.Status.CANCELLED:
            return []
        place = self.transfer.to_location
        return [
            self._line(word, word.newly_damaged, reason=Reason.REGRADE, from_location=place),
            self._line(word, word.newly_damaged, reason=Reason.REGRADE, to_location=place, condition=Condition.FAULTY),
        ]

    def _book_the_unusual(self, word: Word) -> None:
        """Another unit than was sent, more than was sent, what came although it was cancelled, or less than before."""
        place = self.transfer.to_location
        if word.is_another_unit:
            if not _was_read_before(word):
                self._keep(word, self._line(word, word.quantity, reason=Reason.FOUND, to_location=place))
        elif word.new < 0:
            self._ask(word, Kind.RECEIPT_DIFFERS, -word.new)
        elif self.transfer.status == Transfer.Status.CANCELLED:
            if word.new > 0:
                source = self.transfer.from_location
                line = self._line(word, word.new, reason=Reason.ARRIVE, from_location=source, to_location=place)
                self._keep(word, line, Kind.CANCELLED_TRANSFER)
        elif word.new > word.line.outstanding:
            surplus = word.new - word.line.outstanding
            self._keep(word, self._line(word, surplus, reason=Reason.FOUND, to_location=place))

    def _keep(self, word: Word, line: Line, kind: Kind = Kind.SURPLUS_RECEIPT) -> None:
        keep(
            line,
            at=self.transfer.to_location,
            actor=self.actor,
            occurred_at=self.occurred_at,
            kind=kind,
            told=word.told,
        )

    def _post(self, lines: Sequence[Line]) -> list[StockMovement]:
        """Post the lines. If the books contradict one, what happened without signal is kept all the same."""
        try:
            return ledger.post(lines, actor=self.actor, occurred_at=self.occurred_at)
        except Conflict:
            if not self.actor.offline:
                raise
        place = self.transfer.to_location
        return [keep(line, at=place, actor=self.actor, occurred_at=self.occurred_at) for line in lines]

    def _ask_for_what_is_short(self, words: Sequence[Word]) -> None:
        """What has not come stays in transit and has an owner; what has come after all needs none any more."""
        for word in words:
            if word.line.outstanding:
                self._ask(word, Kind.SHORT_RECEIPT, word.line.outstanding)
            else:
                for question in _open_questions(word.line, Kind.SHORT_RECEIPT):
                    close_discrepancy(
                        question,
                        Discrepancy.Settlement.EXPLAINED_BY_RECEIPT,
                        actor=self.actor,
                        occurred_at=self.occurred_at,
                    )

    def _ask(self, word: Word, kind: Kind, quantity: Decimal, movement: StockMovement | None = None) -> None:
        """Open a discrepancy, or bring the one that is open up to date."""
        known = None if movement else _open_questions(word.line, kind).first()
        if known is None:
            open_discrepancy(
                actor=self.actor,
                kind=kind,
                location=self.transfer.to_location,
                part=word.line.part.booked_as,
                quantity=quantity,
                serial=word.line.serial,
                occurred_at=self.occurred_at,
                movement=movement,
                told=word.told,
            )
        elif (known.quantity, known.reason) != (quantity, word.reason or known.reason):
            known.quantity, known.reason = quantity, word.reason or known.reason
            known.save(update_fields=["quantity", "reason"])


def _open_questions(line: TransferLine, kind: Kind) -> QuerySet[Discrepancy]:
    return line.discrepancies.filter(kind=kind, status=Discrepancy.Status.OPEN)


def _was_read_before(word: Word) -> bool:
    return word.line.receipt_lines.filter(serial=word.serial, quantity__gt=0).count() > 1


def _understood(transfer: Transfer, lines: Sequence[Mapping[str, Any]], actor: Actor) -> list[Word]:
    """The words of a receipt, with each mistake named by its path."""
    own = {line.pk: line for line in transfer.lines.select_related("part__superseded_by", "transfer")}
    words: list[Word] = []
    for index, item in enumerate(lines):
        path = f"lines.{index}"
        line = own.get(item["line_id"])
        if line is None:
            raise Invalid("transfer_line_unknown", "This transfer has no such line.", field=f"{path}.line_id")
        if any(word.line == line for word in words):
            raise Invalid("transfer_line_repeated", "Say it once of each line.", field=f"{path}.line_id")
        quantity, damaged = item["quantity"], item.get("damaged", NOTHING)
        if quantity:
            check_quantity(line.part, quantity, serial=line.serial, field=f"{path}.quantity")
        if damaged:
            check_quantity(line.part, damaged, serial=line.serial, field=f"{path}.damaged")
        if damaged > quantity:
            raise Invalid("quantity_not_valid", "What is damaged has come, too: count it in.", field=f"{path}.damaged")
        word = Word(line, quantity, damaged, item.get("serial", ""), item.get("reason", ""))
        if not actor.offline and not word.reason and word.needs_reason:
            raise Invalid("reason_required", "Say why it is short or damaged.", field=f"{path}.reason")
        words.append(word)
    return words


def _write_down(
    transfer: Transfer,
    words: Sequence[Word],
    *,
    id: UUID | None,
    actor: Actor,
    occurred_at: datetime,
    flags: tuple[str, ...],
    note: str,
) -> None:
    receipt = TransferReceipt.objects.create(
        pk=id or uuid7(),
        transfer=transfer,
        received_by=actor.subject,
        note=note,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        operation_id=actor.operation_id,
        flags=[*actor.flags, *flags],
    )
    TransferReceiptLine.objects.bulk_create(
        TransferReceiptLine(
            receipt=receipt,
            line=word.line,
            quantity=word.quantity,
            damaged=word.damaged,
            serial=word.serial,
            reason=word.reason,
        )
        for word in words
    )
