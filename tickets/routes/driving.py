"""What becomes of a route when somebody drives it: when they arrive, what is late, when they have their break."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickets.routes.problem import Crew, Problem, Routes, Span

PAUSE_MOVES_S = 3600
"""A break may begin so much earlier or later than it was planned."""


@dataclass(frozen=True, slots=True)
class Stop:
    """At a task, where the parts of one (`fetches`) are, or the break. Begins when the window opens, if they arrive
    before.
    """

    task: int | None
    fetches: int | None
    travel_s: int
    metres: int
    arrives_s: int
    begins_s: int
    leaves_s: int
    late_s: int

    @property
    def is_pause(self) -> bool:
        """Nobody is waiting there."""
        return self.task is None and self.fetches is None


@dataclass(frozen=True, slots=True)
class Drive:
    """A route as it is driven. `home_s` and `home_m` lead back to where the shift ends, `over_s` is past its end."""

    stops: Sequence[Stop]
    home_s: int
    home_m: int
    over_s: int

    @property
    def travel_s(self) -> int:
        """Seconds on the road."""
        return sum(stop.travel_s for stop in self.stops) + self.home_s

    @property
    def metres(self) -> int:
        """By road."""
        return sum(stop.metres for stop in self.stops) + self.home_m

    @property
    def late_s(self) -> int:
        """Of all promises together."""
        return sum(stop.late_s for stop in self.stops)

    @property
    def busy_s(self) -> int:
        """At work or on the road."""
        return self.travel_s + sum(stop.leaves_s - stop.begins_s for stop in self.stops if not stop.is_pause)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a plan costs, all routes together. `busy_s` is for each crew."""

    visits: int
    left_out: int
    travel_s: int
    metres: int
    late: int
    late_s: int
    over_s: int
    busy_s: Sequence[int]


def drive(problem: Problem, crew: Crew, tasks: Sequence[int]) -> Drive:
    """With the break where it does least harm: to promises, to the end of the shift, to when it was planned."""
    if crew.pause is None or not tasks:
        return _drive(problem, crew, tasks, None)
    pause = crew.pause
    # Whoever has fetched something takes it where it is wanted before they rest: the visit is what the break follows.
    places = (place for place in range(len(tasks) + 1) if place == 0 or tasks[place - 1] >= 0)
    drives = ((_drive(problem, crew, tasks, place), place) for place in places)
    return min(drives, key=lambda found: (*_harm(found[0], pause), found[1]))[0]


def _harm(driven: Drive, pause: Span) -> tuple[int, int]:
    begins = next(stop.begins_s for stop in driven.stops if stop.is_pause)
    moved = abs(begins - pause[0])
    return driven.late_s + driven.over_s + max(0, moved - PAUSE_MOVES_S), moved


def _drive(problem: Problem, crew: Crew, tasks: Sequence[int], pause_before: int | None) -> Drive:
    here, clock, stops = crew.start, crew.hours[0], list[Stop]()

    def rest(needed_again: int) -> None:
        """No sooner than it may; and who would have to wait for the next window, waits for the break instead."""
        nonlocal clock
        assert crew.pause is not None
        begins = max(clock, crew.pause[0] - PAUSE_MOVES_S)
        begins = max(begins, min(crew.pause[0], needed_again - crew.pause_s))
        stops.append(Stop(None, None, 0, 0, clock, begins, begins + crew.pause_s, 0))
        clock = begins + crew.pause_s

    def fetch(number: int) -> None:
        """All that is handed out at one place at once takes as long as one thing."""
        nonlocal here, clock
        found = problem.tasks[number].fetch
        assert found is not None
        again = bool(stops) and stops[-1].fetches is not None and here == found.place
        seconds, metres = problem.way(here, found.place)
        arrives, here = clock + seconds, found.place
        clock = arrives + (0 if again else found.service_s)
        stops.append(Stop(None, number, seconds, metres, arrives, arrives, clock, 0))

    for number, index in enumerate(tasks):
        task = problem.tasks[index if index >= 0 else ~index]
        first = task.place if index >= 0 or task.fetch is None else task.fetch.place
        if number == pause_before:
            rest(task.window[0] - problem.way(here, first)[0])
        if index < 0:
            fetch(~index)
            continue
        seconds, metres = problem.way(here, task.place)
        arrives = clock + seconds
        begins = max(arrives, task.window[0])
        late = max(0, begins - task.window[1]) if task.promised else 0
        clock = begins + task.service_s
        stops.append(Stop(index, None, seconds, metres, arrives, begins, clock, late))
        here = task.place
    if pause_before == len(tasks):
        rest(crew.hours[1])
    home_s, home_m = problem.way(here, crew.end) if tasks else (0, 0)
    return Drive(stops, home_s, home_m, max(0, clock + home_s - crew.hours[1]) if tasks else 0)


def drives(problem: Problem, routes: Routes) -> Iterator[Drive]:
    """Each route, driven."""
    return (drive(problem, crew, tasks) for crew, tasks in zip(problem.crews, routes, strict=True))


def figures(problem: Problem, routes: Routes) -> Figures:
    """What these routes cost."""
    driven = list(drives(problem, routes))
    visits = sum(task >= 0 for tasks in routes for task in tasks)
    return Figures(
        visits=visits,
        left_out=len(problem.tasks) - visits,
        travel_s=sum(drive.travel_s for drive in driven),
        metres=sum(drive.metres for drive in driven),
        late=sum(stop.late_s > 0 for drive in driven for stop in drive.stops),
        late_s=sum(drive.late_s for drive in driven),
        over_s=sum(drive.over_s for drive in driven),
        busy_s=[drive.busy_s for drive in driven],
    )
