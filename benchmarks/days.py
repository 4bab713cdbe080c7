"""Days to plan: of a city that is made up, and published ones whose best plans are known."""

import math
import random
from pathlib import Path
from zoneinfo import ZoneInfo

from tickets.routes.problem import PROMISE, Crew, Problem, Task
from tickets.travel.estimates import speeds_by
from tickets.travel.models import SpeedTable
from tickets.travel.places import Place

SOLOMON = Path(__file__).parent / "solomon"
BEST_KNOWN = {"C101.25": 191.3, "R101.25": 617.1, "RC208": 776.1}
"""Distance, by instance: see `solomon/README.md`."""

HOUR_S = 3600
SHIFT = (8 * HOUR_S, 17 * HOUR_S)
CITY = Place(34.26, 108.94)
COMPLEXES = 60
SPREAD_KM = 7.0
"""How far from the middle of the city two of three complexes are at most."""
SKILLS = 4
"""Of which each technician has two, and most visits need one."""


def day_in_a_city(visits: int, technicians: int, seed: int) -> Problem:
    """Visits in complexes around a city, most of them promised for two hours; technicians who begin and end at home.

    Ways are those of the speed table as it comes. Skills are such that a quarter of the visits can be done by anybody.
    """
    chance = random.Random(seed)
    speeds = speeds_by(SpeedTable(), ZoneInfo("Asia/Shanghai"))

    def somewhere(around: Place, km: float) -> Place:
        north, east = chance.gauss(0, km), chance.gauss(0, km)
        return Place(
            around.latitude + north / 111.2, around.longitude + east / (111.2 * math.cos(math.radians(around.latitude)))
        )

    complexes = [somewhere(CITY, SPREAD_KM) for _ in range(COMPLEXES)]
    skilled = [{number % SKILLS, chance.randrange(SKILLS)} for number in range(technicians)]
    crews = [
        Crew(
            key=number,
            hours=SHIFT,
            start=visits + number,
            end=visits + number,
            pause=(12 * HOUR_S, 12 * HOUR_S + HOUR_S * 3 // 4),
        )
        for number in range(technicians)
    ]
    tasks = []
    for number in range(visits):
        begins = SHIFT[0] + HOUR_S * chance.randrange(8)
        promised = chance.random() < 0.7
        skill = chance.randrange(SKILLS) if chance.random() < 0.75 else None
        tasks.append(
            Task(
                key=number,
                place=number,
                service_s=60 * chance.choice((10, 15, 20, 30)),
                window=(begins, begins + 2 * HOUR_S) if promised else SHIFT,
                promised=promised,
                crews=frozenset(crew for crew in range(technicians) if skill is None or skill in skilled[crew]),
                worth=PROMISE if promised else PROMISE // 2,
            )
        )
    places = [somewhere(chance.choice(complexes), 0.4) for _ in tasks] + [somewhere(CITY, SPREAD_KM) for _ in crews]
    legs = [[speeds.leg(here, there) for there in places] for here in places]
    return Problem(
        tasks=tasks,
        crews=crews,
        seconds=[[leg.seconds for leg in row] for row in legs],
        metres=[[leg.metres for leg in row] for row in legs],
    )


def published(name: str) -> Problem:
    """An instance of Solomon's: tenths of his units are seconds; a vehicle is a crew, its load what lies in the van."""
    lines = [line.split() for line in (SOLOMON / f"{name}.txt").read_text().splitlines()]
    vehicles, capacity = map(int, lines[4])
    rows = [tuple(map(int, line)) for line in lines[8:]]
    seconds = [[math.floor(10 * math.dist(here[1:3], there[1:3])) for there in rows] for here in rows]
    day = (0, 10 * rows[0][5])
    return Problem(
        tasks=[
            Task(
                key=row[0],
                place=row[0],
                service_s=10 * row[6],
                window=(10 * row[4], 10 * row[5]),
                promised=True,
                crews=frozenset(range(vehicles)),
                worth=PROMISE,
                needs={"load": row[3]},
            )
            for row in rows[1:]
        ],
        crews=[Crew(key=number, hours=day, start=0, end=0, stock={"load": capacity}) for number in range(vehicles)],
        seconds=seconds,
        metres=seconds,
    )
