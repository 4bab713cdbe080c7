"""What the books, as we know them now, say of a place at a moment."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from sync.sql import execute

BOOKED_AS: LiteralString = "coalesce(CASE WHEN part.merged_at IS NOT NULL THEN part.superseded_by_id END, part.id)"
"""A provisional part that was merged counts as what it turned out to be."""
Key = tuple[UUID, str, str]
"""Part, condition, serial; the serial is empty for what is not followed unit by unit, or was not read."""

REPLAY: LiteralString = f"""
    SELECT part_id, condition, serial, sum(change) FROM (
        SELECT {BOOKED_AS} AS part_id,
            side.condition, CASE WHEN side.follows_serial THEN side.serial ELSE '' END AS serial, side.change
        FROM (
            SELECT part_id, condition, serial, follows_serial, quantity AS change FROM parts_stockmovement
            WHERE to_location_id = %(place)s AND occurred_at <= %(moment)s
            UNION ALL
            SELECT part_id, condition, serial, follows_serial, -quantity FROM parts_stockmovement
            WHERE from_location_id = %(place)s AND occurred_at <= %(moment)s
        ) AS side JOIN parts_part AS part ON part.id = side.part_id
    ) AS moved
    WHERE %(parts)s::uuid[] IS NULL OR part_id = ANY(%(parts)s::uuid[])
    GROUP BY 1, 2, 3 HAVING sum(change) <> 0
"""
"""By the time at which things happened, whenever we heard of them."""
MOVED: LiteralString = f"""
    SELECT DISTINCT asked.part_id
    FROM parts_stockmovement AS moved JOIN parts_part AS part ON part.id = moved.part_id
    JOIN unnest(%(parts)s::uuid[], %(first)s::timestamptz[], %(last)s::timestamptz[]) AS asked (part_id, first, last)
        ON asked.part_id = {BOOKED_AS}
    WHERE %(place)s IN (from_location_id, to_location_id) AND occurred_at > first AND occurred_at <= last
"""


def moved_between(location_id: UUID, spans: Mapping[UUID, tuple[datetime, datetime]]) -> set[UUID]:
    """Which of these parts came to the place or left it after the first and until the last of their two moments."""
    if not spans:
        return set()
    first, last = zip(*spans.values(), strict=True)
    rows = execute(MOVED, {"place": location_id, "parts": [*spans], "first": [*first], "last": [*last]})
    return {part_id for (part_id,) in rows}


def balances_at(location_id: UUID, moment: datetime, parts: Collection[UUID] | None = None) -> dict[Key, Decimal]:
    """How much of each part (or of these) was at the place at the moment, by all movements known by now."""
    rows = execute(REPLAY, {"place": location_id, "moment": moment, "parts": None if parts is None else [*parts]})
    return {(part_id, condition, serial): quantity for part_id, condition, serial, quantity in rows}
