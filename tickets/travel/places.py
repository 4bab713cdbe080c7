"""Where something is, and how far it is from there as the crow flies."""

from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from tickets.sites.models import Site

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth in metres (Moritz, Geodetic Reference System 1980)."""


class Place(NamedTuple):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


def place_at(latitude: float | None, longitude: float | None) -> Place | None:
    """The place of these coordinates, if they are known."""
    return None if latitude is None or longitude is None else Place(latitude, longitude)


def place_of(site: Site | None) -> Place | None:
    """Where a site is, if that is known."""
    return place_at(site.latitude, site.longitude) if site else None


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
