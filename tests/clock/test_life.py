"""When clocks start, stand still, end and go on, and how they are judged."""

from datetime import timedelta

import pytest

from sync.commands import Actor, command_block
from sync.work import write_now
from tests.clock.conftest import MONDAY, Report, after, clock, sweep_at, warned
from tests.people import People
from tests.statements import statements
from tickets.clock.models import ClockSegment, ClockTimer, PolicyTarget, Target, TicketClock
from tickets.clock.services import (
    meet_clock,
    pause_clocks,
    recompute_clocks,
    restart_clocks,
    resume_clocks,
    start_clock,
    start_clocks,
    stop_clocks,
)
from tickets.complaints.models import Ticket
from tickets.service_types.models import ServiceType

OFFICE = Actor.system()
State = TicketClock.State


def arrives(ticket: Ticket, hours: float, heard: float | None = None) -> None:
    """A technician arrives so many hours after the report; we hear of it then, or later."""
    meet_clock(ticket, Target.ON_SITE, at=after(hours), received_at=after(hours if heard is None else heard))


def segments(ticket: Ticket, target: Target = Target.ON_SITE) -> list[tuple[str, str, float, float | None]]:
    """Kind, reason, beginning and end in hours after the report."""

    def hours(moment):
        return None if moment is None else (moment - MONDAY) / timedelta(hours=1)

    return [
        (row.kind, row.reason, hours(row.started_at), hours(row.ended_at))
        for row in ClockSegment.objects.filter(clock=clock(ticket, target))
    ]


def test_a_complaint_is_promised_a_reply_and_a_visit_from_the_moment_it_was_reported(ticket):
    assert {row.target for row in ticket.clocks.all()} == {Target.FIRST_REPLY, Target.ON_SITE}
    on_site = clock(ticket)
    assert (on_site.state, on_site.started_at) == (State.RUNNING, MONDAY)
    assert (on_site.due_at, on_site.limit_at) == (after(24), after(48))


def test_starting_the_clocks_twice_starts_them_once(ticket):
    assert start_clocks(ticket, at=after(1)) == []
    assert clock(ticket).started_at == MONDAY


def test_a_service_type_without_a_policy_goes_by_the_standard_one(report, people):
    ticket = report(service_type=ServiceType.objects.create(code="lift", name="Lift"))
    assert clock(ticket).policy.code == "standard"


def test_who_arrives_within_the_target_has_kept_the_promise(ticket):
    arrives(ticket, 20)
    met = clock(ticket)
    assert (met.state, met.met_at, met.judged_in_hindsight) == (State.MET, after(20), False)
    assert (met.target_missed, met.limit_missed) == (False, False)
    assert not ClockTimer.objects.filter(clock=met).exists()


def test_the_due_moment_itself_is_still_in_time(ticket):
    arrives(ticket, 24)
    assert clock(ticket).state == State.MET


def test_who_arrives_between_target_and_limit_has_missed_the_target_only(ticket):
    arrives(ticket, 30)
    late = clock(ticket)
    assert (late.state, late.met_at) == (State.BREACHED, after(30))
    assert (late.target_missed, late.limit_missed) == (True, False)


def test_who_arrives_after_the_limit_has_missed_both(ticket):
    arrives(ticket, 50)
    assert (clock(ticket).target_missed, clock(ticket).limit_missed) == (True, True)


def test_an_arrival_without_signal_is_judged_by_when_it_happened_and_says_so(ticket, people):
    assert people.supervisor
    sweep_at(25)
    assert clock(ticket).state == State.BREACHED
    arrives(ticket, 20, heard=30)
    met = clock(ticket)
    assert (met.state, met.met_at, met.judged_in_hindsight) == (State.MET, after(20), True)
    assert (met.target_missed, met.due_at) == (False, after(24))
    # What was said is not unsaid.
    assert [percent for percent, _ in warned(ticket)] == [50, 75, 100]


def test_hindsight_may_save_the_limit_and_not_the_target(ticket):
    arrives(ticket, 30, heard=50)
    late = clock(ticket)
    assert (late.state, late.target_missed, late.limit_missed) == (State.BREACHED, True, False)
    assert late.judged_in_hindsight


def test_hearing_late_of_what_was_in_time_anyway_is_no_hindsight(ticket):
    arrives(ticket, 10, heard=20)
    assert (clock(ticket).state, clock(ticket).judged_in_hindsight) == (State.MET, False)


def test_the_earliest_arrival_counts_whatever_the_order_in_which_we_hear(ticket):
    arrives(ticket, 30)
    arrives(ticket, 12, heard=31)
    assert (clock(ticket).state, clock(ticket).met_at) == (State.MET, after(12))
    assert clock(ticket).judged_in_hindsight
    arrives(ticket, 20, heard=32)
    assert clock(ticket).met_at == after(12)


def test_a_phone_whose_clock_runs_behind_the_complaint_meets_it_at_once(ticket):
    arrives(ticket, -2, heard=1)
    assert (clock(ticket).state, clock(ticket).met_at) == (State.MET, MONDAY)


