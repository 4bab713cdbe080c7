"""Who was there follows from what was planned and what phones told; an unsynced phone excuses until it syncs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, Territory, User
from fieldsvc.time import now, time_is
from sync.commands import Actor
from sync.devices.models import Device
from tests.people import People
from tests.phone import Phone
from tests.shifts.conftest import MONDAY, Away, Plan, at
from tests.statements import sent
from tests.world import World
from tickets.attendance.services import refresh
from tickets.models import AttendanceDay, AttendanceMark, CheckIn, Shift
from tickets.visits import services as visits

Api = Callable[[User | None], APIClient]
URL = "/api/v1/attendance-days"
TUESDAY = MONDAY + timedelta(days=1)


def told(people: People, *events: tuple[str, str], day: date = MONDAY) -> None:
    """The technician's events of a day, as they stand in the books: `("08:00", "shift_start")`."""
    for clock, kind in events:
        CheckIn.objects.create(
            technician=people.technician,
            territory=people.north,
            kind=kind,
            occurred_at=at(clock, day),
            received_at=at(clock, day),
        )


def judged(moment: datetime, day: date = MONDAY) -> AttendanceDay:
    """The technician's day as it stands then."""
    refresh(at=moment)
    return AttendanceDay.objects.get(technician__username="technician", day=day)


IN, OUT = "shift_start", "shift_end"


@pytest.mark.parametrize(
    ("events", "state", "late", "early", "overtime", "marks"),
    [
        ([("07:55", IN), ("17:02", OUT)], "attended", 0, 0, 7, []),
        ([("08:05", IN), ("16:55", OUT)], "attended", 0, 0, 0, []),
        ([("08:06", IN), ("16:54", OUT)], "attended", 6, 6, 0, []),
        ([("08:00", IN), ("19:30", OUT)], "attended", 0, 0, 150, []),
        ([("08:00", IN), ("10:00", OUT), ("11:00", IN), ("17:00", OUT)], "attended", 0, 0, 0, []),
        ([("08:00", IN), ("09:00", OUT), ("09:00", IN), ("15:00", OUT)], "attended", 0, 120, 0, []),
        ([("09:00", IN)], "attended", 60, 0, 0, ["no_clock_out"]),
        ([("17:00", OUT)], "attended", 0, 0, 0, ["no_clock_in"]),
        ([], "missing", 0, 0, 0, []),
    ],
)
def test_a_day_is_judged_by_its_shift_and_the_tolerance(
    people: People,
    shift: Plan,
    events: list[tuple[str, str]],
    state: str,
    late: int,
    early: int,
    overtime: int,
    marks: list[str],
) -> None:
    shift("08:00", "17:00", break_starts_at=at("12:00"), break_ends_at=at("13:00"))
    told(people, *events)
    day = judged(at("18:00"))
    assert (day.state, day.marks) == (state, marks)
    assert [day.late_s, day.early_s, day.overtime_s] == [60 * late, 60 * early, 60 * overtime]
    assert (day.territory, day.planned_s) == (people.north, 8 * 3600)


def test_until_an_hour_after_the_end_nothing_is_judged_but_who_came_late(people: People, shift: Plan) -> None:
    shift("08:00", "17:00")
    assert (judged(at("07:00")).state, judged(at("12:00")).state) == ("open", "open")
    told(people, ("08:30", IN))
    day = judged(at("17:59"))
    assert (day.state, day.late_s, day.left_at) == ("open", 1800, None)
    assert judged(at("18:00")).state == "attended", "time alone brings it about"
    assert refresh(at=at("19:00")) == 0, "and then there is nothing more to do"


