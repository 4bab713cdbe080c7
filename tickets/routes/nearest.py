"""Nearest first: what a busy desk does without a plan, and what plans are compared with."""

from collections.abc import Sequence

from tickets.routes.problem import Problem, Routes

PATIENCE_S = 1800
"""Nobody waits longer than this before a door while another visit could be begun."""


def nearest_first(problem: Problem) -> Routes:
    """Whoever is free first goes to the nearest visit that they can do and that can be begun soon, in time.

    Where none can be begun soon, to the one that can be begun first. What nobody can reach in time is done late by
    whoever is the nearest when they have finished, as long as the shift lasts.
    """
    routes: list[list[int]] = [[] for _ in problem.crews]
    here = [crew.start for crew in problem.crews]
    clock = [crew.hours[0] for crew in problem.crews]
    stock = [dict(crew.stock) for crew in problem.crews]
    rested = [crew.pause is None for crew in problem.crews]
    waiting = set(range(len(problem.tasks)))

    def begins(crew: int, task: int) -> tuple[int, int]:
        """Seconds of travel, and when they could begin; what has to be fetched is fetched on the way."""
        fetch, place = problem.tasks[task].fetch, problem.tasks[task].place
        if fetch is None:
            seconds, stay = problem.way(here[crew], place)[0], 0
        else:
            seconds = problem.way(here[crew], fetch.place)[0] + problem.way(fetch.place, place)[0]
            stay = fetch.service_s
        return seconds, max(clock[crew] + seconds + stay, problem.tasks[task].window[0])

    def fits(crew: int, task: int) -> bool:
        """They may do it, have the parts, and are home before their shift ends."""
        wanted, ends = problem.tasks[task], problem.crews[crew].end
        done = begins(crew, task)[1] + wanted.service_s + problem.way(wanted.place, ends)[0]
        rest = 0 if rested[crew] else problem.crews[crew].pause_s
        return (
            crew in wanted.crews
            and done + rest <= problem.crews[crew].hours[1]
            and all(stock[crew].get(part, 0) >= amount for part, amount in wanted.needs.items())
        )

    def go(crew: int, task: int) -> None:
        _, begun = begins(crew, task)
        routes[crew] += [task] if problem.tasks[task].fetch is None else [~task, task]
        waiting.discard(task)
        clock[crew], here[crew] = begun + problem.tasks[task].service_s, problem.tasks[task].place
        for part, amount in problem.tasks[task].needs.items():
            stock[crew][part] -= amount

    def choose(crew: int, candidates: Sequence[int]) -> int:
        soon = [task for task in candidates if begins(crew, task)[1] - clock[crew] - begins(crew, task)[0] < PATIENCE_S]
        if soon:
            return min(soon, key=lambda task: (begins(crew, task)[0], task))
        return min(candidates, key=lambda task: (begins(crew, task)[1], task))

    for in_time in (True, False):
        free = set(range(len(problem.crews)))
        while free and waiting:
            crew = min(free, key=lambda crew: (clock[crew], crew))
            pause = problem.crews[crew].pause
            if not rested[crew] and pause is not None and clock[crew] >= pause[0]:
                clock[crew], rested[crew] = clock[crew] + problem.crews[crew].pause_s, True
                continue
            candidates = [
                task
                for task in waiting
                if fits(crew, task) and (not in_time or begins(crew, task)[1] <= problem.tasks[task].window[1])
            ]
            if candidates:
                go(crew, choose(crew, candidates))
            else:
                free.discard(crew)
    return routes