def test_waiting_for_a_part_stops_the_visit_clock_and_not_the_first_reply(ticket):
    pause_clocks(ticket, actor=OFFICE, at=after(10), reason="waiting_for_part")
    assert (clock(ticket).state, clock(ticket).due_at) == (State.PAUSED, None)
    assert clock(ticket, Target.FIRST_REPLY).state == State.RUNNING
    resume_clocks(ticket, actor=OFFICE, at=after(100))
    assert (clock(ticket).state, clock(ticket).due_at) == (State.RUNNING, after(24 + 90))
    assert clock(ticket, Target.FIRST_REPLY).due_at == after(24)


def test_a_hold_for_an_unlisted_reason_stops_nothing_but_is_on_record(ticket):
    pause_clocks(ticket, actor=OFFICE, at=after(10), reason="no_access")
    resume_clocks(ticket, actor=OFFICE, at=after(12))
    assert clock(ticket).due_at == after(24)
    assert segments(ticket) == [
        ("running", "", 0, 10),
        ("running", "no_access", 10, 12),
        ("running", "", 12, None),
    ]


def test_the_record_says_who_put_the_ticket_on_hold(ticket, people):
    pause_clocks(ticket, actor=Actor(user=people.dispatcher), at=after(1), reason="waiting_for_resident")
    assert [row.actor for row in clock(ticket).segments.all()] == [None, people.dispatcher]


def test_a_target_that_has_passed_stays_passed_on_hold(ticket):
    sweep_at(25)
    pause_clocks(ticket, actor=OFFICE, at=after(26), reason="waiting_for_part")
    assert (clock(ticket).state, clock(ticket).due_at, clock(ticket).limit_at) == (State.BREACHED, after(24), None)


def test_a_hold_that_we_hear_of_late_takes_back_the_breach_but_not_the_warnings(ticket, people):
    assert people.supervisor
    sweep_at(25)
    pause_clocks(ticket, actor=OFFICE, at=after(20), reason="waiting_for_resident")
    held = clock(ticket)
    assert (held.state, held.target_missed, held.judged_in_hindsight) == (State.PAUSED, False, True)
    assert len(warned(ticket)) == 3


def test_what_arrives_out_of_order_does_not_rewrite_earlier_segments(ticket):
    pause_clocks(ticket, actor=OFFICE, at=after(10), reason="waiting_for_part")
    resume_clocks(ticket, actor=OFFICE, at=after(12))
    pause_clocks(ticket, actor=OFFICE, at=after(11), reason="waiting_for_resident")
    assert segments(ticket) == [
        ("running", "", 0, 10),
        ("paused", "waiting_for_part", 10, 12),
        ("paused", "waiting_for_resident", 12, None),
    ]


def test_a_hold_after_the_arrival_that_we_heard_of_late_is_forgotten(ticket):
    pause_clocks(ticket, actor=OFFICE, at=after(10), reason="waiting_for_part")
    resume_clocks(ticket, actor=OFFICE, at=after(12))
    arrives(ticket, 9, heard=13)
    assert segments(ticket) == [("running", "", 0, None)]
    assert clock(ticket).met_at == after(9)


def test_a_resolution_starts_the_hour_in_which_the_customer_hears_the_result(ticket):
    meet_clock(ticket, Target.RESOLUTION, at=after(5), received_at=after(5))
    told = clock(ticket, Target.RESULT_TOLD)
    assert (told.started_at, told.due_at) == (after(5), after(6))
    meet_clock(ticket, Target.RESULT_TOLD, at=after(5.5), received_at=after(5.5))
    assert clock(ticket, Target.RESULT_TOLD).state == State.MET


def test_a_ticket_resolved_by_phone_needs_nobody_on_site(ticket):
    meet_clock(ticket, Target.RESOLUTION, at=after(5), received_at=after(5))
    assert (clock(ticket).state, clock(ticket).stopped_at) == (State.STOPPED, after(5))


def test_an_arrival_before_the_resolution_by_phone_is_still_heard(ticket):
    meet_clock(ticket, Target.RESOLUTION, at=after(5), received_at=after(5))
    arrives(ticket, 4, heard=6)
    assert (clock(ticket).state, clock(ticket).met_at, clock(ticket).stopped_at) == (State.MET, after(4), None)
    arrives(ticket, 3, heard=6)
    assert clock(ticket).met_at == after(3)


def test_nothing_more_is_kept_of_a_cancelled_ticket_but_what_was_missed_stays_missed(report):
    in_time, late = report(), report()
    stop_clocks(in_time, at=after(5))
    stop_clocks(late, at=after(25))
    assert (clock(in_time).state, clock(late).state) == (State.STOPPED, State.BREACHED)
    assert not ClockTimer.objects.exists()


