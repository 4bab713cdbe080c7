"""What may be sent instead of what was asked for."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sync.sql import execute

# One line leads on to what takes the place of a part, the other back to those whose place it has taken; what both
# supersede has nothing to do with one another. UNION ends a line that runs in a circle.
INSTEAD = """
    WITH RECURSIVE line AS (
        SELECT id AS wanted_id, id AS part_id, 0 AS direction FROM parts_part WHERE id = ANY(%(parts)b::uuid[])
        UNION
        SELECT line.wanted_id, other.id, CASE WHEN other.id = this.superseded_by_id THEN 1 ELSE -1 END
        FROM line
        JOIN parts_part this ON this.id = line.part_id
        JOIN parts_part other ON
            direction >= 0 AND other.id = this.superseded_by_id OR direction <= 0 AND other.superseded_by_id = this.id
    )
    SELECT DISTINCT line.wanted_id, part.id
    FROM line
    JOIN parts_part wanted ON wanted.id = line.wanted_id
    JOIN parts_part part ON part.id = line.part_id
    WHERE part.id <> wanted.id AND part.unit = wanted.unit AND part.merged_at IS NULL
"""


def substitutes_for(part_ids: Collection[UUID]) -> Mapping[UUID, Collection[UUID]]:
    """By part, what does the same: what supersedes it, and what is left of those that it supersedes. One statement.

    A part counted in another unit is no substitute, as nobody knows how much of it would be.
    """
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for wanted_id, part_id in execute(INSTEAD, {"parts": list(part_ids)}):
        found[wanted_id].add(part_id)
    return found
