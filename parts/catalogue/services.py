"""Commands on the catalogue."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.people.access import require_role
from accounts.people.models import Role
from fieldsvc.errors import Conflict, Invalid
from parts.catalogue import access
from parts.catalogue.models import Part
from parts.stock import ledger
from sync import work
from sync.commands import Actor, command
from sync.ids import uuid7
from sync.repeats import id_taken
from sync.violations import violated_constraint


@command
def create_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    number: str,
    name: str,
    name_zh: str = "",
    model: str = "",
    unit: str = Part.Unit.PIECE,
    tracking: str = Part.Tracking.QUANTITY,
    price: Decimal | None = None,
    currency: str = "CNY",
) -> Part:
    """A new entry of the catalogue. `price` is for one unit.

    Raises Conflict("part_number_taken" | "id_taken").
    """
    require_role(actor, *access.KEEPERS)
    part = Part(
        id=id or uuid7(),
        number=number,
        name=name,
        name_zh=name_zh,
        model=model,
        unit=unit,
        tracking=tracking,
        price=price,
        currency=currency,
    )
    _save(part, new=True)
    return part


@command
def change_part(*, actor: Actor, occurred_at: datetime, part_id: UUID, **changes: Any) -> Part:
    """New values for some of number, name, name_zh, model, unit, tracking, price, currency, status, superseded_by_id.

    A status of `active` takes a provisional part into the catalogue; naming the part that supersedes it makes it
    `superseded`, and naming none makes it active again. Raises Conflict("part_merged") for what is no part of its own
    any more, Conflict("part_counted") for a new unit or tracking once stock has moved, Conflict("part_number_taken"),
    Invalid("part_not_known" | "supersession_circular" | "provisional_by_quantity").
    """
    part = access.part_to_change(actor, part_id)
    if part.merged_at:
        raise Conflict("part_merged", "Change the part into which this one was merged.")
    if any(field in changes and changes[field] != getattr(part, field) for field in ("unit", "tracking")):
        _refuse_counted(part)
    if "superseded_by_id" in changes:
        successor = _successor(part, changes.pop("superseded_by_id"))
        changes |= {"superseded_by": successor, "status": Part.Status.SUPERSEDED if successor else Part.Status.ACTIVE}
    elif "status" in changes:
        changes["superseded_by"] = None
    for field, value in changes.items():
        setattr(part, field, value)
    if changes:
        _save(part, fields=list(changes))
    return part


@command
def provisional_part(
    *,
    actor: Actor,
    occurred_at: datetime,
    id: UUID | None = None,
    name: str = "",
    model: str,
    unit: str = Part.Unit.PIECE,
) -> Part:
    """A technician holds a part that the catalogue does not know; `model` is what is printed on it.

    The same id is the same part, however often it is sent, whatever has been made of it since. Two people may make two
    parts of one model: a storekeeper merges them. Raises Conflict("id_taken") for a part that nobody made in this way.
    """
    require_role(actor, Role.TECHNICIAN, *access.KEEPERS)
    part_id = id or uuid7()
    part = work.found(Part, part_id)
    if part is None:
        part = Part(
            pk=part_id,
            number=f"NEW-{part_id.hex[-12:].upper()}",
            name=name or model,
            model=model,
            unit=unit,
            status=Part.Status.PROVISIONAL,
            proposed_by=actor.subject,
            proposed_at=occurred_at,
        )
        work.insert(part)
    elif part.proposed_at is None:
        raise id_taken()
    return part


@command
def merge_provisional_part(
    *, actor: Actor, occurred_at: datetime, part_id: UUID, into_id: UUID, note: str = ""
) -> Part:
    """The provisional part turned out to be another one: its stock is booked over, its history stays readable.

    What phones still send for it is booked under the other part. Raises Conflict("part_not_provisional" |
    "merge_target_not_active" | "units_differ"), Invalid("part_not_known").
    """
    part = access.part_to_change(actor, part_id)
    if not part.is_provisional:
        raise Conflict("part_not_provisional", "Only provisional parts are merged.")
    target = Part.objects.filter(pk=into_id).first()
    if target is None:
        raise Invalid("part_not_known", "Choose a part of the catalogue.", field="into_id")
    if target.status != Part.Status.ACTIVE:
        raise Conflict("merge_target_not_active", "Merge into an active part of the catalogue.")
    if target.unit != part.unit:
        raise Conflict(
            "units_differ",
            "Reverse what was booked on the provisional part and book it on the other one, in its unit.",
            units=[part.unit, target.unit],
        )
    ledger.book_over(part, target, actor=actor, occurred_at=occurred_at, note=note)
    part.status = Part.Status.SUPERSEDED
    part.superseded_by = target
    part.merged_at = occurred_at
    part.save(update_fields=["status", "superseded_by", "merged_at"])
    return part


def _refuse_counted(part: Part) -> None:
    if part.movements.exists():
        raise Conflict(
            "part_counted", "Stock of this part was counted this way. Make a new part and supersede this one."
        )


def _successor(part: Part, successor_id: UUID | None) -> Part | None:
    """The part that is to supersede this one, unless that would lead back to it."""
    if successor_id is None:
        return None
    successor = Part.objects.filter(pk=successor_id).first()
    if successor is None:
        raise Invalid("part_not_known", "Choose a part of the catalogue.", field="superseded_by_id")
    link: Part | None = successor
    while link:
        if link == part:
            raise Invalid(
                "supersession_circular", "A part cannot supersede itself, by whatever way.", field="superseded_by_id"
            )
        link = link.superseded_by
    return successor


def _save(part: Part, *, new: bool = False, fields: Collection[str] | None = None) -> None:
    """Write the row. What the database holds against it becomes a refusal that says what to do."""
    try:
        with transaction.atomic():
            part.save(force_insert=new, update_fields=fields)
    except IntegrityError as error:
        match violated_constraint(error):
            case "one_part_per_number":
                raise Conflict("part_number_taken", "There is a part with this number. Choose another.") from error
            case "parts_part_pkey":
                raise id_taken() from error
            case "provisional_part_by_quantity":
                raise Invalid(
                    "provisional_by_quantity", "Take the part into the catalogue first.", field="tracking"
                ) from error
            case "counted_part_keeps_its_unit":
                _refuse_counted(part)
        raise
