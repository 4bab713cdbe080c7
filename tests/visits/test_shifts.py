"""Shifts begin and end by phone: raw facts, kept as they were told, flagged where they are odd."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Role, RoleGrant
from fieldsvc.time import now, time_is, time_passes
from sync.commands import Actor
from sync.ids import uuid7
from tests.phone import Phone, fresh_phone
from tests.visits.conftest import HERE
from tickets.visits.models import CheckIn
from tickets.visits.shifts import archive_shifts


@pytest.fixture
def handset(people):
    people.north  # noqa: B018  # the place is made before the people who work there
    return Phone(people.technician)


def events():
    return list(CheckIn.objects.order_by("occurred_at").values_list("kind", "flags"))


def test_a_shift_without_signal_is_told_once_at_its_own_time(people, handset):
    with time_is(now()):
        handset.does("shift.clock_in", hours_ago=3, id=uuid7(), **HERE, mock=True)
        handset.does("shift.clock_out", hours_ago=1, id=uuid7(), **HERE)
        handset.push(reply_is_lost=True)
        assert handset.push() == ["applied", "applied"]
        began, ended = CheckIn.objects.order_by("occurred_at")
        assert (began.kind, ended.kind) == ("shift_start", "shift_end")
        assert (began.occurred_at, began.received_at) == (now() - timedelta(hours=3), now())
    assert (began.technician, began.territory, began.visit) == (people.technician, people.north, None)
    assert (began.mock, began.accuracy_m, began.flags, ended.flags) == (True, 12, [], [])
    assert began.captured["monotonic_ms"] > 0


def test_clocking_in_twice_is_kept_and_flagged(handset):
    handset.does("shift.clock_in", hours_ago=3, **HERE)
    handset.does("shift.clock_in", hours_ago=2, **HERE)
    handset.does("shift.clock_out", hours_ago=1, **HERE)
    handset.does("shift.clock_in", hours_ago=0.5, **HERE)
    assert handset.push() == ["applied"] * 4
    assert events() == [
        ("shift_start", []),
        ("shift_start", ["clocked_in_already"]),
        ("shift_end", []),
        ("shift_start", []),
    ]


def test_clocking_out_of_no_shift_is_kept_and_flagged(handset):
    handset.does("shift.clock_out", hours_ago=3)
    handset.does("shift.clock_in", hours_ago=2, **HERE)
    handset.does("shift.clock_out", hours_ago=1, **HERE)
    handset.does("shift.clock_out", hours_ago=0.5, **HERE)
    assert handset.push() == ["applied"] * 4
    assert [flags for _, flags in events()] == [["no_position", "not_clocked_in"], [], [], ["not_clocked_in"]]


def test_what_arrives_out_of_order_is_judged_by_when_it_happened(people, phone, handset):
    """Two phones: the evening is told before the morning."""
    other = phone(people.technician)
    other.does("shift.clock_out", hours_ago=1, **HERE)
    other.push()
    handset.does("shift.clock_in", hours_ago=3, **HERE)
    handset.push()
    # What was flagged stays as it was written; whoever reckons attendance goes by the times.
    assert events() == [("shift_start", []), ("shift_end", ["not_clocked_in"])]


def test_a_device_with_a_wrong_clock_is_corrected_and_said(handset):
    handset.wall_error = timedelta(days=90)
    handset.does("shift.clock_in", hours_ago=5, **HERE)
    handset.push()
    fact = CheckIn.objects.get()
    assert fact.flags == ["clock_corrected", "late"]
    assert abs(fact.occurred_at - (now() - timedelta(hours=5))) < timedelta(minutes=1)


def test_the_same_event_in_two_operations_counts_once(handset):
    id = uuid7()
    handset.does("shift.clock_in", id=id, **HERE)
    handset.does("shift.clock_in", id=id, **HERE)
    handset.does("shift.clock_out", id=id, **HERE)
    assert handset.push() == ["applied", "applied", "refused"]
    assert [answer.get("code") for answer in handset.answers.values()] == [None, None, "id_taken"]
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize("place", [{"latitude": 91, "longitude": 0}, {"latitude": 1}, {"longitude": "west"}])
def test_a_place_that_is_none_is_refused(handset, place):
    handset.does("shift.clock_in", **dict[str, Any](place))
    assert handset.push() == ["refused"]
    assert not CheckIn.objects.exists()


def test_the_technician_and_their_desk_hear_of_a_shift_and_nobody_else(people, api, handset):
    phones = {who: fresh_phone(getattr(people, who)) for who in ("dispatcher", "colleague", "southern_dispatcher")}
    handset.does("shift.clock_in", **HERE)
    handset.push()
    for phone in (handset, *phones.values()):
        phone.pull()
    [fact] = handset.collection("check_ins").values()
    assert (fact["kind"], fact["visit_id"], fact["ticket_id"]) == ("shift_start", None, None)
    assert phones["dispatcher"].collection("check_ins")[fact["id"]] == fact
    assert fact["territory_id"] == str(people.north.pk)
    for who in ("colleague", "southern_dispatcher"):
        assert phones[who].collection("check_ins") == {}
    shown = api(people.dispatcher).get("/api/v1/check-ins?kind=shift_start&kind=shift_end").json()["results"]
    assert [row["technician_name"] for row in shown] == ["Tom Technician"]
    for stranger in (people.colleague, people.southern_dispatcher, people.resident):
        assert api(stranger).get("/api/v1/check-ins").json()["results"] == []


def test_only_technicians_have_shifts(people, api):
    answer = api(people.dispatcher).post("/api/v1/shift/clock-in", HERE)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


def test_online_a_shift_is_told_by_the_same_command(people, api):
    answer = api(people.technician).post("/api/v1/shift/clock-in", HERE)
    assert (answer.status_code, answer.json()["kind"]) == (201, "shift_start")
    assert api(people.technician).post("/api/v1/shift/clock-out", HERE).json()["flags"] == []


def test_a_shift_that_had_begun_ends_although_the_role_was_lost_meanwhile(people, api, handset):
    handset.does("shift.clock_in", hours_ago=3, **HERE)
    handset.push()
    RoleGrant.objects.filter(user=people.technician).delete()
    handset.does("shift.clock_out", hours_ago=1, **HERE)
    assert handset.push() == ["applied"]
    assert events()[-1] == ("shift_end", [])
    assert CheckIn.objects.get(kind="shift_end").territory == people.north
    assert api(people.technician).post("/api/v1/shift/clock-in", HERE).json()["code"] == "role_required"


def test_a_technician_of_everywhere_belongs_to_the_desk_of_their_last_visit(people, visit, phone):
    RoleGrant.objects.filter(user=people.technician, role=Role.TECHNICIAN).update(territory=None)
    handset = phone(people.technician)
    handset.does("shift.clock_in", **HERE)
    handset.push()
    assert CheckIn.objects.get().territory == visit.ticket.territory


def test_shifts_leave_phones_and_desks_after_two_weeks_and_stay_on_record(people, api, handset):
    handset.does("shift.clock_in", **HERE)
    handset.push()
    desk = fresh_phone(people.dispatcher)
    handset.pull()
    assert len(handset.collection("check_ins")) == len(desk.collection("check_ins")) == 1
    with time_passes(timedelta(days=15)):
        assert archive_shifts(actor=Actor.system(), occurred_at=now()) == 1
        assert archive_shifts(actor=Actor.system(), occurred_at=now()) == 0
    for phone in (handset, desk):
        phone.pull()
        assert phone.collection("check_ins") == {}
        assert phone.replica() == fresh_phone(phone.user).replica()
    assert len(api(people.dispatcher).get("/api/v1/check-ins").json()["results"]) == 1


def test_what_was_clocked_is_never_changed_or_deleted(handset):
    handset.does("shift.clock_in", **HERE)
    handset.push()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        CheckIn.objects.update(occurred_at=now())
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        CheckIn.objects.all().delete()


def test_an_arrival_belongs_to_a_visit_and_a_shift_to_none(people):
    fact = CheckIn(technician=people.technician, kind="arrival", occurred_at=now(), received_at=now())
    with pytest.raises(DatabaseError, match="check_in_at_a_visit_or_of_a_shift"), transaction.atomic():
        fact.save()
