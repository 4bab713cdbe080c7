"""The pick list of a draft: what to take from where it is sent, and what to do where it is not there."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

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
    booked = {line.part.booked_as.pk for line in lines}
    substitutes = substitutes_for(booked)
    here = StockBalance.objects.filter(
        location=transfer.from_location_id, part__in=booked.union(*substitutes.values()), quantity__gt=0
    ).select_related("part")
    held = {(balance.part_id, balance.condition): balance for balance in here}
    units = _units(transfer, lines)
    left = {key: balance.quantity for key, balance in held.items()}
    picks = []
    for line in sorted(lines, key=lambda line: (line.part.number, line.number)):
        part = line.part.booked_as
        key = part.pk, line.condition
        there = left.get(key, NOTHING)
        left[key] = max(NOTHING, there - line.quantity)
        if line.serial and part.follows_serials:
            there = line.quantity if line.serial in units[key] else NOTHING
        missing = max(NOTHING, line.quantity - there)
        others = [held.get((other, Condition.GOOD)) for other in substitutes.get(part.pk, ())] if missing else []
        instead = [Instead(balance.part, balance.quantity) for balance in others if balance]
        picks.append(Pick(line, there, missing, [] if line.serial else units[key], instead))
    return picks


def _units(transfer: Transfer, lines: Collection[TransferLine]) -> dict[tuple[UUID, str], list[str]]:
    """The serials that lie where the transfer comes from, by part and condition."""
    followed = {line.part.booked_as.pk for line in lines if line.part.booked_as.follows_serials}
    found: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    positions = SerialPosition.objects.filter(location=transfer.from_location_id, part__in=followed)
    for part_id, condition, serial in positions.order_by("serial").values_list("part_id", "condition", "serial"):
        found[part_id, condition].append(serial)
    return found
