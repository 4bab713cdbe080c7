"""The fast arithmetic against the slow model, and the cases that a person can check by hand."""

from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.clock import slow_model
from tickets.clock.arithmetic import (
    HOLIDAY,
    OPEN_HOURS,
    OUTSIDE_HOURS,
    PAUSED,
    BusinessTime,
    Calendar,
    ElapsedTime,
    Segment,
    account,
    consumed,
    reached_at,
)

MINUTE = timedelta(minutes=1)
HALF_HOUR = timedelta(minutes=30)

# Zone, and a change of its clocks: forward by an hour, back by an hour, by half an hour only, never.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Asia/Shanghai", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    # Clocks that change at midnight, so that a day begins at one, or twice; and a zone that skipped a whole day.
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("America/St_Johns", datetime(2010, 11, 7, 2, 31, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
]


def fast(hours: slow_model.Hours | None) -> Calendar:
    return BusinessTime(ZoneInfo(hours.zone), hours.windows, hours.holidays) if hours else ElapsedTime()


def segments(life: slow_model.Life) -> list[Segment]:
    result, start = [], life.started
    for begin, end in life.pauses:
        if start < begin:
            result.append(Segment(start, begin, True))
        result.append(Segment(begin, end, False, "waiting_for_part"))
        if end is None:
            return result
        start = end
    return [*result, Segment(start, None, True)]


@st.composite
def windows(draw: st.DrawFn, step: timedelta) -> list[tuple[time, time]]:
    """Up to three windows of one day that do not overlap, on multiples of `step`."""
    last = timedelta(days=1) // step
    marks = sorted(draw(st.sets(st.integers(0, last), max_size=6)))
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        ((midnight + opens * step).time(), (midnight + closes * step).time())
        for opens, closes in zip(marks[::2], marks[1::2], strict=False)
    ]


@st.composite
def a_calendar(draw: st.DrawFn, zone: str, around: date, days: int, step: timedelta) -> slow_model.Hours | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    holidays = draw(st.sets(st.integers(-days, days), max_size=4))
    return slow_model.Hours(
        zone,
        draw(st.dictionaries(st.integers(0, 6), windows(step), min_size=1)),
        frozenset(around + timedelta(days=day) for day in holidays),
    )


@st.composite
def a_life(draw: st.DrawFn, start: datetime, steps: int, step: timedelta) -> slow_model.Life:
    marks = sorted(draw(st.sets(st.integers(0, steps), max_size=6)))
    moments: list[datetime | None] = [start + mark * step for mark in marks]
    if len(moments) % 2:
        moments.append(None)
    pauses = [(begin, end) for begin, end in zip(moments[::2], moments[1::2], strict=True) if begin]
    return slow_model.Life(start, pauses)


@st.composite
def a_case(draw: st.DrawFn, days: int, step: timedelta) -> tuple[slow_model.Life, slow_model.Hours | None, datetime]:
    """A clock that lives for `days` days at most, near a change of its zone's clocks; and a moment to judge it."""
    # St. John's changed its clocks at one minute past midnight: no sight for a model that looks every half hour.
    zone, change = draw(
        st.sampled_from([(zone, change) for zone, change in CHANGES if step == MINUTE or change.minute % 30 == 0])
    )
    steps = timedelta(days=days) // step
    start = change - draw(st.integers(0, steps)) * step
    hours = draw(a_calendar(zone, change.date(), days, step))
    life = draw(a_life(start, steps, step))
    return life, hours, start + draw(st.integers(0, steps)) * step


def check(case: tuple[slow_model.Life, slow_model.Hours | None, datetime], amount: timedelta, step: timedelta) -> None:
    life, hours, at = case
    counted = slow_model.consumed(life, hours, at, step)
    assert consumed(segments(life), fast(hours), at) == counted

    # The moment at which an amount is reached, whether it lies before `at` or after.
    due = reached_at(segments(life), fast(hours), amount)
    if amount <= counted:
        assert due == slow_model.reached_at(life, hours, amount, step, at)
    else:
        assert due is None or due > at
        if due and due - at < timedelta(days=30):
            assert due == slow_model.reached_at(life, hours, amount, step, due)

    # The account covers everything, tells the same sum, and never puts two pieces where one would do.
    pieces = account(segments(life), fast(hours), at)
    assert sum((piece.end - piece.start for piece in pieces if piece.counts), timedelta(0)) == counted
    if pieces:
        assert [life.started, *(piece.end for piece in pieces)] == [*(piece.start for piece in pieces), at]
    for piece in pieces:
        assert piece.counts == slow_model.counts(life, hours, piece.start)


@settings(max_examples=150)
@given(case=a_case(days=4, step=MINUTE), minutes=st.integers(1, 4 * 24 * 60))
def test_a_few_days_around_a_change_of_clocks_agree_minute_by_minute(case, minutes):
    check(case, minutes * MINUTE, MINUTE)


@settings(max_examples=100)
@given(case=a_case(days=250, step=HALF_HOUR), halves=st.integers(1, 250 * 48))
def test_the_better_part_of_a_year_agrees_half_hour_by_half_hour(case, halves):
    check(case, halves * HALF_HOUR, HALF_HOUR)


