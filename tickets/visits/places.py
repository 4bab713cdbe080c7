"""Where a phone believes to be, how far that is from the site, and whether it is far enough to mention it."""

from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt

from fieldsvc.errors import Invalid
from tickets.sites.models import Site
from tickets.visits.models import MAX_ACCURACY_M

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth in metres (Moritz, Geodetic Reference System 1980)."""


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees (WGS 84), and the radius in metres within which the phone claims to be; None if it claims nothing."""

    latitude: float
    longitude: float
    accuracy_m: float | None


def measure(position: Position | None, site: Site | None) -> tuple[float | None, bool]:
    """Metres from the site (None when either place is unknown), and whether that is outside the site's fence.

    Outside means: away from it even if the phone was wrong by all that it admits. GPS lies, so this is for flags only.
    """
    if position is None or site is None or site.latitude is None or site.longitude is None:
        return None, False
    distance = great_circle_m(position.latitude, position.longitude, site.latitude, site.longitude)
    return distance, distance > site.radius_m + (position.accuracy_m or 0)


def read_position(latitude: float | None, longitude: float | None, accuracy_m: float | None) -> Position | None:
    """The position that a phone sent; None if it had no fix.

    Raises Invalid("position_incomplete") for half a position, Invalid("position_not_valid") for what is no place on
    Earth or no radius: out of range, infinite, or not a number.
    """
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        field = "latitude" if latitude is None else "longitude"
        raise Invalid("position_incomplete", "Send latitude and longitude, or neither.", field=field)
    limits = {"latitude": (latitude, -90, 90), "longitude": (longitude, -180, 180)}
    if accuracy_m is not None:
        limits["accuracy_m"] = (accuracy_m, 0, MAX_ACCURACY_M)
    for field, (value, lowest, highest) in limits.items():
        if not isfinite(value) or not lowest <= value <= highest:
            raise Invalid("position_not_valid", f"Send a number from {lowest} to {highest}.", field=field)
    return Position(latitude, longitude, accuracy_m)


def great_circle_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance in metres between two places in degrees.

    The haversine formula, which stays exact for short distances (R. W. Sinnott, "Virtues of the Haversine",
    Sky & Telescope 68, 1984, p. 159). The Earth is taken for a sphere: less than 0.6 percent off.
    """
    phi_a, phi_b = radians(latitude_a), radians(latitude_b)
    across = sin((phi_b - phi_a) / 2) ** 2
    along = sin(radians(longitude_b - longitude_a) / 2) ** 2
    # Rounding can lift the sum a hair above 1 for opposite points of the Earth, where asin has no value.
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(across + cos(phi_a) * cos(phi_b) * along)))
