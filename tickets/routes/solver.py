"""The plan: found by PyVRP (N. A. Wouda, L. Lan, W. Kool, "PyVRP: A high-performance VRP solver package", INFORMS
Journal on Computing 36, 2024), told what is special about technicians.

1. Promises are hard at first, and everything may be left out at a price. So a first search leaves out what cannot be
   done in time.
2. The break of each technician is then fixed after the visit where it does least harm, and promises that were left out
   may be late after all, the later the dearer. A second search goes on with that, from what the first has found or,
   where that is better, from nearest-first: so a plan is never worse than that.

The better of the two, as it is really driven, is the plan. What each technician may do, and whose visit it is now, is
told by the price of the way that leads to it: each has a table of ways of their own. Parts in a van are a load; what
is fetched for a visit is a shipment from the depot to there.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Route,
    Shipment,
    Solution,
    VehicleType,
    solve,
)

from tickets.routes.driving import PAUSE_MOVES_S, drive, drives, figures
from tickets.routes.nearest import nearest_first
from tickets.routes.problem import PROMISE, Crew, Problem, Routes, Span, Task

NEVER = 10**7
"""The price of a way that nobody may go: more than anything is worth."""
LATE_BY_S = (900, 1800, 3600, 7200, 14_400, 86_400)
"""Steps in which a promise that cannot be kept is late."""
LATE_COSTS = PROMISE // 20
"""Each step."""
FIRST_SHARE = 0.6
"""Of the time, for the search without breaks and late promises."""
QUIET = 50
QUIET_PER_PAIR = 8
"""After so many rounds without anything better, also for each two tasks, the search is over before its time."""

Tell = Callable[[float, int], None]
"""Told how many seconds have passed, and how many visits the best plan so far leaves out. May raise, to end it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way of doing a task: `worth` it, within these seconds."""

    task: int
    window: Span
    service_s: int
    crews: frozenset[int]
    worth: int


class _Stop:
    """Ends a search when its time is over, or long after it found anything better."""

    def __init__(self, *, until: float, quiet: int, watch: Callable[[int], None]) -> None:
        self._until, self._quiet, self._watch = until, quiet, watch
        self._best, self._rounds = -1, 0

    def __call__(self, best_cost: int) -> bool:
        self._rounds = 0 if best_cost != self._best else self._rounds + 1
        self._best = best_cost
        self._watch(best_cost)
        return self._rounds > self._quiet or time.monotonic() > self._until


def plan(problem: Problem, *, seconds: float, tell: Tell = lambda passed, left_out: None, seed: int = 1) -> Routes:
    """The best routes that were found within so many seconds. What they do not have is left out.

    The same problem has the same plan where the search ends by itself; else it depends on the speed of the machine.
    """
    nobody: Routes = [[] for _ in problem.crews]
    if not problem.tasks or not problem.crews:
        return nobody
    begun = time.monotonic()
    quiet = QUIET + QUIET_PER_PAIR * len(problem.tasks) ** 2

    def watched(options: Sequence[Option]) -> Callable[[int], None]:
        cheapest = min(option.worth for option in options)

        def watch(best_cost: int) -> None:
            tell(time.monotonic() - begun, min(best_cost // cheapest, len(problem.tasks)))

        return watch

    strict = [
        Option(number, task.window, task.service_s, task.crews, task.worth) for number, task in enumerate(problem.tasks)
    ]
    stop = _Stop(until=begun + FIRST_SHARE * seconds, quiet=quiet, watch=watched(strict))
    found = _search(problem, strict, [_shorter(crew) for crew in problem.crews], stop, seed, nobody)
    first = min(found, nearest_first(problem), key=lambda routes: _cost(problem, routes))
    options, crews = _with_breaks(problem, first, strict)
    options = _with_lateness(problem, first, options)
    stop = _Stop(until=begun + seconds, quiet=quiet, watch=watched(options))
    second = _search(problem, options, crews, stop, seed, first)
    return min(first, second, key=lambda routes: _cost(problem, routes))


def _shorter(crew: Crew) -> Crew:
    """Without the time of the break, whenever that will be."""
    return replace(crew, hours=(crew.hours[0], max(crew.hours[0], crew.hours[1] - crew.pause_s)))


def _with_breaks(problem: Problem, routes: Routes, options: Sequence[Option]) -> tuple[list[Option], list[Crew]]:
    """The break is part of the visit after which it does least harm, which then is that technician's."""
    fixed, crews = list(options), list(map(_shorter, problem.crews))
    for number, (crew, tasks) in enumerate(zip(problem.crews, routes, strict=True)):
        if crew.pause is None or not tasks:
            continue
        stops = drive(problem, crew, tasks).stops
        place = next(index for index, stop in enumerate(stops) if stop.is_pause)
        if place == 0:
            crews[number] = replace(crew, hours=(stops[0].leaves_s, crew.hours[1]))
            continue
        anchor = stops[place - 1].task
        assert anchor is not None
        option = fixed[anchor]
        begins = (crew.pause[0] - PAUSE_MOVES_S - option.service_s, crew.pause[0] + PAUSE_MOVES_S - option.service_s)
        window = (max(option.window[0], begins[0]), min(option.window[1], begins[1]))
        fixed[anchor] = replace(
            option,
            window=window if window[0] <= window[1] else option.window,
            service_s=option.service_s + crew.pause_s,
            crews=frozenset({number}),
        )
        crews[number] = crew
    return fixed, crews