@settings(max_examples=200)
@given(
    case=a_case(days=20, step=MINUTE),
    microseconds=st.integers(1, 5 * 24 * 3600 * 1_000_000),
    split=st.floats(0, 1),
)
def test_what_is_due_has_been_consumed_then_and_not_a_moment_before(case, microseconds, split):
    life, hours, _ = case
    amount = timedelta(microseconds=microseconds)
    due = reached_at(segments(life), fast(hours), amount)
    assume(due)
    assert due is not None
    assert consumed(segments(life), fast(hours), due) == amount
    assert consumed(segments(life), fast(hours), due - timedelta.resolution) < amount
    # Time may be cut anywhere: the parts add up to the whole.
    calendar = fast(hours)
    middle = life.started + (due - life.started) * split
    assert calendar.between(life.started, middle) + calendar.between(middle, due) == calendar.between(life.started, due)


OFFICE = {day: [(time(9), time(12)), (time(13), time(17))] for day in range(5)}


def test_a_friday_evening_complaint_is_due_on_monday():
    calendar = BusinessTime(ZoneInfo("Europe/Berlin"), OFFICE)
    friday_evening = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 18:00 in Berlin
    assert calendar.after(friday_evening, timedelta(hours=4)) == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_the_end_of_the_day_is_due_in_the_evening_not_the_next_morning():
    calendar = BusinessTime(ZoneInfo("Europe/Berlin"), OFFICE)
    monday_morning = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert calendar.after(monday_morning, timedelta(hours=7)) == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_the_hour_that_daylight_saving_skips_does_not_count_and_the_doubled_one_counts_twice():
    nights = BusinessTime(ZoneInfo("Europe/Berlin"), {day: [(time(0), time(6))] for day in range(7)})
    assert nights.between(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)) == timedelta(
        hours=5
    )
    assert nights.between(datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)) == timedelta(
        hours=7
    )


def test_a_window_that_ends_inside_the_doubled_hour_opens_again_with_it():
    nights = BusinessTime(ZoneInfo("Europe/Berlin"), {6: [(time(1), time(2, 30))]})
    stretches = list(nights.stretches(datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC)))
    assert [(stretch.counts, stretch.end - stretch.start) for stretch in stretches] == [
        (True, timedelta(minutes=90)),  # 01:00 to 02:30
        (False, timedelta(minutes=30)),  # 02:30 to 03:00, when the clocks go back
        (True, timedelta(minutes=30)),  # 02:00 to 02:30 once more
        (False, timedelta(minutes=30)),
    ]


def test_the_account_names_the_reason_of_every_stretch():
    calendar = BusinessTime(ZoneInfo("Asia/Shanghai"), OFFICE, [date(2026, 11, 24)])
    monday_nine = datetime(2026, 11, 23, 1, tzinfo=UTC)
    life = [
        Segment(monday_nine, monday_nine + timedelta(hours=1), True),
        Segment(monday_nine + timedelta(hours=1), monday_nine + timedelta(hours=2), False, "waiting_for_part"),
        Segment(monday_nine + timedelta(hours=2), None, True),
    ]
    pieces = account(life, calendar, datetime(2026, 11, 25, 2, tzinfo=UTC))
    assert [(piece.why, piece.reason, piece.counts) for piece in pieces] == [
        (OPEN_HOURS, "", True),
        (PAUSED, "waiting_for_part", False),
        (OPEN_HOURS, "", True),
        (OUTSIDE_HOURS, "", False),  # lunch
        (OPEN_HOURS, "", True),
        (OUTSIDE_HOURS, "", False),  # Monday night
        (HOLIDAY, "", False),
        (OUTSIDE_HOURS, "", False),  # Wednesday before nine
        (OPEN_HOURS, "", True),
    ]


def test_windows_that_overlap_count_once():
    calendar = BusinessTime(UTC, {0: [(time(9), time(12)), (time(11), time(14)), (time(14), time(0))]})
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert calendar.between(monday, monday + timedelta(days=1)) == timedelta(hours=15)


def test_a_week_that_begins_at_noon_touches_eight_days():
    always = {day: [(time(0), time(0))] for day in range(7)}
    calendar = BusinessTime(UTC, always, [date(2026, 11, 30)])
    monday_noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert calendar.between(monday_noon, monday_noon + timedelta(days=7)) == timedelta(days=6, hours=12)


@pytest.mark.parametrize(
    "calendar",
    [BusinessTime(UTC, {}), BusinessTime(UTC, {0: [(time(9), time(9, 1))]})],
    ids=["closed", "a_minute_a_week"],
)
def test_a_promise_that_the_calendar_never_lets_come_due_has_no_due_moment(calendar):
    start = datetime(2026, 11, 23, tzinfo=UTC)
    assert reached_at([Segment(start, None, True)], calendar, timedelta(days=30)) is None


def test_a_clock_that_stands_still_has_no_due_moment_unless_it_was_reached_before():
    start = datetime(2026, 11, 23, tzinfo=UTC)
    life = [
        Segment(start, start + timedelta(hours=10), True),
        Segment(start + timedelta(hours=10), None, False, "waiting_for_part"),
    ]
    assert reached_at(life, ElapsedTime(), timedelta(hours=12)) is None
    assert reached_at(life, ElapsedTime(), timedelta(hours=10)) == start + timedelta(hours=10)
    assert consumed(life, ElapsedTime(), start + timedelta(days=9)) == timedelta(hours=10)


def test_years_are_counted_by_weeks_not_by_minutes():
    calendar = BusinessTime(ZoneInfo("Europe/Berlin"), OFFICE, [date(year, 12, 25) for year in range(2020, 2030)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    began = perf_counter()
    due = calendar.after(start, timedelta(hours=35 * 500))
    assert due
    assert calendar.between(start, due) == timedelta(hours=35 * 500)
    # 500 weeks, there and back; five million minutes would take seconds.
    assert perf_counter() - began < 1