def test_a_reopened_ticket_goes_on_with_what_had_been_consumed(ticket):
    arrives(ticket, 20)
    meet_clock(ticket, Target.RESOLUTION, at=after(21), received_at=after(21))
    restart_clocks(ticket, at=after(60))
    on_site = clock(ticket)
    assert (on_site.state, on_site.met_at) == (State.RUNNING, None)
    assert (on_site.due_at, on_site.limit_at) == (after(60 + 4), after(60 + 28))
    assert segments(ticket) == [("running", "", 0, 20), ("paused", "ended", 20, 60), ("running", "", 60, None)]
    # The result that somebody might still have told is none.
    assert clock(ticket, Target.RESULT_TOLD).state == State.BREACHED
    arrives(ticket, 63)
    assert clock(ticket).state == State.MET


def test_a_ticket_reopened_at_once_loses_no_time(ticket):
    arrives(ticket, 20)
    restart_clocks(ticket, at=after(20))
    assert segments(ticket) == [("running", "", 0, 20), ("running", "", 20, None)]
    assert clock(ticket).due_at == after(24)


def test_an_arrival_from_before_the_reopening_does_not_keep_the_promise_again(ticket):
    arrives(ticket, 20)
    restart_clocks(ticket, at=after(60))
    arrives(ticket, 19, heard=61)
    assert clock(ticket).state == State.RUNNING


def test_the_second_repair_has_a_result_of_its_own_to_be_told(ticket):
    for hours in (5, 30):
        meet_clock(ticket, Target.RESOLUTION, at=after(hours), received_at=after(hours))
        meet_clock(ticket, Target.RESULT_TOLD, at=after(hours), received_at=after(hours))
        restart_clocks(ticket, at=after(hours + 1))
    assert clock(ticket, Target.RESULT_TOLD).round == 2


def test_a_callback_has_half_an_hour_and_one_clock_at_a_time(ticket):
    promised = start_clock(ticket, Target.CALLBACK, at=after(1))
    assert promised is not None
    assert promised.due_at == after(1.5)
    assert start_clock(ticket, Target.CALLBACK, at=after(1.2)) == promised
    meet_clock(ticket, Target.CALLBACK, at=after(1.4), received_at=after(1.4))
    again = start_clock(ticket, Target.CALLBACK, at=after(2))
    assert again is not None
    assert again.round == 2


def test_a_promise_that_the_policy_does_not_make_is_no_clock(ticket):
    assert meet_clock(ticket, Target.CALLBACK, at=after(1), received_at=after(1)) is None
    PolicyTarget.objects.filter(target=Target.CALLBACK).delete()
    assert start_clock(ticket, Target.CALLBACK, at=after(1)) is None


def test_a_more_urgent_ticket_goes_by_the_promise_for_its_priority_without_warning_twice(ticket, people, service_type):
    assert people.dispatcher
    PolicyTarget.objects.create(
        policy=service_type.policy,
        target=Target.ON_SITE,
        priority=1,
        target_duration=timedelta(hours=16),
        limit_duration=timedelta(hours=24),
    )
    sweep_at(12)
    assert [percent for percent, _ in warned(ticket)] == [50]
    Ticket.objects.filter(pk=ticket.pk).update(priority=1)
    ticket.refresh_from_db()
    recompute_clocks(ticket, at=after(12.5))
    assert (clock(ticket).due_at, clock(ticket).limit_at) == (after(16), after(24))
    # 12 of 16 hours are 75 percent: that one is due at once, the first is not repeated.
    sweep_at(12.5)
    assert [percent for percent, _ in warned(ticket)] == [50, 75]
    # And back again: the due moment moves, what was fired stays fired.
    Ticket.objects.filter(pk=ticket.pk).update(priority=3)
    ticket.refresh_from_db()
    recompute_clocks(ticket, at=after(13))
    assert clock(ticket).due_at == after(24)
    sweep_at(23)
    assert [percent for percent, _ in warned(ticket)] == [50, 75]


def test_an_imported_complaint_is_judged_without_warning_anybody(report, people):
    assert people.supervisor
    ticket = report(clocks=False)
    start_clocks(ticket, at=MONDAY, warn=False)
    assert sweep_at(60) == 0
    assert (clock(ticket).target_missed, clock(ticket).limit_missed) == (True, True)


@pytest.mark.parametrize("reason", ["waiting_for_part", "no_access"])
def test_holding_and_resuming_at_the_same_moment_leaves_no_trace(ticket, reason):
    pause_clocks(ticket, actor=OFFICE, at=after(3), reason=reason)
    resume_clocks(ticket, actor=OFFICE, at=after(3))
    assert clock(ticket).due_at == after(24)
    assert [kind for kind, *_ in segments(ticket)] == ["running", "running"]


def test_starting_clocks_takes_a_fixed_number_of_queries(report: Report, people: People):
    ticket = report(clocks=False)
    with command_block():
        with statements(3):  # clocks, when which policy holds, promises
            start_clocks(ticket, at=MONDAY)
        with statements(3):  # clocks, segments, timers
            write_now()
