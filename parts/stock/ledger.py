"""Posting to the ledger: the one place in the code where movements are written. All of it belongs inside a command.

What is short or elsewhere is found out under locks, in one order for everybody: parts, serials, balances. The triggers
(`guards.py`) would refuse the same things; here they get a sentence that says what to do.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q, Sum

from fieldsvc.errors import Conflict
from parts.allocations.promises import Promises, promises
from parts.catalogue.access import parts_to_book
from parts.catalogue.models import Part
from parts.locations.models import Location
from parts.quantities import plain
from parts.stock.models import Condition, SerialPosition, StockBalance, StockMovement
from sync import work
from sync.commands import Actor, at_end, command_block
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.rows import fresh, locked

Reason = StockMovement.Reason
TAKING = (Reason.USE, Reason.MOVE, Reason.SEND)
"""By these, what is promised to a visit would be taken from it: see `parts/allocations`."""
NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A movement to be posted. The fields are those of `StockMovement`."""

    reason: Reason
    part: Part
    quantity: Decimal
    from_location: Location | None
    to_location: Location | None
    condition: str = Condition.GOOD
    serial: str = ""
    follows_serial: bool = False
    note: str = ""
    ticket_id: UUID | None = None
    visit_id: UUID | None = None
    reverses: StockMovement | None = None
    flags: tuple[str, ...] = ()
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the books believe a serial to be; no location means outside."""

    location: Location | None
    condition: str


class Books:
    """What was read of the books in this transaction, locked until its end, with what it has posted since."""

    def __init__(self) -> None:
        self.serials: dict[tuple[UUID, str], Place] = {}
        self.quantities: dict[tuple[UUID, UUID, str], Decimal] = {}
        self._read: set[tuple[UUID, UUID]] = set()
        self._followed: set[tuple[UUID, str]] = set()

    @classmethod
    def open(cls) -> Self:
        """Those of the running command."""
        return work.remembered("books", cls)

    def read(
        self, parts: Collection[UUID], places: Collection[UUID], followed: Collection[tuple[UUID, str]] = ()
    ) -> None:
        """Lock these serials of parts, and what is of these parts at these places."""
        serials = set(followed) - self._followed
        if serials:
            these = Q(part__in={part for part, _ in serials}, serial__in={serial for _, serial in serials})
            positions = SerialPosition.objects.filter(these).select_related("location").order_by("part_id", "serial")
            for position in locked(positions):
                known = position.part_id, position.serial
                if known in serials:
                    self.serials[known] = Place(position.location, position.condition)
            self._followed |= serials
        unread = {(place, part) for place in places for part in parts} - self._read
        if unread:
            # The triggers count the place with the smaller id first. Whoever locks in this order never meets them
            # halfway.
            balances = (
                StockBalance.objects.filter(location__in=places, part__in=parts)
                .select_for_update()
                .order_by("location_id", "part_id", "condition")
            )
            for balance in balances:
                if (balance.location_id, balance.part_id) in unread:
                    key = balance.location_id, balance.part_id, balance.condition
                    self.quantities[key] = balance.quantity
            self._read |= unread


class Holdings:
    """What the books hold of everything that some lines touch, locked until the end of the transaction."""

    def __init__(self, lines: Collection[Line]) -> None:
        parts = {line.part.pk for line in lines}
        ends = {place for line in lines for place in (line.from_location, line.to_location) if place}
        places = {place.pk for place in ends if place.is_limited}  # whoever can always give need not be asked
        followed = {(line.part.pk, line.serial) for line in lines if line.follows_serial}
        self._lines = lines
        self._promises: Promises = {}
        self._books = Books.open()
        self._books.read(parts, places, followed)
        self._serials, self._quantities = dict(self._books.serials), dict(self._books.quantities)

    def available(self, line: Line) -> Decimal:
        """How much of the line's part, in its condition, is where the line begins."""
        assert line.from_location
        return self._quantities.get((line.from_location.pk, line.part.pk, line.condition), NOTHING)

    def missing(self, line: Line) -> Decimal:
        """How much more the line takes than is there: of a serial that is not there, all of it."""
        if line.from_location is None or not line.from_location.is_limited:
            return NOTHING
        if line.follows_serial and self.place_of(line) is None:
            return line.quantity
        return max(NOTHING, line.quantity - self.available(line))

    def place_of(self, line: Line) -> Location | None:
        """Where the line's serial is by the books; None for outside, and for one that they never heard of."""
        place = self._serials.get((line.part.pk, line.serial))
        return place.location if place else None

    def is_elsewhere(self, line: Line) -> bool:
        """By the books the line's serial is neither where the line begins nor outside."""
        place = self._serials.get((line.part.pk, line.serial))
        if not line.follows_serial or place is None or place.location is None:
            return False
        fits = place.condition == line.condition or not place.location.is_limited
        return place.location != line.from_location or not fits

    def keep_promises(self) -> None:
        """From now on nobody takes what is promised to the visit of somebody else. What has happened already has."""
        takes = [line for line in self._lines if line.from_location and _could_break_a_promise(line)]
        if takes:
            places = {line.from_location.pk for line in takes if line.from_location}
            self._promises = promises(places, {line.part.pk for line in takes})

    def require_free(self, line: Line) -> None:
        """Raises Conflict("stock_short"), or Conflict("stock_allocated") where it is there, but not for this visit."""
        assert line.from_location
        place, part = line.from_location, line.part
        promised = self._promises.get((place.pk, part.pk), {})
        others = sum((left for visit, left in promised.items() if visit != line.visit_id), NOTHING)
        here = place.pk, part.pk, line.condition
        on_hand = sum((quantity for key, quantity in self._quantities.items() if key[:3] == here), NOTHING)
        if line.quantity <= on_hand - others:
            return
        told = {"part": part.number, "location": place.code, "available": plain(max(NOTHING, on_hand - others))}
        if not others:
            raise Conflict("stock_short", f"{place.code} has {plain(on_hand)} of {part.number}.", serial="", **told)
        raise Conflict(
            "stock_allocated",
            f"{place.code} has {plain(on_hand)} of {part.number}, of which {plain(others)} is kept for visits.",
            allocated=plain(others),
            **told,
        )

    def keep(self) -> None:
        """What was taken is being posted: it is so from now on."""
        self._books.serials, self._books.quantities = self._serials, self._quantities

    def take(self, line: Line) -> None:
        """Count the line as done. Raises Conflict("serial_elsewhere" | "stock_short" | "stock_allocated") if it cannot
        be."""
        if self.is_elsewhere(line):
            place = self._serials[line.part.pk, line.serial]
            assert place.location
            raise Conflict(
                "serial_elsewhere",
                f"By the books {line.serial} is at {place.location.code} ({place.condition}). Book how it left, first.",
                part=line.part.number,
                serial=line.serial,
                location=place.location.code,
                condition=place.condition,
            )
        if self.missing(line):
            assert line.from_location
            available = NOTHING if line.follows_serial else self.available(line)
            raise Conflict(
                "stock_short",
                f"{line.from_location.code} has {plain(available)} of {line.part.number} {line.serial}".rstrip() + ".",
                part=line.part.number,
                serial=line.serial,
                location=line.from_location.code,
                available=plain(available),
            )
        if self._promises and _could_break_a_promise(line):
            self.require_free(line)
        if line.follows_serial:
            self._serials[line.part.pk, line.serial] = Place(line.to_location, line.condition)
        for location, change in ((line.from_location, -line.quantity), (line.to_location, line.quantity)):
            if location:
                key = location.pk, line.part.pk, line.condition
                self._quantities[key] = self._quantities.get(key, NOTHING) + change


