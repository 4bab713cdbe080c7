"""A road service to test with: a real HTTP server that speaks OSRM's protocol for tables, and has its limits.

Its roads are half as long again as the flight of a crow, and all of them are driven at 10 m/s.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tests.serving import Handler, serving
from tickets.travel.places import Place, great_circle_m


@dataclass
class Roads:
    """What it was asked, and how it is today."""

    url: str
    table_size: int = 100
    asked: list[int] = field(default_factory=list)
    """Of how many places at once."""
    is_down: bool = False
    says_nonsense: bool = False
    no_road_to: set[Place] = field(default_factory=set)

    @property
    def settings(self) -> dict[str, object]:
        """By which we find it."""
        return {"url": self.url, "profile": "driving", "timeout": 2.0, "table_size": self.table_size}

    def table(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        """As `osrm-routed` answers."""
        asked_for, _, text = path.rpartition("/")
        assert (asked_for, query["annotations"]) == ("/table/v1/driving", ["duration,distance"])
        places = [Place(*map(float, reversed(pair.split(",")))) for pair in unquote(text).split(";")]
        self.asked.append(len(places))
        if self.is_down:
            return 503, {}
        if len(places) > self.table_size:
            return 400, {"code": "TooBig", "message": f"Too many table coordinates {len(places)}"}
        if self.says_nonsense:
            return 200, {"code": "Ok", "durations": [[None, 1.0]], "distances": "far"}
        sources, destinations = ([places[int(number)] for number in query[ends][0].split(";")] for ends in ENDS)
        metres = [
            [None if there in self.no_road_to else 1.5 * great_circle_m(*here, *there) for there in destinations]
            for here in sources
        ]
        seconds = [[None if way is None else way / 10 for way in row] for row in metres]
        return 200, {"code": "Ok", "durations": seconds, "distances": metres}


ENDS = ("sources", "destinations")


@contextmanager
def running_roads() -> Iterator[Roads]:
    """The service, at work for as long as the block lasts."""

    class Asked(Handler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self.answer(*roads.table(parts.path, parse_qs(parts.query)))

    with serving(Asked) as url:
        roads = Roads(url)
        yield roads
