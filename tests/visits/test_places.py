"""Distances, fences, and positions that are none."""

import math

import pytest

from fieldsvc.errors import Invalid
from tickets.sites.models import Site
from tickets.travel.places import great_circle_m
from tickets.visits.places import Position, measure, read_position

# Nashville and Los Angeles airports: the textbook example of the formula, 2,886.45 km on a sphere of 6,371 km.
BNA, LAX = (36.12, -86.67), (33.94, -118.40)


def test_distances_agree_with_the_textbook():
    assert great_circle_m(*BNA, *LAX) / 1000 == pytest.approx(2886.45, abs=0.05)


def test_a_place_is_no_distance_from_itself_and_half_the_earth_from_its_opposite():
    assert great_circle_m(*BNA, *BNA) == 0
    assert great_circle_m(0, 0, 0, 180) == pytest.approx(math.pi * 6_371_008.8)
    assert great_circle_m(90, 0, -90, 77) == pytest.approx(math.pi * 6_371_008.8)


def test_a_step_across_the_date_line_is_a_step():
    assert great_circle_m(0, 179.9999, 0, -179.9999) == pytest.approx(22.24, abs=0.01)


@pytest.mark.parametrize(("accuracy", "outside"), [(None, True), (0, True), (20, True), (80, False)])
def test_the_fence_is_the_radius_and_whatever_the_phone_admits_to_be_wrong_by(accuracy, outside):
    site = Site(latitude=34.24, longitude=108.91, radius_m=150)
    distance, is_outside = measure(Position(34.242, 108.91, accuracy), site)
    assert distance == pytest.approx(222.4, abs=0.1)
    assert is_outside == outside


def test_nobody_is_outside_a_fence_that_nobody_knows():
    assert measure(Position(34.24, 108.91, 5), Site()) == (None, False)
    assert measure(Position(34.24, 108.91, 5), None) == (None, False)
    assert measure(None, Site(latitude=34.24, longitude=108.91)) == (None, False)


@pytest.mark.parametrize(
    ("latitude", "longitude", "accuracy", "field"),
    [
        (90.1, 0, 5, "latitude"),
        (-91, 0, 5, "latitude"),
        (math.nan, 0, 5, "latitude"),
        (0, 180.5, 5, "longitude"),
        (0, math.inf, 5, "longitude"),
        (0, 0, -1, "accuracy_m"),
        (0, 0, math.nan, "accuracy_m"),
        (0, 0, math.inf, "accuracy_m"),
        (None, 0, 5, "latitude"),
        (0, None, 5, "longitude"),
    ],
)
def test_what_is_no_place_on_earth_is_named(latitude, longitude, accuracy, field):
    with pytest.raises(Invalid) as refused:
        read_position(latitude, longitude, accuracy)
    assert refused.value.extra["errors"][0]["field"] == field


def test_a_phone_without_a_fix_has_no_position():
    assert read_position(None, None, None) is None
