"""Opening and settling discrepancies."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.people.models import Role, User
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict, Invalid
from notifications.services import notify
from parts.catalogue.models import Part
from parts.discrepancies import access
from parts.discrepancies.models import Discrepancy
from parts.discrepancies.words import KIND_WORDS
from parts.locations.models import Location
from parts.quantities import plain
from parts.stock import ledger
from parts.stock.models import StockMovement
from parts.stocktakes.models import StocktakeLine
from parts.transfers.models import TransferLine
from parts.transfers.progress import settle_outstanding
from sync import work
from sync.commands import Actor, command
from sync.rows import locked

Kind = Discrepancy.Kind
Settlement = Discrepancy.Settlement

USUAL = (Settlement.EXPLAINED_BY_RECEIPT, Settlement.ACCEPTED, Settlement.WRITTEN_OFF)
POSSIBLE: dict[str, tuple[Settlement, ...]] = {
    Kind.SHORT_RECEIPT: (Settlement.RETURNED, Settlement.WRITTEN_OFF),
    Kind.COUNTED_LESS: (Settlement.ACCEPTED, Settlement.WRITTEN_OFF),
    Kind.COUNTED_MORE: (Settlement.ACCEPTED, Settlement.WRITTEN_OFF),
    Kind.RECEIPT_DIFFERS: (Settlement.ACCEPTED, Settlement.WRITTEN_OFF),
}
"""How discrepancies of a kind can end, where that is not as usual."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a discrepancy is about besides a movement: a line of a transfer or a count, and the reason somebody gave."""

    transfer_line: TransferLine | None = None
    stocktake_line: StocktakeLine | None = None
    reason: str = ""


def open_discrepancy(
    *,
    actor: Actor,
    kind: Discrepancy.Kind,
    location: Location,
    part: Part,
    quantity: Decimal,
    serial: str = "",
    occurred_at: datetime,
    movement: StockMovement | None = None,
    found: StockMovement | None = None,
    told: Told | None = None,
) -> Discrepancy:
    """Something happened that the books say could not; its owner is told. Part of commands on stock."""
    owner = _owner(location, actor)
    told = told or Told()
    discrepancy = Discrepancy(
        location=location,
        part=part,
        quantity=quantity,
        serial=serial,
        kind=kind,
        owner=owner,
        movement=movement,
        found=found,
        transfer_line=told.transfer_line,
        stocktake_line=told.stocktake_line,
        reason=told.reason,
        ticket_id=movement.ticket_id if movement else None,
        visit_id=movement.visit_id if movement else None,
        opened_at=occurred_at,
    )
    work.insert(discrepancy)
    _tell(discrepancy, location, actor=actor)
    return discrepancy


@command
def settle_discrepancy(
    *,
    actor: Actor,
    occurred_at: datetime,
    discrepancy_id: UUID,
    settlement: str,
    note: str = "",
    serial: str = "",
) -> Discrepancy:
    """Somebody found out why, or that nobody can.

    `explained_by_receipt`: the part was in the van by a receipt or a move that came to the books later than its use.
    What was found is reversed against it; a unit whose serial the books did not follow is booked again by its serial
    (`serial`, where nobody had read it). `accepted`: it was as recorded. `written_off`: the loss is ours; what did not
    arrive of a transfer leaves the books. `returned`: it went back to where it had been sent from.

    Raises Conflict("discrepancy_settled"), Conflict("settlement_not_possible", allowed=…) for what does not fit its
    kind, Conflict("settled_with_stocktake") for what a count asks that is still to be decided upon,
    Conflict("nothing_was_found" | "found_by_serial") where no receipt can explain it,
    Conflict("stock_short" | "serial_elsewhere") as long as the late receipt is not booked, Invalid("serial_required").
    """
    discrepancy = access.discrepancy_to_settle(actor, discrepancy_id)
    if discrepancy.status == Discrepancy.Status.SETTLED:
        raise Conflict(
            "discrepancy_settled", "This discrepancy was settled already.", settlement=discrepancy.settlement
        )
    count = discrepancy.stocktake_line and discrepancy.stocktake_line.stocktake
    if count and count.status == count.Status.COUNTED:
        raise Conflict("settled_with_stocktake", "Post or cancel the stocktake.", stocktake=str(count.pk))
    allowed = POSSIBLE.get(discrepancy.kind, USUAL)
    if settlement not in allowed:
        raise Conflict(
            "settlement_not_possible", "A discrepancy of this kind is settled in another way.", allowed=[*allowed]
        )
    line = discrepancy.transfer_line
    if settlement == Settlement.EXPLAINED_BY_RECEIPT:
        ledger.post(_explanation(discrepancy, note=note, serial=serial), actor=actor, occurred_at=occurred_at)
    elif discrepancy.kind == Kind.SHORT_RECEIPT and line:
        back = settlement == Settlement.RETURNED
        settle_outstanding(line, goes_back=back, note=note, actor=actor, occurred_at=occurred_at)
    elif discrepancy.kind == Kind.RECEIPT_DIFFERS and settlement == Settlement.WRITTEN_OFF:
        ledger.post([_loss(discrepancy, note=note)], actor=actor, occurred_at=occurred_at)
    close_discrepancy(discrepancy, settlement, actor=actor, occurred_at=occurred_at, note=note)
    return discrepancy