def test_an_unsynced_phone_excuses_until_it_syncs(people: People, shift: Plan) -> None:
    shift("08:00", "17:00")
    with time_is(at("07:30")):
        phone = Phone(people.technician)
        phone.pull()
    assert judged(at("18:00")).state == "awaiting_sync"
    with time_is(at("09:00", TUESDAY)):
        phone.does("shift.clock_in", hours_ago=24.5)
        phone.does("shift.clock_out", hours_ago=16)
        assert phone.push() == ["applied", "applied"]
    day = judged(at("09:01", TUESDAY))
    assert (day.state, day.late_s, day.left_at) == ("attended", 1800, at("17:00"))


def test_who_has_nothing_to_tell_is_missing_once_the_phone_has_synced(people: People, shift: Plan) -> None:
    shift("08:00", "17:00")
    with time_is(at("07:30")):
        phone = Phone(people.technician)
        phone.pull()
    assert judged(at("18:00")).state == "awaiting_sync"
    with time_is(at("19:00")):
        phone.pull()
        Device.objects.update(pending_operations=1, oldest_pending_at=at("16:00"))
        assert judged(at("19:01")).state == "awaiting_sync", "it says itself that it has something to send"
        Device.objects.update(pending_operations=0, oldest_pending_at=None)
    assert judged(at("19:02")).state == "missing"


def test_what_comes_late_recomputes_the_day(people: People, shift: Plan) -> None:
    shift("08:00", "17:00")
    assert judged(at("18:00")).state == "missing", "they have no phone that might excuse them"
    told(people, ("08:00", IN), ("17:00", OUT))
    assert judged(at("20:00", MONDAY + timedelta(days=5))).state == "attended"


def test_standing_at_a_customers_is_being_there(people: People, shift: Plan, world: World) -> None:
    shift("08:00", "17:00")
    with time_is(at("08:00")):
        visit = world.dispatched_visit()
    with time_is(at("08:20")):
        visits.check_in(actor=Actor(people.technician), occurred_at=now(), visit_id=visit.pk)
    with time_is(at("16:00")):
        visits.check_out(actor=Actor(people.technician), occurred_at=now(), visit_id=visit.pk)
    day = judged(at("18:00"))
    assert (day.state, day.came_at, day.left_at) == ("attended", at("08:20"), at("16:00"))
    assert (day.late_s, day.early_s, day.marks) == (0, 0, ["no_clock_in", "no_clock_out"])


def test_leave_takes_its_hours_off_what_is_expected(people: People, shift: Plan, absence: Away) -> None:
    shift("08:00", "17:00")
    absence("08:00", "10:00")
    told(people, ("10:00", IN), ("17:00", OUT))
    day = judged(at("18:00"))
    assert (day.state, day.late_s, day.planned_from, day.away) == ("attended", 0, at("10:00"), "leave")
    shift("08:00", "17:00", day=TUESDAY)
    absence("00:00", "23:59", day=TUESDAY)
    assert judged(at("18:00", TUESDAY), TUESDAY).state == "on_leave"


def test_on_call_nobody_is_missing_and_what_is_worked_is_overtime(people: People, shift: Plan) -> None:
    shift("08:00", "17:00", kind="standby")
    refresh(at=at("18:00"))
    assert not AttendanceDay.objects.exists()
    told(people, ("10:00", IN), ("11:00", OUT))
    day = judged(at("18:00"))
    assert (day.state, day.overtime_s, day.planned_s) == ("attended", 3600, 0)


def test_a_night_belongs_to_the_day_on_which_it_begins(people: People, shift: Plan) -> None:
    start, end = at("22:00"), at("06:00", TUESDAY)
    Shift.objects.create(
        technician=people.technician,
        territory=people.north,
        starts_at=start,
        ends_at=end,
        state="published",
        published_at=now(),
        planned_by=people.dispatcher,
    )
    shift("22:00", "23:00", day=TUESDAY)
    told(people, ("21:50", IN))
    told(people, ("06:10", OUT), ("21:55", IN), ("23:00", OUT), day=TUESDAY)
    first, second = judged(at("23:59", TUESDAY)), judged(at("01:00", TUESDAY + timedelta(days=1)), TUESDAY)
    assert (first.came_at, first.left_at, first.overtime_s) == (at("21:50"), at("06:10", TUESDAY), 1200)
    assert (second.came_at, second.late_s) == (at("21:55", TUESDAY), 0)


