"""Booking what has happened already: it is kept, whatever the books think of it, and what they lack is found first."""

from dataclasses import replace
from datetime import datetime

from parts.discrepancies.models import Discrepancy
from parts.discrepancies.services import Told, open_discrepancy
from parts.locations.models import Location
from parts.stock import ledger
from parts.stock.ledger import Holdings, Line, Reason
from parts.stock.models import StockMovement
from sync.commands import Actor

Kind = Discrepancy.Kind


def keep(
    line: Line,
    *,
    at: Location,
    actor: Actor,
    occurred_at: datetime,
    kind: Kind | None = None,
    told: Told | None = None,
) -> StockMovement:
    """Post a fact. Where the books contradict it, somebody has to find out why: a discrepancy at `at`.

    What the place where it begins did not have is found there first. A serial that by the books is elsewhere stays
    where they have it. With a `kind`, there is a discrepancy in any case, of that kind where the books have nothing
    against it. Part of commands.
    """
    holdings = Holdings([line])
    whole = kind is not None
    source = line.from_location
    if doubt := _serial_doubt(line, holdings):
        kind = doubt
        line = replace(line, follows_serial=False)
        missing = line.quantity if source and source.is_limited else ledger.NOTHING
    else:
        missing = holdings.missing(line)
        if missing and kind is None:
            kind = Kind.UNKNOWN_PART if line.part.is_provisional else Kind.SHORT
    if kind is None:
        [movement] = ledger.post([line], actor=actor, occurred_at=occurred_at)
        return movement
    lines = [replace(line, flags=(*line.flags, kind.value))]
    if missing:
        found = replace(lines[0], reason=Reason.FOUND, quantity=missing, from_location=None, to_location=source)
        # By the balance it may be missing although its serial is there: another unit left without being read.
        lines.insert(0, replace(found, follows_serial=line.follows_serial and holdings.place_of(line) is None))
    *first, movement = ledger.post(lines, actor=actor, occurred_at=occurred_at)
    open_discrepancy(
        actor=actor,
        kind=kind,
        location=at,
        part=movement.part,
        quantity=line.quantity if whole else missing or line.quantity,
        serial=movement.serial,
        occurred_at=occurred_at,
        movement=movement,
        found=next((posted for posted in (*first, movement) if posted.reason == Reason.FOUND), None),
        told=told,
    )
    return movement


def _serial_doubt(line: Line, holdings: Holdings) -> Kind | None:
    if line.follows_serial and not line.serial:
        return Kind.SERIAL_MISSING
    if holdings.is_elsewhere(line):
        return Kind.SERIAL_CLASH
    return None
