"""How long it takes from one place to another."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.models import Territory
from tickets.travel.estimates import Leg, speeds_of
from tickets.travel.places import Place
from tickets.travel.roads import RoadsUnknown, road_service


class Source(StrEnum):
    """Who says so."""

    ROADS = "roads"
    ESTIMATE = "estimate"
    FALLBACK = "fallback"
    """The road service was to say, and for some of it had to be estimated: it is down, or knows no road."""


@dataclass(frozen=True, slots=True)
class Travel:
    """Ways from each of some places to each of others."""

    legs: Sequence[Sequence[Leg]]
    source: Source


def travel_times(
    sources: Sequence[Place],
    destinations: Sequence[Place],
    *,
    territory: Territory,
    start: datetime,
    end: datetime | None = None,
    ask_roads: bool = True,
) -> Travel:
    """By the road service if there is one, else (or without `ask_roads`) estimated for whoever sets out then.

    An estimate from `start` until `end` is of the hours between on the average; what the road service says holds at
    every hour. Asking it may take 30 seconds: never while rows are locked. A command that has to know within its
    transaction says `ask_roads=False`.
    """
    service = road_service() if ask_roads else None
    told: Sequence[Sequence[Leg | None]] | None = None
    if service is not None:
        with suppress(RoadsUnknown):
            told = service.table(sources, destinations)
    if told is not None and all(leg is not None for row in told for leg in row):
        return Travel([[leg for leg in row if leg is not None] for row in told], Source.ROADS)
    speeds = speeds_of(territory)
    slowness = speeds.slowness(start, end or start)
    legs = [
        [
            (told[row][column] if told else None) or speeds.leg(here, there, slowness)
            for column, there in enumerate(destinations)
        ]
        for row, here in enumerate(sources)
    ]
    return Travel(legs, Source.ESTIMATE if service is None else Source.FALLBACK)


def travel_time(
    here: Place, there: Place, *, territory: Territory, start: datetime, ask_roads: bool = True
) -> tuple[Leg, Source]:
    """One way. As `travel_times`."""
    travel = travel_times([here], [there], territory=territory, start=start, ask_roads=ask_roads)
    return travel.legs[0][0], travel.source
