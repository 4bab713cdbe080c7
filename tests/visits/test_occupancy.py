"""Work takes its time, and so do the ways: what leaves no time for them is refused, unless a reason is given."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fieldsvc.time import now
from sync.commands import Actor
from tests.visits.conftest import window
from tests.visits.test_dispatch import refusal
from tickets.models import Absence
from tickets.visits.models import NOT_TWICE, Visit
from tickets.visits.services import reschedule_visit

HOUR = timedelta(hours=1)


@pytest.fixture
def far(people, complain, site):
    """A ticket about half an hour away."""
    there = type(site).objects.create(
        territory=people.north, complex="Far Court", address="1", latitude=site.latitude + 0.08, longitude=108.91
    )
    return complain(site_id=there.pk)


def test_the_way_from_one_visit_to_the_next_is_time_in_which_its_technician_is_occupied(visit, far, send):
    later = send(far, window_start=visit.window_end, window_end=visit.window_end + 2 * HOUR)
    visit.refresh_from_db()
    assert visit.occupies == (visit.window_start, visit.window_start + HOUR)
    way = later.window_start - later.occupied_from
    assert timedelta(minutes=15) < way < HOUR  # the work before takes one of its two hours: there is time for it
    assert later.occupied_until == later.window_start + HOUR


def test_nobody_is_sent_where_they_cannot_be_in_time_unless_a_reason_is_given(api, people, ticket, far, send):
    here = send(ticket, **window(1, 1))
    body = {
        "technician_id": people.technician.pk,
        "window_start": here.window_end,
        "window_end": here.window_end + timedelta(minutes=10),
    }
    dispatch = f"/api/v1/tickets/{far.pk}/dispatch"
    answer = api(people.dispatcher).post(dispatch, body)
    assert refusal(answer) == (409, "visit_out_of_reach")
    assert answer.json()["visit"] == str(here.pk)
    assert answer.json()["earliest"] > answer.json()["window_end"]
    answer = api(people.dispatcher).post(dispatch, body | {"override_reason": "With the blue light."})
    assert answer.status_code == 201
    assert answer.json()["occupied_from"] == answer.json()["window_start"]


def test_a_later_visit_begins_later_within_its_window_or_is_in_the_way(people, ticket, far, send, complain, api):
    later = send(far, **window(3, 1))
    between = send(ticket, window_start=later.window_start - HOUR, window_end=later.window_start)
    later.refresh_from_db()
    assert later.occupied_from == between.occupied_until
    assert later.window_start < later.occupied_until - HOUR < later.window_end
    narrow = {"window_start": later.window_end, "window_end": later.window_end + timedelta(minutes=10)}
    body = {"technician_id": people.technician.pk, **narrow}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{complain().pk}/dispatch", body)
    assert refusal(answer) == (409, "visit_out_of_reach")
    assert answer.json()["visit"] == str(later.pk)


def test_the_database_has_the_last_word_about_work_and_ways(visit, far, send):
    later = send(far, window_start=visit.window_end, window_end=visit.window_end + 2 * HOUR)
    with pytest.raises(IntegrityError, match=NOT_TWICE), transaction.atomic():
        Visit.objects.filter(pk=later.pk).update(occupied_from=visit.window_start)


def test_what_was_planned_before_ways_were_reckoned_occupies_its_window(visit, far, send):
    Visit.objects.filter(pk=visit.pk).update(occupied_from=None, occupied_until=None)
    later = send(far, window_start=visit.window_end, window_end=visit.window_end + 2 * HOUR)
    assert later.occupied_from == visit.window_end
    assert later.window_start < later.occupied_until - HOUR


def test_a_visit_that_moves_takes_its_time_along(people, visit, far, send):
    later = send(far, window_start=visit.window_end, window_end=visit.window_end + 2 * HOUR)
    start = later.window_start + 20 * HOUR
    told = {"window_start": start, "window_end": start + HOUR, "visit_id": later.pk}
    moved = reschedule_visit(actor=Actor(user=people.dispatcher), occurred_at=now(), **told)
    assert moved.occupies == (start, start + HOUR)  # nobody comes from a visit of the day before


def test_who_is_away_is_sent_only_with_a_reason(api, people, ticket):
    body = {"technician_id": people.technician.pk, **window(3)}
    start, end = body["window_start"], body["window_end"]
    dispatch = f"/api/v1/tickets/{ticket.pk}/dispatch"
    Absence.objects.create(
        technician=people.technician,
        territory=people.north,
        kind=Absence.Kind.values[0],
        starts_at=start - HOUR,
        ends_at=end,
        state=Absence.State.APPROVED,
        asked_by=people.technician,
        asked_at=now(),
        decided_by=people.dispatcher,
        decided_at=now(),
    )
    answer = api(people.dispatcher).post(dispatch, body)
    assert refusal(answer) == (409, "technician_absent")
    assert len(answer.json()["absences"]) == 1
    answer = api(people.dispatcher).post(dispatch, body | {"override_reason": "Comes in for this one."})
    assert answer.status_code == 201


def test_no_window_is_promised_that_has_passed(api, people, ticket):
    body = {"technician_id": people.technician.pk, **window(-3)}
    answer = api(people.dispatcher).post(f"/api/v1/tickets/{ticket.pk}/dispatch", body)
    assert refusal(answer) == (400, "window_in_past")
