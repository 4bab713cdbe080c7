"""A day planned for many technicians, beside nearest-first; and published instances, beside their best known plans."""

import time
from dataclasses import dataclass
from math import inf

from benchmarks.days import BEST_KNOWN, day_in_a_city, published
from benchmarks.report import Claim, Section, Table
from benchmarks.stage import Stage
from tickets.routes import solver
from tickets.routes.driving import Figures, figures
from tickets.routes.nearest import nearest_first
from tickets.routes.problem import Problem
from tickets.routes.services import COMPARING_S

VISITS, TECHNICIANS = 300, 25
SEEDS = (1, 2, 3)
LONGEST_S = 60
LESS_TRAVEL = 20
"""Percent."""
GAP = 1.0
"""Percent above the best known, at most."""

TEXT = """{visits} visits for {technicians} technicians, planned in at most {seconds:g} seconds on one processor (the
search runs in one thread): of a city that is made up (`benchmarks/days.py`), in which 7 of 10 visits are promised for
two hours, 3 of 4 need one of four skills, and everybody has a break, and begins and ends at home. *Nearest-first* is
what a desk does without a plan (`tickets/routes/nearest.py`): whoever is free first goes to the nearest visit that they
can do and that can be begun soon, in time if anybody can. What is left out is driven to by nobody: a plan that does
more has more to drive."""

PUBLISHED = """The same search, on instances of Solomon's (1987) by their distance, with 25 or 100 customers; the best
known plans are proved to be optimal (`benchmarks/solomon/`)."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was planned, as the product does it, and by nearest-first; and what the plan took."""

    seed: int
    plan: Figures
    nearest: Figures
    seconds: float
    cpu: float

    @classmethod
    def of(cls, visits: int, technicians: int, seed: int, seconds: float) -> "Day":
        """Planned in so many seconds, with all that the product does besides."""
        problem = day_in_a_city(visits, technicians, seed)
        wall, cpu = time.monotonic(), time.process_time()
        routes = solver.plan(problem, seconds=max(seconds - COMPARING_S, seconds / 2))
        plan, nearest = figures(problem, routes), figures(problem, nearest_first(problem))
        return cls(seed, plan, nearest, time.monotonic() - wall, time.process_time() - cpu)

    @property
    def saved(self) -> float:
        """Percent of the travel of nearest-first."""
        return 100 * (1 - self.plan.travel_s / self.nearest.travel_s)

    def rows(self) -> list[list[str]]:
        """The plan, and nearest-first below it."""
        took = [f"{self.seconds:.1f} s", f"{self.cpu:.1f} s"]
        return [
            [str(self.seed), "planned", *cells(self.plan), *took],
            [str(self.seed), "nearest-first", *cells(self.nearest), "", ""],
        ]


def measure(stage: Stage) -> Section:
    """See `TEXT` and `PUBLISHED`."""
    seconds = stage.size.planning
    small = stage.size.turns < 0.1
    visits, technicians = (VISITS // 10, TECHNICIANS // 5) if small else (VISITS, TECHNICIANS)
    days = [Day.of(visits, technicians, seed, seconds) for seed in (SEEDS if stage.size.turns == 1 else SEEDS[:1])]
    found = {name: distance(published(name), seconds) for name in list(BEST_KNOWN)[: 2 if small else None]}
    gaps = {name: 100 * (value / BEST_KNOWN[name] - 1) for name, value in found.items()}
    instances = [
        [name, f"{value:,.1f}", f"{BEST_KNOWN[name]:,.1f}", f"{gaps[name]:.2f} %"] for name, value in found.items()
    ]
    return Section(
        "A day of routes",
        f"{TEXT.format(visits=visits, technicians=technicians, seconds=seconds)}\n\n{PUBLISHED}",
        [
            Table([HEAD, *(row for day in days for row in day.rows())]),
            Table([["instance", "distance", "best known", "gap"], *instances]),
        ],
        [
            Claim(
                f"A plan within {LONGEST_S} seconds",
                f"{max(day.seconds for day in days):.1f} s",
                all(day.seconds <= LONGEST_S for day in days),
            ),
            Claim(
                f"At least {LESS_TRAVEL} percent less travel than nearest-first, with no fewer visits",
                f"{min(day.saved for day in days):.1f} %",
                all(day.saved >= LESS_TRAVEL and day.plan.left_out <= day.nearest.left_out for day in days),
            ),
            Claim(
                "No later than nearest-first, neither in visits late or left out nor in all",
                f"{sum(unkept(day.plan) for day in days)} and {sum(unkept(day.nearest) for day in days)} visits",
                all(unkept(day.plan) <= unkept(day.nearest) and day.plan.late_s <= day.nearest.late_s for day in days),
            ),
            Claim(
                f"Published instances: at most {GAP:g} percent above the best known",
                f"{max(gaps.values()):.2f} %",
                all(gap <= GAP for gap in gaps.values()),
            ),
        ],
    )


HEAD = ["city", "plan", "visits", "left out", "late", "late in all", "travel", "per visit", "wall", "CPU"]


def distance(problem: Problem, seconds: float) -> float:
    """Of the plan that was found; for ever, if it leaves out or is late."""
    cost = figures(problem, solver.plan(problem, seconds=seconds))
    return inf if cost.left_out or cost.late else cost.travel_s / 10


def unkept(cost: Figures) -> int:
    """Promises that are not kept: whoever waits in vain waits longest."""
    return cost.late + cost.left_out


def cells(cost: Figures) -> list[str]:
    """Of a row."""
    return [
        str(cost.visits),
        str(cost.left_out),
        str(cost.late),
        f"{cost.late_s / 3600:.1f} h",
        f"{cost.travel_s / 3600:.1f} h",
        f"{cost.travel_s / max(cost.visits, 1) / 60:.1f} min",
    ]
