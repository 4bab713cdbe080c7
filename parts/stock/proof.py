"""The proof of the books: what is derived equals the sums of the movements it is derived from."""

from dataclasses import dataclass
from decimal import Decimal

from sync.sql import execute

PROOF = """
    WITH side AS (  -- each movement once for the place it left and once for the place it reached
        SELECT from_location_id AS location_id, part_id, condition, serial, follows_serial, -quantity AS change
        FROM parts_stockmovement WHERE from_location_id IS NOT NULL
        UNION ALL
        SELECT to_location_id, part_id, condition, serial, follows_serial, quantity
        FROM parts_stockmovement WHERE to_location_id IS NOT NULL
    ), limited AS (  -- nothing is derived of what is at the customers, where units from before the books come back
        SELECT side.* FROM side JOIN parts_location AS location ON location.id = location_id
        WHERE location.kind <> 'customer'
    ), moved AS (
        SELECT location_id, part_id, condition, '' AS serial, sum(change) AS quantity FROM limited GROUP BY 1, 2, 3
        UNION ALL
        SELECT location_id, part_id, condition, serial, sum(change)
        FROM limited WHERE follows_serial GROUP BY 1, 2, 3, 4
    ), booked AS (
        SELECT location_id, part_id, condition, '' AS serial, quantity FROM parts_stockbalance
        UNION ALL
        SELECT location_id, part_id, position.condition, serial, 1
        FROM parts_serialposition AS position
        JOIN parts_location AS location ON location.id = location_id AND location.kind <> 'customer'
    )
    SELECT location.code, part.number, condition, serial,
        coalesce(moved.quantity, 0), coalesce(booked.quantity, 0)
    FROM moved FULL JOIN booked USING (location_id, part_id, condition, serial)
    JOIN parts_location AS location ON location.id = location_id
    JOIN parts_part AS part ON part.id = part_id
    WHERE coalesce(moved.quantity, 0) <> coalesce(booked.quantity, 0)
    ORDER BY 1, 2, 3, 4
"""
"""One statement, so that all of it is of one moment, whatever is posted meanwhile."""


@dataclass(frozen=True, slots=True)
class Difference:
    """At this place the movements of a part (or of one serial of it) sum up to `moved`, but the books say `booked`."""

    location: str
    part: str
    condition: str
    serial: str
    moved: Decimal
    booked: Decimal


def differences() -> list[Difference]:
    """Where balances and serial positions differ from the sums of the movements; empty when the books are right."""
    return [Difference(*row) for row in execute(PROOF)]
