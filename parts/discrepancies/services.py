"""Opening and settling discrepancies."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.people.models import Role, User
from accounts.people.selectors import people_with_role
from fieldsvc.errors import Conflict, Invalid
from notifications.services import notify
from parts.discrepancies import access
from parts.discrepancies.models import Discrepancy
from parts.locations.models import Location
from parts.quantities import plain
from parts.stock import ledger
from parts.stock.models import StockMovement
from sync.commands import Actor, command


def open_discrepancy(
    *,
    actor: Actor,
    kind: Discrepancy.Kind,
    location: Location,
    quantity: Decimal,
    movement: StockMovement,
    found: StockMovement | None,
) -> Discrepancy:
    """Something happened that the books say could not; its owner is told. Part of commands on stock."""
    owner = _owner(location, actor)
    discrepancy = Discrepancy.objects.create(
        location=location,
        part=movement.part,
        quantity=quantity,
        serial=movement.serial,
        kind=kind,
        owner=owner,
        movement=movement,
        found=found,
        ticket_id=movement.ticket_id,
        visit_id=movement.visit_id,
        opened_at=movement.occurred_at,
    )
    notify(
        actor=actor,
        to=[owner],
        kind="discrepancy_opened",
        subject=("discrepancies", discrepancy.pk),
        text={
            "part": movement.part.name,
            "part_zh": movement.part.name_zh or movement.part.name,
            "quantity": plain(quantity),
            "location": location.name,
            "location_zh": location.name_zh or location.name,
        },
        ticket_id=movement.ticket_id,
        territory_id=location.territory_id,
        dedupe_key=f"discrepancy_opened:{discrepancy.pk}",
    )
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
    (`serial`, where nobody had read it). `accepted`: it was as recorded. `written_off`: the loss is ours. The latter
    two move nothing. Raises Conflict("discrepancy_settled"), Conflict("nothing_was_found" | "found_by_serial") where no
    receipt can explain it, Conflict("stock_short" | "serial_elsewhere") as long as the late receipt is not booked,
    Invalid("serial_required").
    """
    discrepancy = access.discrepancy_to_settle(actor, discrepancy_id)
    if discrepancy.status == Discrepancy.Status.SETTLED:
        raise Conflict(
            "discrepancy_settled", "This discrepancy was settled already.", settlement=discrepancy.settlement
        )
    if settlement == Discrepancy.Settlement.EXPLAINED_BY_RECEIPT:
        ledger.post(_explanation(discrepancy, note=note, serial=serial), actor=actor, occurred_at=occurred_at)
    discrepancy.status = Discrepancy.Status.SETTLED
    discrepancy.settlement = settlement
    discrepancy.settled_at = occurred_at
    discrepancy.settled_by = actor.user
    discrepancy.note = note
    discrepancy.save(update_fields=["status", "settlement", "settled_at", "settled_by", "note"])
    return discrepancy


def _owner(location: Location, actor: Actor) -> User:
    """A storekeeper of the territory, else whoever keeps the place, else whoever reports it."""
    storekeepers = people_with_role(Role.STOREKEEPER, location.territory_id)
    owner: User = storekeepers.order_by("username", "pk").first() or location.keeper or actor.subject
    return owner


def _explanation(discrepancy: Discrepancy, *, note: str, serial: str) -> list[ledger.Line]:
    """What has to be posted when the missing part has been booked in after all."""
    use, found = discrepancy.movement, discrepancy.found
    if found is None:
        raise Conflict("nothing_was_found", "No stock was booked as found. Accept it or write it off.")
    unfound = ledger.reversal_of(found, note=note)
    if not unfound.part.follows_serials or StockMovement.objects.filter(reverses=use).exists():
        return [unfound]
    if found.follows_serial:
        raise Conflict(
            "found_by_serial",
            "A unit comes into the books once, and this one was found: that is its receipt. Accept it.",
        )
    serial = serial or discrepancy.serial
    if not serial:
        raise Invalid("serial_required", "Say which unit it was that nobody had read.", field="serial")
    undone = ledger.reversal_of(use, note=note)
    again = replace(
        undone,
        reason=ledger.Reason.USE,
        from_location=use.from_location,
        to_location=use.to_location,
        serial=serial,
        follows_serial=True,
        reverses=None,
    )
    return [undone, unfound, again]
