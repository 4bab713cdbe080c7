"""The search for a plan, by itself: against published optima, and against nearest-first."""

from dataclasses import replace

from benchmarks.days import BEST_KNOWN, day_in_a_city, published
from tickets.routes.driving import drive, figures
from tickets.routes.nearest import nearest_first
from tickets.routes.problem import Crew, Fetch, Problem, Task
from tickets.routes.solver import plan

EVERYBODY = frozenset({0})
HOUR = 3600


def line(tasks: list[Task], crew: Crew, places: int = 5) -> Problem:
    """Places along a road, ten minutes from each to the next."""
    ways = [[600 * abs(here - there) for there in range(places)] for here in range(places)]
    return Problem(tasks, [crew], ways, ways)


def task(place: int, window: tuple[int, int] = (0, 9 * HOUR), *, promised: bool = False, worth: int = 100_000) -> Task:
    return Task(place, place, HOUR, window, promised, EVERYBODY, worth=worth)


def test_a_published_instance_is_planned_at_its_proved_optimum():
    problem = published("C101.25")
    cost = figures(problem, plan(problem, seconds=2))
    assert (cost.travel_s / 10, cost.left_out, cost.late) == (BEST_KNOWN["C101.25"], 0, 0)


def test_a_day_takes_much_less_travel_than_nearest_first_and_is_no_later():
    day = day_in_a_city(30, 4, seed=1)
    cost, nearest = figures(day, plan(day, seconds=4)), figures(day, nearest_first(day))
    assert cost.left_out <= nearest.left_out
    assert (cost.late, cost.late_s) <= (nearest.late, nearest.late_s)
    assert cost.travel_s <= 0.85 * nearest.travel_s


def test_the_same_problem_has_the_same_plan():
    day = day_in_a_city(8, 2, seed=2)
    assert plan(day, seconds=10) == plan(day, seconds=10)


def test_a_break_is_where_it_harms_no_promise():
    crew = Crew("Tom", (0, 9 * HOUR), start=0, end=0, pause=(4 * HOUR, 5 * HOUR))
    second = (4 * HOUR + 1200, 4 * HOUR + 1800)
    problem = line([task(1, (3 * HOUR, 3 * HOUR), promised=True), task(2, second, promised=True)], crew)
    driven = drive(problem, crew, [0, 1])
    assert [stop.task for stop in driven.stops] == [0, 1, None], "between the two it would make the second late"
    assert driven.late_s == driven.over_s == 0


def test_a_break_is_taken_even_where_it_cannot_be_without_harm():
    crew = Crew("Tom", (0, 4 * HOUR), start=0, end=0, pause=(HOUR, 2 * HOUR))
    problem = line([task(1), task(2)], crew)
    driven = drive(problem, crew, [0, 1])
    assert sum(stop.leaves_s - stop.begins_s for stop in driven.stops if stop.is_pause) == HOUR
    assert driven.over_s == 0
    assert drive(problem, crew, [0, 1, 0]).over_s > 0


def test_what_cannot_be_in_time_is_late_and_what_was_not_promised_is_left_out():
    crew = Crew("Tom", (0, 2 * HOUR), start=0)
    problem = line([task(1, (0, 300), promised=True, worth=200_000), task(3, (0, 900)), task(4, (0, 900))], crew)
    routes = plan(problem, seconds=5)
    assert routes == [[0]]
    assert figures(problem, routes).late_s == 300


def test_from_nowhere_in_particular_there_is_no_way():
    crew = Crew("Tom", (0, 9 * HOUR))
    problem = line([task(3)], crew)
    cost = figures(problem, plan(problem, seconds=5))
    assert (cost.visits, cost.travel_s, cost.metres) == (1, 0, 0)


def test_what_nobody_has_is_fetched_on_the_way_all_of_it_at_once():
    crew = Crew("Tom", (0, 9 * HOUR), start=0, end=0)
    with_parts = [replace(task(place), fetch=Fetch(2, 600)) for place in (1, 3)]
    problem = line([*with_parts, task(4)], crew)
    [route] = plan(problem, seconds=5)
    assert sorted(route) == [~1, ~0, 0, 1, 2]
    driven = drive(problem, crew, route)
    assert [stop.task for stop in driven.stops if stop.fetches is None] in ([0, 1, 2], [1, 2, 0])
    assert all(route.index(~number) < route.index(number) for number in (0, 1))
    assert driven.travel_s == 8 * 600, "there and back: the store lies on the way"
    assert figures(problem, [route]).visits == 3
    assert driven.busy_s - driven.travel_s == 3 * HOUR + 600, "all is handed out at once"


def test_nobody_fetches_what_there_is_no_time_to_use():
    crew = Crew("Tom", (0, 2 * HOUR), start=0, end=0)
    far = replace(task(1), fetch=Fetch(4, 600))
    near = task(1)
    assert plan(line([far, near], crew), seconds=5) == [[1]]
    assert nearest_first(line([far, near], crew)) == [[1]]
    assert nearest_first(line([replace(far, fetch=Fetch(1, 600))], crew)) == [[~0, 0]]


def test_a_break_comes_after_what_was_fetched_was_used():
    crew = Crew("Tom", (0, 9 * HOUR), start=0, end=0, pause=(HOUR, 2 * HOUR))
    problem = line([replace(task(2), fetch=Fetch(1, HOUR)), task(3)], crew)
    [route] = plan(problem, seconds=5)
    stops = drive(problem, crew, route).stops
    before_pause = stops[[stop.is_pause for stop in stops].index(True) - 1]
    assert stops[0].is_pause or before_pause.task is not None


def test_nothing_to_do_or_nobody_to_do_it_is_an_empty_plan():
    crew = Crew("Tom", (0, 9 * HOUR))
    assert plan(Problem([], [crew], [], []), seconds=5) == [[]]
    assert plan(Problem([task(0)], [], [[0]], [[0]]), seconds=5) == []


def test_who_has_the_parts_for_one_does_one():
    crew = Crew("Tom", (0, 9 * HOUR), start=0, stock={"valve": 3})
    needy = [replace(task(place), needs={"valve": 2}) for place in (1, 2)]
    problem = line(needy, crew)
    assert figures(problem, plan(problem, seconds=5)).visits == 1
    assert figures(problem, nearest_first(problem)).visits == 1
