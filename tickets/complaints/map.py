"""Open tickets on a map: GeoJSON (RFC 7946), coordinates as longitude and latitude in degrees, WGS 84."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from fieldsvc.errors import Invalid
from tickets.complaints.models import Ticket

DIGITS = 6
"""Of a degree: a tenth of a metre, and no phone knows better."""
FEATURES, MOST_FEATURES = 1_000, 2_000

PROPERTIES = {
    "reference": "reference",
    "status": "status",
    "priority": "priority",
    "service_type": "service_type__code",
    "service_name": "service_type__name",
    "service_name_zh": "service_type__name_zh",
    "due_at": "next_due",
}
"""What a map shows of a ticket, and where it is read."""
PLACED = Q(site__latitude__isnull=False)
"""Condition on tickets: somebody knows where that is. A site has both coordinates or neither."""


class Box(NamedTuple):
    """A part of the Earth's surface. Where `west` is greater than `east` it lies across the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def holds(self) -> Q:
        """Condition on tickets: their site lies in it, or on its edge."""
        latitude = Q(site__latitude__range=(self.south, self.north))
        if self.west <= self.east:
            return latitude & Q(site__longitude__range=(self.west, self.east))
        return latitude & (Q(site__longitude__gte=self.west) | Q(site__longitude__lte=self.east))


@dataclass(frozen=True, slots=True)
class Window:
    """What of the map is wanted: at most `limit` tickets, those in `box` or all."""

    box: Box | None
    limit: int


def read_window(*, bbox: str | None, limit: str | None) -> Window:
    """From the parameters of an address. Raises Invalid("bbox_not_valid") and Invalid("limit_not_valid")."""
    return Window(_read_box(bbox) if bbox is not None else None, _read_limit(limit) if limit is not None else FEATURES)


def _read_box(text: str) -> Box:
    try:
        box = Box(*(float(number) for number in text.split(",")))
    except (TypeError, ValueError):
        box = None
    if (
        box is None
        or not all(isfinite(number) for number in box)
        or not (-180 <= box.west <= 180 and -180 <= box.east <= 180 and -90 <= box.south <= box.north <= 90)
    ):
        detail = "Give west, south, east and north in degrees, with commas: 108.8,34.1,109.1,34.4."
        raise Invalid("bbox_not_valid", detail, field="bbox")
    return box


def _read_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST_FEATURES):
        raise Invalid("limit_not_valid", f"Ask for 1 to {MOST_FEATURES} tickets.", field="limit")
    return int(text)


def feature_collection(tickets: QuerySet[Ticket], window: Window) -> dict[str, Any]:
    """Those of these tickets (`selectors.tickets_for_map`) that have a place in the window, the most urgent first.

    `truncated` says that there are more; `unplaced` counts those of which nobody knows where they are. Two queries.
    """
    placed = tickets.filter(PLACED & window.box.holds() if window.box else PLACED)
    rows = placed.order_by("priority", "reported_at", "id").values(
        "id", "site__longitude", "site__latitude", *PROPERTIES.values()
    )[: window.limit + 1]
    features = [_feature(row) for row in rows]
    return {
        "type": "FeatureCollection",
        "features": features[: window.limit],
        "truncated": len(features) > window.limit,
        "unplaced": tickets.exclude(PLACED).count(),
    }


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    place = [round(row["site__longitude"], DIGITS), round(row["site__latitude"], DIGITS)]
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {name: row[source] for name, source in PROPERTIES.items()},
    }
