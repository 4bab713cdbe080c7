"""Arriving and leaving: kept as they were reported, flagged where they are odd."""

import pytest
from django.db import DatabaseError, transaction

from sync.ids import uuid7
from tests.visits.conftest import HERE, window
from tickets.visits.models import CheckIn, Visit

FAR = {"latitude": 34.26, "longitude": 108.91, "accuracy_m": 30}


def test_a_check_in_at_the_site_is_kept_with_its_distance(people, do, visit):
    fact = do(people.technician, visit, "check-in", **HERE)
    assert (fact["outside_fence"], fact["flags"], fact["mock"]) == (False, [], False)
    assert fact["distance_m"] == pytest.approx(14.4, abs=0.1)
    assert (fact["ticket_id"], fact["technician_id"]) == (str(visit.ticket_id), str(people.technician.pk))


def test_a_check_in_far_away_is_flagged_and_counts(people, do, visit):
    fact = do(people.technician, visit, "check-in", **FAR, mock=True)
    assert (fact["outside_fence"], fact["flags"], fact["mock"]) == (True, ["outside_fence"], True)
    visit.refresh_from_db()
    assert visit.status == "on_site"


def test_a_site_without_coordinates_has_no_fence(people, do, visit, site):
    type(site).objects.update(latitude=None, longitude=None)
    fact = do(people.technician, visit, "check-in", **FAR)
    assert (fact["distance_m"], fact["outside_fence"], fact["flags"]) == (None, False, [])


def test_a_phone_without_a_fix_may_arrive(people, do, visit):
    fact = do(people.technician, visit, "check-in")
    assert (fact["latitude"], fact["flags"]) == (None, ["no_position"])
    visit.refresh_from_db()
    assert visit.status == "on_site"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"latitude": 91}, "latitude"),
        ({"latitude": "NaN"}, "latitude"),
        ({"longitude": -180.5}, "longitude"),
        ({"longitude": None}, "longitude"),
        ({"accuracy_m": -1}, "accuracy_m"),
        ({"accuracy_m": "Infinity"}, "accuracy_m"),
        ({"accuracy_m": "near"}, "accuracy_m"),
        ({"accuracy_m": 10**400}, "accuracy_m"),
    ],
)
def test_a_place_that_is_none_is_refused_and_named(people, do, visit, change, field):
    refused = do(people.technician, visit, "check-in", **{**HERE, **change})
    assert (refused["status"], refused["errors"][0]["field"]) == (400, field)
    visit.refresh_from_db()
    assert visit.status == "dispatched"


def test_the_same_check_in_sent_again_is_one(people, do, visit):
    id = uuid7()
    first = do(people.technician, visit, "check-in", id=id, **HERE)
    assert do(people.technician, visit, "check-in", id=id, **HERE) == first
    assert do(people.technician, visit, "check-out", id=id, **HERE)["code"] == "id_taken"
    assert CheckIn.objects.count() == 1


def test_arriving_elsewhere_before_leaving_is_flagged(people, do, visit, complain, send):
    do(people.technician, visit, "check-in", **HERE)
    other = send(complain(), **window(hours=5))
    assert do(people.technician, other, "check-in", **HERE)["flags"] == ["overlapping_check_in"]
    third = send(complain(), **window(hours=8))
    for left in [visit, other]:
        do(people.technician, left, "check-out", **HERE)
    assert do(people.technician, third, "check-in", **HERE)["flags"] == []


def test_online_nobody_arrives_at_a_visit_that_was_called_off(people, do, visit):
    do(people.dispatcher, visit, "cancel", reason="Filed twice.")
    assert do(people.technician, visit, "check-in", **HERE)["code"] == "visit_transition_not_allowed"
    assert not CheckIn.objects.exists()


def test_check_ins_are_never_changed_or_deleted(people, do, visit):
    do(people.technician, visit, "check-in", **HERE)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        CheckIn.objects.update(outside_fence=True)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        CheckIn.objects.all().delete()


def test_the_database_knows_no_place_off_the_earth(people, visit):
    fact = CheckIn(visit=visit, technician=people.technician, kind="arrival", occurred_at=visit.window_start)
    fact.received_at, fact.latitude, fact.longitude = visit.window_start, float("nan"), 0
    with pytest.raises(DatabaseError, match="check_in_latitude_on_earth"), transaction.atomic():
        fact.save()


def test_a_second_arrival_at_the_same_visit_is_one_more_fact(people, do, visit):
    do(people.technician, visit, "check-in", **HERE)
    arrived_at = Visit.objects.get(pk=visit.pk).arrived_at
    assert do(people.technician, visit, "check-in", **HERE)["flags"] == []
    assert Visit.objects.get(pk=visit.pk).arrived_at == arrived_at
    assert CheckIn.objects.count() == 2
