"""What a road service says: any that speaks the protocol of OSRM (`/table/v1`, https://project-osrm.org/docs).

It is asked over the network, so never while rows are locked. Answers are kept for a day, those of whole plans aside:
they would push out all others. A service that fails is left alone for a minute, and nobody waits for it meanwhile.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from threading import Lock
from typing import Any

import httpx
import structlog
from django.conf import settings

from fieldsvc.time import now
from tickets.travel.estimates import Leg
from tickets.travel.places import Place

Table = list[list[Leg | None]]
"""By source and destination; None where no road leads."""
Pair = tuple[Place, Place]

KEPT_FOR = timedelta(days=1)
MOST_KEPT = 20_000
LEFT_ALONE_FOR = timedelta(minutes=1)
LONGEST = timedelta(seconds=30)
"""A whole table that takes longer than this is no use to anybody who waits."""
DECIMALS = 5
"""Of degrees: about a metre."""

log = structlog.get_logger(__name__)


class RoadsUnknown(Exception):
    """The road service is down, slow, or says what makes no sense."""


class RoadService:
    """One service, as this process knows it: what it said, and since when it is down."""

    def __init__(self, *, url: str, profile: str, timeout: float, table_size: int) -> None:
        self._base = f"{url.rstrip('/')}/table/v1/{profile}"
        self._timeout = timeout
        self._side = max(1, table_size // 2)
        self._kept: OrderedDict[Pair, tuple[datetime, Leg | None]] = OrderedDict()
        self._lock = Lock()
        self._down_until: datetime | None = None

    def table(self, sources: Sequence[Place], destinations: Sequence[Place]) -> Table:
        """From each source to each destination. Raises RoadsUnknown."""
        sources, destinations = [_rounded(place) for place in sources], [_rounded(place) for place in destinations]
        if not sources or not destinations:
            return [[] for _ in sources]
        if len(sources) > self._side or len(destinations) > self._side:
            return self._ask_in_blocks(sources, destinations)
        known = self._recalled(sources, destinations)
        if known is None:
            known = self._ask_in_blocks(sources, destinations)
            self._keep(sources, destinations, known)
        return known

    def _recalled(self, sources: Sequence[Place], destinations: Sequence[Place]) -> Table | None:
        oldest = now() - KEPT_FOR
        with self._lock:
            if any(self._kept.get(pair, (oldest, None))[0] <= oldest for pair in product(sources, destinations)):
                return None
            return [[self._kept[source, destination][1] for destination in destinations] for source in sources]

    def _keep(self, sources: Sequence[Place], destinations: Sequence[Place], table: Table) -> None:
        moment = now()
        with self._lock:
            for source, row in zip(sources, table, strict=True):
                for destination, leg in zip(destinations, row, strict=True):
                    self._kept[source, destination] = moment, leg
                    self._kept.move_to_end((source, destination))
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _ask_in_blocks(self, sources: Sequence[Place], destinations: Sequence[Place]) -> Table:
        """A service takes so many places at once and no more (OSRM: 100, `--max-table-size`)."""
        begun = now()
        if self._down_until is not None and begun < self._down_until:
            raise RoadsUnknown("left alone for a minute")
        try:
            with httpx.Client(timeout=self._timeout) as client:
                table: Table = [[] for _ in sources]
                for first, block in _blocks(sources, self._side):
                    for _, others in _blocks(destinations, self._side):
                        if now() - begun > LONGEST:
                            raise RoadsUnknown("takes too long")
                        for number, row in enumerate(self._ask(client, block, others), start=first):
                            table[number] += row
        except RoadsUnknown as error:
            self._down_until = now() + LEFT_ALONE_FOR
            log.warning("road_service_failed", error=str(error))
            raise
        self._down_until = None
        return table

    def _ask(self, client: httpx.Client, sources: Sequence[Place], destinations: Sequence[Place]) -> Table:
        places = ";".join(f"{place.longitude:.5f},{place.latitude:.5f}" for place in [*sources, *destinations])
        numbers = [str(number) for number in range(len(sources) + len(destinations))]
        try:
            answer = client.get(
                f"{self._base}/{places}",
                params={
                    "annotations": "duration,distance",
                    "sources": ";".join(numbers[: len(sources)]),
                    "destinations": ";".join(numbers[len(sources) :]),
                },
            )
        except httpx.HTTPError as error:
            raise RoadsUnknown(type(error).__name__) from error
        if answer.status_code != httpx.codes.OK:
            raise RoadsUnknown(f"HTTP {answer.status_code}")
        try:
            told = answer.json()
            return [
                [_leg(seconds, metres) for seconds, metres in zip(*rows, strict=True)]
                for rows in _same_shape(told["durations"], told["distances"], len(sources), len(destinations))
            ]
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise RoadsUnknown("said what makes no sense") from error


def road_service() -> RoadService | None:
    """The one that is configured, if one is."""
    told: dict[str, Any] = settings.OSRM
    return _service(**told) if told["url"] else None


@cache
def _service(**told: Any) -> RoadService:
    return RoadService(**told)


def _rounded(place: Place) -> Place:
    return Place(round(place.latitude, DECIMALS), round(place.longitude, DECIMALS))


def _blocks(places: Sequence[Place], side: int) -> Iterator[tuple[int, Sequence[Place]]]:
    return ((first, places[first : first + side]) for first in range(0, len(places), side))


def _same_shape(durations: Any, distances: Any, height: int, width: int) -> Iterator[tuple[list[Any], list[Any]]]:
    if len(durations) != height or any(len(row) != width for row in durations):
        raise ValueError("not the table that was asked for")
    return zip(durations, distances, strict=True)


def _leg(seconds: float | None, metres: float | None) -> Leg | None:
    if seconds is None or metres is None:
        return None
    if seconds < 0 or metres < 0:
        raise ValueError("no way leads back in time")
    return Leg(round(seconds), round(metres))
