"""Reads of stock levels: what is there, what is coming, and so what is missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.people.models import User
from parts.levels import access
from parts.levels.models import StockLevel
from sync.sql import execute

POSITIONS = """
    WITH RECURSIVE level AS (
        SELECT level.* FROM parts_stocklevel level JOIN parts_location location ON location.id = level.location_id
        WHERE CASE
            WHEN %(levels)b::uuid[] IS NULL THEN location.is_active
            ELSE level.id = ANY(%(levels)b::uuid[])
        END
    ), line AS (  -- leads from the part to the one that is fitted today; UNION ends one that runs in a circle
        SELECT level.id AS level_id, level.location_id, part.id AS part_id, part.superseded_by_id, part.status
        FROM level JOIN parts_part part ON part.id = level.part_id
        UNION
        SELECT line.level_id, line.location_id, part.id, part.superseded_by_id, part.status
        FROM line JOIN parts_part part ON part.id = line.superseded_by_id
    ), under_way AS (
        SELECT transfer.to_location_id AS location_id, sent.part_id,
            greatest(sent.quantity - sent.settled - sent.arrived, 0) AS quantity
        FROM parts_transferline sent JOIN parts_transfer transfer ON transfer.id = sent.transfer_id
        WHERE transfer.ended_at IS NULL AND sent.condition = 'good'
        UNION ALL
        SELECT requisition.location_id, coalesce(wanted.substitute_id, wanted.part_id),
            greatest(coalesce(wanted.approved, wanted.quantity) - coalesce((
                SELECT sum(sent.quantity)
                FROM parts_transferline sent JOIN parts_transfer transfer ON transfer.id = sent.transfer_id
                WHERE sent.wanted_id = wanted.id AND transfer.status <> 'cancelled'
            ), 0), 0)
        FROM parts_requisitionline wanted JOIN parts_requisition requisition ON requisition.id = wanted.requisition_id
        WHERE requisition.ended_at IS NULL AND requisition.status <> 'proposed' AND requisition.drop_reason = ''
    ), coming AS (
        SELECT location_id, part_id, sum(quantity) AS quantity FROM under_way GROUP BY location_id, part_id
    ), held AS (
        SELECT location_id, part_id, sum(quantity) AS quantity FROM parts_stockbalance
        WHERE condition = 'good' AND location_id IN (SELECT location_id FROM level) GROUP BY location_id, part_id
    )
    SELECT level.id, level.location_id, level.minimum, level.par,
        max(line.part_id::text) FILTER (WHERE line.superseded_by_id IS NULL AND line.status <> 'retired'),
        coalesce(sum(held.quantity), 0), coalesce(sum(coming.quantity), 0)
    FROM level
    JOIN line ON line.level_id = level.id
    LEFT JOIN held ON held.location_id = line.location_id AND held.part_id = line.part_id
    LEFT JOIN coming ON coming.location_id = line.location_id AND coming.part_id = line.part_id
    GROUP BY level.id, level.location_id, level.minimum, level.par
    ORDER BY level.location_id, level.id
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Of a level: what lies there in good condition, and what is asked for or on its way.

    `part_id` is the part that is sent today; None where it is no longer received.
    """

    level_id: UUID
    location_id: UUID
    minimum: Decimal
    par: Decimal
    part_id: UUID | None
    on_hand: Decimal
    coming: Decimal

    @property
    def lacking(self) -> Decimal:
        """How much it takes to fill it up to par; nothing, as long as the minimum is there or coming."""
        position = self.on_hand + self.coming
        return self.par - position if position < self.minimum else Decimal(0)


def positions(level_ids: Collection[UUID] | None = None) -> list[Position]:
    """Of these levels, or all, as the books are now, by place. One statement."""
    rows = execute(POSITIONS, {"levels": None if level_ids is None else list(level_ids)})
    return [
        Position(level_id, location_id, minimum, par, part_id and UUID(part_id), on_hand, coming)
        for level_id, location_id, minimum, par, part_id, on_hand, coming in rows
    ]


def levels_for_lists(user: User) -> QuerySet[StockLevel]:
    """What this person sees, with what its output shows of places and parts."""
    return access.visible_levels(user).select_related("location", "part")


def positions_of(levels: Collection[StockLevel]) -> Mapping[UUID, Position]:
    """By level, for those on a page."""
    return {position.level_id: position for position in positions([level.pk for level in levels])}