def _with_lateness(problem: Problem, routes: Routes, options: Sequence[Option]) -> list[Option]:
    """Promises that were left out, or are late, may be kept late, the later the dearer.

    Not where something has to be fetched first: the solver chooses among visits, and not among shipments.
    """
    done = {stop.task for driven in drives(problem, routes) for stop in driven.stops if not stop.late_s}
    late = [
        replace(option, window=(option.window[0], option.window[1] + by), worth=option.worth - step * LATE_COSTS)
        for option in options
        if option.task not in done and problem.tasks[option.task].promised and not problem.tasks[option.task].fetch
        for step, by in enumerate(LATE_BY_S, start=1)
    ]
    return [*options, *late]


def _cost(problem: Problem, routes: Routes) -> tuple[int, int, int]:
    """What is left out, then what is late or after hours, then ways and changed promises."""
    done = {task for tasks in routes for task in tasks}
    left_out = sum(task.worth for number, task in enumerate(problem.tasks) if number not in done)
    cost = figures(problem, routes)
    changed = sum(
        problem.tasks[task].keeping
        for crew, tasks in enumerate(routes)
        for task in tasks
        if task >= 0 and problem.tasks[task].keepers and crew not in problem.tasks[task].keepers
    )
    return left_out, cost.late_s + cost.over_s, cost.travel_s + changed