def post(lines: Sequence[Line], *, actor: Actor, occurred_at: datetime) -> list[StockMovement]:
    """Write the movements, all or none, and answer them in the order of the lines.

    Lines with ids that were posted before, because their reply was lost, are answered and not posted again. Raises
    Conflict("serial_elsewhere" | "stock_short" | "stock_allocated"), which name the part and the place, the latter two
    what is left; Conflict("id_taken") when the ids belong to other movements.
    """
    if actor.offline:  # a race is our failure then, and what the phone sends comes again
        return _post(lines, actor=actor, occurred_at=occurred_at)
    try:
        with command_block():
            movements = _post(lines, actor=actor, occurred_at=occurred_at)
            work.write_now()
            return movements
    except (IntegrityError, Conflict) as error:
        if isinstance(error, Conflict) and error.code != "id_taken":
            raise
        # Somebody was faster with an id or a serial that was not there when we looked, so that nothing was locked.
        # Now we see it.
        return _post(lines, actor=actor, occurred_at=occurred_at)


def reversal_of(movement: StockMovement, *, note: str) -> Line:
    """The movement the other way round. The stock of a part that was merged meanwhile is found under the other one."""
    part = parts_to_book([movement.part_id])[movement.part_id]
    return Line(
        reason=Reason.REVERSE,
        part=part,
        quantity=movement.quantity,
        from_location=movement.to_location,
        to_location=movement.from_location,
        condition=movement.condition,
        serial=movement.serial,
        follows_serial=movement.follows_serial,
        note=note,
        ticket_id=movement.ticket_id,
        visit_id=movement.visit_id,
        reverses=movement,
    )