def test_between_two_shifts_that_are_close_the_day_ends_in_the_middle(people: People, shift: Plan) -> None:
    shift("15:00", "23:00")
    shift("04:00", "10:00", day=TUESDAY)
    told(people, ("15:00", IN))
    told(people, ("01:00", OUT), ("02:00", IN), ("10:00", OUT), day=TUESDAY)
    first, second = judged(at("12:00", TUESDAY)), judged(at("12:00", TUESDAY), TUESDAY)
    assert (first.left_at, first.marks) == (at("01:00", TUESDAY), [])
    assert (second.came_at, second.overtime_s) == (at("02:00", TUESDAY), 7200)


def test_a_day_is_that_of_the_wall_clock_where_the_hour_changes(people: People) -> None:
    """New York leaves daylight saving on 2026-11-01 at 2:00: that night from 22:00 to 6:00 is nine hours long."""
    Territory.objects.filter(pk=people.north.pk).update(time_zone="America/New_York")
    start = datetime(2026, 11, 1, 2, tzinfo=UTC)  # Saturday, 22:00
    Shift.objects.create(
        technician=people.technician,
        territory=people.north,
        starts_at=start,
        ends_at=start + timedelta(hours=9),
        state="published",
        published_at=start,
        planned_by=people.dispatcher,
    )
    for hours, kind in ((0, IN), (9, OUT)):
        moment = start + timedelta(hours=hours)
        CheckIn.objects.create(technician=people.technician, kind=kind, occurred_at=moment, received_at=moment)
    day = judged(start + timedelta(days=1), date(2026, 10, 31))
    assert (day.planned_s, day.worked_s, day.early_s, day.overtime_s) == (9 * 3600, 9 * 3600, 0, 0)


# Corrections


def test_a_correction_stands_beside_what_was_told_and_can_be_taken_back(people: People, api: Api, shift: Plan) -> None:
    shift("08:00", "17:00")
    told(people, ("09:00", IN), ("17:00", OUT))
    day = judged(at("18:00"))
    with time_is(at("19:00")):
        sam = api(people.supervisor)
        asked = {"came_at": at("08:00"), "reason": "The phone was broken."}
        answer = sam.post(f"{URL}/{day.pk}/correct", asked).json()
        assert (answer["late_s"], answer["came_at"], answer["told"]["late_s"]) == (0, "2026-11-30T00:00:00Z", 3600)
        [said] = answer["corrections"]
        assert (said["reason"], said["corrected_by_name"]) == ("The phone was broken.", "Sam Supervisor")
        told(people, ("18:00", OUT))  # what is heard later is reckoned with all the same
        assert judged(at("19:00")).overtime_s == 3600
        back = sam.post(f"/api/v1/attendance-corrections/{said['id']}/withdraw").json()
        assert (back["late_s"], back["told"], back["corrections"][0]["withdrawn_by_name"]) == (
            3600,
            None,
            "Sam Supervisor",
        )
        assert sam.post(f"{URL}/{day.pk}/correct", {"excused": True, "reason": "Flood."}).json()["state"] == "excused"
    assert CheckIn.objects.count() == 3, "the events are as they were told"