def close_discrepancy(
    discrepancy: Discrepancy, settlement: str, *, actor: Actor, occurred_at: datetime, note: str = ""
) -> None:
    """Write down how it ended. Part of commands that have booked what belongs to it."""
    discrepancy.status = Discrepancy.Status.SETTLED
    discrepancy.settlement = settlement
    discrepancy.settled_at = occurred_at
    discrepancy.settled_by = actor.user
    discrepancy.note = note
    discrepancy.save(update_fields=["status", "settlement", "settled_at", "settled_by", "note"])


def _tell(discrepancy: Discrepancy, location: Location, *, actor: Actor) -> None:
    part = discrepancy.part
    what, what_zh = KIND_WORDS[Kind(discrepancy.kind)]
    notify(
        actor=actor,
        to=[discrepancy.owner],
        kind="discrepancy_opened",
        subject=("discrepancies", discrepancy.pk),
        text={
            "part": part.name,
            "part_zh": part.name_zh or part.name,
            "quantity": plain(discrepancy.quantity),
            "location": location.name,
            "location_zh": location.name_zh or location.name,
            "what": what,
            "what_zh": what_zh,
            "reason": discrepancy.reason,
        },
        ticket_id=discrepancy.ticket_id,
        territory_id=location.territory_id,
        dedupe_key=f"discrepancy_opened:{discrepancy.pk}:{discrepancy.owner_id}",
    )


def hand_over(location: Location, *, actor: Actor) -> None:
    """The place has other people now: what is open there is theirs to find out. Part of commands on places."""
    owner = _owner(location, actor)
    open_ones = location.discrepancies.filter(status=Discrepancy.Status.OPEN).exclude(owner=owner)
    for discrepancy in locked(open_ones.select_related("part", "transfer_line")):
        if not _is_in_charge(discrepancy.owner, location):
            discrepancy.owner = owner
            discrepancy.save(update_fields=["owner"])
            _tell(discrepancy, location, actor=actor)


def _is_in_charge(owner: User, location: Location) -> bool:
    storekeepers = people_with_role(Role.STOREKEEPER, location.territory_id)
    return owner == location.keeper or storekeepers.filter(pk=owner.pk).exists()


def _owner(location: Location, actor: Actor) -> User:
    """A storekeeper of the territory, else whoever keeps the place, else whoever reports it."""
    storekeeper = work.remembered(
        ("storekeeper who finds out", location.territory_id),
        lambda: people_with_role(Role.STOREKEEPER, location.territory_id).order_by("username", "pk").first(),
    )
    owner: User = storekeeper or location.keeper or actor.subject
    return owner


def _explanation(discrepancy: Discrepancy, *, note: str, serial: str) -> list[ledger.Line]:
    """What has to be posted when the missing part has been booked in after all."""
    use, found = discrepancy.movement, discrepancy.found
    if use is None or found is None:
        raise Conflict("nothing_was_found", "No stock was booked as found. Accept it or write it off.")
    unfound = ledger.reversal_of(found, note=note)
    if not unfound.part.follows_serials or StockMovement.objects.filter(reverses=use).exists():
        return [unfound]
    if found.follows_serial:
        raise Conflict(
            "found_by_serial",
            "A unit comes into the books once, and this one was found: that is its receipt. Accept it.",
        )
    if use == found:
        return [unfound]
    serial = serial or discrepancy.serial
    if not serial:
        raise Invalid("serial_required", "Say which unit it was that nobody had read.", field="serial")
    undone = ledger.reversal_of(use, note=note)
    again = replace(
        undone,
        reason=ledger.Reason(use.reason),
        from_location=use.from_location,
        to_location=use.to_location,
        serial=serial,
        follows_serial=True,
        reverses=None,
    )
    return [undone, unfound, again]


def _loss(discrepancy: Discrepancy, *, note: str) -> ledger.Line:
    """What the books have at the place, and nobody else."""
    line = discrepancy.transfer_line
    assert line
    part = line.part.booked_as
    return ledger.Line(
        reason=ledger.Reason.LOSS,
        part=part,
        quantity=discrepancy.quantity,
        from_location=discrepancy.location,
        to_location=None,
        condition=line.condition,
        serial=line.serial,
        follows_serial=part.follows_serials and bool(line.serial),
        note=note,
    )
