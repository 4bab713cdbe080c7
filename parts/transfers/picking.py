"""The pick list of a draft: what to take from where it is sent, and what to do where it is not there."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from parts.allocations.promises import promised_to_others
from parts.catalogue.models import Part
from parts.requisitions.substitutes import substitutes_for
from parts.stock.models import Condition, SerialPosition, StockBalance
from parts.transfers.models import Transfer, TransferLine

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Instead:
    """A part that may be sent instead, and how much of it is there."""

    part: Part
    on_hand: Decimal


@dataclass(frozen=True, slots=True)
class Pick:
    """So much of a part is to be taken. `units` are the serials to choose from, where nobody has named one."""

    line: TransferLine
    on_hand: Decimal
    missing: Decimal
    units: Collection[str]
    instead: Collection[Instead]


def pick_list(transfer: Transfer) -> list[Pick]:
    """What to take of each line, by the parts' numbers. Two lines of one part share what is there, in their order.

    A handful of statements, however many lines.
    """
    lines = list(transfer.lines.select_related("part__superseded_by"))
    wanted = {line.part.booked_as.pk for line in lines}
    substitutes = substitutes_for(wanted)
    parts = Part.objects.in_bulk(set().union(*substitutes.values()))
    left = _held(transfer, wanted.union(parts))
    units = _units(transfer, lines)
    there = dict(left)
    picks = []
    for line in sorted(lines, key=lambda line: (line.part.number, line.number)):
        part = line.part.booked_as
        key = part.pk, line.condition
        on_hand = left[key]
        left[key] = max(NOTHING, on_hand - line.quantity)
        if line.serial and part.follows_serials:
            on_hand = line.quantity if line.serial in units[key] else NOTHING
        missing = max(NOTHING, line.quantity - on_hand)
        others = {parts[other]: there.get((other, Condition.GOOD)) for other in substitutes.get(part.pk, ())}
        instead = [Instead(other, quantity) for other, quantity in others.items() if missing and quantity]
        picks.append(Pick(line, on_hand, missing, [] if line.serial else units[key], instead))
    return picks


def _held(transfer: Transfer, part_ids: Collection[UUID]) -> defaultdict[tuple[UUID, str], Decimal]:
    """How much lies where the transfer comes from, by part and condition, and is not kept for other visits."""
    held: defaultdict[tuple[UUID, str], Decimal] = defaultdict(Decimal)
    balances = StockBalance.objects.filter(location=transfer.from_location_id, part__in=part_ids)
    for part_id, condition, quantity in balances.values_list("part_id", "condition", "quantity"):
        held[part_id, condition] += quantity
    visit_id = transfer.requisition.visit_id if transfer.requisition else None
    for part_id, kept in promised_to_others(transfer.from_location_id, visit_id).items():
        held[part_id, Condition.GOOD] = max(NOTHING, held[part_id, Condition.GOOD] - kept)
    return held


def _units(transfer: Transfer, lines: Collection[TransferLine]) -> dict[tuple[UUID, str], list[str]]:
    """The serials that lie where the transfer comes from, by part and condition."""
    followed = {line.part.booked_as.pk for line in lines if line.part.booked_as.follows_serials}
    found: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    positions = SerialPosition.objects.filter(location=transfer.from_location_id, part__in=followed)
    for part_id, condition, serial in positions.order_by("serial").values_list("part_id", "condition", "serial"):
        found[part_id, condition].append(serial)
    return found
