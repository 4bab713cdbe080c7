"""How long it takes: by a road service that is asked as little as possible, else by a formula."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fieldsvc.time import now, time_passes
from tests.travel.osrm import Roads, running_roads
from tickets.models import SpeedTable
from tickets.travel.estimates import Leg, speeds_of
from tickets.travel.places import Place, great_circle_m
from tickets.travel.selectors import Source, travel_time, travel_times

HOME = Place(34.24, 108.91)
NEAR = Place(34.25, 108.91)
"""1.11 km to the north."""
FAR = Place(34.60, 109.40)
"""60 km to the north-east."""
QUIET = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""11:00 in Shanghai."""
RUSH = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai, on a Monday."""


@pytest.fixture
def roads(settings) -> Iterator[Roads]:
    """A road service, configured."""
    with running_roads() as roads:
        settings.OSRM = roads.settings
        yield roads


def grid(side: int) -> list[Place]:
    return [Place(34 + row / 100, 108 + column / 100) for row in range(side) for column in range(side)]


# By the formula


def test_an_estimate_is_what_the_formula_says(people):
    leg, source = travel_time(HOME, NEAR, territory=people.north, start=QUIET)
    metres = 1.3 * great_circle_m(*HOME, *NEAR)
    assert (leg.metres, source) == (round(metres), Source.ESTIMATE)
    assert leg.seconds == round(180 + metres / (18 / 3.6))


def test_a_long_way_is_driven_faster_once_out_of_town(people):
    leg, _ = travel_time(HOME, FAR, territory=people.north, start=QUIET)
    rest_m = 1.3 * great_circle_m(*HOME, *FAR) - 50_000
    assert rest_m > 0
    assert leg.seconds == pytest.approx(180 + 3600 * (3 / 18 + 9 / 28 + 38 / 50 + rest_m / 75_000), abs=1)


def test_to_the_same_door_it_takes_no_time(people):
    assert travel_time(HOME, HOME, territory=people.north, start=RUSH)[0] == Leg(0, 0)


def test_a_longer_way_never_takes_less_time(people):
    speeds = speeds_of(people.north)
    times = [speeds.leg(HOME, Place(34.24 + step / 500, 108.91)).seconds for step in range(500)]
    assert times == sorted(times)


def test_a_drive_takes_longer_at_the_hours_when_all_drive(people):
    quiet, _ = travel_time(HOME, NEAR, territory=people.north, start=QUIET)
    rush, _ = travel_time(HOME, NEAR, territory=people.north, start=RUSH)
    assert rush.seconds - 180 == pytest.approx(1.3 * (quiet.seconds - 180), abs=1)


def test_a_whole_day_is_as_slow_as_its_hours_on_the_average(people):
    speeds = speeds_of(people.north)
    start = RUSH - timedelta(hours=1)  # 07:00 to 17:00: two of ten hours are slow
    assert speeds.slowness(start, start + timedelta(hours=10)) == pytest.approx(1.06)
    assert speeds.slowness(start, start + timedelta(hours=24)) == pytest.approx(1.05)
    assert speeds.slowness(start, start + timedelta(days=3)) == pytest.approx(1.05)


def test_administrators_say_how_fast_people_are_where(people, api):
    administrator = api(people.administrator)
    everywhere = {"detour_percent": 100, "parking_seconds": 0, "bands": [{"up_to_km": None, "kmh": 36}]}
    assert administrator.post("/api/v1/speed-tables", everywhere).status_code == 200
    north = {**everywhere, "territory_id": str(people.north.pk), "slow_hours": []}
    north["bands"] = [{"up_to_km": 1, "kmh": 18}, {"up_to_km": None, "kmh": 72}]
    assert administrator.post("/api/v1/speed-tables", north).json()["bands"] == north["bands"]
    crow = great_circle_m(*HOME, *NEAR)
    assert travel_time(HOME, NEAR, territory=people.south, start=QUIET)[0].seconds == round(crow / 10)
    leg, _ = travel_time(HOME, NEAR, territory=people.north, start=RUSH)
    assert leg == Leg(round(200 + (crow - 1000) / 20), round(crow))
    # Said again, it is said anew; taken away, what holds elsewhere holds
    table = administrator.post("/api/v1/speed-tables", {**north, "parking_seconds": 60}).json()
    assert SpeedTable.objects.count() == 2
    assert administrator.delete(f"/api/v1/speed-tables/{table['id']}").status_code == 204
    assert travel_time(HOME, NEAR, territory=people.north, start=QUIET)[0].seconds == round(crow / 10)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"bands": []}, "bands"),
        ({"bands": [{"up_to_km": 5, "kmh": 20}]}, "bands"),
        ({"bands": [{"up_to_km": 5, "kmh": 20}, {"up_to_km": 4, "kmh": 30}, {"up_to_km": None, "kmh": 40}]}, "bands"),
        ({"bands": [{"up_to_km": None, "kmh": 0}]}, "bands"),
        ({"bands": [{"up_to_km": -1, "kmh": 9}, {"up_to_km": None, "kmh": 9}]}, "bands"),
        ({"bands": [{"up_to_km": "inf", "kmh": 9}, {"up_to_km": None, "kmh": 9}]}, "bands"),
        ({"slow_hours": [{"opens": "09:00", "closes": "07:00", "percent": 120}]}, "slow_hours"),
        ({"slow_hours": [{"opens": "07:00", "closes": "09:00", "percent": 99}]}, "slow_hours"),
        (
            {
                "slow_hours": [
                    {"opens": "07:00", "closes": "09:00", "percent": 120},
                    {"opens": "08:00", "closes": "10:00", "percent": 120},
                ]
            },
            "slow_hours",
        ),
        ({"detour_percent": 90}, "detour_percent"),
        ({"parking_seconds": -1}, "parking_seconds"),
    ],
)
def test_speeds_that_make_no_sense_are_refused_by_name(people, api, told, field):
    answer = api(people.administrator).post("/api/v1/speed-tables", told)
    assert answer.status_code == 400
    assert [error["field"].split(".")[0] for error in answer.json()["errors"]] == [field]
    assert not SpeedTable.objects.exists()


# By roads


def test_a_service_that_knows_the_roads_is_believed(people, roads):
    leg, source = travel_time(HOME, NEAR, territory=people.north, start=RUSH)
    metres = 1.5 * great_circle_m(*HOME, *NEAR)
    assert source == Source.ROADS
    assert leg.metres == pytest.approx(metres, abs=2)
    assert leg.seconds == pytest.approx(metres / 10, abs=1)


def test_a_large_table_is_asked_for_in_as_many_pieces_as_the_service_takes(people, roads):
    places = grid(11)  # 121 places: blocks of 50, 50 and 21 on either side
    travel = travel_times(places, places, territory=people.north, start=QUIET)
    assert travel.source == Source.ROADS
    assert len(roads.asked) == 9
    assert max(roads.asked) == 100
    for row, column in [(0, 120), (120, 0), (60, 61), (49, 50)]:
        metres = 1.5 * great_circle_m(*places[row], *places[column])
        assert travel.legs[row][column].metres == pytest.approx(metres, abs=2)


def test_what_was_asked_is_known_for_a_day(people, roads):
    def ask(*places: Place) -> None:
        assert travel_times([HOME], places, territory=people.north, start=QUIET).source == Source.ROADS

    ask(NEAR, FAR)
    ask(FAR)
    ask(NEAR)
    assert len(roads.asked) == 1
    ask(NEAR, HOME)
    assert len(roads.asked) == 2
    with time_passes(timedelta(days=1, seconds=1)):
        ask(NEAR)
    assert len(roads.asked) == 3


@pytest.mark.parametrize("fault", ["is_down", "says_nonsense"])
def test_where_the_service_fails_an_estimate_says_so_and_nobody_waits_for_it(people, roads, fault):
    setattr(roads, fault, True)
    leg, source = travel_time(HOME, NEAR, territory=people.north, start=QUIET)
    assert (leg, source) == (speeds_of(people.north).leg(HOME, NEAR), Source.FALLBACK)
    travel_time(HOME, NEAR, territory=people.north, start=QUIET)
    assert len(roads.asked) == 1, "left alone for a minute"
    setattr(roads, fault, False)
    with time_passes(timedelta(minutes=1, seconds=1)):
        assert travel_time(HOME, NEAR, territory=people.north, start=now())[1] == Source.ROADS


def test_a_service_at_which_nobody_listens_is_one_that_fails(people, settings):
    settings.OSRM = {"url": "http://127.0.0.1:9", "profile": "driving", "timeout": 1.0, "table_size": 100}
    assert travel_time(HOME, NEAR, territory=people.north, start=QUIET)[1] == Source.FALLBACK


def test_a_limit_below_ours_is_a_failure_that_is_told_apart_from_roads(people, roads):
    roads.table_size = 10
    places = grid(4)
    assert travel_times(places, places, territory=people.north, start=QUIET).source == Source.FALLBACK


def test_where_no_road_leads_that_way_alone_is_estimated(people, roads):
    roads.no_road_to = {FAR}
    travel = travel_times([HOME], [NEAR, FAR], territory=people.north, start=QUIET)
    assert travel.source == Source.FALLBACK
    assert travel.legs[0][0].metres == pytest.approx(1.5 * great_circle_m(*HOME, *NEAR), abs=2)
    assert travel.legs[0][1] == speeds_of(people.north).leg(HOME, FAR)


def test_a_command_that_holds_locks_asks_nobody(people, roads):
    assert travel_time(HOME, NEAR, territory=people.north, start=QUIET, ask_roads=False)[1] == Source.ESTIMATE
    assert roads.asked == []


def test_from_nowhere_to_nowhere_there_is_nothing_to_ask(people, roads):
    assert travel_times([], [NEAR], territory=people.north, start=QUIET).legs == []
    assert travel_times([HOME], [], territory=people.north, start=QUIET).legs == [[]]
    assert roads.asked == []
