"""When did it happen, according to a device whose clock may be anything (docs/sync.md, "Device time")."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.devices.clock import TOLERANCE, Anchor, DeviceClock, Reading

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MS_PER_HOUR = 3_600_000


def clock(*, wall: datetime = NOON, monotonic_ms: int | None = 100 * MS_PER_HOUR, boot: str = "now", **anchors: Anchor):
    return DeviceClock(Reading(wall, monotonic_ms, boot), NOON, anchors)


def test_work_of_the_present_boot_is_dated_by_the_time_elapsed_whatever_the_wall_clock_says():
    captured = Reading(datetime(1970, 1, 1, tzinfo=UTC), 97 * MS_PER_HOUR, "now")
    assert clock().occurred_at(captured) == (NOON - 3 * HOUR, ("clock_corrected",))


def test_work_of_an_earlier_boot_is_dated_by_the_last_contact_in_that_boot():
    anchored = clock(before=Anchor(5 * MS_PER_HOUR, NOON - 10 * HOUR))
    captured = Reading(NOON + 99 * HOUR, 7 * MS_PER_HOUR, "before")
    assert anchored.occurred_at(captured) == (NOON - 8 * HOUR, ("clock_corrected", "late"))


def test_without_a_contact_in_that_boot_the_wall_clock_counts_less_the_skew():
    fast = clock(wall=NOON + HOUR)
    assert fast.occurred_at(Reading(NOON, 5, "unheard of")) == (NOON - HOUR, ("clock_corrected",))


def test_a_correct_clock_is_left_alone():
    assert clock().occurred_at(Reading(NOON - HOUR, 99 * MS_PER_HOUR, "now")) == (NOON - HOUR, ())


def test_what_would_happen_in_the_future_counts_as_of_its_arrival_and_is_flagged():
    assert clock().occurred_at(Reading(NOON + HOUR, 101 * MS_PER_HOUR, "now")) == (NOON, ("in_future",))


def test_late_is_later_than_four_hours():
    on_time, late = (
        clock().occurred_at(Reading(NOON - hours, (100 * HOUR - hours) // timedelta(milliseconds=1), "now"))
        for hours in (4 * HOUR, 4 * HOUR + timedelta(seconds=1))
    )
    assert on_time[1] == ()
    assert late[1] == ("late",)


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ELAPSED = st.integers(0, 2**53)


@given(MOMENTS, st.none() | ELAPSED, MOMENTS, st.none() | ELAPSED, st.sampled_from(["", "now", "before", "never"]))
def test_no_clock_is_so_wrong_that_work_is_dated_after_its_arrival_or_breaks_the_server(
    wall: datetime, elapsed: int | None, captured_wall: datetime, captured_elapsed: int | None, boot: str
):
    device = clock(wall=wall, monotonic_ms=elapsed, before=Anchor(0, NOON - HOUR))
    occurred_at, flags = device.occurred_at(Reading(captured_wall, captured_elapsed, boot))
    assert occurred_at <= NOON
    if abs(occurred_at - captured_wall) > timedelta(minutes=2) + TOLERANCE:
        assert {"clock_corrected", "in_future"} & set(flags)


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(0, 10**9))
def test_the_order_of_work_in_one_boot_survives_any_wall_clock(first: int, second: int, error: int):
    device = clock()
    readings = [Reading(NOON + timedelta(seconds=error * sign), at, "now") for at, sign in ((first, 1), (second, -1))]
    one, other = (device.occurred_at(reading)[0] for reading in readings)
    assert (one <= other) == (first <= second)
