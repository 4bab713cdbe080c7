"""Where a phone believes to be, how far that is from the site, and whether it is far enough to mention it."""

from dataclasses import dataclass
from math import isfinite

from fieldsvc.errors import Invalid
from tickets.sites.models import Site
from tickets.travel.places import great_circle_m
from tickets.visits.models import MAX_ACCURACY_M


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
