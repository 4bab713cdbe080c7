"""What speaks against a check-in is scored beside it, in words, and nothing is refused for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, RoleGrant, User
from fieldsvc.time import now
from tests.people import People
from tests.phone import Phone
from tests.statements import sent
from tickets.doubts.reasons import REASONS
from tickets.doubts.services import refresh
from tickets.models import CheckIn, Doubt, DoubtMark

Api = Callable[[User | None], APIClient]
URL = "/api/v1/doubtful-check-ins"
HERE: dict[str, Any] = {"latitude": 34.24001, "longitude": 108.91001, "accuracy_m": 12}


@pytest.fixture
def handset(people: People) -> Phone:
    people.north  # noqa: B018  # the place is made before the people who work there
    return Phone(people.technician)


def place(north_m: float, **other: Any) -> dict[str, Any]:
    """So many metres north of here; one degree is 111,195 of them."""
    return HERE | {"latitude": HERE["latitude"] + north_m / 111_195} | other


def clocks(phone: Phone, *places: dict[str, Any], minutes: float = 60, kind: str = "shift.clock_in") -> None:
    """Clock in at one place after the other, so many minutes apart; the last one just now."""
    for number, data in enumerate(places):
        phone.does(kind, hours_ago=(len(places) - 1 - number) * minutes / 60, **data)
    assert set(phone.push()) == {"applied"}


def reasons() -> list[list[str]]:
    """Of all check-ins in their order, once the worker has judged them."""
    refresh()
    doubts = {doubt.check_in_id: sorted(doubt.reasons) for doubt in Doubt.objects.all()}
    return [doubts.get(pk, []) for pk in CheckIn.objects.order_by("occurred_at").values_list("pk", flat=True)]


def test_an_honest_day_is_not_doubted(handset: Phone) -> None:
    clocks(handset, HERE, place(30_000), place(31_000), place(100), minutes=30)
    assert reasons() == [[], [], [], []]
    assert not DoubtMark.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (place(0, mock=True), ["mock"]),
        ({}, ["no_position"]),
        ({"latitude": 34.2, "longitude": 108.9}, ["no_accuracy"]),
        (place(0, accuracy_m=0), ["accuracy_absurd"]),
        (place(0, accuracy_m=5_001), ["accuracy_absurd"]),
        (place(0, accuracy_m=5_000), []),
    ],
)
def test_what_a_check_in_says_of_itself(handset: Phone, wrong: dict[str, Any], expected: list[str]) -> None:
    clocks(handset, wrong)
    assert reasons() == [expected]


@pytest.mark.parametrize(
    ("metres", "minutes", "doubted"),
    [(30_000, 10, False), (40_000, 10, True), (500, 0.01, False), (600, 0.01, True), (40_000, 13, False)],
)
def test_nobody_is_faster_than_they_can_be(handset: Phone, metres: float, minutes: float, doubted: bool) -> None:
    clocks(handset, HERE, place(metres), minutes=minutes)
    assert reasons() == [[], ["impossible_speed"] if doubted else []]


def test_however_far_the_phone_admits_to_be_wrong_they_need_not_have_gone(handset: Phone) -> None:
    clocks(handset, place(0, accuracy_m=4_000), place(9_000, accuracy_m=4_900), minutes=0.1)
    assert reasons() == [[], []]


def test_a_check_in_that_comes_late_explains_the_one_after_it_or_makes_it_impossible(people: People) -> None:
    first, second = Phone(people.technician), Phone(people.technician)
    first.does("shift.clock_in", hours_ago=2, **HERE)
    first.does("shift.clock_out", hours_ago=0, **place(300_000))
    first.push()
    assert reasons() == [[], []]
    second.does("shift.clock_in", hours_ago=0.5, **place(1_000))
    second.push()
    assert reasons() == [[], [], ["impossible_speed"]], "300 km in half an hour"
    third = Phone(people.technician)
    third.does("shift.clock_in", hours_ago=0.1, **place(299_990))
    third.push()
    assert reasons() == [[], [], ["impossible_speed"], []], "now it is the one before that is impossible"


def test_exactly_repeated_coordinates_are_told_with_how_often_and_since_when(handset: Phone, api: Api) -> None:
    clocks(handset, HERE, place(10), HERE, HERE, minutes=45)
    assert reasons() == [[], [], ["repeated_place"], ["repeated_place"]]
    assert Doubt.objects.latest("occurred_at").reasons["repeated_place"]["times"] == 1, "not within the hour"


def test_a_clock_that_was_set_is_found_out_and_one_that_was_always_wrong_is_not(handset: Phone) -> None:
    handset.wall_error = timedelta(minutes=90)
    handset.does("shift.clock_in", hours_ago=3, **HERE)
    handset.does("shift.clock_out", hours_ago=2, **place(50))
    handset.wall_error = timedelta(0)
    handset.does("shift.clock_in", hours_ago=1, **place(100))
    handset.push()
    assert reasons() == [["clock_corrected"], ["clock_corrected"], ["clock_jumped"]]
    assert Doubt.objects.latest("occurred_at").reasons["clock_jumped"] == {"minutes": 90}


def test_a_reboot_is_no_jump(handset: Phone) -> None:
    handset.does("shift.clock_in", hours_ago=0, **HERE)
    handset.push()
    handset.reboots()
    handset.does("shift.clock_out", hours_ago=0, **place(20))
    handset.push()
    assert reasons() == [[], []]


# Looking at them


@pytest.fixture
def doubt(handset: Phone) -> Doubt:
    clocks(handset, HERE, place(400_000, mock=True))
    refresh()
    return Doubt.objects.get()


def test_the_dispatcher_reads_why_in_both_languages(people: People, api: Api, doubt: Doubt) -> None:
    dora = api(people.dispatcher)
    with sent() as found:
        [row] = dora.get(URL).json()["results"]
    assert len(found) < 8, found
    assert (row["score"], row["check_in"]["technician_name"], row["looked_at"]) == (0, "Tom Technician", None)
    mock, speed = row["reasons"]
    assert (mock["code"], mock["points"]) == ("mock", 60)
    assert speed["text"] == "400.0 km from where they were 60 minutes before: 400 km/h."
    assert speed["text_zh"] == "距 60 分钟前的位置 400.0 公里,时速 400 公里。"


def test_somebody_looks_at_it_with_a_note_and_may_put_it_back(people: People, api: Api, doubt: Doubt) -> None:
    dora = api(people.dispatcher)
    assert dora.post(f"{URL}/{doubt.pk}/look-at", {}).json()["errors"][0]["field"] == "note"
    seen = dora.post(f"{URL}/{doubt.pk}/look-at", {"note": "He flew."}).json()
    assert (seen["looked_by_name"], seen["note"]) == ("Dora Dispatcher", "He flew.")
    assert dora.get(URL, {"looked_at": "false"}).json()["results"] == []
    back = dora.post(f"{URL}/{doubt.pk}/put-back").json()
    assert (back["looked_at"], back["note"]) == (None, "He flew.")


def test_a_reason_that_comes_anew_is_to_be_looked_at_again(
    people: People, api: Api, handset: Phone, doubt: Doubt
) -> None:
    api(people.dispatcher).post(f"{URL}/{doubt.pk}/look-at", {"note": "A test."})
    handset.does("shift.clock_in", hours_ago=5, **place(400_000))
    handset.push()
    refresh()
    doubt.refresh_from_db()
    assert (sorted(doubt.reasons), doubt.looked_at, doubt.note) == (
        ["impossible_speed", "mock", "repeated_place"],
        None,
        "A test.",
    )


def test_nobody_sees_doubts_about_themselves_or_of_other_territories(people: People, api: Api, doubt: Doubt) -> None:
    assert api(people.technician).get(URL).json()["code"] == "role_required"
    RoleGrant.objects.create(user=people.technician, role=Role.SUPERVISOR, territory=people.north)
    tom = User.objects.get(pk=people.technician.pk)
    for client in (api(tom), api(people.southern_dispatcher)):
        assert client.get(URL).json()["results"] == []
        assert client.post(f"{URL}/{doubt.pk}/look-at", {"note": "Fine."}).status_code == 404
    assert (
        api(people.administrator).post(f"{URL}/{doubt.pk}/look-at", {"note": "So."}).json()["code"] == "role_required"
    )


def test_a_push_pays_for_nothing_and_many_are_judged_in_few_statements(handset: Phone) -> None:
    clocks(handset, *(place(number * 10) for number in range(40)), minutes=5)
    assert DoubtMark.objects.count() == 40
    with sent() as found:
        assert refresh() == 40
    assert len(found) < 16, found
    assert {tuple(doubt.reasons) for doubt in Doubt.objects.all()} == {("bulk",)}
    assert CheckIn.objects.count() == 40
    assert now() - CheckIn.objects.earliest("occurred_at").occurred_at < timedelta(hours=4)


def test_every_reason_says_the_same_in_both_languages() -> None:
    for reason in REASONS.values():
        english, chinese = (
            {part.split("}")[0] for part in text.split("{")[1:]} for text in (reason.english, reason.chinese)
        )
        assert english == chinese
        assert 0 < reason.points <= 100
