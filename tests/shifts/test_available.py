"""Who may be sent when: by shifts that were published, less absences that were approved."""

import pytest
from django.db import IntegrityError, transaction

from tests.people import People
from tests.shifts.conftest import WEEK_BEFORE, Away, Plan, at
from tests.statements import statements
from tickets.shifts.selectors import available, working_windows
from tickets.travel.places import Place

pytestmark = pytest.mark.at(WEEK_BEFORE)


def test_a_technician_may_be_sent_within_their_shifts(people: People, shift: Plan) -> None:
    shift("08:00", "12:00")
    shift("13:00", "17:00")
    tom, colin = people.technician.pk, people.colleague.pk
    assert available([tom, colin], at("08:00"), at("12:00")) == {tom}
    assert available([tom], at("11:00"), at("14:00")) == set()
    assert available([tom], at("07:59"), at("09:00")) == set()
    shift("12:00", "13:00")  # what follows without a gap is one stretch
    assert available([tom], at("11:00"), at("14:00")) == {tom}


def test_an_absence_takes_its_hours_out_of_a_shift(people: People, shift: Plan, absence: Away) -> None:
    shift("08:00", "17:00", start_latitude=34.2, start_longitude=108.9, end_latitude=34.3, end_longitude=109.0)
    absence("10:00", "12:00")
    tom = people.technician.pk
    [morning, afternoon] = working_windows([tom], at("00:00"), at("23:59"))[tom]
    assert (morning.starts_at, morning.ends_at) == (at("08:00"), at("10:00"))
    assert (afternoon.starts_at, afternoon.ends_at) == (at("12:00"), at("17:00"))
    assert (morning.starts_from, morning.returns_to) == (Place(34.2, 108.9), None)
    assert (afternoon.starts_from, afternoon.returns_to) == (None, Place(34.3, 109.0))
    assert available([tom], at("09:00"), at("10:00")) == {tom}
    assert available([tom], at("09:00"), at("10:01")) == set()


def test_what_is_not_published_or_not_approved_counts_for_nothing(people: People, shift: Plan, absence: Away) -> None:
    shift("08:00", "12:00", state="draft", published_at=None)
    shift("13:00", "17:00")
    absence("13:00", "15:00", state="asked", decided_by=None, decided_at=None)
    tom = people.technician.pk
    [window] = working_windows([tom], at("00:00"), at("23:59"))[tom]
    assert (window.starts_at, window.ends_at) == (at("13:00"), at("17:00"))


def test_a_break_is_told_where_it_lies_and_does_not_stand_in_the_way(people: People, shift: Plan) -> None:
    shift("08:00", "17:00", break_starts_at=at("12:00"), break_ends_at=at("13:00"))
    tom = people.technician.pk
    [window] = working_windows([tom], at("12:30"), at("20:00"))[tom]
    assert window.pauses == ((at("12:30"), at("13:00")),)
    assert available([tom], at("11:00"), at("14:00")) == {tom}


def test_two_statements_say_it_of_everybody(people: People, shift: Plan, absence: Away) -> None:
    for technician in (people.technician, people.colleague):
        shift("08:00", "17:00", technician=technician)
        absence("08:00", "09:00", technician=technician)
    ids = [people.technician.pk, people.colleague.pk]
    with statements(2):
        assert available(ids, at("09:00"), at("17:00")) == {*ids}


def test_nobody_is_planned_twice_for_the_same_hour(shift: Plan) -> None:
    shift("08:00", "12:00")
    with pytest.raises(IntegrityError, match="do_not_overlap"), transaction.atomic():
        shift("11:59", "13:00", state="draft")
    shift("11:59", "13:00", state="cancelled", cancelled_at=at("07:00"))
    shift("12:00", "13:00")
