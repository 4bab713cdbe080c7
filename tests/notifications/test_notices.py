"""Who is told what, and how they say that they have seen it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from fieldsvc.time import time_is
from notifications.kinds import KINDS, write
from notifications.models import Notice
from notifications.services import notify
from sync.commands import Actor
from tests.notifications.telling import MORNING, TICKET, VISIT, arrival_notice, dispatch_notice
from tests.statements import statements

pytestmark = pytest.mark.django_db


def test_a_technician_reads_of_a_new_visit_in_their_language_and_time_zone(people, api):
    people.technician.language = "zh"
    people.technician.time_zone = "Asia/Shanghai"
    people.technician.save()
    dispatch_notice(people.technician, territory=people.north)

    [notice] = api(people.technician).get("/api/v1/notices").json()["results"]

    assert notice["title"] == "新的上门任务:FS-1000-7"
    assert notice["body"] == "No signal\n极光酒店\n时间:2026-11-22 14:00 至 2026-11-22 16:00"
    assert notice["texts"]["zh"] == {"title": notice["title"], "body": notice["body"]}
    assert notice["texts"]["en"] == {
        "title": "New visit: FS-1000-7",
        "body": "No signal\nHotel Aurora\nBetween 2026-11-22 14:00 and 2026-11-22 16:00",
    }
    assert notice["subject"] == {"collection": "visits", "id": str(VISIT)}
    assert notice["ticket_id"] == str(TICKET)
    assert (notice["urgent"], notice["wants_ack"], notice["acknowledged_at"]) == (True, True, None)
    assert notice["data"]["window_start"] == "2026-11-22T06:00:00Z"


def test_the_same_event_tells_the_same_person_once(people):
    first = dispatch_notice(people.technician, territory=people.north)
    again = dispatch_notice(people.technician, people.colleague, territory=people.north)

    assert [notice.user for notice in first] == [people.technician]
    assert [notice.user for notice in again] == [people.colleague]
    assert Notice.objects.count() == 2


def test_words_that_lack_a_value_are_a_mistake_of_the_caller(people):
    def tell(kind: str) -> None:
        notify(
            actor=Actor.system(),
            to=[people.technician],
            kind=kind,
            subject=("visits", VISIT),
            text={"reference": "FS-1000-7"},
            dedupe_key="x",
        )

    with pytest.raises(ValueError, match="'technician_arrived' needs 'technician'"):
        tell("technician_arrived")
    with pytest.raises(ValueError, match="no kind of notice 'technician_vanished'"):
        tell("technician_vanished")
    assert not Notice.objects.exists()


def test_a_line_with_nothing_to_say_is_left_out():
    words = write("visit_cancelled", {"reference": "FS-1000-7", "title": "", "reason": None}, "UTC")

    assert words.body == "You need not go there any more."


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_of_a_kind_are_made_of_the_same(kind):
    class Asked(dict[str, str]):
        def __missing__(self, name):
            self[name] = name
            return name

    english, chinese = Asked(), Asked()
    words = KINDS[kind]
    (words.title + words.body).format_map(english)
    (words.title_zh + words.body_zh).format_map(chinese)

    assert english == chinese
    assert write(kind, english, "UTC").title


def test_a_notice_that_waits_for_an_answer_needs_a_territory_whose_dispatchers_hear_of_silence(people):
    with pytest.raises(IntegrityError, match="awaited_notice_has_territory"), transaction.atomic():
        arrival_notice(people.resident, wants_ack=True)


def test_everyone_sees_their_own_notices_only_the_newest_first(people, api):
    with time_is(MORNING):
        dispatch_notice(people.technician, people.colleague, territory=people.north)
    with time_is(MORNING + timedelta(hours=1)):
        arrival_notice(people.technician)

    kinds = [notice["kind"] for notice in api(people.technician).get("/api/v1/notices").json()["results"]]

    assert kinds == ["technician_arrived", "visit_dispatched"]
    assert len(api(people.colleague).get("/api/v1/notices").json()["results"]) == 1
    assert api(people.administrator).get("/api/v1/notices").json()["results"] == []
    assert api(None).get("/api/v1/notices").status_code == 401


def test_notices_are_filtered_searched_and_paged(people, api):
    with time_is(MORNING):
        [seen] = arrival_notice(people.technician)
        for _ in range(3):
            dispatch_notice(people.technician, territory=people.north, about=uuid4())
    technician = api(people.technician)
    technician.post(f"/api/v1/notices/{seen.pk}/acknowledge")

    def count(query: str) -> int:
        return len(technician.get(f"/api/v1/notices?{query}").json()["results"])

    assert count("kind=visit_dispatched") == 3
    assert count("acknowledged=true") == 1
    assert count("acknowledged=false") == 3
    assert count("search=极光") == 3

    page = technician.get("/api/v1/notices?page_size=3").json()
    rest = technician.get(page["next"]).json()
    ids = [notice["id"] for notice in page["results"] + rest["results"]]
    assert len(ids) == len(set(ids)) == 4
    assert rest["next"] is None


def test_the_list_costs_the_same_however_long_it_is(people, api, django_assert_num_queries):
    technician = api(people.technician)
    for _ in range(20):
        dispatch_notice(people.technician, territory=people.north, about=uuid4())

    with statements(2):  # who asks, the notices
        assert len(technician.get("/api/v1/notices").json()["results"]) == 20


def test_a_notice_is_acknowledged_once_and_the_first_time_counts(people, api):
    with time_is(MORNING):
        [notice] = dispatch_notice(people.technician, territory=people.north)
        technician = api(people.technician)
        first = technician.post(f"/api/v1/notices/{notice.pk}/acknowledge")
    with time_is(MORNING + timedelta(minutes=1)):
        second = technician.post(f"/api/v1/notices/{notice.pk}/acknowledge")

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    notice.refresh_from_db()
    assert notice.acknowledged_at == MORNING


def test_nobody_acknowledges_in_anothers_name(people, api):
    [notice] = dispatch_notice(people.technician, territory=people.north)

    for stranger in (people.colleague, people.dispatcher, people.resident, people.administrator):
        answer = api(stranger).post(f"/api/v1/notices/{notice.pk}/acknowledge")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert api(None).post(f"/api/v1/notices/{notice.pk}/acknowledge").status_code == 401
    notice.refresh_from_db()
    assert notice.acknowledged_at is None

    assert api(people.technician).post(f"/api/v1/notices/{notice.pk}/acknowledge").status_code == 200


def test_the_badge_counts_what_waits_to_be_seen(people, api, django_assert_num_queries):
    [notice] = dispatch_notice(people.technician, territory=people.north)
    arrival_notice(people.technician, people.colleague)
    technician = api(people.technician)

    with statements(2):
        assert technician.get("/api/v1/notices/unacknowledged").json() == {"count": 2, "urgent": 1}
    technician.post(f"/api/v1/notices/{notice.pk}/acknowledge")
    assert technician.get("/api/v1/notices/unacknowledged").json() == {"count": 1, "urgent": 0}


def test_a_phone_receives_its_notices_in_both_languages_and_acknowledges_without_signal(people, phone):
    with time_is(MORNING):
        [notice] = dispatch_notice(people.technician, people.colleague, territory=people.north)[:1]
        mine = phone(people.technician)
        mine.pull()

        [document] = [doc for (collection, _), doc in mine.documents.items() if collection == "notices"]
        assert (document["title"], document["title_zh"]) == ("New visit: FS-1000-7", "新的上门任务:FS-1000-7")
        assert document["subject_id"] == str(VISIT)
        assert document["acknowledged_at"] is None

        mine.does("notice.acknowledge", hours_ago=1, notice_id=str(notice.pk))
        assert mine.push() == ["applied"]
        mine.pull()

    notice.refresh_from_db()
    assert notice.acknowledged_at == MORNING - timedelta(hours=1)
    assert notice.acknowledged_device == mine.device
    [document] = [doc for (collection, _), doc in mine.documents.items() if collection == "notices"]
    assert document["acknowledged_at"] is not None


def test_a_phone_cannot_acknowledge_what_another_was_told(people, phone):
    [notice] = dispatch_notice(people.technician, territory=people.north)
    strange = phone(people.colleague)
    strange.pull()
    assert not [key for key in strange.documents if key[0] == "notices"]

    strange.does("notice.acknowledge", notice_id=str(notice.pk))
    assert strange.push() == ["refused"]
    notice.refresh_from_db()
    assert notice.acknowledged_at is None
