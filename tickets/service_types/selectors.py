"""Reads of service types."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from sync.sql import execute
from tickets.service_types.models import ServiceType


def service_types_for_lists() -> QuerySet[ServiceType]:
    """All kinds, with all that their output shows, but for the likely parts."""
    return ServiceType.objects.prefetch_related("skills")


@dataclass(frozen=True, slots=True)
class LikelyPart:
    """A part to take along, as it is fitted today: where another one has taken its place, that one.

    `quantity` is the usual one; None: nobody said. `in_van` is how much of it lies in the van that was asked about, in
    good condition, with what is left there of the parts whose place it has taken; None: no van.
    """

    service_type_id: UUID
    part_id: UUID
    number: str
    name: str
    name_zh: str
    unit: str
    quantity: Decimal | None
    in_van: Decimal | None


# A line leads from a part that somebody named to the one that is fitted today; UNION ends one that runs in a circle.
LIKELY = """
    WITH RECURSIVE line AS (
        SELECT likely.id AS likely_id, part.id AS part_id, part.superseded_by_id
        FROM tickets_servicetypepart likely JOIN parts_part part ON part.id = likely.part_id
        WHERE likely.service_type_id = ANY(%(service_types)b::uuid[])
        UNION
        SELECT line.likely_id, part.id, part.superseded_by_id
        FROM line JOIN parts_part part ON part.id = line.superseded_by_id
    )
    SELECT likely.service_type_id, part.id, part.number, part.name, part.name_zh, part.unit, likely.quantity,
        CASE WHEN van.id IS NOT NULL THEN (
            SELECT coalesce(sum(balance.quantity), 0)
            FROM line AS earlier JOIN parts_stockbalance balance ON balance.part_id = earlier.part_id
            WHERE earlier.likely_id = line.likely_id
            AND balance.location_id = van.id AND balance.condition = 'good'
        ) END, van.id
    FROM line
    JOIN tickets_servicetypepart likely ON likely.id = line.likely_id
    JOIN parts_part part ON part.id = line.part_id
    LEFT JOIN unnest(%(vans)s::uuid[]) AS van(id) ON true
    WHERE line.superseded_by_id IS NULL
    ORDER BY likely.position, likely.id
"""


LikelyParts = Mapping[UUID, Collection[LikelyPart]]
"""By service type, in order; each part once."""


def likely_parts(service_type_ids: Collection[UUID], *, van_id: UUID | None = None) -> LikelyParts:
    """What is likely to be needed. One statement."""
    return _likely_parts(service_type_ids, [van_id] if van_id else [])[van_id]


def likely_parts_in_vans(
    service_type_ids: Collection[UUID], van_ids: Collection[UUID]
) -> Mapping[UUID | None, LikelyParts]:
    """The same, by van; none of them is missing. One statement, however many vans."""
    return _likely_parts(service_type_ids, van_ids)


def _likely_parts(service_type_ids: Collection[UUID], van_ids: Collection[UUID]) -> Mapping[UUID | None, LikelyParts]:
    found: dict[UUID | None, dict[UUID, dict[UUID, LikelyPart]]] = defaultdict(lambda: defaultdict(dict))
    for *columns, van_id in execute(LIKELY, {"service_types": list(service_type_ids), "vans": list(van_ids)}):
        part = LikelyPart(*columns)
        # Two that were named may have come to be one.
        found[van_id][part.service_type_id].setdefault(part.part_id, part)
    return defaultdict(
        dict,
        {
            van_id: {service_type_id: list(parts.values()) for service_type_id, parts in kinds.items()}
            for van_id, kinds in found.items()
        },
    )