def test_nobody_corrects_their_own_day_and_nonsense_is_refused(people: People, api: Api, shift: Plan) -> None:
    shift("08:00", "17:00")
    day = judged(at("18:00"))
    with time_is(at("19:00")):
        for wrong, code, field in (
            ({}, "correction_empty", "came_at"),
            ({"came_at": at("08:00", MONDAY + timedelta(days=4))}, "correction_not_valid", "came_at"),
            ({"left_at": at("20:00")}, "correction_not_valid", "left_at"),
            ({"came_at": at("12:00"), "left_at": at("12:00")}, "correction_not_valid", "left_at"),
        ):
            answer = api(people.supervisor).post(f"{URL}/{day.pk}/correct", {"reason": "So.", **wrong})
            assert (answer.status_code, answer.json()["code"]) == (400, code)
            assert answer.json()["errors"][0]["field"] == field
        asked = {"excused": True, "reason": "I was there."}
        assert api(people.dispatcher).post(f"{URL}/{day.pk}/correct", asked).json()["code"] == "role_required"
        RoleGrant.objects.create(user=people.technician, role=Role.SUPERVISOR, territory=people.north)
        tom = User.objects.get(pk=people.technician.pk)
        assert api(tom).post(f"{URL}/{day.pk}/correct", asked).json()["code"] == "own_attendance"


# Reading


def test_who_sees_which_days(people: People, api: Api, shift: Plan) -> None:
    shift("08:00", "17:00")
    day = judged(at("18:00"))
    for who in (people.technician, people.dispatcher, people.administrator):
        assert [row["id"] for row in api(who).get(URL).json()["results"]] == [str(day.pk)]
    for stranger in (people.colleague, people.southern_dispatcher, people.agent, people.resident):
        assert api(stranger).get(URL).json()["results"] == []
        assert api(stranger).get(f"{URL}/{day.pk}").status_code == 404
    assert api(people.technician).get("/api/v1/reports/attendance").json()["code"] == "role_required"
    report = api(people.southern_dispatcher).get("/api/v1/reports/attendance", {"week": str(MONDAY)})
    assert report.json()["rows"] == []


def test_a_week_is_reported_by_technician_and_together(people: People, api: Api, shift: Plan, absence: Away) -> None:
    days = [MONDAY + timedelta(days=number) for number in range(4)]
    for day in days:
        shift("08:00", "17:00", day=day)
    shift("08:00", "17:00", technician=people.colleague)
    absence("00:00", "23:00", day=days[3])
    told(people, ("09:00", IN), ("17:00", OUT))
    told(people, ("08:00", IN), ("18:00", OUT), day=days[1])
    refresh(at=at("20:00", days[3]))
    dora, asked = api(people.dispatcher), {"week": str(MONDAY), "territory": str(people.north.pk)}
    with sent() as found:
        report = dora.get("/api/v1/reports/attendance", asked).json()
    assert len(found) < 8, found
    colin, tom = report["rows"]
    assert (colin["technician_name"], colin["missing"], colin["attendance"]) == ("Colin Colleague", 1, 0)
    names = ("planned_days", "attended", "missing", "on_leave", "late", "late_s", "overtime_s", "worked_s")
    assert [tom[name] for name in names] == [3, 2, 1, 1, 1, 3600, 3600, 18 * 3600]
    assert (tom["attendance"], report["total"]["attendance"], report["total"]["missing"]) == (0.6667, 0.5, 2)
    lines = dora.get("/api/v1/reports/attendance", asked | {"format": "csv", "language": "zh"}).content
    head, _, row, total = lines.decode("utf-8-sig").splitlines()
    assert head.startswith("维修人员,应出勤天数,出勤,缺勤,")
    assert row.endswith(",27.0,18.0,1.0,0.0,1.0,0.6667")
    assert total.startswith("合计,4,2,2,")
    assert dora.get("/api/v1/reports/attendance", {"week": "2026-12-01"}).json()["code"] == "not_a_monday"


def test_many_days_are_reckoned_in_few_statements_and_a_push_pays_for_none(people: People, shift: Plan) -> None:
    for number in range(20):
        shift("08:00", "17:00", day=MONDAY + timedelta(days=number))
        shift("08:00", "17:00", day=MONDAY + timedelta(days=number), technician=people.colleague)
    with sent() as found:
        assert refresh(at=at("18:00")) >= 40
    assert len(found) < 25, found
    phone = Phone(people.technician)
    phone.does("shift.clock_in")
    phone.push()
    assert AttendanceMark.objects.count() == 1
