"""What speaks against a check-in, from what it says itself and what the same technician's others say. Pure.

The thresholds are those of docs/check-ins.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from sync.devices.clock import CORRECTED_ABOVE
from tickets.travel.places import great_circle_m

NEAR_M = 500.0
"""Metres that nobody has to explain: positions jump."""
USELESS_M = 5_000.0
"""A radius from which on a position says nothing. (None at all is no radius either: no receiver is that good.)"""
OF_ITSELF = ("clock_corrected", "in_future", "no_position", "bulk")
"""Flags of a check-in that are reasons as they stand."""

Reasons = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where somebody was, when; the radius in metres that the phone claimed."""

    latitude: float
    longitude: float
    accuracy_m: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """A check-in, and of the same technician: where they were before, what the same clock showed before, and how often
    exactly these coordinates were told before at another visit, since when.
    """

    at: datetime
    place: Sighting | None
    mock: bool
    distance_m: float | None
    outside_fence: bool
    flags: Sequence[str]
    captured: Mapping[str, Any]
    before: Sighting | None = None
    captured_before: Mapping[str, Any] | None = None
    times: int = 0
    since: datetime | None = None


def judge(fact: Fact, *, top_speed_kmh: float) -> Reasons:
    """Each reason with what it goes by. Nothing for a check-in against which nothing speaks."""
    reasons: Reasons = {flag: {} for flag in OF_ITSELF if flag in fact.flags}
    if fact.mock:
        reasons["mock"] = {}
    if fact.outside_fence:
        reasons["outside_fence"] = {"metres": round(fact.distance_m or 0)}
    if fact.place is not None:
        reasons |= _of_place(fact, fact.place, top_speed_kmh)
    jump = _jump(fact.captured, fact.captured_before)
    if jump > CORRECTED_ABOVE:
        reasons["clock_jumped"] = {"minutes": _minutes(jump)}
    return reasons


def _of_place(fact: Fact, place: Sighting, top_speed_kmh: float) -> Reasons:
    reasons: Reasons = {}
    if place.accuracy_m is None:
        reasons["no_accuracy"] = {}
    elif not 0 < place.accuracy_m <= USELESS_M:
        reasons["accuracy_absurd"] = {"metres": round(place.accuracy_m)}
    if fact.before is not None:
        elapsed = place.at - fact.before.at
        # However far the phone admits to have been wrong at both ends, they need not have gone.
        slack = (place.accuracy_m or 0) + (fact.before.accuracy_m or 0)
        metres = great_circle_m(fact.before.latitude, fact.before.longitude, place.latitude, place.longitude) - slack
        kmh = metres / max(elapsed.total_seconds(), 1) * 3.6
        if metres > NEAR_M and kmh > top_speed_kmh:
            told = {"km": round(metres / 1000, 1), "minutes": _minutes(elapsed), "kmh": round(kmh)}
            reasons["impossible_speed"] = told
    if fact.times and fact.since:
        reasons["repeated_place"] = {"times": fact.times, "since": f"{fact.since:%Y-%m-%d}"}
    return reasons


def _jump(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> timedelta:
    """By how much the wall clock was set between two readings of one boot, whose monotonic clock nobody can set."""
    here, there = _start_of_boot(now), _start_of_boot(before or {})
    return abs(here - there) if here and there else timedelta(0)


def _start_of_boot(captured: Mapping[str, Any]) -> datetime | None:
    """When the device was started, by its wall clock; None where it did not say enough."""
    wall, monotonic_ms = captured.get("wall"), captured.get("monotonic_ms")
    if not isinstance(wall, str) or not isinstance(monotonic_ms, int | float):
        return None
    try:
        read = parse_datetime(wall)
        return read and (read if read.tzinfo else read.replace(tzinfo=UTC)) - timedelta(milliseconds=monotonic_ms)
    except (ValueError, OverflowError):
        return None


def _minutes(duration: timedelta) -> int:
    return round(duration / timedelta(minutes=1))
