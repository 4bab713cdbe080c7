"""Commands on stock levels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldsvc.errors import Invalid
from parts.catalogue.access import parts_to_book
from parts.levels import access
from parts.levels.models import StockLevel
from parts.quantities import check_quantity
from sync.commands import Actor, command


@command
def set_levels(
    *, actor: Actor, occurred_at: datetime, location_id: UUID, lines: Sequence[Mapping[str, Any]]
) -> list[StockLevel]:
    """How much of these parts is to lie at a place: `{"part_id", "par", "minimum"}`; `par` null: no matter how much.

    Without a minimum, the part is filled up as soon as anything is missing. Other parts stay as they are. Raises
    Invalid("part_not_known" | "part_twice" | "quantity_not_valid" | "minimum_above_par") naming the line, and what
    `location_to_level` raises.
    """
    location = access.location_to_level(actor, location_id)
    parts = parts_to_book({line["part_id"] for line in lines})
    wanted: dict[UUID, tuple[Any, Any]] = {}
    for index, line in enumerate(lines):
        path, part = f"lines.{index}", parts.get(line["part_id"])
        if part is None:
            raise Invalid("part_not_known", "Choose a part of the catalogue.", field=f"{path}.part_id")
        if part.pk in wanted:
            raise Invalid("part_twice", "Name each part once.", field=f"{path}.part_id")
        par, minimum = line.get("par"), line.get("minimum")
        if par is not None:
            minimum = par if minimum is None else minimum
            check_quantity(part, par, field=f"{path}.par")
            check_quantity(part, minimum, field=f"{path}.minimum")
            if minimum > par:
                raise Invalid("minimum_above_par", "Fill up to at least the minimum.", field=f"{path}.minimum")
        wanted[part.pk] = minimum, par
    known = {level.part_id: level for level in location.levels.filter(part__in=wanted)}
    kept = []
    for part_id, (minimum, par) in wanted.items():
        level = known.get(part_id)
        if par is None:
            if level:
                level.delete()
        elif level is None:
            kept.append(StockLevel.objects.create(location=location, part_id=part_id, minimum=minimum, par=par))
        else:
            level.minimum, level.par = minimum, par
            level.save(update_fields=["minimum", "par"])
            kept.append(level)
    return kept
