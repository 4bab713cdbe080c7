"""What there is to plan, in plain numbers: no rows, no clock. Seconds count from an origin that the caller knows.

Places are numbers, too: rows and columns of the two tables of travel.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]
Routes = Sequence[Sequence[int]]
"""For each crew, its tasks in order, by number; `~number` is where the parts of a later one are fetched."""

PROMISE = 200_000
"""What it is worth to keep a promise, in seconds of travel: more than there are in a day."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What nobody has is waiting at `place`, where it takes `service_s` to have it handed out."""

    place: int
    service_s: int


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody has to stand at `place` for `service_s`.

    `window` is when they may begin. One that was `promised` is kept if anybody can; if not, the visit is late by as
    little as can be, and not left out. `crews` may do it. Other `keepers` than those who have it now cost as much as
    `keeping` seconds of travel. `worth` is what it costs to leave it out. `needs` is how much it takes of each part in
    the van; with `fetch`, all that it takes is fetched before.
    """

    key: Hashable
    place: int
    service_s: int
    window: Span
    promised: bool
    crews: frozenset[int]
    keepers: frozenset[int] = frozenset()
    keeping: int = 0
    worth: int = 1
    needs: Mapping[Any, int] = field(default_factory=dict)
    fetch: Fetch | None = None


@dataclass(frozen=True, slots=True)
class Crew:
    """A stretch of one technician's day: from `start` (None: from wherever the first visit is), to `end` (None: stays).

    `pause` is the break, which may be moved by an hour and has to be taken. `stock` is what of each part is in the van.
    """

    key: Hashable
    hours: Span
    start: int | None = None
    end: int | None = None
    pause: Span | None = None
    stock: Mapping[Any, int] = field(default_factory=dict)

    @property
    def pause_s(self) -> int:
        """How long the break is."""
        return self.pause[1] - self.pause[0] if self.pause else 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A day to plan, and how long the ways are: `seconds` and `metres` from place to place."""

    tasks: Sequence[Task]
    crews: Sequence[Crew]
    seconds: Sequence[Sequence[int]]
    metres: Sequence[Sequence[int]]

    def way(self, here: int | None, there: int | None) -> tuple[int, int]:
        """Seconds and metres. Where an end is nowhere in particular, there is no way."""
        if here is None or there is None:
            return 0, 0
        return self.seconds[here][there], self.metres[here][there]