def book_over(part: Part, target: Part, *, actor: Actor, occurred_at: datetime, note: str) -> None:
    """All stock of a provisional part becomes stock of `target`, wherever it is. The provisional part is locked.

    Nobody read serials of the provisional part in a way that the books could follow, so `target` gets unread units.
    """
    lines = []
    held = held_everywhere(part)
    places = Location.objects.in_bulk({place for place, _ in held})
    for (place, condition), quantity in held.items():
        line = Line(
            reason=Reason.MERGE,
            part=part,
            quantity=abs(quantity),
            from_location=places[place],
            to_location=None,
            condition=condition,
            note=note,
        )
        other = replace(line, part=target, from_location=None, to_location=places[place])
        lines += [line, other] if quantity > 0 else [_turned(line), _turned(other)]
    post(lines, actor=actor, occurred_at=occurred_at)


def held_everywhere(part: Part) -> dict[tuple[UUID, str], Decimal]:
    """How much of a part is where, by place and condition, as its movements sum up: at the customers too."""
    held: dict[tuple[UUID, str], Decimal] = defaultdict(Decimal)
    moved = part.movements.order_by().values_list("from_location", "to_location", "condition")
    for source, target, condition, quantity in moved.annotate(moved=Sum("quantity")):
        for place, change in ((source, -quantity), (target, quantity)):
            if place:
                held[place, condition] += change
    return {key: quantity for key, quantity in sorted(held.items()) if quantity}


def unread_units(part: Part, location: Location, condition: str) -> Decimal:
    """How many units of a part that is followed by serial are at a place without anybody having read their serial."""
    here = Q(location=location, condition=condition)
    balance = StockBalance.objects.filter(here, part=part).first()
    return balance.quantity - SerialPosition.objects.filter(here, part=part).count() if balance else NOTHING


def _could_break_a_promise(line: Line) -> bool:
    place = line.from_location
    return line.reason in TAKING and line.condition == Condition.GOOD and place is not None and place.is_limited


def _turned(line: Line) -> Line:
    return replace(line, from_location=line.to_location, to_location=line.from_location)


def _post(lines: Sequence[Line], *, actor: Actor, occurred_at: datetime) -> list[StockMovement]:
    holdings = Holdings(lines)
    if before := _posted_before(lines):
        return before
    if not actor.offline:
        holdings.keep_promises()
    for line in lines:
        holdings.take(line)
    holdings.keep()
    movements = [
        fresh(
            StockMovement,
            id=line.id or uuid7(),
            part=line.part,
            from_location=line.from_location,
            to_location=line.to_location,
            quantity=line.quantity,
            serial=line.serial,
            follows_serial=line.follows_serial,
            condition=line.condition,
            reason=line.reason,
            note=line.note,
            ticket_id=line.ticket_id,
            visit_id=line.visit_id,
            actor=actor.user,
            on_behalf_of=actor.on_behalf_of,
            occurred_at=occurred_at,
            received_at=actor.received_at,
            operation_id=actor.operation_id,
            reverses=line.reverses,
            flags=[*actor.flags, *line.flags],
        )
        for line in lines
    ]
    for movement in _in_order(movements):
        work.insert(movement)
    _tell_later_counts(movements)
    return movements


def _tell_later_counts(movements: Iterable[StockMovement]) -> None:
    """What happened some time before we hear of it may belong before a count that has been judged without it."""
    from parts.stocktakes.judging import recount  # it posts to this ledger itself

    late = [
        (place, movement.occurred_at)
        for movement in movements
        if movement.occurred_at < movement.received_at and movement.reason != Reason.COUNT
        for place in (movement.from_location_id, movement.to_location_id)
        if place
    ]
    if late:
        at_end(recount, *late)


def _posted_before(lines: Sequence[Line]) -> list[StockMovement]:
    """The movements of these very lines, if they were posted already. Raises Conflict("id_taken") if others were."""
    ids = [line.id for line in lines if line.id]
    known = {movement.pk: movement for movement in StockMovement.objects.filter(pk__in=ids)} if ids else {}
    before = [known[line.id] for line in lines if line.id in known]
    if len(set(ids)) < len(ids) or (before and not (len(before) == len(lines) and all(map(_is_same, lines, before)))):
        raise id_taken()
    return before


def _is_same(line: Line, movement: StockMovement) -> bool:
    return (line.part, line.quantity, line.serial, line.condition, line.from_location, line.to_location) == (
        movement.part,
        movement.quantity,
        movement.serial,
        movement.condition,
        movement.from_location,
        movement.to_location,
    )


def _in_order(movements: Iterable[StockMovement]) -> list[StockMovement]:
    """Two batches that bring new parts to the same place meet in one order. Of one part, the given order stays."""
    return sorted(movements, key=lambda movement: (movement.part_id, movement.serial))