def _search(
    problem: Problem, options: Sequence[Option], crews: Sequence[Crew], stop: _Stop, seed: int, before: Routes
) -> Routes:
    """One search, from `before` on if that has anything."""
    data, kinds, numbers = _data(problem, options, crews)
    result = solve(
        data,
        stop=stop,
        seed=seed,
        collect_stats=False,
        initial_solution=_solution(data, kinds, numbers, before) if any(before) else None,
    )
    if not result.is_feasible():
        return before
    routes: list[list[int]] = [[] for _ in crews]
    free = [list(kind) for kind in kinds]
    for route in result.best.routes():
        crew = free[route.vehicle_type()].pop(0)
        routes[crew] = [numbers.task(activity, options) for activity in route if not activity.is_depot()]
    return routes


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which options are clients to the solver, and which shipments, each in its order."""

    clients: Sequence[int]
    shipments: Sequence[int]

    @classmethod
    def of(cls, problem: Problem, options: Sequence[Option]) -> "Numbers":
        """A task whose parts are fetched is a shipment."""
        fetched = [problem.tasks[option.task].fetch is not None for option in options]
        clients = [number for number, is_shipment in enumerate(fetched) if not is_shipment]
        return cls(clients, [number for number, is_shipment in enumerate(fetched) if is_shipment])

    def task(self, activity: Activity, options: Sequence[Option]) -> int:
        """As `Routes` has it."""
        if activity.is_client():
            return options[self.clients[activity.idx]].task
        task = options[self.shipments[activity.idx]].task
        return ~task if activity.is_pickup() else task

    def activity(self, task: int) -> Activity:
        """The other way round, for the first option of a task: those have the numbers of their tasks."""
        if task < 0:
            return Activity(ActivityType.PICKUP, self.shipments.index(~task))
        if task in self.shipments:
            return Activity(ActivityType.DELIVERY, self.shipments.index(task))
        return Activity(ActivityType.CLIENT, self.clients.index(task))


@dataclass(frozen=True, slots=True)
class Kind:
    """All that matters of a crew to the solver: several may be alike. A fee is paid for being the one who comes."""

    start: int | None
    end: int | None
    hours: Span
    load: tuple[int, ...]
    fees: tuple[int, ...]


def _data(
    problem: Problem, options: Sequence[Option], crews: Sequence[Crew]
) -> tuple[ProblemData, Sequence[Sequence[int]], Numbers]:
    """The problem as the solver wants it; for each kind of vehicle there, the crews; and what the options are there."""
    numbers = Numbers.of(problem, options)
    parts = sorted({part for task in problem.tasks for part in task.needs})
    kinds: dict[Kind, list[int]] = {}
    for number, crew in enumerate(crews):
        load = tuple(crew.stock.get(part, 0) for part in parts)
        fees = tuple(_fee(problem.tasks[option.task], option, number) for option in options)
        kinds.setdefault(Kind(crew.start, crew.end, crew.hours, load, fees), []).append(number)
    profiles = {fees: number for number, fees in enumerate(dict.fromkeys(kind.fees for kind in kinds))}
    ends = list(dict.fromkeys(end for kind in kinds for end in (kind.start, kind.end)))
    stores = list(dict.fromkeys(task.fetch.place for task in problem.tasks if task.fetch))
    before = len(ends) + len(stores)
    seconds = _seconds(problem, [*ends, *stores, *(problem.tasks[option.task].place for option in options)])
    groups, group_of = _groups(options, numbers)

    def client(number: int) -> Client:
        option = options[number]
        return Client(
            location=before + number,
            delivery=[problem.tasks[option.task].needs.get(part, 0) for part in parts],
            service_duration=option.service_s,
            tw_early=max(0, option.window[0]),
            tw_late=option.window[1],
            prize=option.worth,
            required=False,
            group=group_of.get(number),
        )

    def shipment(number: int) -> Shipment:
        option = options[number]
        fetch = problem.tasks[option.task].fetch
        assert fetch is not None
        return Shipment(
            pickup_location=len(ends) + stores.index(fetch.place),
            pickup_service_duration=fetch.service_s,
            delivery_location=before + number,
            delivery_service_duration=option.service_s,
            delivery_tw_early=max(0, option.window[0]),
            delivery_tw_late=option.window[1],
            prize=option.worth,
            required=False,
        )

    data = ProblemData(
        locations=[Location(0, 0) for _ in seconds],
        clients=[client(number) for number in numbers.clients],
        shipments=[shipment(number) for number in numbers.shipments],
        depots=[Depot(location=number) for number in range(len(ends))],
        vehicle_types=[
            VehicleType(
                num_available=len(alike),
                capacity=list(kind.load),
                start_depot=ends.index(kind.start),
                end_depot=ends.index(kind.end),
                tw_early=kind.hours[0],
                tw_late=kind.hours[1],
                profile=profiles[kind.fees],
            )
            for kind, alike in kinds.items()
        ],
        distance_matrices=[_prices(seconds, fees) for fees in profiles],
        duration_matrices=[seconds for _ in profiles],
        groups=groups,
    )
    return data, list(kinds.values()), numbers


def _fee(task: Task, option: Option, crew: int) -> int:
    if crew not in option.crews:
        return NEVER
    return task.keeping if task.keepers and crew not in task.keepers else 0


def _seconds(problem: Problem, places: Sequence[int | None]) -> Any:
    """From each to each. To and from nowhere in particular there is no way."""
    nowhere = [number for number, place in enumerate(places) if place is None]
    numbers = [0 if place is None else place for place in places]
    seconds = np.array(problem.seconds, dtype=np.int64)[np.ix_(numbers, numbers)]
    seconds[nowhere, :] = seconds[:, nowhere] = 0
    return seconds


def _prices(seconds: Any, fees: Sequence[int]) -> Any:
    """What each way costs: its seconds, and the fee of the option that it leads to; options come last."""
    prices = seconds.copy()
    prices[:, len(seconds) - len(fees) :] += np.array(fees, dtype=np.int64)
    np.fill_diagonal(prices, 0)
    return prices


def _groups(options: Sequence[Option], numbers: Numbers) -> tuple[list[ClientGroup], dict[int, int]]:
    """Of the several options of a task, one is chosen at most. Answers the group of each option, too."""
    of_task: dict[int, list[int]] = {}
    for number in numbers.clients:
        of_task.setdefault(options[number].task, []).append(number)
    several = [alike for alike in of_task.values() if len(alike) > 1]
    clients = {number: client for client, number in enumerate(numbers.clients)}
    groups = [ClientGroup([clients[number] for number in alike], required=False) for alike in several]
    return groups, {number: group for group, alike in enumerate(several) for number in alike}


def _solution(data: ProblemData, kinds: Sequence[Sequence[int]], numbers: Numbers, routes: Routes) -> Solution:
    """Routes of tasks: the first options are the tasks themselves."""
    kind_of = {crew: number for number, alike in enumerate(kinds) for crew in alike}
    return Solution(
        data,
        [
            Route(data, [numbers.activity(task) for task in tasks], kind_of[crew])
            for crew, tasks in enumerate(routes)
            if tasks
        ],
    )
