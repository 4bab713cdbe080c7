"""How far and how long it probably is, where nobody who knows the roads says it.

    metres by road = great-circle metres x detour
    seconds        = parking + slowness(hour) x sum over the bands of (metres within the band / its speed)

The detour is the circuity factor of R. H. Ballou, H. Rahardja and N. Sakai, "Selected country circuity factors for road
travel distance estimation", Transportation Research Part A 36 (2002), pp. 843-848: 1.2 to 1.4 in most countries. Every
metre is driven at the speed of the band in which it lies, so that a longer way never takes less time. The slowness is
the mean over the hours in question, by the wall clock of the territory. From a place to itself it is no way at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from accounts.models import Territory
from tickets.travel.models import SpeedTable
from tickets.travel.places import Place, great_circle_m

HOUR_S = 3600
SAME_PLACE_M = 1


@dataclass(frozen=True, slots=True)
class Leg:
    """A way: whole seconds, whole metres by road."""

    seconds: int
    metres: int


@dataclass(frozen=True, slots=True)
class Speeds:
    """A speed table, ready to reckon with."""

    detour: float
    parking_s: int
    bands: Sequence[tuple[float, float, float]]
    """From how many metres to how many, at how many metres a second."""
    slow: Sequence[tuple[time, time, float]]
    zone: ZoneInfo

    def slowness(self, start: datetime, end: datetime) -> float:
        """How much longer a drive takes on the average between two moments, by the wall clock; or at one moment."""
        begins, ends = start.astimezone(self.zone).replace(tzinfo=None), end.astimezone(self.zone).replace(tzinfo=None)
        if ends <= begins:
            return next((factor for opens, closes, factor in self.slow if opens <= begins.time() < closes), 1.0)
        extra, day = 0.0, begins.date()
        while day <= ends.date():
            for opens, closes, factor in self.slow:
                within = min(ends, datetime.combine(day, closes)) - max(begins, datetime.combine(day, opens))
                extra += (factor - 1) * max(within, timedelta()) / (ends - begins)
            day += timedelta(days=1)
        return 1 + extra

    def leg(self, here: Place, there: Place, slowness: float = 1.0) -> Leg:
        """From here to there: see the module for the formula."""
        metres = self.detour * great_circle_m(*here, *there)
        if metres < SAME_PLACE_M:
            return Leg(0, 0)
        driving = sum((min(metres, until) - start) / speed for start, until, speed in self.bands if metres > start)
        return Leg(round(self.parking_s + slowness * driving), round(metres))


def speeds_of(territory: Territory) -> Speeds:
    """By the territory's own table, else by the one of all others, else by the usual values. One statement."""
    tables = SpeedTable.objects.filter(territory=None) | SpeedTable.objects.filter(territory=territory)
    own_first = sorted(tables, key=lambda table: table.territory_id is None)
    return speeds_by(own_first[0] if own_first else SpeedTable(), ZoneInfo(territory.time_zone))


def speeds_by(table: SpeedTable, zone: ZoneInfo) -> Speeds:
    """As the table says, by the wall clock of this zone."""
    limits = [0.0, *(float("inf") if band["up_to_km"] is None else band["up_to_km"] * 1000 for band in table.bands)]
    spans = [(time.fromisoformat(span["opens"]), time.fromisoformat(span["closes"])) for span in table.slow_hours]
    return Speeds(
        detour=table.detour_percent / 100,
        parking_s=table.parking_seconds,
        bands=[
            (start, until, band["kmh"] * 1000 / HOUR_S)
            for (start, until), band in zip(pairwise(limits), table.bands, strict=True)
        ],
        slow=[
            (opens, closes, span["percent"] / 100)
            for (opens, closes), span in zip(spans, table.slow_hours, strict=True)
        ],
        zone=zone,
    )
